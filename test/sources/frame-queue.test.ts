import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameQueue } from '../../src/sources/tiktok/frame-queue.ts';
import { virtualClock } from '../../src/system/virtual-clock.ts';

/** A queue of frames that each carry their number. */
function setup() {
  const clock = virtualClock();
  const handled: number[] = [];
  const flows: boolean[] = [];
  const queue = new FrameQueue({
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
  assert.ok(handled.length <= 20, `${handled.length} in the first turn`);
  assert.deepEqual(flows, [false]);
  await clock.advance(1_000);
  assert.deepEqual(handled, upTo(1_000));
  assert.deepEqual(flows, [false, true]);
});

test('what waits when the connection closes is not lost', () => {
  const { handled, queue, push } = setup();
  for (const frame of upTo(300)) push(frame);
  queue.flush();
  assert.deepEqual(handled, upTo(300));
});
