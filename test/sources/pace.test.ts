import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Ending } from '../../src/sources/tiktok/ending.ts';
import { nextAttempt, type Pace, startPace } from '../../src/sources/tiktok/pace.ts';

const lost: Ending = { kind: 'lost', why: 'a test' };
const middle = () => 0.5;
const hourMs = 3_600_000;

/** The delays of so many endings in a row. */
function delays(ending: Ending, times: number, heardForMs: number | null = null, random = middle): number[] {
  let pace: Pace = startPace(0);
  return Array.from({ length: times }, () => {
    const next = nextAttempt(pace, ending, heardForMs, 0, random);
    pace = next.pace;
    return Math.round(next.delayMs);
  });
}

test('lost connections are tried again after 1 s, doubling up to 60 s', () => {
  assert.deepEqual(delays(lost, 8), [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
});

test('a room that does not let us in is tried again as a lost connection is', () => {
  const notEntered: Ending = { kind: 'not-entered' };
  assert.deepEqual(delays(notEntered, 8), [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
});

test('the jitter is 20 % at most, whatever chance brings', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999999, noNaN: true }), fc.nat(30), (chance, losses) => {
      const { delayMs } = nextAttempt({ losses, likelySinceMs: 0 }, lost, null, 0, () => chance);
      const nominal = Math.min(60_000, 1_000 * 2 ** losses);
      assert.ok(delayMs >= nominal * 0.8 - 1e-6 && delayMs <= nominal * 1.2 + 1e-6);
    }),
  );
});

test('a stable minute begins the backoff anew, a shorter one does not', () => {
  assert.deepEqual(delays(lost, 3, 60_000), [1_000, 1_000, 1_000]);
  assert.deepEqual(delays(lost, 3, 59_000), [1_000, 2_000, 4_000]);
});

test('a rate limit is obeyed, and never shortens the backoff', () => {
  assert.deepEqual(delays({ kind: 'rate-limited', retryAfterMs: 90_000 }, 2), [90_000, 90_000]);
  assert.deepEqual(delays({ kind: 'rate-limited', retryAfterMs: 0 }, 3), [1_000, 2_000, 4_000]);
});

test('who is not live is looked for every 30 to 60 s for two hours, then every 3 minutes', () => {
  const look = (nowMs: number, chance: number, since = 0) =>
    nextAttempt({ losses: 0, likelySinceMs: since }, { kind: 'not-live' }, null, nowMs, () => chance).delayMs;
  assert.equal(look(0, 0), 30_000);
  assert.equal(look(2 * hourMs - 1, 1), 60_000);
  assert.equal(look(2 * hourMs, 0.5), 180_000);
});

test('after a live the next one is likely again', () => {
  const ended: Ending = { kind: 'stream-end', reason: 'ended' };
  const { pace, delayMs } = nextAttempt(startPace(0), ended, 3 * hourMs, 5 * hourMs, middle);
  assert.equal(delayMs, 45_000);
  assert.equal(nextAttempt(pace, { kind: 'not-live' }, null, 6.9 * hourMs, middle).delayMs, 45_000);
  assert.equal(nextAttempt(pace, { kind: 'not-live' }, null, 7.1 * hourMs, middle).delayMs, 180_000);
});

test('what a person must mend is tried again every 15 minutes', () => {
  const fault = { code: 'x', what: 'x', remedy: 'x' };
  assert.deepEqual(delays({ kind: 'mend', fault }, 2), [900_000, 900_000]);
});
