import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { FrameQueue } from '../../src/sources/connection/frame-queue.ts';

/** A queue of frames that each carry their number. */
function setup() {
  const clock = virtualClock();
  const handled: number[] = [];
  const flows: boolean[] = [];
  const queue = new FrameQueue<Uint8Array>({
    clock,
    handle: (frame) => {
      handled.push(Buffer.from(frame).readUInt32BE());
      return 1;
    },
    flow: (reading) => flows.push(reading),
  });
  const push = (number: number) => {
    const frame = Buffer.alloc(4);
    frame.writeUInt32BE(number);
    queue.push(frame);
  };
  return { clock, handled, flows, queue, push };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('a frame that comes alone is handled at once', async () => {
  const { clock, handled, push } = setup();
  push(0);
  assert.deepEqual(handled, [0]);
  await clock.advance(10);
  push(1);
  assert.deepEqual(handled, [0, 1]);
  await clock.advance(10);
  assert.equal(clock.nextDueMs(), null);
});

test('whatever comes when, frames are handled once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 12 }), async (bursts) => {
      const { clock, handled, push } = setup();
      let pushed = 0;
      for (const burst of bursts) {
        for (let frame = 0; frame < burst; frame += 1) {
          push(pushed);
          pushed += 1;
        }
        await clock.advance(0);
      }
      await clock.advance(1_000);
      assert.deepEqual(handled, upTo(pushed));
    }),
    { numRuns: 50 },
  );
});

test('a burst is handled a piece a turn, and the socket waits while too much of it waits', async () => {
  const { clock, handled, flows, push } = setup();
  for (const frame of upTo(1_000)) push(frame);
  assert.ok(handled.length <= 100, `${handled.length} in the first turn`);
  assert.deepEqual(flows, [false]);
  await clock.advance(1_000);
  assert.deepEqual(handled, upTo(1_000));
  assert.deepEqual(flows, [false, true]);
});

test('frames that take long are handled fewer a turn, so that nothing else waits for many', async () => {
  const clock = virtualClock();
  let workMs = 0;
  const turns: number[] = [];
  const queue = new FrameQueue<number>({
    clock: { ...clock, nowMs: () => clock.nowMs() + workMs },
    handle: (frame) => {
      workMs += 1.5;
      turns.push(frame);
      return 1;
    },
    flow: () => {},
  });
  for (const frame of upTo(10)) queue.push(frame);
  assert.deepEqual(turns, upTo(2), 'the second begins within 2 ms, the third does not');
  await clock.advance(0);
  assert.ok(turns.length > 2);
  await clock.advance(1_000);
  assert.deepEqual(turns, upTo(10));
});

test('what waits when the connection closes is not lost', () => {
  const { handled, queue, push } = setup();
  for (const frame of upTo(300)) push(frame);
  queue.flush();
  assert.deepEqual(handled, upTo(300));
});

/** A queue before a disk that a test lets write. */
function behindDisk(messages: number) {
  const clock = virtualClock();
  let handled = 0;
  const flows: boolean[] = [];
  let settle: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const queue = new FrameQueue<number>({
    clock,
    handle: () => {
      handled += 1;
      return messages;
    },
    bytesOf: (bytes) => bytes,
    flow: (reading) => flows.push(reading),
    settled: () => new Promise((resolve, reject) => settle.push({ resolve, reject })),
  });
  const write = async (works: boolean) => {
    const waiting = settle;
    settle = [];
    for (const { resolve, reject } of waiting)
      if (works) resolve();
      else reject(new Error('the disk is full'));
    await clock.settle();
  };
  return { clock, queue, flows, write, handled: () => handled };
}

test('nothing is handled far ahead of the disk: the socket waits, and goes on when the disk has it', async () => {
  const { clock, queue, flows, write, handled } = behindDisk(10);
  for (let frame = 0; frame < 1_000; frame += 1) {
    queue.push(100);
    if (frame % 10 === 9) await clock.advance(1);
  }
  await clock.advance(10_000);
  assert.equal(handled() * 10, 2_000);
  assert.equal(queue.isHeld, true);
  assert.deepEqual(flows, [false]);
  for (let round = 0; round < 20 && handled() < 1_000; round += 1) {
    await write(true);
    await clock.advance(1_000);
  }
  assert.equal(handled(), 1_000);
  await write(true);
  assert.equal(queue.isHeld, false);
  assert.deepEqual(flows, [false, true]);
});

test('a disk that refuses what was handled is asked again, and nothing goes on before', async () => {
  const { clock, queue, write, handled } = behindDisk(2_000);
  queue.push(1);
  queue.push(1);
  await write(false);
  await clock.advance(500);
  assert.equal(handled(), 1);
  await clock.advance(600);
  await write(true);
  await clock.advance(1);
  assert.equal(handled(), 2);
});

test('large frames make the socket wait before there are many of them', async () => {
  const { queue, flows } = behindDisk(2_000);
  for (let frame = 0; frame < 5; frame += 1) queue.push(5 << 20);
  assert.deepEqual(flows, [false]);
});

test('a queue that is closed leaves nothing to wake up', async () => {
  const { clock, queue, write } = behindDisk(1);
  queue.push(1);
  await write(false);
  await clock.advance(1);
  queue.close();
  await clock.advance(2_000);
  assert.equal(clock.nextDueMs(), null);
});
