/** A provider that fails for good is replaced by the other one, where both are set up, and is taken again when it works. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { type Ending, liveFaults } from '../../src/sources/tiktok/ending.ts';
import { whileHearing } from './hearing.ts';
import { listening, lost } from './listening.ts';

const connector = { provider: 'direct', insteadOf: 'euler' } as const;

test('the managed WebSocket refuses the key: the connector stands in without it, and gifts count once', async () => {
  await whileHearing({ provider: 'euler', factor: 200 }, async ({ live, until, facts, of, log }) => {
    live.room.say({ kind: 'room-user', viewers: 3 });
    await until('the live is heard', () => facts().heard);
    assert.equal(facts().standIn, null);
    live.faults.closeNext(4401);
    live.drop();
    await until('the connector stands in', () => facts().heard && facts().standIn !== null);
    const { why = '', provider, insteadOf } = facts().standIn ?? {};
    assert.deepEqual({ provider, insteadOf }, connector);
    assert.match(why, /refuses the API key/);
    assert.equal(facts().problem, null);
    live.room.gift(fans[0] ?? { id: '1', name: 'ink_fan' }, giftKinds.rose);
    await until('a gift is heard', () => of('gift').length > 0);
    assert.equal(log.filter((line) => line.includes('"direct" in place of "euler"')).length, 1, log.join('\n'));
  });
});

test('a person who asks to try anew gets the first provider back at once', async () => {
  await whileHearing({ provider: 'euler', factor: 200 }, async ({ live, until, facts, source }) => {
    live.room.say({ kind: 'room-user', viewers: 3 });
    await until('the live is heard', () => facts().heard);
    live.faults.closeNext(4403);
    live.drop();
    await until('the connector stands in', () => facts().heard && facts().standIn !== null);
    source.retryNow();
    await until('the first is heard', () => facts().heard && facts().standIn === null);
  });
});

test('a provider that is not set up stands in for nobody', async () => {
  const environment = { LIVEPEN_SIGN_API_KEY: '' };
  await whileHearing({ pages: true, environment }, async ({ live, until, facts }) => {
    await until('the live is heard', () => facts().heard);
    live.faults.refuse('sign', { status: 402 });
    live.drop();
    await until('the problem is told', () => facts().problem?.code === 'live-plan');
    assert.equal(facts().standIn, null);
  });
});

test('a sign service that is gone for minutes is replaced', async () => {
  await whileHearing({ pages: true, factor: 200 }, async ({ live, until, facts }) => {
    await until('the live is heard', () => facts().heard);
    live.faults.refuse('sign', ...Array.from({ length: 8 }, () => ({ status: 503 })));
    live.drop();
    await until('the managed WebSocket stands in', () => facts().standIn?.provider === 'euler');
    assert.equal(facts().standIn?.insteadOf, 'direct');
    live.room.say({ kind: 'room-user', viewers: 3 });
    await until('the live is heard', () => facts().heard);
  });
});

const keyRefused: Ending = { kind: 'mend', fault: liveFaults.keyRefused };

/** Two providers of which the first refuses the key, and the other one was let in. */
async function heardByOther() {
  const world = listening('ink_host_01', undefined, true);
  await world.clock.settle();
  world.last().listener.ended(keyRefused);
  await world.clock.advance(2_000);
  assert.equal(world.last().provider, 'euler');
  world.last().listener.entered('r1');
  return world;
}

test('the first provider is taken again after a quarter of an hour, with the next connection and not before', async () => {
  const { clock, last, source, log } = await heardByOther();
  for (let each = 0; each < 120; each += 1) {
    await clock.advance(10_000);
    last().listener.alive();
  }
  assert.deepEqual([last().provider, source.facts().heard], ['euler', true]);
  last().listener.ended(lost);
  await clock.advance(2_000);
  assert.deepEqual([last().provider, source.facts().standIn], ['direct', null]);
  last().listener.entered('r1');
  assert.equal(log.filter((line) => line.includes('Connected to the live with "direct" again')).length, 1);
});

test('a stand-in whose connection is lost goes on standing in, and one that is not live waits as any', async () => {
  const { clock, last, attempts, source } = await heardByOther();
  last().listener.ended(lost);
  await clock.advance(2_000);
  assert.equal(last().provider, 'euler');
  last().listener.entered('r1');
  last().listener.ended({ kind: 'not-live' });
  assert.equal(source.facts().phase, 'off-air');
  const before = attempts.length;
  await clock.advance(25_000);
  assert.equal(attempts.length, before);
});

