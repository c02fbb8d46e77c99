/** What the managed WebSocket says in either version of its schema, and its own messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { decodeEuler } from '../../src/sources/tiktok/euler.ts';
import { systemClock } from '../../src/system/clock.ts';
import { openCrediting } from './crediting.ts';
import { allKinds, whileHearing } from './hearing.ts';

const fan = fans[0] ?? { id: '1', name: 'ink_fan' };
const { rose, galaxy } = giftKinds;
const decode = (...messages: unknown[]) => decodeEuler(JSON.stringify({ messages }), allKinds);

for (const schema of [undefined, 'v1', 'v2'] as const) {
  test(`what is repeated pays once, a follow is a follow, and the room is known (${schema ?? 'as asked'})`, async () => {
    const crediting = openCrediting(systemClock());
    const live = schema === undefined ? {} : { schema };
    const { inbox } = crediting;
    const options = { provider: 'euler', live, deps: { wanted: allKinds } } as const;
    await whileHearing({ ...options, offer: (event) => inbox.offer(event) }, async (hearing) => {
      const { room } = hearing.live;
      const told = room.say({ kind: 'follow', fan });
      const gift = { kind: 'gift', fan, gift: galaxy, count: 1, group: '0', receiver: room.receiver, ended: false };
      const once = room.sayAll([{ ...gift, kind: 'gift' }]);
      room.deliverAgain(once);
      room.deliverAgain(once);
      const streak = room.streak(fan, rose);
      streak.to(3);
      streak.end('twice');
      room.deliverAgain([told]);
      await hearing.until('all is heard', () => hearing.of('follow').length === 2);
      assert.equal(new Set(hearing.of('follow').map(({ id }) => id)).size, 1);
      assert.equal(hearing.facts().room, room.id);
    });
    inbox.flush();
    assert.deepEqual([...crediting.credited().values()].sort(), [1, 3]);
    crediting.end();
  });
}

test('a room that is named after its first messages is theirs, too: what another connection tells again pays once', async () => {
  const crediting = openCrediting(systemClock());
  const options = { provider: 'euler', factor: 20, live: { schema: 'v1' }, deps: { wanted: allKinds } } as const;
  const offer = crediting.inbox.offer.bind(crediting.inbox);
  await whileHearing({ ...options, offer }, async ({ live, until, of }) => {
    live.room.gift(fan, galaxy);
    await until('the live is heard', () => of('gift').length === 1);
    // Within the time that is waited for it, and later: then it is the room of before.
    for (const lateMs of [5_000, 30_000]) {
      live.faults.nameRoomLate(lateMs);
      live.drop();
      const heard = of('gift').length;
      await until('it is told again', () => of('gift').length > heard);
    }
    assert.ok(of('gift').every(({ room }) => room === live.room.id));
  });
  crediting.inbox.flush();
  assert.deepEqual([...crediting.credited().values()], [1]);
  crediting.end();
});

test('one version of the schema is asked for, whatever the provider would take', async () => {
  const frames: string[] = [];
  const raw = (_kind: string, _room: string, frame: Uint8Array | string) => frames.push(String(frame));
  await whileHearing({ provider: 'euler', deps: { wanted: allKinds, raw } }, async ({ live, until, of }) => {
    live.room.say({ kind: 'follow', fan });
    await until('a follow', () => of('follow').length > 0);
  });
  assert.match(frames[0] ?? '', /"common":/);
});

test('the provider tells that its own connection has ended by the code with which it will close', () => {
  assert.equal(decode({ type: 'tiktok.disconnect', data: { code: 4500, reason: 4500 } }).disconnect, 4500);
  assert.equal(decode({ type: 'tiktok.disconnect', data: {} }).disconnect, 0);
  assert.equal(decode({ type: 'WebcastChatMessage', data: {} }).disconnect, null);
});

test('the status of the room ends the stream when it says so, and not otherwise', () => {
  const of = (data: object) => decode({ type: 'room.status', data }).messages[0]?.content.kind;
  assert.equal(of({ status: 4 }), 'decoded');
  assert.equal(of({ status: 'ended' }), 'decoded');
  assert.equal(of({ isLive: false }), 'decoded');
  assert.equal(of({ status: 2 }), 'skipped');
  assert.equal(of({}), 'skipped');
});

test('the room is read from whichever message names it', () => {
  const id = '7300000000000000009';
  assert.equal(decode({ type: 'roomInfo', data: { id } }).room, id);
  assert.equal(decode({ type: 'roomInfo', data: { roomInfo: { id_str: id } } }).room, id);
  assert.equal(decode({ type: 'roomInfo', data: { data: { id } } }).room, id);
  assert.equal(decode({ type: 'room.status', data: { roomId: id, status: 2 } }).room, id);
  assert.equal(decode({ type: 'WebcastChatMessage', data: { id } }).room, '');
});

test('a quiet room is heard on while the provider answers', () =>
  whileHearing({ provider: 'euler', factor: 200 }, async ({ live, until, facts, clock }) => {
    live.room.say({ kind: 'room-user', viewers: 3 });
    await until('the live is heard', () => facts().heard);
    const fromMs = clock.nowMs();
    await until('four minutes went by', () => clock.nowMs() - fromMs > 240_000);
    assert.equal(facts().heard, true);
    assert.equal(live.counts().connections, 1);
  }));

const filled = (piece: string) => piece.repeat(Math.floor(7_000_000 / piece.length));
for (const [what, text] of Object.entries({
  'a list of numbers': `{"messages":[{"type":"x","data":{"a":[${filled('0,')}0]}}]}`,
  'a list of numbers, one of them long': `{"messages":[{"type":"x","data":{"a":[1234567890123456789,${filled('0,')}0]}}]}`,
  'messages with nothing in them': `{"messages":[${filled('{"type":"x"},')}{}]}`,
  'numbers in place of messages': `[${filled('0,')}0]`,
  'lists in lists': filled('['),
})) {
  test(`a text that unfolds to millions of values is refused: ${what}`, () => {
    assert.throws(() => decodeEuler(text, new Set()), /more lists, objects and values/);
  });
}

test('what people write counts for nothing in how much a text unfolds to', () => {
  const chat = (content: string) => ({ type: 'WebcastChatMessage', data: { common: { msgId: '1' }, content } });
  const messages = ['[{,'.repeat(50), '"'.repeat(50), '\\"[,'.repeat(40)].map(chat);
  const text = JSON.stringify({ messages: Array.from({ length: 1_000 }, () => messages).flat() });
  assert.equal(decodeEuler(text, new Set(['chat'])).messages.length, 3_000);
});
