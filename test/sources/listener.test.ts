import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import type { Ear, EarListener } from '../../src/sources/tiktok/ear.ts';
import type { Ending } from '../../src/sources/tiktok/ending.ts';
import { createListener } from '../../src/sources/tiktok/listener.ts';
import type { Message } from '../../src/sources/tiktok/message.ts';
import { virtualClock } from '../../src/system/virtual-clock.ts';

interface ToldAttempt {
  readonly user: string;
  readonly listener: EarListener;
  closed: boolean;
}

/** A listener whose ear says what the test says. */
function setup(user: string | null = 'ink_host_01') {
  const log: string[] = [];
  const kept: string[] = [];
  const say = (sentence: string) => log.push(sentence);
  const clock = virtualClock();
  const attempts: ToldAttempt[] = [];
  const events: LiveEvent[] = [];
  const ear: Ear = {
    attempt: (name, listener) => {
      assert.ok(
        attempts.every(({ closed }) => closed),
        'two attempts at a time',
      );
      const attempt = { user: name, listener, closed: false };
      attempts.push(attempt);
      return {
        drain: () => {},
        close: async () => {
          attempt.closed = true;
        },
      };
    },
  };
  const nothing = () => {};
  const deps = {
    clock,
    random: () => 0.5,
    log: { info: say, warn: say, error: say },
    ear,
    user,
    wanted: new Set<never>(),
    raw: nothing,
  };
  const source = createListener({ ...deps, undecodable: ({ what }) => kept.push(what) });
  let changes = 0;
  source.start({
    event: (event) => events.push(event),
    changed: () => {
      changes += 1;
    },
  });
  const last = (): ToldAttempt => {
    const attempt = attempts.at(-1);
    assert.ok(attempt !== undefined, 'no attempt yet');
    return attempt;
  };
  const kinds = () => events.map(({ kind }) => kind);
  return { clock, attempts, events, log, kept, source, last, kinds, changes: () => changes };
}

const lost: Ending = { kind: 'lost', why: 'a test' };
const mend: Ending = { kind: 'mend', fault: { code: 'live-x', what: 'x', remedy: 'y' } };

