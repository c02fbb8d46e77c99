import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { decodeEuler } from '../../src/sources/tiktok/euler.ts';
import type { Message } from '../../src/sources/tiktok/provider.ts';
import { assertAllHeard, whileHearing } from './hearing.ts';
import { listening, lost } from './listening.ts';

const fan = fans[0] ?? { id: '1', name: 'ink_fan' };
const { rose, corgi } = giftKinds;

function message(method: string, data: object): Message {
  return { method, msgId: '', bytes: 0, content: { kind: 'decoded', data } };
}

const streamEnd = (msgId: string, roomId = 'r1', action = 3): Message =>
  message('WebcastControlMessage', { common: { msgId, roomId }, action });

const rosesUpTo = (count: number, ended = false): Message =>
  message('WebcastGiftMessage', {
    common: { msgId: `rose ${count} ${ended}`, roomId: 'r1' },
    user: { id: '7', nickname: 'ink_fan' },
    giftId: '5655',
    gift: { id: '5655', name: 'Rose', type: 1 },
    groupId: '99',
    repeatCount: count,
    repeatEnd: ended ? 1 : 0,
  });

for (const provider of ['direct', 'euler'] as const) {
  test(`gifts that are sent with the end of the live and right after it are heard, and so is the end of a streak (${provider})`, async () => {
    await whileHearing({ provider }, async (hearing) => {
      const { live, until, facts, of } = hearing;
      live.room.say({ kind: 'room-user', viewers: 1 });
      await until('the live is heard', () => facts().heard);
      const streak = live.room.streak(fan, rose);
      streak.to(2);
      live.end();
      live.room.gift(fan, corgi);
      streak.to(9);
      streak.end('once');
      await until('the end is known', () => facts().phase === 'off-air');
      assertAllHeard(hearing);
      assert.equal(of('stream-end').length, 1);
      assert.equal(facts().reconnects, 0);
    });
  });
}

test('after the end of the live it is listened to for ten seconds more, and no longer', async () => {
  const { clock, source, last, events, kinds, attempts } = listening();
  await clock.settle();
  last().listener.entered('r1');
  last().listener.messages([rosesUpTo(2), streamEnd('1')]);
  await clock.advance(300);
  last().listener.messages([rosesUpTo(5, true)]);
  await clock.advance(9_600);
  assert.equal(source.facts().heard, true);
  last().listener.messages([rosesUpTo(6)]);
  await clock.advance(100);
  assert.equal(source.facts().phase, 'off-air');
  last().listener.messages([rosesUpTo(7)]);
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'gift' ? [event.payload.count] : [])),
    [2, 5, 6],
  );
  assert.deepEqual(kinds().slice(-1), ['disconnected']);
  assert.equal(attempts.length, 1);
});

test('a connection that closes after the end of the live was closed by that end, and is lost to nobody', async () => {
  const { clock, source, last, kinds, log } = listening();
  await clock.settle();
  last().listener.entered('r1');
  last().listener.messages([streamEnd('1')]);
  await clock.advance(2_000);
  last().listener.ended(lost);
  assert.equal(source.facts().phase, 'off-air');
  assert.equal(source.facts().reconnects, 0);
  assert.deepEqual(kinds(), ['connected', 'stream-end', 'disconnected']);
  assert.ok(log.some((line) => line.includes('The live has ended')));
  await clock.advance(30_000);
  assert.deepEqual(kinds(), ['connected', 'stream-end', 'disconnected']);
});

test('an end that comes twice ends the live ten seconds after the first', async () => {
  const { clock, source, last, kinds } = listening();
  await clock.settle();
  last().listener.entered('r1');
  last().listener.messages([streamEnd('1', 'r1', 4)]);
  await clock.advance(8_000);
  last().listener.messages([streamEnd('2')]);
  await clock.advance(2_000);
  assert.equal(source.facts().phase, 'off-air');
  assert.deepEqual(kinds(), ['connected', 'stream-end', 'stream-end', 'disconnected']);
});

test('a control message that names another room, or pauses the stream, ends nothing', async () => {
  const { clock, source, last, kinds } = listening();
  await clock.settle();
  last().listener.entered('r1');
  last().listener.messages([streamEnd('1', 'r2'), streamEnd('2', 'r1', 1), streamEnd('3', 'r1', 2)]);
  await clock.advance(20_000);
  assert.equal(source.facts().heard, true);
  last().listener.messages([streamEnd('1')]);
  await clock.advance(10_000);
  assert.equal(source.facts().phase, 'off-air');
  assert.deepEqual(kinds(), ['connected', 'stream-end', 'disconnected']);
});

test("the managed WebSocket's word on another room ends nothing, and that on the room which is heard ends it", async () => {
  const { clock, source, last, kinds } = listening();
  await clock.settle();
  last().listener.entered('r1');
  const status = (data: object) =>
    decodeEuler(JSON.stringify({ messages: [{ type: 'room.status', data: { status: 4, ...data } }] }), new Set());
  for (const data of [{ roomId: 'r2' }, { id: 'r2' }, { room: { id_str: 'r2' } }])
    last().listener.messages(status(data).messages);
  await clock.advance(15_000);
  assert.equal(source.facts().heard, true);
  assert.deepEqual(kinds(), ['connected']);
  last().listener.messages(status({ roomId: 'r1' }).messages);
  await clock.advance(15_000);
  assert.equal(source.facts().phase, 'off-air');
});
