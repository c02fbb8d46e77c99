import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/system/clock.ts';

test('a task never runs before its time', async () => {
  const clock = systemClock(20);
  for (const delayMs of [0, 1, 7, 33.3]) {
    const startMs = clock.nowMs();
    await new Promise<void>((resolve) => {
      clock.after(delayMs, resolve);
    });
    assert.ok(clock.nowMs() - startMs >= delayMs);
  }
});

test('a cancelled task does not run, and cancelling again does nothing', async () => {
  const clock = systemClock(100);
  let ran = false;
  const cancel = clock.after(5, () => {
    ran = true;
  });
  cancel();
  cancel();
  await new Promise<void>((resolve) => {
    clock.after(50, resolve);
  });
  assert.equal(ran, false);
});

test('a delay longer than Node can count does not fire at once', async () => {
  const clock = systemClock();
  let ran = false;
  const cancel = clock.after(2 ** 40, () => {
    ran = true;
  });
  await new Promise<void>((resolve) => {
    clock.after(5, resolve);
  });
  cancel();
  assert.equal(ran, false);
});

test('a factor makes measured and wall time run alike', async () => {
  const clock = systemClock(1000);
  const startMs = clock.nowMs();
  const startWallMs = clock.wallMs();
  await new Promise<void>((resolve) => {
    clock.after(5000, resolve);
  });
  const wallPassedMs = clock.wallMs() - startWallMs;
  assert.ok(wallPassedMs >= 4_999, `${wallPassedMs}`);
  assert.ok(wallPassedMs <= clock.nowMs() - startMs + 1, `${wallPassedMs}`);
});

test('a factor or a delay that makes no sense is a bug and throws', () => {
  for (const factor of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => systemClock(factor), RangeError);
  assert.throws(() => systemClock().after(Number.NaN, () => {}), RangeError);
});
