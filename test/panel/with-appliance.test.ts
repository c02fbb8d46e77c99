import assert from 'node:assert/strict';
import { test } from 'node:test';
import { panelAppliance } from '../../src/commands/box.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { ButtonListener } from '../../src/panel/button/button.ts';
import { noLight } from '../../src/panel/light/light.ts';
import { createPanel } from '../../src/panel/panel.ts';
import { buildWorld, type World, type WorldOptions } from '../appliance/world.ts';

/** The real appliance, a plotter in software, and a finger. */
function pressable(options: WorldOptions = {}) {
  const world = buildWorld(options);
  let ear: ButtonListener | null = null;
  const panel = createPanel({
    clock: world.clock,
    log: silentLog,
    appliance: panelAppliance(world.appliance),
    button: {
      start: (listener) => {
        ear = listener;
      },
      fault: () => null,
      retry: () => {},
      stop: async () => {},
    },
    light: noLight,
    leds: 8,
    changed: () => world.appliance.lookAgain(),
  });
  world.appliance.start();
  panel.start();
  return {
    ...world,
    /** Waits until the light has shown the state for long enough, then presses for so long. */
    async press(lengthMs = 150) {
      await world.clock.advance(1_500);
      ear?.level({ down: true, found: false });
      await world.clock.advance(lengthMs);
      ear?.level({ down: false, found: false });
      await world.clock.advance(100);
    },
  };
}

/** How long the pen does not move from now on, in ms. */
async function stillMs({ clock, board }: World): Promise<number> {
  return await clock.runUntil(() => board.moving(), 20_000, 'a motion');
}

test('with one button: the paper is in, gifts are drawn, a press pauses, a press goes on, a hold asks for fresh paper', async () => {
  const it = pressable();
  const state = () => it.appliance.state().name;
  try {
    await it.until('needs-sheet');
    await it.press();
    assert.equal(it.appliance.status().sheet?.number, 1);
    it.source.give('Rose', 10);
    const waitedMs = await stillMs(it);
    assert.ok(waitedMs > 2_700 && waitedMs < 3_500, `the pen moved ${waitedMs} ms after the press`);
    assert.equal(state(), 'drawing');

    await it.press();
    assert.equal(state(), 'paused');
    await it.clock.runUntil(() => it.appliance.status().plotter.parked, 60_000, 'a parked pen');
    const drawn = it.appliance.status().strokes.drawn;
    assert.ok(drawn < 10, `${drawn} strokes were drawn before the pause`);

    await it.press();
    assert.ok((await stillMs(it)) > 2_700);
    await it.until('ready');
    assert.equal(it.appliance.status().strokes.drawn, 10);

    await it.press(2_300);
    await it.until('needs-sheet');
    assert.equal(it.appliance.status().sheet?.number, 1);
    await it.press();
    assert.equal(it.appliance.status().sheet?.number, 2);
  } finally {
    await it.close();
  }
});

test('people press after they swapped the paper, asked or not: a fresh sheet opens', async () => {
  const it = pressable();
  try {
    await it.until('needs-sheet');
    await it.press();
    it.source.give('Rose', 2);
    await it.clock.runUntil(() => it.appliance.status().strokes.drawn === 2, 60_000, 'two strokes');
    await it.clock.runUntil(() => it.appliance.status().plotter.parked, 60_000, 'a parked pen');
    await it.press();
    assert.equal(it.appliance.status().sheet?.number, 2);
    await it.press();
    assert.equal(it.appliance.status().sheet?.number, 2, 'a sheet without ink is not turned');
  } finally {
    await it.close();
  }
});

test('with the tip on the mark, a hold of two seconds sets the origin and the pen lifts three seconds later', async () => {
  const it = pressable({ origin: 'confirm' });
  try {
    await it.until('origin-unknown');
    await it.press();
    assert.equal(it.appliance.state().name, 'origin-unknown');
    await it.press(2_300);
    const waitedMs = await stillMs(it);
    assert.ok(waitedMs > 2_700, `the pen moved ${waitedMs} ms after the hold`);
    await it.until('needs-sheet');
  } finally {
    await it.close();
  }
});