test('a network that is gone for two minutes does not leave nobody to listen for a quarter of an hour', async () => {
  const { clock, last, source } = await heardByOther();
  last().listener.ended(lost);
  for (let seconds = 0; seconds < 120; seconds += 1) {
    if (!last().closed) last().listener.ended({ kind: 'lost', why: 'there is no network' });
    await clock.advance(1_000);
  }
  for (let seconds = 0; seconds < 80 && last().closed; seconds += 1) await clock.advance(1_000);
  assert.deepEqual([last().provider, last().closed], ['euler', false], 'the stand-in is tried at its pace');
  last().listener.entered('r1');
  assert.equal(source.facts().heard, true);
});

test('a stand-in that was heard is not given up for one attempt that is lost, whatever the first one failed by', async () => {
  const { clock, last } = listening('ink_host_01', undefined, true);
  await clock.settle();
  while (last().provider === 'direct') {
    if (!last().closed) last().listener.ended(lost);
    await clock.advance(1_000);
  }
  last().listener.entered('r1');
  last().listener.ended(lost);
  await clock.advance(90_000);
  last().listener.ended(lost);
  await clock.advance(90_000);
  assert.equal(last().provider, 'euler');
});

test('after a night without a network the other one is tried at once when the first refuses the key', async () => {
  const { clock, last } = listening('ink_host_01', undefined, true);
  await clock.settle();
  for (let seconds = 0; seconds < 8 * 3600; seconds += 10) {
    if (!last().closed) last().listener.ended(lost);
    await clock.advance(10_000);
  }
  for (let seconds = 0; seconds < 180 && last().provider === 'direct'; seconds += 1) {
    if (!last().closed) last().listener.ended(keyRefused);
    await clock.advance(1_000);
  }
  assert.equal(last().provider, 'euler');
});

test('when the stand-in fails too, a rate limit of the first is waited for to its end and no longer', async () => {
  const { clock, last, attempts } = listening('ink_host_01', undefined, true);
  await clock.settle();
  last().listener.ended({ kind: 'rate-limited', retryAfterMs: 3_600_000 });
  await clock.advance(2_000);
  last().listener.entered('r1');
  for (let seconds = 0; seconds < 50 * 60; seconds += 10) {
    await clock.advance(10_000);
    last().listener.alive();
  }
  last().listener.ended(lost);
  await clock.advance(10_000);
  last().listener.ended(keyRefused);
  const before = attempts.length;
  await clock.advance(9 * 60_000);
  assert.equal(attempts.length, before);
  await clock.advance(60_000);
  assert.deepEqual([last().provider, attempts.length], ['direct', before + 1]);
});

test('when neither takes the key, what is told is of the first, and neither is hammered', async () => {
  const { clock, last, source, attempts, log } = await heardByOther();
  last().listener.ended(lost);
  for (let hours = 0; hours < 8; hours += 1) {
    for (let minutes = 0; minutes < 60; minutes += 1) {
      const fault = last().provider === 'direct' ? keyRefused : ({ kind: 'mend', fault: liveFaults.noKey } as const);
      if (!last().closed) last().listener.ended(fault);
      await clock.advance(60_000);
    }
    assert.equal(source.facts().problem?.code, 'live-key-refused');
  }
  assert.ok(attempts.length <= 8 * 6, `${attempts.length} attempts`);
  assert.ok(log.length < 8, log.join('\n'));
});

test('a long rate limit is obeyed by the one that it was told, while the other one hears', async () => {
  const { clock, last, attempts } = listening('ink_host_01', undefined, true);
  await clock.settle();
  last().listener.ended({ kind: 'rate-limited', retryAfterMs: 3_600_000 });
  await clock.advance(2_000);
  assert.equal(last().provider, 'euler');
  for (let minutes = 0; minutes < 59; minutes += 1) {
    if (!last().closed) last().listener.ended({ kind: 'not-live' });
    await clock.advance(60_000);
  }
  assert.ok(attempts.slice(1).every(({ provider }) => provider === 'euler'));
  await clock.advance(120_000);
  assert.equal(attempts.at(-1)?.provider, 'direct');
});

