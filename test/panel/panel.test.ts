import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import type { Button, ButtonListener } from '../../src/panel/button/button.ts';
import { firstFacts, type PanelCommand, type PanelFacts } from '../../src/panel/facts.ts';
import { settleMs } from '../../src/panel/gesture.ts';
import type { Light } from '../../src/panel/light/light.ts';
import type { Colour } from '../../src/panel/light/ws281x.ts';
import { createPanel, type PanelAppliance } from '../../src/panel/panel.ts';
import { palette } from '../../src/panel/scene/palette.ts';
import { frameMs } from '../../src/panel/scene/rhythm.ts';
import { virtualClock } from '../../src/system/virtual-clock.ts';

const leds = 5;

/** A panel before an appliance that only obeys, with a finger and an eye. */
function world(first: Partial<PanelFacts> = {}) {
  const clock = virtualClock();
  const told: PanelCommand[] = [];
  const frames: { atMs: number; colours: readonly Colour[] }[] = [];
  let facts: PanelFacts = { ...firstFacts, ...first };
  let refuses = false;
  let watcher: { changed(): void; gift(): void } | null = null;
  let looks = 0;
  let ear: ButtonListener | null = null;
  let retries = 0;
  const appliance: PanelAppliance = {
    look: () => {
      looks += 1;
      return facts;
    },
    command(command) {
      told.push(command);
      return !refuses;
    },
    watch(who) {
      watcher = who;
      return () => {
        watcher = null;
      };
    },
  };
  const button: Button = {
    start: (listener) => {
      ear = listener;
    },
    fault: () => null,
    retry: () => {
      retries += 1;
    },
    stop: async () => {},
  };
  const light: Light = {
    start: () => {},
    show: (colours) => frames.push({ atMs: clock.nowMs(), colours }),
    fault: () => null,
    retry: () => {},
    close: async () => {},
  };
  let changes = 0;
  let stalledMs = 0;
  const panel = createPanel({
    clock: { ...clock, nowMs: () => clock.nowMs() + stalledMs },
    log: silentLog,
    appliance,
    button,
    light,
    leds,
    changed: () => {
      changes += 1;
    },
  });
  panel.start();
  return {
    clock,
    panel,
    told,
    frames,
    looks: () => looks,
    retries: () => retries,
    /** This thread does nothing for a while: what happens meanwhile is heard afterwards. */
    stall: (ms: number) => {
      stalledMs += ms;
    },
    changes: () => changes,
    watched: () => watcher !== null,
    shown: () => frames.at(-1)?.colours ?? [],
    refuse: () => {
      refuses = true;
    },
    set(next: Partial<PanelFacts>) {
      facts = { ...facts, ...next };
      watcher?.changed();
    },
    gift: () => watcher?.gift(),
    level: (down: boolean, found = false) => ear?.level({ down, found }),
    async press(lengthMs = 100) {
      ear?.level({ down: true, found: false });
      await clock.advance(lengthMs);
      ear?.level({ down: false, found: false });
      await clock.advance(settleMs + 2 * frameMs);
    },
  };
}

test('a press acts when the finger goes, for a state that the light has shown for a second', async () => {
  const it = world({ state: 'drawing' });
  await it.clock.advance(1_000);
  it.level(true);
  await it.clock.advance(500);
  assert.deepEqual(it.told, []);
  it.level(false);
  await it.clock.advance(100);
  assert.deepEqual(it.told, ['pause']);
});

test('a press for a state that has just appeared does nothing, and the light says no', async () => {
  const it = world({ state: 'drawing' });
  await it.clock.advance(5_000);
  it.set({ state: 'needs-sheet' });
  await it.clock.advance(300);
  await it.press();
  assert.deepEqual(it.told, []);
  assert.deepEqual(it.shown().slice(1), [palette.white, palette.white, palette.dark, palette.dark]);
  await it.clock.advance(2_000);
  await it.press();
  assert.deepEqual(it.told, ['paper-changed']);
});

test('a finger that came before the light had shown the state for a second meant another one, however long it stays', async () => {
  const it = world({ state: 'drawing' });
  await it.clock.advance(5_000);
  it.set({ state: 'origin-unknown' });
  await it.clock.advance(900);
  await it.press(2_500);
  assert.deepEqual(it.told, []);
  assert.deepEqual(it.shown().slice(1), [palette.white, palette.white, palette.dark, palette.dark]);
  await it.press(2_500);
  assert.deepEqual(it.told, ['confirm-origin']);
});

test('a press whose meaning changed under the finger does nothing', async () => {
  const it = world({ state: 'drawing' });
  await it.clock.advance(5_000);
  it.level(true);
  await it.clock.advance(200);
  it.set({ state: 'ready', parked: true, inked: true });
  await it.clock.advance(1_400);
  it.level(false);
  await it.clock.advance(100);
  assert.deepEqual(it.told, []);
});

test('a hold through a change of state that leaves its meaning as it was acts', async () => {
  const it = world({ state: 'drawing' });
  await it.clock.advance(5_000);
  it.level(true);
  await it.clock.advance(200);
  it.set({ state: 'ready' });
  await it.clock.advance(2_300);
  it.level(false);
  await it.clock.advance(100);
  assert.deepEqual(it.told, ['change-paper']);
});

