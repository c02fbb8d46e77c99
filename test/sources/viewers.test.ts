/** Who somebody is, as the platform's messages say it: bounded, clean, and to be forgotten. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { forgetInRecording } from '../../src/sources/forget-in-recording.ts';
import { readLiveEvent } from '../../src/sources/live-event-form.ts';
import { recordedLine } from '../../src/sources/recording.ts';
import { loadLibrary } from '../../src/sources/tiktok/provider.ts';
import { newMemory, Session } from '../../src/sources/tiktok/session.ts';
import { decodeInitial } from '../../src/sources/tiktok/webcast.ts';
import { openOk, recordOne, tempFolder, worthOf } from '../ledger/world.ts';
import { type GiftData, messageOf } from './gift-lives.ts';
import { allKinds } from './hearing.ts';

const picture = 'https://p16-sign.example/tos-maliva-avt/7~tplv:72:72.webp?x-expires=1767268800&x-signature=abc%3D';

function eventOf(data: GiftData, user = 'ink_host_01'): LiveEvent {
  const session = new Session(virtualClock(), 'session', 'live', new Set(), 'r', newMemory(), user);
  const gift = { id: '6267', name: 'Corgi', type: 2, diamondCount: 299 };
  const common = { msgId: '7400000000000000001', roomId: 'r', createTime: '1767268800000' };
  const event = session.event(messageOf({ common, giftId: '6267', gift, repeatCount: 1, ...data }));
  assert.ok(event !== null);
  return event;
}

const userOf = (user: object, more: GiftData = {}) =>
  eventOf({ user: { id: '7', nickname: 'fan', ...user }, ...more }).user;

test('picture and roles are read from messages of the connector and of the managed WebSocket', async () => {
  for (const image of [
    { avatarThumb: { urlList: [picture, 'https://other.example/1'] } },
    { profilePicture: { urls: [picture] } },
    { profilePicture: { url: [picture] } },
    { profilePictureUrl: picture },
    { avatarThumb: { urlList: [] }, avatarMedium: { urlList: ['http://plain.example/1', picture] } },
  ])
    assert.equal(userOf(image)?.pictureUrl, picture, JSON.stringify(image));
  assert.equal('pictureUrl' in (userOf({}) ?? {}), false);
  const all = {
    isModeratorOfAnchor: true,
    isSubscriberOfAnchor: true,
    isMutualFollowingWithAnchor: true,
    isFollowerOfAnchor: true,
  };
  assert.deepEqual(userOf({}, { userIdentity: all })?.roles, ['moderator', 'subscriber', 'friend', 'follower']);
  assert.deepEqual(userOf({}, { userIdentity: { isAnchor: true } })?.roles, ['host']);
  assert.deepEqual(userOf({}, { userIdentity: { isAnchor: false } })?.roles, [], 'they were one, and are none now');
  assert.deepEqual(userOf({ userAttr: { isAdmin: true }, subscribeInfo: { isSubscribedToAnchor: true } })?.roles, [
    'moderator',
    'subscriber',
  ]);
  assert.equal('roles' in (userOf({ isSubscribe: false }) ?? {}), false, 'nobody said so');
  // More of it than Livepen itself uses.
  const library = await import('tiktok-live-connector');
  const whole = <T extends object>(type: { decode(bytes: Uint8Array): T }, fields: Partial<T>): T => ({
    ...type.decode(new Uint8Array(0)),
    ...fields,
  });
  const user = whole(library.User, {
    id: '7000000000000000001',
    nickname: 'fan',
    displayId: 'ink_fan',
    avatarThumb: whole(library.ImageModel, { urlList: [picture] }),
    userAttr: whole(library.UserAttr, { isAdmin: true }),
  });
  const payload = library.WebcastGiftMessage.encode(
    whole(library.WebcastGiftMessage, { giftId: '5655', user, repeatCount: 1 }),
  ).finish();
  const message = whole(library.BaseProtoMessage, {
    method: 'WebcastGiftMessage',
    payload: Buffer.from(payload),
    msgId: '1',
  });
  const batch = library.ProtoMessageFetchResult.encode(
    whole(library.ProtoMessageFetchResult, { messages: [message] }),
  ).finish();
  const session = new Session(virtualClock(), 'session', 'live', allKinds, 'r', newMemory(), 'host');
  const [heard] = decodeInitial(await loadLibrary(), batch, allKinds).map((each) => session.event(each));
  assert.deepEqual(heard?.user, {
    id: '7000000000000000001',
    name: 'fan',
    handle: 'ink_fan',
    pictureUrl: picture,
    roles: ['moderator'],
  });
});

test('an address that no page should load, or that is as long as somebody likes, is none', () => {
  for (const address of [
    'javascript:alert(1)',
    'data:image/svg+xml,<svg/>',
    'http://plain.example/1',
    `https://long.example/${'x'.repeat(2_000)}`,
    'https://user:secret@host.example/1',
    'https://',
    'https://with space.example/ "onload=1',
    7,
    null,
  ])
    assert.equal('pictureUrl' in (userOf({ avatarThumb: { urlList: [address] } }) ?? {}), false, String(address));
});

test('whom a gift is for is said with the handle, and passes for a live event wherever it comes from', () => {
  const event = eventOf({
    user: { id: '7', nickname: 'fan', avatarThumb: { urlList: [picture] } },
    userIdentity: { isFollowerOfAnchor: true },
    toUser: { id: '63', nickname: 'A guest', displayId: 'guest_1', avatarThumb: { urlList: [picture] } },
  });
  assert.ok(event.kind === 'gift');
  assert.deepEqual(event.payload.receiver, {
    id: '63',
    name: 'A guest',
    handle: 'guest_1',
    pictureUrl: picture,
    guest: true,
  });
  const read = readLiveEvent(JSON.parse(JSON.stringify(event)));
  assert.deepEqual(read, { ok: true, event });
});

test('handle, picture and roles of givers and of guests are in the ledger, and gone when they are forgotten', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const first = openOk(file);
  const toUser = { id: '63', nickname: 'A guest', displayId: 'guest_1', avatarThumb: { urlList: [picture] } };
  const user = { id: '7', nickname: 'fan', displayId: 'fan_1', avatarThumb: { urlList: [picture] } };
  recordOne(first, eventOf({ user, userIdentity: { isModeratorOfAnchor: true }, toUser }), worthOf('a'));
  // Addresses of pictures wait: they are all there after a clean stop.
  first.close();
  const ledger = openOk(file);
  const db = new Database(file, { readonly: true });
  const shown = db.prepare('SELECT name, handle, picture_url, roles FROM viewer ORDER BY name').raw();
  assert.deepEqual(shown.all(), [
    ['A guest', 'guest_1', picture, null],
    ['fan', 'fan_1', picture, '["moderator"]'],
  ]);
  for (const name of ['@guest_1', '@fan_1']) assert.equal(ledger.privacy.forget(name).viewers, 1);
  assert.deepEqual(
    shown.all().map((row) => (Array.isArray(row) ? row.slice(1) : row)),
    [
      [null, null, null],
      [null, null, null],
    ],
  );
  db.close();
  ledger.close();
});

test('the picture of somebody who is forgotten is in no recording any more', async () => {
  const frames = [
    {
      type: 'WebcastChatMessage',
      data: {
        user: {
          userId: '7',
          uniqueId: 'ink_fan',
          nickname: 'Fan',
          profilePicture: { urls: [picture] },
          badges: [{ url: picture }],
        },
        comment: 'hi',
      },
    },
    {
      type: 'WebcastChatMessage',
      data: {
        user: {
          userId: '8',
          uniqueId: 'other',
          nickname: 'Other',
          profilePicture: { urls: ['https://other.example/1'] },
        },
        comment: 'ho',
      },
    },
  ];
  const bytes = Buffer.from(JSON.stringify({ timestamp: 1, messages: frames }));
  const lines = [
    JSON.stringify({ livepen: 'recording', version: 1 }),
    recordedLine({ kind: 'euler', room: 'r', atMs: 0, bytes }),
  ];
  const rewritten = await forgetInRecording(
    async function* () {
      yield* lines;
    },
    '@ink_fan',
    '4242',
  );
  assert.ok(rewritten !== null);
  let text = '';
  for await (const line of rewritten) text += Buffer.from(String(JSON.parse(line).data ?? ''), 'base64').toString();
  assert.ok(text.includes('https://other.example/1') && !text.includes('p16-sign'), text);
});
