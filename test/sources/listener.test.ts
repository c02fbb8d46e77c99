import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserFacingError } from '../../src/domain/cause.ts';
import type { Ending } from '../../src/sources/tiktok/ending.ts';
import { listening, lost, mend } from './listening.ts';

test('silence is noticed within 40 s, and heartbeat answers are no silence', async () => {
  const { clock, source, last, events } = listening();
  await clock.settle();
  last().listener.entered('r1');
  for (let beats = 0; beats < 30; beats += 1) {
    await clock.advance(10_000);
    last().listener.alive();
  }
  assert.equal(source.facts().heard, true);
  const heardUntilMs = clock.wallMs();
  const tookMs = await clock.runUntil(() => !source.facts().heard, 60_000);
  assert.ok(tookMs <= 40_000, `took ${tookMs} ms`);
  const gone = events.at(-1);
  assert.ok(gone?.kind === 'disconnected');
  assert.equal(gone.payload.heardUntilMs, heardUntilMs);
});

test('a connect that never ends is given up and tried again', async () => {
  const { clock, attempts } = listening();
  await clock.settle();
  await clock.advance(29_000);
  assert.equal(attempts.length, 1);
  await clock.advance(3_000);
  assert.equal(attempts.length, 2);
  assert.equal(attempts[0]?.closed, true);
});

test('after so many attempts in vain a live is left alone, if the config says so, until a person tries', async () => {
  const { clock, attempts, source, last } = listening('ink_host_01', undefined, false, 3);
  await clock.settle();
  const lose = async (ending: Ending) => {
    const before = attempts.length;
    last().listener.ended(ending);
    await clock.runUntil(() => attempts.length > before || source.facts().problem !== null, 120_000);
  };
  for (const ending of [lost, lost, { kind: 'not-live' }, lost, lost] as const) await lose(ending);
  assert.equal(source.facts().problem, null, 'who is not live was reached');
  last().listener.entered('r1');
  await lose(lost);
  for (let time = 1; time <= 3; time += 1) await lose(lost);
  const { problem, phase, nextAttemptAtMs, silence } = source.facts();
  assert.deepEqual([problem?.code, phase, nextAttemptAtMs], ['live-gave-up', 'waiting', null]);
  assert.match(silence?.what ?? '', /^TikTok was tried 3 times in a row in vain/);
  const tried = attempts.length;
  await clock.advance(3_600_000);
  assert.equal(attempts.length, tried);
  source.retryNow();
  await clock.settle();
  last().listener.entered('r1');
  assert.deepEqual([source.facts().heard, source.facts().problem], [true, null]);
});

test('a platform that changed its form does not fill disk and log: every frame is counted, few are written', async () => {
  const { clock, source, last, log, kept } = listening();
  await clock.settle();
  last().listener.entered('r1');
  const frames = 10_000;
  for (let each = 1; each <= frames; each += 1) {
    last().listener.alive();
    last().listener.undecodable(new UserFacingError(`no such field ${each}`), new Uint8Array([each & 255]));
    if (each % 100 === 0) await clock.advance(600);
  }
  assert.equal(source.facts().undecodable, frames);
  assert.ok(kept.length >= 20 && kept.length <= 40, `${kept.length} frames of ${frames} in a minute were kept`);
  const warnings = log.filter((line) => line.includes('could not be decoded'));
  assert.equal(warnings.length, kept.length);
  assert.equal(source.undecodableFrames().at(-1)?.what, `no such field ${frames}`, 'the newest can be looked at');
  await clock.advance(30_000);
  last().listener.alive();
  last().listener.undecodable(new UserFacingError('one more'), new Uint8Array([1]));
  assert.equal(kept.at(-1), 'one more');
  const passedOver = log.map((line) => Number(/(\d+) more were not written down/.exec(line)?.[1] ?? 0));
  assert.equal(
    passedOver.reduce((sum, each) => sum + each, kept.length),
    frames + 1,
    'the log tells of every one',
  );
});

test('a reason that is a whole sentence ends with one full stop in the log', async () => {
  const { clock, log, last } = listening();
  await clock.settle();
  last().listener.ended({ kind: 'lost', why: 'An answer is missing.' });
  assert.match(log[0] ?? '', /^Not connected to the live: An answer is missing\. Next attempt in 1 s\.$/);
});

