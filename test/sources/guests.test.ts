import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openGiftBook } from '../../src/appliance/gift-book.ts';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { silentLog } from '../../src/domain/log.ts';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { newMemory, Session } from '../../src/sources/tiktok/session.ts';
import { openOk, tempFolder } from '../ledger/world.ts';
import { type GiftData, messageOf } from './gift-lives.ts';
import { whileHearing } from './hearing.ts';

const fan = fans[0] ?? { id: '1', name: 'ink_fan' };
const { rose, corgi } = giftKinds;
const [hostId, guestId] = ['6300000000000000001', '6300000000000000002'];

test('gifts for a guest of the live are told from those for the host, whose id the pages name', async () => {
  await whileHearing({ pages: true }, async ({ live, until, facts, of }) => {
    live.room.say({ kind: 'room-user', viewers: 1 });
    await until('the live is heard', () => facts().heard);
    live.room.gift(fan, corgi);
    for (let time = 0; time < 5; time += 1) live.room.gift(fan, corgi, 1, guestId);
    live.room.gift(fan, rose, 1, guestId);
    await until('all is heard', () => of('gift').length >= 8);
    const singles = of('gift').filter(({ payload }) => payload.gift.id === corgi.id);
    assert.deepEqual(
      singles.map(({ payload }) => payload.receiver?.guest),
      [false, true, true, true, true, true],
    );
    assert.deepEqual(singles[0]?.payload.receiver, { id: live.room.receiver, name: '', guest: false });
    assert.equal(singles[1]?.payload.receiver?.id, guestId);
  });
});

/** What a session makes of messages, for whoever is listened to. */
function eventsOf(messages: readonly GiftData[], user = 'ink_host_01', memory = newMemory()): LiveEvent[] {
  const session = new Session(virtualClock(), 'session', 'live', new Set(), 'r', memory, user);
  return messages.flatMap((data) => session.event(messageOf(data)) ?? []);
}

let ids = 7_400_000_000_000_000_000n;
function single(change: GiftData): GiftData {
  ids += 10n;
  const gift = { id: '6267', name: 'Corgi', type: 2, diamondCount: 299 };
  const common = { msgId: String(ids), roomId: 'r', createTime: '1767268800000' };
  return { common, user: { id: '7', nickname: 'ink_fan' }, giftId: '6267', gift, repeatCount: 1, ...change };
}

const isGuest = (event: LiveEvent | undefined) =>
  event?.kind === 'gift' ? (event.payload.receiver?.guest ?? null) : undefined;

test("the host is known by the id in the platform's notes, by the name after the @, or not at all", () => {
  const to = (id: string, more: object = {}) => ({ toUser: { id, nickname: `name of ${id}`, ...more } });
  const notes = { monitorExtra: `{"anchor_id": ${hostId}, "to_user_id":${guestId},"repeat_end":0}` };
  const cases: readonly (readonly [data: GiftData, expected: boolean | null])[] = [
    [{}, null],
    [to(hostId), false],
    [to(guestId), false],
    [{ ...to(guestId), monitorInfo: { anchorId: hostId } }, true],
    [{ ...to(hostId), monitorInfo: { anchorId: hostId } }, false],
    [notes, true],
    [{ ...to(hostId, { displayId: 'INK_host_01' }) }, false],
    [{ ...to(guestId, { uniqueId: 'somebody_else' }) }, true],
    [{ monitorExtra: 'no json' }, null],
  ];
  for (const [data, expected] of cases) {
    assert.equal(isGuest(eventsOf([single(data)])[0]), expected, JSON.stringify(data));
  }
  assert.equal(isGuest(eventsOf([single(to(guestId, { displayId: 'other' }))], '7300000000000000001')[0]), false);
  const learnt = eventsOf([single(to(hostId, { displayId: 'ink_host_01' })), single(to(guestId))]);
  assert.deepEqual(learnt.map(isGuest), [false, true], 'who was named once is known by the id');
});