test('a night without a network is a few lines, with two providers too', async () => {
  const { clock, last, log, attempts } = listening('ink_host_01', undefined, true);
  await clock.settle();
  for (let seconds = 0; seconds < 8 * 3600; seconds += 10) {
    if (!last().closed) last().listener.ended({ kind: 'lost', why: `no network for ${last().provider}` });
    await clock.advance(10_000);
  }
  assert.ok(attempts.filter(({ provider }) => provider === 'euler').length <= 6);
  assert.ok(log.length <= 4, log.join('\n'));
});

test('what the live itself is about is no failure of a provider', async () => {
  const { clock, last, attempts } = listening('ink_host_01', undefined, true);
  await clock.settle();
  for (let seconds = 0; seconds < 8 * 3600; seconds += 10) {
    const isLive = Math.floor(seconds / 3600) % 2 === 0;
    if (!last().closed)
      last().listener.ended(isLive ? { kind: 'mend', fault: liveFaults.ageRestricted } : { kind: 'not-live' });
    await clock.advance(10_000);
  }
  assert.ok(attempts.every(({ provider }) => provider === 'direct'));
});

test('a long rate limit is told until when, and a person who asks to try anew neither breaks it nor the stand-in', async () => {
  const { clock, last, attempts, source, log } = listening('ink_host_01', undefined, true);
  await clock.settle();
  const untilMs = clock.wallMs() + 3_600_000;
  const time = new Date(untilMs).toTimeString().slice(0, 5);
  last().listener.ended({ kind: 'rate-limited', retryAfterMs: 3_600_000 });
  await clock.advance(2_000);
  last().listener.entered('r1');
  const now = source.facts().standIn;
  assert.deepEqual([now?.provider, now?.insteadOf, now?.untilMs], ['euler', 'direct', untilMs]);
  assert.match(now?.why ?? '', /asks to wait/);
  assert.ok(
    log.some((line) => line.includes(`asks to wait until ${time}`)),
    log.join('\n'),
  );
  const before = attempts.length;
  for (let each = 0; each < 3; each += 1) {
    source.retryNow();
    await clock.advance(10_000);
    last().listener.alive();
  }
  assert.deepEqual([attempts.length, last().closed, source.facts().heard], [before, false, true]);
  assert.equal(source.facts().standIn?.untilMs, untilMs);
  for (let seconds = 0; seconds < 3_600; seconds += 20) {
    await clock.advance(20_000);
    last().listener.alive();
  }
  source.retryNow();
  await clock.advance(2_000);
  assert.equal(last().provider, 'direct');
});

test('of two that ask to wait neither is asked before, whoever asks to try anew', async () => {
  const { clock, last, attempts, source } = listening('ink_host_01', undefined, true);
  await clock.settle();
  last().listener.ended({ kind: 'rate-limited', retryAfterMs: 3_600_000 });
  await clock.advance(2_000);
  last().listener.ended({ kind: 'rate-limited', retryAfterMs: 7_200_000 });
  const before = attempts.length;
  for (let minutes = 0; minutes < 59; minutes += 1) {
    source.retryNow();
    await clock.advance(60_000);
  }
  assert.equal(attempts.length, before);
  assert.equal(source.facts().silence?.code, 'rate-limited');
  await clock.advance(60_000);
  assert.deepEqual([last().provider, attempts.length], ['direct', before + 1]);
});

test('a limit of the stand-in is obeyed when a person asks to try anew, too', async () => {
  const { clock, last, attempts, source } = listening('ink_host_01', undefined, true);
  await clock.settle();
  last().listener.ended(keyRefused);
  await clock.advance(2_000);
  last().listener.ended({ kind: 'rate-limited', retryAfterMs: 3_600_000 });
  for (let each = 0; each < 5; each += 1) {
    source.retryNow();
    await clock.advance(2_000);
    if (!last().closed) last().listener.ended(keyRefused);
    await clock.advance(2_000);
  }
  assert.equal(attempts.filter(({ provider }) => provider === 'euler').length, 1);
});

test('what a person can do about the first provider is told while the other one is tried, and while it hears', async () => {
  const { clock, last, source } = listening('ink_host_01', undefined, true);
  await clock.settle();
  last().listener.ended(keyRefused);
  assert.deepEqual(source.facts().problem, liveFaults.keyRefused);
  assert.deepEqual(
    [source.facts().silence?.code, source.facts().silence?.todo],
    ['refused', liveFaults.keyRefused.remedy],
  );
  await clock.advance(2_000);
  last().listener.entered('r1');
  assert.equal(source.facts().standIn?.todo, liveFaults.keyRefused.remedy);
});