test('silence is noticed within 40 s, and heartbeat answers are no silence', async () => {
  const { clock, source, last, events } = setup();
  await clock.settle();
  last().listener.opened('r1');
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

test('heartbeat answers alone do not prove that the room is heard: within 40 s it is tried anew, and the time is told', async () => {
  const { clock, attempts, source, last, events, kinds } = setup();
  await clock.settle();
  last().listener.reached('r1');
  const reachedMs = clock.wallMs();
  for (let beats = 0; beats < 4; beats += 1) {
    assert.equal(source.facts().heard, false);
    await clock.advance(10_000);
    if (attempts.length === 1) last().listener.alive();
  }
  assert.equal(attempts.length, 2);
  const [gone] = events;
  assert.ok(gone?.kind === 'disconnected');
  assert.equal(gone.room, 'r1');
  assert.equal(gone.payload.heardUntilMs, reachedMs);
  assert.match(gone.payload.why, /not let into the room/);
  last().listener.reached('r1');
  last().listener.opened('r1');
  assert.equal(source.facts().heard, true);
  assert.deepEqual(kinds(), ['disconnected', 'connected']);
});

test('what the sign service told of a room is told on, and does not prove that the room is heard', async () => {
  const { source, last, kinds, clock } = setup();
  await clock.settle();
  last().listener.reached('r1');
  last().listener.messages([
    { method: 'WebcastGiftMessage', msgId: '1', bytes: 0, content: { kind: 'decoded', data: { giftId: '5655' } } },
  ]);
  assert.deepEqual(kinds(), ['gift']);
  assert.equal(source.facts().heard, false);
  assert.equal(source.facts().room, 'r1');
});

test('a live that never says that we are in costs few signatures, and its first message is heard hours later', async () => {
  const { clock, attempts, source, last } = setup();
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
  last().listener.opened('r1');
  assert.equal(source.facts().heard, true);
});

test('who asks need not wait for a room that long gave no sign, but does not cut off one that was just reached', async () => {
  const { clock, attempts, source, last } = setup();
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
  const { clock, attempts, last } = setup();
  await clock.settle();
  for (let tries = 1; tries <= 12; tries += 1) {
    last().listener.reached('r1');
    const tookMs = await clock.runUntil(() => attempts.length > tries, 200_000);
    assert.ok(tookMs <= 40_000 + 72_000, `attempt ${tries} took ${tookMs} ms`);
  }
});

test('a connect that never ends is given up and tried again', async () => {
  const { clock, attempts } = setup();
  await clock.settle();
  await clock.advance(29_000);
  assert.equal(attempts.length, 1);
  await clock.advance(3_000);
  assert.equal(attempts.length, 2);
  assert.equal(attempts[0]?.closed, true);
});

test('a platform that changed its form does not fill disk and log: every frame is counted, few are written', async () => {
  const { clock, source, last, log, kept } = setup();
  await clock.settle();
  last().listener.opened('r1');
  const frames = 10_000;
  for (let each = 1; each <= frames; each += 1) {
    last().listener.alive();
    last().listener.undecodable(`no such field ${each}`, new Uint8Array([each & 255]));
    if (each % 100 === 0) await clock.advance(600);
  }
  assert.equal(source.facts().undecodable, frames);
  assert.ok(kept.length >= 20 && kept.length <= 40, `${kept.length} frames of ${frames} in a minute were kept`);
  const warnings = log.filter((line) => line.includes('did not decode'));
  assert.equal(warnings.length, kept.length);
  assert.equal(source.undecodableFrames().at(-1)?.what, `no such field ${frames}`, 'the newest can be looked at');
  await clock.advance(30_000);
  last().listener.alive();
  last().listener.undecodable('one more', new Uint8Array([1]));
  assert.equal(kept.at(-1), 'one more');
  const passedOver = log.map((line) => Number(/(\d+) more were not written down/.exec(line)?.[1] ?? 0));
  assert.equal(
    passedOver.reduce((sum, each) => sum + each, kept.length),
    frames + 1,
    'the log tells of every one',
  );
});

test('what an attempt that was given up still says is not heard', async () => {
  const { clock, attempts, events, source } = setup();
  await clock.advance(32_000);
  const [old] = attempts;
  assert.ok(old !== undefined && attempts.length === 2);
  old.listener.opened('r1');
  old.listener.messages([
    { method: 'WebcastGiftMessage', msgId: '1', bytes: 0, content: { kind: 'decoded', data: {} } },
  ]);
  old.listener.ended(mend);
  assert.deepEqual(events, []);
  assert.equal(source.facts().phase, 'connecting');
  assert.equal(source.facts().problem, null);
});

test('what a person must mend says so, waits 15 minutes, and is tried at once when a person asks', async () => {
  const { clock, attempts, source, last } = setup();
  await clock.settle();
  last().listener.ended(mend);
  assert.equal(source.facts().problem?.code, 'live-x');
  await clock.advance(14 * 60_000);
  assert.equal(attempts.length, 1);
  source.retryNow();
  await clock.settle();
  assert.equal(attempts.length, 2);
  last().listener.opened('r1');
  assert.equal(source.facts().problem, null);
});

test('a rate limit is waited for even when a person asks', async () => {
  const { clock, attempts, source, last } = setup();
  await clock.settle();
  last().listener.ended({ kind: 'rate-limited', retryAfterMs: 90_000 });
  source.retryNow();
  await clock.advance(89_000);
  assert.equal(attempts.length, 1);
  await clock.advance(2_000);
  assert.equal(attempts.length, 2);
});

test('without a clock the facts read "waiting for the clock"', async () => {
  const { clock, source, last } = setup();
  await clock.settle();
  last().listener.ended({ kind: 'no-clock' });
  assert.match(source.facts().problem?.what ?? '', /waiting for the clock/i);
});

test('the end of the stream ends the session, whether a message or a close code tells it', async () => {
  const { clock, source, last, kinds } = setup();
  await clock.settle();
  last().listener.opened('r1');
  const data = { action: 3 };
  last().listener.messages([
    { method: 'WebcastControlMessage', msgId: '1', bytes: 0, content: { kind: 'decoded', data } },
  ]);
  assert.equal(source.facts().phase, 'off-air');
  await clock.advance(61_000);
  last().listener.opened('r2');
  last().listener.ended({ kind: 'stream-end', reason: 'ended' });
  assert.deepEqual(kinds(), ['connected', 'stream-end', 'disconnected', 'connected', 'stream-end', 'disconnected']);
});

test('the end of a stream that is told again does not end the room that went on, and a second one does', async () => {
  const { clock, source, last, kinds } = setup();
  const end = (msgId: string): Message => {
    return { method: 'WebcastControlMessage', msgId, bytes: 0, content: { kind: 'decoded', data: { action: 4 } } };
  };
  await clock.settle();
  last().listener.opened('r1');
  last().listener.messages([end('11')]);
  assert.equal(source.facts().phase, 'off-air');
  await clock.advance(61_000);
  last().listener.reached('r1');
  last().listener.messages([end('11')]);
  last().listener.opened('r1');
  assert.equal(source.facts().heard, true);
  last().listener.messages([end('12')]);
  assert.equal(source.facts().phase, 'off-air');
  assert.deepEqual(kinds(), ['connected', 'stream-end', 'disconnected', 'connected', 'stream-end', 'disconnected']);
});

test('a night off air is one line in the log, and so is a night without a network', async () => {
  const { clock, log, attempts, last } = setup();
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
  const { clock, last, events } = setup();
  await clock.settle();
  last().listener.opened('r1');
  last().listener.ended(lost);
  await clock.advance(2_000);
  last().listener.opened('r1');
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    [1, 2, 1],
  );
  assert.equal(new Set(events.map(({ session }) => session)).size, 2);
});

test('without a user nobody is listened to, and a user who comes is listened to at once', async () => {
  const { clock, attempts, source, last } = setup(null);
  await clock.advance(3_600_000);
  assert.equal(attempts.length, 0);
  assert.equal(source.facts().phase, 'stopped');
  source.changeUser('ink_host_02');
  await clock.settle();
  assert.equal(last().user, 'ink_host_02');
});

test('after stop the sink hears nothing more, and nothing is left to wake up', async () => {
  const { clock, source, last, kinds, changes } = setup();
  await clock.settle();
  last().listener.opened('r1');
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
