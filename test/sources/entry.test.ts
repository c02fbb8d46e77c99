import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SentGift } from '../../src/simulators/live/messages.ts';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { webcastForm } from '../../src/simulators/live/webcast-messages.ts';
import { loadLibrary } from '../../src/sources/tiktok/provider.ts';
import { decodeFrame } from '../../src/sources/tiktok/webcast.ts';
import { assertAllHeard, whileHearing } from './hearing.ts';

const fan = fans[0] ?? { id: '1', name: 'ink_fan' };
const other = fans[1] ?? fan;
const { rose, galaxy } = giftKinds;

for (const provider of ['direct', 'euler'] as const) {
  test(`a connection that is not let into the room is given up, the next one has to prove it, and nothing is lost (${provider})`, () =>
    whileHearing({ provider, factor: 150, live: { replay: 50 } }, async (hearing) => {
      const { live, until, facts, of } = hearing;
      live.faults.shutNext();
      live.faults.shutNext();
      live.room.say({ kind: 'room-user', viewers: 3 });
      await until('the first connection stands', () => live.counts().openConnections === 1);
      live.room.gift(fan, rose, 3);
      live.room.gift(other, galaxy);
      await until('the second one stands', () => live.counts().connections === 2);
      const beats = live.counts().heartbeats;
      if (provider === 'direct') await until('heartbeats are answered', () => live.counts().heartbeats > beats + 1);
      assert.equal(facts().heard, false);
      await until('the gifts are heard by another connection', () => facts().heard && of('gift').length >= 3);
      assert.ok(live.counts().connections >= 3);
      await until('the old connection is closed', () => live.counts().openConnections === 1);
      assertAllHeard(hearing);
    }));
}

test('who is not told that the room was entered hears it all the same, on the same connection', () =>
  whileHearing({}, async ({ live, until, facts, of, events }) => {
    live.faults.leaveEntryUnanswered();
    await until('a heartbeat is answered', () => live.counts().heartbeats > 1);
    assert.equal(facts().heard, true);
    live.room.gift(fan, galaxy);
    await until('the gift is heard', () => of('gift').length === 1);
    assert.equal(live.counts().connections, 1);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['connected', 'gift'],
    );
  }));

test('the time in which a room was not entered is told once it is known, from the moment the connection stood', () =>
  whileHearing({ factor: 150 }, async ({ live, until, of }) => {
    live.faults.shutNext();
    await until('it is told', () => of('disconnected').length === 1);
    const [gone] = of('disconnected');
    assert.match(gone?.payload.why ?? '', /not admitted to the room/);
    assert.equal(gone?.room, live.room.id);
    assert.ok((gone?.arrivedAtMs ?? 0) - (gone?.payload.heardUntilMs ?? 0) >= 89_000);
    await until('the room is entered', () => of('connected').length === 2);
  }));

test('a frame of which nothing can be read tells nothing of the room', () =>
  whileHearing({ factor: 75 }, async ({ live, until, of, facts }) => {
    live.faults.shutNext();
    await until('the connection stands', () => live.counts().openConnections === 1);
    live.faults.mumble();
    await until('it is counted', () => facts().undecodable === 1);
    await until('the connection is given up', () => of('disconnected').length === 1);
    assert.match(of('disconnected')[0]?.payload.why ?? '', /not admitted to the room/);
  }));

test('the answer to entering a room tells what it carries, and an answer of another form is an answer all the same', async () => {
  const library = await loadLibrary();
  const form = webcastForm(library, '7300000000000000001');
  const told: SentGift = {
    kind: 'gift',
    msgId: '7400000000000000001',
    atMs: 1,
    fan,
    gift: galaxy,
    count: 1,
    group: '1',
    receiver: '6',
    ended: false,
  };
  const empty = decodeFrame(library, form.answer('im_enter_room_resp', '1'), new Set());
  assert.deepEqual(empty, { ofRoom: true, messages: [], ack: null });
  const full = decodeFrame(library, form.answer('im_enter_room_resp', '1', [told]), new Set());
  assert.deepEqual(
    full.messages.map(({ method, msgId }) => [method, msgId]),
    [['WebcastGiftMessage', told.msgId]],
  );
  const odd = library.createBaseWebcastPushFrame({
    payloadType: 'im_enter_room_resp',
    payload: Buffer.from([0x0a, 0x7f]),
  });
  assert.deepEqual(decodeFrame(library, odd.finish(), new Set()), { ofRoom: true, messages: [], ack: null });
  const beat = decodeFrame(library, form.answer('hb', '1'), new Set());
  assert.deepEqual(beat, { ofRoom: false, messages: [], ack: null });
});
