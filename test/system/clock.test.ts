import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
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

test('tasks of the same time run in the order of their making, however early a timer of Node fires', async () => {
  for (const [factor, rounds] of [
    [1, 3_000],
    [20, 300],
  ] as const) {
    const clock = systemClock(factor);
    for (let round = 0; round < rounds; round += 1) {
      const ran: number[] = [];
      await new Promise<void>((resolve) => {
        for (const index of [0, 1, 2, 3, 4]) {
          clock.after(factor, () => {
            ran.push(index);
            if (ran.length === 5) resolve();
          });
        }
      });
      assert.deepEqual(ran, [0, 1, 2, 3, 4], `round ${round} at factor ${factor}`);
    }
  }
});

test('a task that is due earlier goes first, whichever was asked for first', async () => {
  const clock = systemClock();
  const ran: string[] = [];
  await new Promise<void>((resolve) => {
    clock.after(40, resolve);
    clock.after(20, () => ran.push('later'));
    clock.after(1, () => ran.push('earlier'));
  });
  assert.deepEqual(ran, ['earlier', 'later']);
});

test('promises that a task settles go on before the next task', async () => {
  const clock = systemClock();
  const said: string[] = [];
  await new Promise<void>((resolve) => {
    clock.after(1, () => Promise.resolve().then(() => said.push('promise')));
    clock.after(1, () => said.push('next'));
    clock.after(1, resolve);
  });
  assert.deepEqual(said, ['promise', 'next']);
});

test('a task that throws holds up none that comes after it', () => {
  const clock = pathToFileURL(join(import.meta.dirname, '../../src/system/clock.ts')).href;
  const script = `
    import { systemClock } from ${JSON.stringify(clock)};
    process.on('uncaughtException', (error) => console.log(error.message));
    const clock = systemClock();
    clock.after(1, () => { throw new Error('thrown'); });
    clock.after(2, () => console.log('next'));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  assert.equal(said, 'thrown\nnext\n');
});

test('a clock without tasks keeps no process from its end', () => {
  const clock = systemClock();
  const before = process.getActiveResourcesInfo().length;
  clock.after(60_000, () => {})();
  clock.after(0, () => {})();
  assert.equal(process.getActiveResourcesInfo().length, before);
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
