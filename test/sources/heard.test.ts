import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LiveEventKind } from '../../src/domain/live-event.ts';
import { decodeEuler } from '../../src/sources/tiktok/euler.ts';
import { normalise } from '../../src/sources/tiktok/normalise.ts';
import { allKinds } from './hearing.ts';

const hearData = (method: string, data: unknown, wanted: ReadonlySet<LiveEventKind> = allKinds) =>
  normalise({ method, msgId: '17', bytes: 1, content: { kind: 'decoded', data } }, wanted);

test('a gift without a description streaks when it has a group, and needs nothing but its id', () => {
  const heard = hearData('WebcastGiftMessage', { giftId: '5655', groupId: '99', repeatCount: 4, repeatEnd: 0 });
  assert.ok(heard?.kind === 'gift');
  assert.deepEqual(heard.payload, {
    gift: { id: '5655', name: '', coins: 0 },
    count: 4,
    streak: { group: '99', receiver: '', ended: false },
    message: { group: '99', orderId: '', ended: false, type: 0 },
  });
  assert.equal(heard.user, null);
  assert.equal(heard.id, '17');
});

test('a gift that does not streak is whole in one frame, whatever its group', () => {
  const gift = { id: '5660', name: 'Hand Hearts', type: 2, diamondCount: 100 };
  const heard = hearData('WebcastGiftMessage', { giftId: '5660', groupId: '99', repeatCount: 0, gift });
  assert.ok(heard?.kind === 'gift');
  assert.equal(heard.payload.streak, null);
  assert.equal(heard.payload.count, 1);
});

test('a social message is told apart into follow, share and subscribe', () => {
  const social = (key: string, action = '0') =>
    hearData('WebcastSocialMessage', { common: { displayText: { key } }, action })?.kind;
  assert.equal(social('pm_main_follow_message_viewer_2'), 'follow');
  assert.equal(social('pm_mt_guidance_share'), 'share');
  assert.equal(social('pm_mt_subscribe'), 'subscribe');
  assert.equal(social('', '1'), 'follow');
  assert.equal(social('', '3'), 'share');
  assert.equal(social('something_new'), 'raw');
});

/** A banner as the platform sends it when somebody became a Super Fan, or comes in as one. */
const barrage = (key: string, more: object = {}) =>
  hearData('WebcastBarrageMessage', { content: { key }, event: { user: { id: '7', nickname: 'fan' } }, ...more });

test('a banner that somebody became a Super Fan is a subscription, one that a fan came in a join, others are neither', () => {
  const became = barrage('pm_mt_barrage_someoneBecameSuperFan');
  assert.deepEqual([became?.kind, became?.user?.id], ['subscribe', '7']);
  assert.equal(barrage('pm_mt_barrage_superFanJoined')?.kind, 'join');
  assert.equal(barrage('pm_mt_barrage_levelUp')?.kind, 'raw');
  const inCommon = barrage('', { commonBarrageContent: { key: 'pm_mt_barrage_someoneBecameSuperFan' } });
  assert.equal(inCommon?.kind, 'subscribe');
});

test('times in seconds and in milliseconds mean the same', () => {
  const at = (createTime: unknown) => hearData('WebcastChatMessage', { common: { createTime } })?.atMs;
  assert.equal(at('1767225600'), 1_767_225_600_000);
  assert.equal(at('1767225600000'), 1_767_225_600_000);
  assert.equal(at('0'), null);
});

test('ids that are longer than a number is exact survive as they are written', () => {
  const text =
    '{"messages":[{"type":"WebcastGiftMessage","data":{"common":{"msgId":7400000000000000123},"giftId":5655}}]}';
  const [message] = decodeEuler(text, allKinds).messages;
  assert.ok(message !== undefined);
  assert.equal(normalise(message, allKinds)?.id, '7400000000000000123');
});

test('nothing that a provider sends makes a message throw', () => {
  const methods = fc.constantFrom(
    'WebcastGiftMessage',
    'WebcastControlMessage',
    'WebcastChatMessage',
    'WebcastLikeMessage',
    'WebcastMemberMessage',
    'WebcastSocialMessage',
    'WebcastEmoteChatMessage',
    'WebcastLinkMicBattle',
    'WebcastRoomUserSeqMessage',
    '__proto__',
  );
  const keys = fc.constantFrom(
    'common',
    'gift',
    'giftDetails',
    'user',
    'repeatCount',
    'groupId',
    'emoteList',
    'action',
    'toUser',
    'total',
  );
  const data = fc.dictionary(keys, fc.anything({ maxDepth: 3 }));
  fc.assert(
    fc.property(methods, fc.oneof(data, fc.anything()), (method, anything) => {
      const heard = hearData(method, anything);
      if (heard?.kind === 'gift') assert.ok(Number.isSafeInteger(heard.payload.count) && heard.payload.count >= 1);
    }),
    { numRuns: 1000 },
  );
});

test('names of people and gifts come without what drives a terminal or turns the direction of writing', () => {
  const heard = hearData('WebcastGiftMessage', {
    giftId: '5655',
    user: { id: '77', nickname: 'ink\u001b[31m\u0007_fan\u202e\n01' },
    gift: { id: '5655', name: 'Ro\u2066se\u0000', diamondCount: 1 },
  });
  assert.ok(heard?.kind === 'gift');
  assert.equal(heard.user?.name, 'ink [31m _fan 01');
  assert.equal(heard.payload.gift.name, 'Rose');
  const kept = 'Größe 👩‍🎨  نجمة';
  assert.equal(hearData('WebcastGiftMessage', { user: { id: '77', nickname: kept } })?.user?.name, kept);
});

test('names, ids, chat and times are kept no longer than honest ones are', () => {
  const long = 'x'.repeat(100_000);
  const common = { msgId: long, roomId: long, createTime: Number.MAX_SAFE_INTEGER };
  const gift = hearData('WebcastGiftMessage', {
    common,
    user: { id: long, nickname: long },
    giftId: long,
    gift: { name: long },
    groupId: long,
    toUser: { id: long },
  });
  const chat = hearData('WebcastChatMessage', { common, user: { id: long }, content: long });
  assert.ok(JSON.stringify([gift, chat]).length < 4_000);
  assert.equal(gift?.atMs, null);
});
