import type { SheetLayout } from '../../src/domain/sheet.ts';
import { type LayoutSettings, layOut } from '../../src/drawing/layout.ts';
import type { Setup } from './plan.ts';
import { pictureSettings, picturesOf } from './row-picture.ts';
import { simulatedBed } from './witness.ts';

/** The config of a world. `version` is which of its two configs is in force: a person changes it between restarts. */
export function layoutOf(setup: Setup, version: number): SheetLayout {
  const laid = layOut(layoutSettings(setup, version), null, picturesOf(setup, isOtherVersion(version)));
  if (!laid.ok) throw new Error(JSON.stringify(laid.problems));
  return laid.layout;
}

function isOtherVersion(version: number): boolean {
  return version % 2 === 1;
}

/** Whether a sheet was opened under the second config. */
export function isOfOther({ park }: SheetLayout): boolean {
  return park.xMm !== 0;
}

function layoutSettings(setup: Setup, version: number): LayoutSettings {
  const { capacities, style, slant, plates } = setup;
  const isOther = isOtherVersion(version);
  return {
    bed: simulatedBed,
    paper: { widthMm: plates === true ? 130 : 80, heightMm: 110, marginMm: 10, offsetXMm: 0, offsetYMm: 0 },
    stroke: { lengthMm: isOther ? 8 : 10, spacingMm: isOther ? 3 : 2, feedMmPerMin: 9000, style },
    pen: {
      downMm: 0,
      hopMm: 1.2,
      upMm: 5,
      downFeedMmPerMin: 300,
      upFeedMmPerMin: 900,
      travelFeedMmPerMin: 9000,
      slantHopMm: slant ? 0.8 : null,
    },
    plates: plates === true ? [60, 25].map((yMm, index) => plateAt(index, yMm, isOther)) : [],
    park: isOther ? { xMm: 5, yMm: 5 } : null,
    rows: capacities.map((maxStrokes, index) => ({
      id: String(index + 1),
      name: `Row ${index + 1}`,
      yMm: 80 - index * 20,
      maxStrokes: isOther ? maxStrokes + 1 : maxStrokes,
      ...pictureSettings(setup, String(index + 1)),
    })),
  };
}

/** A plate to the right of the rows. */
function plateAt(index: number, yMm: number, isOther: boolean) {
  const sideMm = isOther ? 26 : 30;
  return { id: `plate${index + 1}`, name: '', xMm: 88, yMm, widthMm: sideMm, heightMm: sideMm };
}

/** The gift map of a world, in two versions. Row 1 to 3 are always there. */
export function giftsOf(version: number): string {
  const corgi = version % 2 === 1 ? 2 : 4;
  return JSON.stringify({
    version: 1,
    gifts: [
      { name: 'Rose', rows: ['1', '2'] },
      { name: 'GG', row: '2' },
      { name: 'Corgi', row: '3', strokes: corgi },
      ...(version % 2 === 1 ? [{ name: 'Unicorn', row: '1' }] : []),
    ],
  });
}

/** What a gift was worth by any of the maps. */
export const worthsOfGifts: ReadonlyMap<string, ReadonlySet<number>> = new Map([
  ['Rose', new Set([1])],
  ['GG', new Set([1])],
  ['Corgi', new Set([2, 4])],
  ['Unicorn', new Set([0, 1])],
]);
