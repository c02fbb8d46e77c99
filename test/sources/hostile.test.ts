import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { giftKinds } from '../../src/simulators/live/script.ts';
import { decodeEuler } from '../../src/sources/tiktok/euler.ts';
import { loadLibrary } from '../../src/sources/tiktok/provider.ts';
import { decodeFrame } from '../../src/sources/tiktok/webcast.ts';
import { whileHearing } from './hearing.ts';

const fan = { id: '11', name: 'ink_fan_01' };
/** Longer than any honest answer, and short enough for a test. */
const tooLong = ' '.repeat(32 << 20);

for (const [name, refusal] of [
  ['is too long', { status: 200, body: tooLong }],
  ['inflates without end', { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync(tooLong) }],
] as const) {
  test(`a page that ${name} is not taken in to its end, and the live is tried again`, () =>
    whileHearing({ pages: true, factor: 4 }, async ({ live, until, log, of }) => {
      live.faults.refuse('page', refusal, refusal);
      live.room.gift(fan, giftKinds.rose);
      await until('a lost attempt', () => log.some((line) => line.includes('an answer is too long')));
      await until('the gift', () => of('gift').length > 0);
    }));
}

for (const compressed of [false, true]) {
  test(`a page that tells its length is read, ${compressed ? 'compressed' : 'plain'}`, () =>
    whileHearing({ pages: true }, async ({ live, until, facts, log }) => {
      const text = JSON.stringify({ statusCode: 0, data: { user: { roomId: '7400' }, liveRoom: { status: 2 } } });
      const body = compressed ? gzipSync(text) : Buffer.from(text);
      const headers = { 'content-length': String(body.length), ...(compressed ? { 'content-encoding': 'gzip' } : {}) };
      live.faults.refuse('page', { status: 200, headers, body });
      await until('an end of the attempt', () => facts().heard || log.length > 0);
      assert.equal(facts().room, '7400');
    }));
}

test('a sign service that does not stop talking is not listened to to its end', () =>
  whileHearing({ factor: 4 }, async ({ live, until, log, of }) => {
    live.faults.refuse('sign', { status: 200, headers: { 'x-set-tt-cookie': 'ttwid=virtual' }, body: tooLong });
    live.room.gift(fan, giftKinds.rose);
    await until('a lost attempt', () => log.some((line) => line.includes('an answer is too long')));
    await until('the gift', () => of('gift').length > 0);
  }));

test('a frame that comes along with the opening is not acknowledged before it is on disk', () =>
  whileHearing({ live: { replay: 50 }, deps: { settled: () => new Promise(() => {}) } }, async (hearing) => {
    const { live, until, of } = hearing;
    live.room.gift(fan, giftKinds.rose);
    // It has a frame ready for whoever comes.
    Object.defineProperty(live.room, 'since', { value: () => live.room.history });
    await until(
      'the gift, by the sign service and with the opening',
      () => of('gift').length === 2 * live.room.history.length,
    );
    await until('a heartbeat', () => live.counts().heartbeats > 0);
    assert.equal(live.counts().acks, 0);
  }));

for (const provider of ['direct', 'euler'] as const) {
  test(`numbers that cannot be meant are told as undecodable, and cost no other gift (${provider})`, () =>
    whileHearing({ provider }, async ({ live, until, of, facts }) => {
      await until('a connection', () => live.counts().openConnections === 1);
      live.room.gift(fan, giftKinds.corgi, 2_000_000_000);
      live.room.gift(fan, { ...giftKinds.corgi, coins: 2_000_000_000 });
      live.room.gift(fan, giftKinds.corgi, 2);
      await until('the honest gift', () => of('gift').length > 0);
      assert.deepEqual(
        of('gift').map(({ payload }) => payload.count),
        [2],
      );
      assert.equal(facts().undecodable, 2);
    }));
}

test('a message whose type is the name of something else costs no gift in its frame', () => {
  const gift = { type: 'WebcastGiftMessage', data: { giftId: '1' } };
  const frame = [{ type: 'constructor', data: {} }, gift, { type: '__proto__', data: {} }, { type: 'toString' }];
  const { messages } = decodeEuler(JSON.stringify(frame), new Set());
  assert.deepEqual(
    messages.map(({ content }) => content.kind),
    ['skipped', 'decoded', 'skipped', 'skipped'],
  );
});

test('frames and answers of the sign service that are small and hold millions are not decoded', async () => {
  const library = await loadLibrary();
  const empty = Buffer.alloc(2_000_000, Buffer.from([0x0a, 0]));
  const frame = (payload: Buffer) =>
    library.WebcastPushFrame.encode({ ...library.WebcastPushFrame.decode(new Uint8Array(0)), payload }).finish();
  assert.throws(() => decodeFrame(library, frame(gzipSync(empty)), new Set()), /more than 10000 fields/);
  assert.throws(() => decodeFrame(library, Buffer.alloc(2_000_000, Buffer.from([0x2a, 0])), new Set()), /fields/);
  await whileHearing({ factor: 4 }, async ({ live, until, log }) => {
    const headers = { 'x-set-tt-cookie': 'ttwid=virtual', 'content-type': 'application/octet-stream' };
    live.faults.refuse('sign', { status: 200, headers, body: empty });
    await until('a lost attempt', () => log.some((line) => line.includes('more than 10000 fields')));
  });
});

test('a gift whose message is far too long is told as undecodable, and the others of its frame are heard', async () => {
  const library = await loadLibrary();
  const nothing = Buffer.alloc(0);
  const message = (payload: Buffer) => ({
    ...library.BaseProtoMessage.decode(nothing),
    method: 'WebcastGiftMessage',
    payload,
  });
  const messages = [message(Buffer.alloc(300_000, Buffer.from([0x3a, 0]))), message(nothing)];
  const result = { ...library.ProtoMessageFetchResult.decode(nothing), messages };
  const payload = Buffer.from(library.ProtoMessageFetchResult.encode(result).finish());
  const frame = { ...library.WebcastPushFrame.decode(nothing), payload };
  const decoded = decodeFrame(library, library.WebcastPushFrame.encode(frame).finish(), new Set());
  assert.deepEqual(
    decoded.messages.map(({ content }) => content.kind),
    ['undecodable', 'decoded'],
  );
});

test('a message of the managed WebSocket that does not end costs a connection, not the memory', () =>
  whileHearing({ provider: 'euler', factor: 4, live: { replay: 0 } }, async ({ live, until, log, of }) => {
    await until('a connection', () => live.counts().openConnections === 1);
    live.room.gift({ ...fan, name: 'x'.repeat(12 << 20) }, giftKinds.corgi);
    await until('a lost connection', () => log.some((line) => /Not connected to the live: .*broke/.test(line)));
    await until('the next connection', () => live.counts().connections === 2);
    live.room.gift(fan, giftKinds.corgi, 2);
    await until('a gift', () => of('gift').length > 0);
    assert.deepEqual(
      of('gift').map(({ payload }) => payload.count),
      [2],
    );
  }));