/** A ledger that has heard one rose for the host and five for a guest. */
function multiGuestLive(t: TestContext, guestGifts: 'draw' | 'ignore') {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  const text = JSON.stringify({ version: 1, gifts: [{ name: 'Corgi', row: '1' }] });
  const opened = openGiftBook({ read: () => ({ ok: true, text }), write: () => null }, ['1'], silentLog, [
    { platform: 'tiktok', user: null, keep: [], guestGifts },
  ]);
  assert.ok(opened.ok);
  const { book } = opened;
  const monitorInfo = { anchorId: hostId };
  const toHost = single({ toUser: { id: hostId, nickname: 'the artist' }, monitorInfo });
  const toGuest = () => single({ toUser: { id: guestId, nickname: 'ink_guest' }, monitorInfo });
  for (const event of eventsOf([toHost, ...Array.from({ length: 5 }, toGuest)])) {
    ledger.record([{ event, worth: book.worthOf(event) }]);
  }
  t.after(() => ledger.close());
  return { ledger, book };
}

const credited = (ledger: ReturnType<typeof openOk>) =>
  ledger.questions.accounts().reduce((sum, account) => sum + account.credited, 0);

test('gifts for guests are drawn, and whom each is for is shown', (t) => {
  const { ledger } = multiGuestLive(t, 'draw');
  assert.equal(credited(ledger), 6);
  assert.deepEqual(
    ledger.questions.giftsSeen('r').map(({ gift, count, strokes, receiver, receiverIs }) => {
      return { gift, count, strokes, receiver, receiverIs };
    }),
    [
      { gift: 'Corgi', count: 1, strokes: 1, receiver: 'the artist', receiverIs: '' },
      { gift: 'Corgi', count: 5, strokes: 5, receiver: 'ink_guest', receiverIs: 'guest' },
    ],
  );
  const [newest] = ledger.questions.lastGifts(1);
  assert.deepEqual([newest?.receiver, newest?.receiverIs], ['ink_guest', 'guest']);
  const feed = ledger.questions.feedSince(ledger.questions.feedBegin(), 10);
  const told = feed.entries.flatMap((each) => (each.kind === 'gift' ? [each.entry.receiver] : []));
  assert.deepEqual(told, ['the artist', ...Array.from({ length: 5 }, () => 'ink_guest')]);
  assert.deepEqual(ledger.check('full').findings, []);
});

test('where the config says so, gifts for guests are written down and not drawn, and none of them waits to be mapped', (t) => {
  const { ledger, book } = multiGuestLive(t, 'ignore');
  assert.equal(credited(ledger), 1);
  const seen = ledger.questions.giftsSeen('r');
  assert.deepEqual(
    seen.map(({ count, strokes, mapped }) => [count, strokes, mapped]),
    [
      [1, 1, true],
      [5, 0, true],
    ],
  );
  assert.equal(ledger.questions.unmappedGifts(), 0);
  const [event] = eventsOf([single({})]);
  assert.ok(event !== undefined);
  const worth = book.worthOf(event);
  assert.ok(worth !== null);
  assert.equal(ledger.amend((amend) => amend.backfill('Corgi', 'r', worth)).events, 0);
  assert.deepEqual(ledger.check('full').findings, []);
});

test('who was given something is forgotten as everybody else is', (t) => {
  const { ledger } = multiGuestLive(t, 'draw');
  assert.equal(ledger.privacy.forget('INK_guest').viewers, 1);
  const names = ledger.questions.giftsSeen('r').map(({ receiver }) => receiver);
  assert.ok(!names.includes('ink_guest') && names.includes('the artist'), names.join());
});

test('what a session is played again from still knows whom its gifts were for', (t) => {
  const { ledger } = multiGuestLive(t, 'draw');
  const again = [...(ledger.questions.pastEvents('session') ?? [])];
  assert.deepEqual(again.map(isGuest), [false, true, true, true, true, true]);
});
