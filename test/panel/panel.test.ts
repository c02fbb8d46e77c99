import assert from 'node:assert/strict';
import { test } from 'node:test';
import { palette } from '../../src/panel/scene.ts';
import { obeyingWorld } from './obeying-world.ts';

test('a press acts when the finger goes, for a state that the light has shown for a second', async () => {
  const it = obeyingWorld({ state: 'drawing' });
  await it.clock.advance(1_000);
  it.level(true);
  await it.clock.advance(500);
  assert.deepEqual(it.told, []);
  it.level(false);
  await it.clock.advance(100);
  assert.deepEqual(it.told, ['pause']);
});

test('a press for a state that has just appeared does nothing, and the light says no', async () => {
  const it = obeyingWorld({ state: 'drawing' });
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
  const it = obeyingWorld({ state: 'drawing' });
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
  const it = obeyingWorld({ state: 'drawing' });
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
  const it = obeyingWorld({ state: 'drawing' });
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
  const it = obeyingWorld({ state: 'paused' });
  await it.clock.advance(2_000);
  it.level(true);
  assert.equal(it.frames.at(-1)?.atMs, 2_000);
  assert.deepEqual(it.shown().slice(1), [palette.white, palette.dark, palette.dark, palette.dark]);
});

test('where the tip must be put on the mark, a press says no and a hold sets the origin', async () => {
  const it = obeyingWorld({ state: 'origin-unknown' });
  await it.clock.advance(2_000);
  await it.press();
  assert.deepEqual(it.told, []);
  await it.clock.advance(2_000);
  await it.press(2_100);
  assert.deepEqual(it.told, ['confirm-origin']);
});

test('a press is no hold because a slow card kept this thread busy, whether time or the finger is heard of first', async () => {
  const it = obeyingWorld({ state: 'origin-unknown' });
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
  const it = obeyingWorld({ state: 'needs-sheet' });
  it.refuse();
  await it.clock.advance(2_000);
  await it.press();
  assert.deepEqual(it.told, ['paper-changed']);
  assert.deepEqual(it.shown().slice(1), [palette.white, palette.white, palette.dark, palette.dark]);
});

test('trying again tries the panel again too', async () => {
  const it = obeyingWorld({ state: 'fault' });
  await it.clock.advance(2_000);
  await it.press();
  assert.deepEqual(it.told, ['try-now']);
  assert.equal(it.retries(), 1);
});

test('a button that is down at boot does nothing, is a fault after thirty seconds, and serves again once released', async () => {
  const it = obeyingWorld({ state: 'needs-sheet' });
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
  const it = obeyingWorld({ state: 'paused' });
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
  const it = obeyingWorld({ state: 'drawing', heard: true });
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

test('a gift is answered by its spark also where nothing can be drawn for longer than a spark lasts', async () => {
  const it = obeyingWorld({ state: 'paused', heard: true });
  await it.clock.advance(1_000);
  const resting = it.shown();
  it.set({ fill: 0.5 });
  await it.clock.advance(1);
  it.gift();
  it.stall(2_000);
  await it.clock.advance(100);
  assert.notDeepEqual(it.shown(), resting);
  await it.clock.advance(1_000);
  assert.deepEqual(it.shown(), resting);
});

test('no second holds more than twenty pictures, also with a finger on the button, which is answered at once', async () => {
  const it = obeyingWorld({ state: 'off-air' });
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
  const it = obeyingWorld({ state: 'paused', heard: true });
  await it.clock.advance(1_000);
  const before = it.frames.length;
  await it.clock.advance(600_000);
  assert.equal(it.frames.length, before);
  assert.equal(it.clock.nextDueMs(), null);
});

test('at the end the strip is dark and nothing is left to do', async () => {
  const it = obeyingWorld({ state: 'ready' });
  await it.clock.advance(3_000);
  await it.panel.stop();
  assert.ok(it.shown().every((colour) => colour === palette.dark));
  assert.equal(it.watched(), false);
  assert.equal(it.clock.nextDueMs(), null);
});
