import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sleep } from '../../src/domain/clock.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';

test('timers run in the order of their time, and those of the same time in the order of their making', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 60 }), async (delays) => {
      const clock = virtualClock();
      const ran: { dueMs: number; made: number }[] = [];
      for (const [made, dueMs] of delays.entries()) clock.after(dueMs, () => ran.push({ dueMs, made }));
      await clock.advance(20);
      const wanted = delays
        .map((dueMs, made) => ({ dueMs, made }))
        .sort((a, b) => a.dueMs - b.dueMs || a.made - b.made);
      assert.deepEqual(ran, wanted);
    }),
    { numRuns: 50 },
  );
});

test('cancelled timers do not run, whatever else is in the heap', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(20), fc.boolean()), { maxLength: 60 }), async (wanted) => {
      const clock = virtualClock();
      const ran = new Set<number>();
      const cancels = wanted.map(([delayMs], index) => clock.after(delayMs, () => ran.add(index)));
      for (const [index, [, keep]] of wanted.entries()) if (!keep) cancels[index]?.();
      await clock.advance(20);
      assert.deepEqual([...ran].sort(), [...wanted.keys()].filter((index) => wanted[index]?.[1]).sort());
      assert.equal(clock.nextDueMs(), null);
    }),
    { numRuns: 50 },
  );
});

test('a task sees its own time, and what it schedules within the span runs too', async () => {
  const clock = virtualClock();
  const seen: number[] = [];
  const tick = () => {
    seen.push(clock.nowMs());
    clock.after(10, tick);
  };
  clock.after(10, tick);
  await clock.advance(35);
  assert.deepEqual(seen, [10, 20, 30]);
  assert.equal(clock.nowMs(), 35);
});

test('promise jobs and setImmediate callbacks settle before time moves on', async () => {
  const clock = virtualClock();
  const seen: string[] = [];
  const work = async () => {
    for (let job = 0; job < 50; job++) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(`settled at ${clock.nowMs()}`);
  };
  clock.after(1, () => void work());
  clock.after(2, () => seen.push(`next at ${clock.nowMs()}`));
  await clock.advance(2);
  assert.deepEqual(seen, ['settled at 1', 'next at 2']);
});

test('code that sleeps in a loop can be run until something holds', async () => {
  const clock = virtualClock();
  let rounds = 0;
  void (async () => {
    for (; rounds < 100; rounds++) await sleep(clock, 1_000);
  })();
  assert.equal(await clock.runUntil(() => rounds === 42, 60_000), 42_000);
});

test('waiting for what does not happen ends with an error that names it', async () => {
  const clock = virtualClock();
  await assert.rejects(
    clock.runUntil(() => false, 5_000, 'the ok'),
    /the ok cannot happen any more/,
  );
  clock.after(6_000, () => {});
  await assert.rejects(
    clock.runUntil(() => false, 5_000, 'the ok'),
    /the ok did not happen within 5000 ms/,
  );
  assert.equal(clock.nowMs(), 5_000);
});

test('what a task throws comes out of the advance', async () => {
  const clock = virtualClock();
  clock.after(1, () => {
    throw new Error('a bug');
  });
  await assert.rejects(clock.advance(5), /a bug/);
  await clock.advance(1);
});

test('two may not move the same clock at once', async () => {
  const clock = virtualClock();
  const first = clock.advance(1);
  await assert.rejects(clock.advance(1), /being moved already/);
  await first;
});

test('the wall time follows, and can jump without anything falling due', async () => {
  const clock = virtualClock(1_000);
  await clock.advance(500);
  assert.equal(clock.wallMs(), 1_500);
  clock.shiftWall(-1_000_000);
  assert.equal(clock.wallMs(), -998_500);
  assert.equal(clock.nowMs(), 500);
});
