import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ending } from '../../src/sources/tiktok/ending.ts';
import type { Message } from '../../src/sources/tiktok/provider.ts';
import { listening, lost, mend } from './listening.ts';

test('a first connection whose heartbeats are answered is believed for 90 s; what was not heard in them is told as a gap', async () => {
  const { clock, attempts, source, last, events, kinds } = listening();
  await clock.settle();
  last().listener.reached('r1');
  const reachedMs = clock.wallMs();
  for (let beats = 0; beats < 9; beats += 1) {
    assert.equal(source.facts().heard, true);
    assert.equal(attempts.length, 1);
    last().listener.alive();
    await clock.advance(10_000);
  }
  assert.equal(source.facts().heard, false);
  const [, gone] = events;
  assert.ok(gone?.kind === 'disconnected');
  assert.equal(gone.room, 'r1');
  assert.equal(gone.payload.heardUntilMs, reachedMs);
  assert.match(gone.payload.why, /not admitted to the room/);
  assert.equal(source.facts().reconnects, 1, 'what counted as heard was lost');
  await clock.runUntil(() => attempts.length === 2, 10_000);
  last().listener.reached('r1');
  last().listener.entered('r1');
  assert.equal(source.facts().heard, true);
  assert.deepEqual(kinds(), ['connected', 'disconnected', 'connected']);
});

test('after a connection that was not let in, heartbeat answers prove nothing: within 40 s it is tried anew', async () => {
  const { clock, attempts, source, last } = listening();
  await clock.settle();
  last().listener.ended({ kind: 'not-entered' });
  await clock.runUntil(() => attempts.length === 2, 10_000);
  last().listener.reached('r1');
  for (let beats = 0; beats < 4; beats += 1) {
    assert.equal(source.facts().heard, false);
    await clock.advance(10_000);
    if (attempts.length === 2) last().listener.alive();
  }
  assert.equal(attempts.length, 3);
});

test('after a connection that was not let in, what the sign service told is told on, and proves nothing', async () => {
  const { source, last, kinds, clock, attempts } = listening();
  await clock.settle();
  last().listener.ended({ kind: 'not-entered' });
  await clock.runUntil(() => attempts.length === 2, 10_000);
  last().listener.reached('r1');
  last().listener.messages([
    { method: 'WebcastGiftMessage', msgId: '1', bytes: 0, content: { kind: 'decoded', data: { giftId: '5655' } } },
  ]);
  assert.deepEqual(kinds(), ['gift']);
  assert.equal(source.facts().heard, false);
  assert.equal(source.facts().room, 'r1');
});

test('a live that never says that we are in costs few signatures, and its first message is heard hours later', async () => {
  const { clock, attempts, source, last } = listening();
  await clock.settle();
  const endMs = clock.nowMs() + 3 * 3_600_000;
  const begunAtMs: number[] = [];
  let known = 0;
  while (clock.nowMs() < endMs) {
    if (attempts.length > known) {
      known = attempts.length;
      begunAtMs.push(clock.nowMs());
      last().listener.reached('r1');
    }
    await clock.advance(1_000);
    if (attempts.length === known) last().listener.alive();
  }
  const within = (ms: number) => begunAtMs.filter((atMs) => atMs < ms).length;
  assert.ok(within(300_000) >= 6, `${within(300_000)} attempts in the first five minutes`);
  assert.ok(within(3_600_000) <= 20, `${within(3_600_000)} attempts in the first hour`);
  assert.ok(begunAtMs.length <= 45, `${begunAtMs.length} attempts in three hours`);
  assert.equal(source.facts().heard, false);
  last().listener.ended(lost);
  await clock.runUntil(() => attempts.length > known, 120_000);
  last().listener.reached('r1');
  last().listener.entered('r1');
  assert.equal(source.facts().heard, true);
});

test('who asks need not wait for a room that long gave no sign, but does not cut off one that was just reached', async () => {
  const { clock, attempts, source, last } = listening();
  await clock.settle();
  for (let tries = 1; tries <= 6; tries += 1) {
    last().listener.reached('r1');
    await clock.advance(20_000);
    last().listener.alive();
    source.retryNow();
    assert.equal(attempts.length, tries);
    await clock.runUntil(() => attempts.length > tries, 100_000);
  }
  last().listener.reached('r1');
  await clock.advance(31_000);
  assert.equal(attempts.length, 7);
  source.retryNow();
  await clock.settle();
  assert.equal(attempts.length, 8);
});

test('a connection that was reached and falls silent is given up as any other, however long its room is waited for', async () => {
  const { clock, attempts, last } = listening();
  await clock.settle();
  for (let tries = 1; tries <= 12; tries += 1) {
    last().listener.reached('r1');
    const tookMs = await clock.runUntil(() => attempts.length > tries, 200_000);
    assert.ok(tookMs <= 40_000 + 72_000, `attempt ${tries} took ${tookMs} ms`);
  }
});

test('the end of a stream that is told again does not end the room that went on, and a second one does', async () => {
  const { clock, source, last, kinds } = listening();
  const end = (msgId: string): Message => {
    return { method: 'WebcastControlMessage', msgId, bytes: 0, content: { kind: 'decoded', data: { action: 4 } } };
  };
  await clock.settle();
  last().listener.entered('r1');
  last().listener.messages([end('11')]);
  await clock.advance(10_000);
  assert.equal(source.facts().phase, 'off-air');
  await clock.advance(61_000);
  last().listener.reached('r1');
  last().listener.messages([end('11')]);
  last().listener.entered('r1');
  assert.equal(source.facts().heard, true);
  last().listener.messages([end('12')]);
  await clock.advance(10_000);
  assert.equal(source.facts().phase, 'off-air');
  assert.deepEqual(kinds(), ['connected', 'stream-end', 'disconnected', 'connected', 'stream-end', 'disconnected']);
});

test('a network that fails off air does not make the next attempt sign for a live that is over', async () => {
  const { clock, attempts, last } = listening();
  await clock.settle();
  last().listener.entered('r1');
  last().listener.ended({ kind: 'stream-end', reason: 'ended' });
  for (const ending of [lost, { kind: 'rate-limited', retryAfterMs: 0 }, mend, lost] satisfies Ending[]) {
    const tried = attempts.length;
    await clock.runUntil(() => attempts.length > tried, 2_000_000);
    assert.equal(last().afterLive, true);
    last().listener.ended(ending);
  }
  await clock.runUntil(() => attempts.length > 5, 2_000_000);
  last().listener.entered('r1');
  last().listener.ended(lost);
  await clock.runUntil(() => attempts.length > 6, 2_000_000);
  assert.equal(last().afterLive, false, 'a live that is lost is signed for at once');
});

test('a disk that cannot be read costs no gift', async () => {
  const { clock, last, kinds, log } = listening('ink_host_01', () => {
    throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_READ' });
  });
  await clock.settle();
  last().listener.entered('r1');
  const data = { giftId: '5655', groupId: '0', repeatCount: 2, gift: { id: '5655', type: 1 } };
  last().listener.messages([
    { method: 'WebcastGiftMessage', msgId: '1', bytes: 0, content: { kind: 'decoded', data } },
  ]);
  assert.deepEqual(kinds(), ['connected', 'gift']);
  assert.ok(log.some((line) => line.includes('cannot be read: the disk reports errors')));
});
