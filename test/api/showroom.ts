import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { LayoutSettings } from '../../src/drawing/layout.ts';
import { smallLayout } from '../appliance/small-sheet.ts';
import { type ServedOptions, type ServedWorld, serveWorld } from './browser.ts';

const names = ['Roses', 'Hearts', 'Fingers', 'Cheers', 'Perfumes', 'Corgis', 'Galaxies', 'Treasures'];

/** A4 upright with eight rows, as a person has it at home. */
export const wallLayout: LayoutSettings = {
  ...smallLayout,
  paper: { widthMm: 210, heightMm: 297, marginMm: 15, offsetXMm: 0, offsetYMm: 0 },
  stroke: { lengthMm: 22, spacingMm: 2, feedMmPerMin: 9000 },
  rows: names.map((name, index) => ({ id: String(index + 1), name, yMm: 235 - index * 30, maxStrokes: 85 })),
};

export const wallGifts = JSON.stringify({
  version: 1,
  gifts: [
    { name: 'Rose', row: '1' },
    { name: 'Heart Me', row: '2' },
    { name: 'Finger Heart', row: '3' },
    { name: 'GG', row: '4' },
    { name: 'Perfume', row: '5', strokes: 5 },
    { name: 'Corgi', row: '6', strokes: 10 },
    { name: 'Galaxy', row: '7', strokes: 30 },
    { name: 'Money Gun', row: '8', strokes: 20 },
  ],
});

const night: readonly (readonly [gift: string, count: number, viewer: string])[] = [
  ['GG', 60, 'studio.nord'],
  ['Finger Heart', 70, 'kleckskönig'],
  ['Rose', 46, 'papierliebe'],
  ['Heart Me', 22, 'nachteule_92'],
  ['Perfume', 6, 'tinte.und.tee'],
  ['Finger Heart', 9, 'mila'],
  ['Corgi', 3, 'papierliebe'],
  ['GG', 17, 'kleckskönig'],
  ['Galaxy', 2, 'studio.nord'],
  ['Money Gun', 1, 'mila'],
  ['Heart Me', 40, 'ein_sehr_langer_name_der_kaum_enden_will'],
  ['Confetti', 3, 'nachteule_92'],
  ['Rose', 30, 'tinte.und.tee'],
  ['Perfume', 2, 'mila'],
];
const drawnFirst = 100;
/** Slow enough that the drawing is not over before a browser on a busy machine has looked. */
const eveningSpeed = 15;

/** An evening in full swing: a sheet that fills, people who gave, a gift that nobody mapped, ink still to come. */
export async function serveEvening(t: TestContext, options: ServedOptions = {}): Promise<ServedWorld> {
  const served = await serveWorld(t, {
    layout: wallLayout,
    gifts: wallGifts,
    order: 'nearest',
    speed: eveningSpeed,
    ...options,
  });
  const { appliance, source } = served.world;
  appliance.start();
  await eventually(() => appliance.state().name === 'needs-sheet');
  appliance.operator.paperChanged();
  for (const [gift, count, viewer] of night) source.give(gift, count, viewer);
  await eventually(() => appliance.status().strokes.drawn >= drawnFirst);
  return served;
}

/** Waits in real time until something holds. */
export async function eventually(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`it did not come to this: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A sheet is open, gifts are being drawn, more is owed than fits. */
export async function serveDrawing(t: TestContext, speed = 3): Promise<ServedWorld> {
  const served = await serveWorld(t, { speed });
  const { world } = served;
  world.appliance.start();
  await eventually(() => world.appliance.state().name === 'needs-sheet');
  world.appliance.operator.paperChanged();
  world.source.give('Rose', 9, 'ink_fan_01');
  world.source.give('Corgi', 2, 'ink_fan_02');
  world.source.give('Unicorn', 1, 'a_fan_with_a_very_long_name_that_does_not_end_soon');
  await eventually(() => world.appliance.state().name === 'drawing');
  return served;
}

/** Waits until a page shows a state. */
export const stateShown = (page: Page, name: string) => page.locator(`body[data-state="${name}"]`).waitFor();