test('what an attempt that was given up still says is not heard', async () => {
  const { clock, attempts, events, source } = listening();
  await clock.advance(32_000);
  const [old] = attempts;
  assert.ok(old !== undefined && attempts.length === 2);
  old.listener.entered('r1');
  old.listener.messages([
    { method: 'WebcastGiftMessage', msgId: '1', bytes: 0, content: { kind: 'decoded', data: {} } },
  ]);
  old.listener.ended(mend);
  assert.deepEqual(events, []);
  assert.equal(source.facts().phase, 'connecting');
  assert.equal(source.facts().problem, null);
});

test('what a person must mend says so, waits 15 minutes, and is tried at once when a person asks', async () => {
  const { clock, attempts, source, last } = listening();
  await clock.settle();
  last().listener.ended(mend);
  assert.equal(source.facts().problem?.code, 'live-x');
  await clock.advance(14 * 60_000);
  assert.equal(attempts.length, 1);
  source.retryNow();
  await clock.settle();
  assert.equal(attempts.length, 2);
  last().listener.entered('r1');
  assert.equal(source.facts().problem, null);
});

test('a rate limit is waited for even when a person asks', async () => {
  const { clock, attempts, source, last } = listening();
  await clock.settle();
  last().listener.ended({ kind: 'rate-limited', retryAfterMs: 90_000 });
  source.retryNow();
  await clock.advance(89_000);
  assert.equal(attempts.length, 1);
  await clock.advance(2_000);
  assert.equal(attempts.length, 2);
});

test('without a clock the facts read "waiting for the clock"', async () => {
  const { clock, source, last } = listening();
  await clock.settle();
  last().listener.ended({ kind: 'no-clock' });
  assert.match(source.facts().problem?.what ?? '', /waiting for the clock/i);
});

test('the end of the stream ends the session, whether a message or a close code tells it', async () => {
  const { clock, source, last, kinds } = listening();
  await clock.settle();
  last().listener.entered('r1');
  const data = { action: 3 };
  last().listener.messages([
    { method: 'WebcastControlMessage', msgId: '1', bytes: 0, content: { kind: 'decoded', data } },
  ]);
  await clock.advance(10_000);
  assert.equal(source.facts().phase, 'off-air');
  await clock.advance(61_000);
  last().listener.entered('r2');
  last().listener.ended({ kind: 'stream-end', reason: 'ended' });
  assert.deepEqual(kinds(), ['connected', 'stream-end', 'disconnected', 'connected', 'stream-end', 'disconnected']);
});

test('a night off air is one line in the log, and so is a night without a network', async () => {
  const { clock, log, attempts, last } = listening();
  await clock.settle();
  for (const ending of [{ kind: 'not-live' }, lost] satisfies Ending[]) {
    const before = log.length;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const tried = attempts.length;
      last().listener.ended(ending);
      await clock.runUntil(() => attempts.length > tried, 400_000);
    }
    assert.equal(log.length, before + 1);
  }
  assert.ok(attempts.length >= 40);
});

test('every connection is a session of its own, counted from 1', async () => {
  const { clock, last, events } = listening();
  await clock.settle();
  last().listener.entered('r1');
  last().listener.ended(lost);
  await clock.advance(2_000);
  last().listener.entered('r1');
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    [1, 2, 1],
  );
  assert.equal(new Set(events.map(({ session }) => session)).size, 2);
});

test('without a user nobody is listened to, and a user who comes is listened to at once', async () => {
  const { clock, attempts, source, last } = listening(null);
  await clock.advance(3_600_000);
  assert.equal(attempts.length, 0);
  assert.equal(source.facts().phase, 'stopped');
  source.changeUser('ink_host_02');
  await clock.settle();
  assert.equal(last().user, 'ink_host_02');
});

test('after stop the sink hears nothing more, and nothing is left to wake up', async () => {
  const { clock, source, last, kinds, changes } = listening();
  await clock.settle();
  last().listener.entered('r1');
  await source.stop();
  const before = changes();
  assert.deepEqual(kinds(), ['connected', 'disconnected']);
  last().listener.ended(lost);
  source.retryNow();
  await clock.advance(3_600_000);
  assert.deepEqual(kinds(), ['connected', 'disconnected']);
  assert.equal(changes(), before);
  assert.equal(last().closed, true);
  assert.equal(clock.nextDueMs(), null);
});