test('the light answers in the moment in which the finger comes', async () => {
  const it = world({ state: 'paused' });
  await it.clock.advance(2_000);
  it.level(true);
  assert.equal(it.frames.at(-1)?.atMs, 2_000);
  assert.deepEqual(it.shown().slice(1), [palette.white, palette.dark, palette.dark, palette.dark]);
});

test('where the tip must be put on the mark, a press says no and a hold sets the origin', async () => {
  const it = world({ state: 'origin-unknown' });
  await it.clock.advance(2_000);
  await it.press();
  assert.deepEqual(it.told, []);
  await it.clock.advance(2_000);
  await it.press(2_100);
  assert.deepEqual(it.told, ['confirm-origin']);
});

test('a press is no hold because a slow card kept this thread busy, whether time or the finger is heard of first', async () => {
  const it = world({ state: 'origin-unknown' });
  await it.clock.advance(2_000);
  for (const restMs of [0, 2_000]) {
    it.level(true);
    await it.clock.advance(100);
    it.stall(3_000);
    await it.clock.advance(restMs);
    it.level(false);
    await it.clock.advance(1_000);
    assert.deepEqual(it.told, []);
  }
  await it.press(2_100);
  assert.deepEqual(it.told, ['confirm-origin']);
});

test('a press that the appliance refuses is answered with no', async () => {
  const it = world({ state: 'needs-sheet' });
  it.refuse();
  await it.clock.advance(2_000);
  await it.press();
  assert.deepEqual(it.told, ['paper-changed']);
  assert.deepEqual(it.shown().slice(1), [palette.white, palette.white, palette.dark, palette.dark]);
});

test('trying again tries the panel again too', async () => {
  const it = world({ state: 'fault' });
  await it.clock.advance(2_000);
  await it.press();
  assert.deepEqual(it.told, ['try-now']);
  assert.equal(it.retries(), 1);
});

test('a button that is down at boot does nothing, is a fault after thirty seconds, and serves again once released', async () => {
  const it = world({ state: 'needs-sheet' });
  it.level(true, true);
  await it.clock.advance(29_000);
  assert.deepEqual(it.panel.faults(), []);
  await it.clock.advance(2_000);
  assert.equal(it.panel.faults()[0]?.code, 'button-stuck');
  assert.equal(it.changes(), 1);
  it.level(false);
  assert.deepEqual(it.panel.faults(), []);
  assert.deepEqual(it.told, []);
  await it.press();
  assert.deepEqual(it.told, ['paper-changed']);
});

test('after a press that was taken the light counts down to the motion', async () => {
  const it = world({ state: 'paused' });
  await it.clock.advance(2_000);
  await it.press();
  assert.deepEqual(it.told, ['resume']);
  it.set({ state: 'drawing', motionInMs: 2_900 });
  await it.clock.advance(300);
  const white = () =>
    it
      .shown()
      .slice(1)
      .filter((colour) => colour === palette.white).length;
  assert.equal(white(), 4);
  it.set({ motionInMs: 1_400 });
  await it.clock.advance(300);
  assert.equal(white(), 2);
});

test('however fast gifts come, the appliance is looked at four times a second and the strip is sent twenty pictures', async () => {
  const it = world({ state: 'drawing', heard: true });
  await it.clock.advance(1_000);
  const before = { looks: it.looks(), frames: it.frames.length };
  for (let gift = 0; gift < 2_000; gift++) {
    it.gift();
    it.set({ fill: gift / 2_000 });
    await it.clock.advance(1);
  }
  assert.ok(it.looks() - before.looks <= 9, `${it.looks() - before.looks} looks`);
  const sent = it.frames.slice(before.frames);
  assert.ok(sent.length >= 30 && sent.length <= 41, `${sent.length} pictures in two seconds`);
});

test('no second holds more than twenty pictures, also with a finger on the button, which is answered at once', async () => {
  const it = world({ state: 'off-air' });
  for (let ms = 0; ms < 10_000; ms++) {
    it.gift();
    if (ms % 997 === 0) {
      it.level(true);
      assert.equal(it.frames.at(-1)?.atMs, ms);
    }
    if (ms % 997 === 3) it.level(false);
    await it.clock.advance(1);
  }
  const times = it.frames.map(({ atMs }) => atMs);
  const counts = times.map((from) => times.filter((atMs) => atMs >= from && atMs < from + 1_000).length);
  assert.ok(Math.max(...counts) <= 20, `${Math.max(...counts)} pictures in a second`);
});

test('a state that stands still costs nothing', async () => {
  const it = world({ state: 'paused', heard: true });
  await it.clock.advance(1_000);
  const before = it.frames.length;
  await it.clock.advance(600_000);
  assert.equal(it.frames.length, before);
  assert.equal(it.clock.nextDueMs(), null);
});

test('at the end the strip is dark and nothing is left to do', async () => {
  const it = world({ state: 'ready' });
  await it.clock.advance(3_000);
  await it.panel.stop();
  assert.ok(it.shown().every((colour) => colour === palette.dark));
  assert.equal(it.watched(), false);
  assert.equal(it.clock.nextDueMs(), null);
});
