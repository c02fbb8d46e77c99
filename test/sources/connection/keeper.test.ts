/** One connection that is kept, whatever a platform and a network do to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { started, toy } from './toy.ts';

test('what is said is heard once it is connected, in its order, with ids that are no other platform’s', async () => {
  const { clock, platform, source, events, heard } = await started();
  platform.say('100');
  platform.say('250');
  await clock.advance(10);
  assert.deepEqual(heard(), ['connected', '100', '250']);
  assert.deepEqual(
    events.map(({ room, channel, platform: of, sequence }) => [room, channel, of, sequence]),
    [1, 2, 3].map((sequence) => ['toy:7', 'toy_maker', 'toy', sequence]),
  );
  const { heard: isHeard, phase, room, silence } = source.facts();
  assert.deepEqual([isHeard, phase, room, silence], [true, 'connected', 'toy:7', null]);
});

test('a lost connection is a gap with its beginning, and is tried again after 1 s, doubling up to 60 s', async () => {
  const { clock, platform, network, source, heard, events } = await started();
  platform.say('100');
  await clock.advance(10);
  const heardAtMs = clock.wallMs();
  await clock.advance(5_000);
  network.isDown = true;
  network.drop();
  await clock.advance(0);
  assert.deepEqual(heard(), ['connected', '100', 'the connection broke']);
  const [last] = events.slice(-1);
  assert.ok(last?.kind === 'disconnected' && Math.abs(last.payload.heardUntilMs - heardAtMs) < 10);
  const waits: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const at = source.facts().nextAttemptAtMs ?? assert.fail('nothing is planned');
    waits.push(Math.round(at - clock.nowMs()));
    await clock.advance(at - clock.nowMs() + 1);
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  assert.equal(source.facts().silence?.code, 'offline');
  network.isDown = false;
  await clock.advance(61_000);
  assert.deepEqual(heard().slice(3), ['connected']);
  assert.equal(source.facts().reconnects, 1);
});

test('the pace begins anew after a stable minute, and not after a shorter one', async () => {
  const { clock, network, source } = await started();
  const waitAfterMs = async (heardForMs: number) => {
    for (let passedMs = 0; passedMs < heardForMs; passedMs += 20_000) {
      await clock.advance(20_000);
    }
    network.drop();
    await clock.advance(0);
    const waitMs = Math.round((source.facts().nextAttemptAtMs ?? 0) - clock.nowMs());
    await clock.advance(waitMs + 100);
    return waitMs;
  };
  assert.equal(await waitAfterMs(0), 1_000);
  assert.equal(await waitAfterMs(0), 2_000);
  assert.equal(await waitAfterMs(0), 4_000);
});

test('silence is a dead connection, though it stays open', async () => {
  const { clock, network, platform, source, heard } = await started();
  network.isSilent = true;
  await clock.advance(29_000);
  assert.equal(source.facts().heard, true);
  await clock.advance(2_000);
  assert.deepEqual(heard(), ['connected', 'silent for 30 s']);
  network.isSilent = false;
  await clock.advance(40_000);
  assert.equal(source.facts().heard, true);
  assert.equal(platform.ends.length, 1, 'the dead one was cut');
});

test('a connection that says nothing is not silent as long as anything comes', async () => {
  const { clock, platform, source } = await started();
  for (let round = 0; round < 10; round += 1) {
    await clock.advance(20_000);
    platform.say('ping');
  }
  await clock.advance(10);
  assert.equal(source.facts().heard, true);
  assert.equal(source.facts().reconnects, 0);
});

test('a server that opens and never confirms is given up after its limit, one that never opens after 30 s', async () => {
  const one = toy();
  one.platform.isMute = true;
  one.source.start({ event: () => {}, changed: () => {} });
  await one.clock.advance(5_010);
  assert.match(one.source.facts().silence?.what ?? '', /Toy did not answer in 5 s/);
  const two = toy();
  two.network.isSilent = true;
  two.source.start({ event: () => {}, changed: () => {} });
  await two.clock.advance(30_010);
  assert.match(two.source.facts().silence?.what ?? '', /no connection in 30 s/);
  assert.equal(two.network.open, 0, 'nothing of it is left open');
});

test('a refusal is judged by its status: wait as long as asked, or as a lost connection', async () => {
  const { clock, platform, network, source, log } = toy();
  platform.refusal = { status: 429, headers: { 'retry-after': '300' } };
  source.start({ event: () => {}, changed: () => {} });
  await clock.advance(100);
  assert.equal(source.facts().silence?.code, 'rate-limited');
  await clock.advance(299_000);
  source.retryNow();
  await clock.advance(100);
  assert.equal(network.asked, 1, 'a person does not make it earlier');
  assert.ok(log.some((line) => line.includes('asks to wait')));
  platform.refusal = { status: 503, headers: {} };
  await clock.advance(1_000);
  assert.equal(network.asked, 2);
  assert.match(source.facts().silence?.what ?? '', /trouble of its own/);
  platform.refusal = { status: 302, headers: {} };
  await clock.advance(3_000);
  assert.equal(source.facts().silence?.code, 'portal');
});

test('it gives up after so many attempts in a row, until a person asks; 0 never does', async () => {
  const one = await started({ reconnectMaxAttempts: 3 });
  one.network.isDown = true;
  one.network.drop();
  await one.clock.advance(3_600_000);
  assert.equal(one.network.asked, 1 + 3);
  assert.equal(one.source.facts().problem?.code, 'live-gave-up');
  assert.equal(one.source.facts().nextAttemptAtMs, null);
  one.network.isDown = false;
  one.source.retryNow();
  await one.clock.advance(100);
  assert.equal(one.source.facts().heard, true);
  assert.equal(one.source.facts().problem, null);
  const two = await started();
  two.network.isDown = true;
  two.network.drop();
  await two.clock.advance(3_600_000);
  assert.ok(two.network.asked > 60);
});

test('what a person has to mend is tried as soon as they have, and every quarter of an hour', async () => {
  let isMended = false;
  let isRefused = true;
  const fault = { code: 'toy-broken', what: 'The toy is broken.', remedy: 'Mend it.' };
  let asked = 0;
  const { clock, source } = await started({
    isMended: () => isMended,
    talk: (line) => ({
      target: async () => {
        asked += 1;
        return isRefused ? { kind: 'mend', fault } : { url: 'wss://toy.example/' };
      },
      opened: () => line.heard({ room: '7', channel: '' }),
      message: () => 1,
    }),
  });
  assert.deepEqual(source.facts().problem, fault);
  assert.deepEqual(source.facts().silence, { code: 'refused', what: fault.what, todo: fault.remedy, nextAtMs: null });
  await clock.advance(14 * 60_000);
  assert.equal(asked, 1);
  await clock.advance(3 * 60_000);
  assert.equal(asked, 2);
  isRefused = false;
  isMended = true;
  await clock.advance(6_000);
  assert.equal(source.facts().heard, true);
});

test('stopped in whichever phase, it says nothing more and leaves nothing open or planned', async () => {
  for (const untilMs of [0, 1, 2, 3, 4, 5, 50]) {
    const { clock, network, platform, source, events } = toy();
    source.start({ event: (event) => events.push(event), changed: () => {} });
    await clock.advance(untilMs);
    await source.stop('a test');
    const before = events.length;
    platform.say('100');
    await clock.advance(120_000);
    assert.equal(events.length, before, `stopped after ${untilMs} ms`);
    assert.equal(network.open, 0);
    assert.equal(network.asked <= 1, true);
    assert.equal(clock.nextDueMs(), null);
    assert.equal(source.facts().phase, 'stopped');
  }
  const { clock, network, source, heard } = await started();
  network.isDown = true;
  network.drop();
  await clock.advance(100);
  await source.stop('a test');
  await clock.advance(120_000);
  assert.deepEqual(heard(), ['connected', 'the connection broke']);
});

test('what was stopped can be started again', async () => {
  const { clock, source, heard, events, platform } = await started();
  await source.stop('the live was switched off');
  source.start({ event: (event) => events.push(event), changed: () => {} });
  await clock.advance(100);
  platform.say('100');
  await clock.advance(10);
  assert.deepEqual(heard(), ['connected', 'the live was switched off', 'connected', '100']);
  const sessions = new Set(events.map(({ session }) => session));
  assert.equal(sessions.size, 2);
});

test('a message that cannot be read costs no other, is counted, kept and written down', async () => {
  const kept: string[] = [];
  const { clock, platform, source, heard, log } = await started({ undecodable: ({ what }) => kept.push(what) });
  for (const text of ['throw', '-5', '1e999', '100']) platform.say(text);
  await clock.advance(10);
  assert.deepEqual(heard(), ['connected', 'error', 'error', 'error', '100']);
  assert.equal(source.facts().undecodable, 3);
  assert.equal(kept.length, 3);
  assert.equal(log.filter((line) => line.includes('could not be decoded')).length, 3);
});

test('while the disk does not take what came, nothing more is read, and that is no silence', async () => {
  let isFull = true;
  const { clock, platform, network, source, heard } = await started({
    settled: async () => {
      if (isFull) throw new Error('the disk is full');
    },
  });
  for (let number = 1; number <= 10_000; number += 1) platform.say(String(number));
  await clock.advance(120_000);
  assert.ok(network.unread > 5_000, 'the server waits');
  assert.ok(heard().length < 4_000);
  assert.equal(source.facts().heard, true);
  isFull = false;
  await clock.advance(20_000);
  assert.deepEqual(
    heard().slice(1),
    Array.from({ length: 10_000 }, (_, index) => String(index + 1)),
  );
});

test('what was read before the connection broke is heard before its end', async () => {
  const { clock, platform, heard } = await started();
  for (let number = 1; number <= 300; number += 1) platform.say(String(number));
  platform.say('bye');
  platform.say('301');
  await clock.advance(50);
  assert.deepEqual(heard().slice(-2), ['300', 'it said bye']);
});
