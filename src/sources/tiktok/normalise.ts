import type { LiveEventKind, LivePayloads, Viewer } from '../../domain/live-event.ts';
import { plainText } from '../../domain/plain-text.ts';
import type { Message } from './provider.ts';

/** Fields of something that came from outside; nothing is known about it. */
export type Fields = Readonly<Record<string, unknown>>;

/** The object under one of these keys, in this order; an empty one when there is none. */
export function objectAt(fields: Fields, ...keys: readonly string[]): Fields {
  for (const key of keys) {
    const value = fields[key];
    if (isFields(value)) return value;
  }
  return {};
}

/** Whether a value has fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text under one of these keys: ids come as text, numbers or bigints. '' when there is none. */
export function textAt(fields: Fields, ...keys: readonly string[]): string {
  for (const key of keys) {
    const value = fields[key];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  }
  return '';
}

/** No honest id or name is longer; what is kept of every event must not be as long as somebody likes. */
const charsMax = 200;

/** An id under one of these keys; protobuf writes 0 for "none", so 0 is none. */
export function idAt(fields: Fields, ...keys: readonly string[]): string {
  for (const key of keys) {
    const id = plainText(textAt(fields, key).slice(0, charsMax));
    if (id !== '' && id !== '0') return id;
  }
  return '';
}

/** The whole number from 0 under one of these keys; null when there is none. */
export function countAt(fields: Fields, ...keys: readonly string[]): number | null {
  for (const key of keys) {
    const text = textAt(fields, key);
    const count = text === '' ? Number.NaN : Number(text);
    if (Number.isSafeInteger(count) && count >= 0) return count;
  }
  return null;
}

/** Whether the flag under this key is set; protobuf has both numbers and booleans. */
function flagAt(fields: Fields, key: string): boolean {
  const value = fields[key];
  return value === true || (typeof value === 'number' && value > 0) || value === '1' || value === 'true';
}

/** What a message says of whom its gift is for. */
export interface GiftFor extends Viewer {
  /** The name after the @, '' when the message does not say. */
  readonly handle: string;
  /** The host's id, '' when the message does not say. */
  readonly hostId: string;
}

type GiftPayload = Omit<LivePayloads['gift'], 'receiver'>;

/**
 * Gifts of type 1 come as streaks with a cumulative count. Where the description of the gift is missing its group
 * tells: growth within a group never counts a gift twice. What else the message says goes along: which messages are
 * about one gift is decided by all of it, not by the type alone.
 */
function giftOf(data: Fields): GiftPayload {
  const described = objectAt(data, 'gift', 'giftDetails');
  const type = countAt(described, 'type', 'giftType') ?? 0;
  const group = idAt(data, 'groupId');
  const ended = flagAt(data, 'repeatEnd');
  const streaks = type === 1 || (type === 0 && group !== '');
  const receiver =
    idAt(objectAt(data, 'toUser'), 'id', 'userId') || idAt(objectAt(data, 'monitorInfo', 'giftExtra'), 'toUserId');
  return {
    gift: {
      id: idAt(data, 'giftId') || idAt(described, 'id'),
      name: nameAt(described, 'name', 'giftName'),
      coins: countAt(described, 'diamondCount') ?? 0,
    },
    count: Math.max(1, countAt(data, 'repeatCount') ?? 1),
    streak: streaks ? { group, receiver, ended } : null,
    message: { group, orderId: idAt(data, 'orderId'), ended, type },
  };
}

/** Whom a gift is for, and what the message says of the host. */
function giftFor(data: Fields): GiftFor {
  const user = objectAt(data, 'toUser');
  const monitor = objectAt(data, 'monitorInfo', 'giftExtra');
  const extra = monitorExtraOf(data);
  return {
    id:
      idAt(user, 'id', 'userId', 'idStr') ||
      idAt(data, 'toMemberIdInt', 'toMemberId') ||
      idAt(monitor, 'toUserId', 'receiverUserId') ||
      idAt(extra, 'to_user_id'),
    name: nameAt(user, 'nickname', 'displayId', 'uniqueId') || nameAt(data, 'toMemberNickname'),
    handle: handleAt(user),
    ...shownAt(user),
    hostId: idAt(monitor, 'anchorId') || idAt(extra, 'anchor_id'),
  };
}

/** The platform's own notes on a gift, as JSON in a text; nothing when there are none. */
function monitorExtraOf(data: Fields): Fields {
  const text = textAt(data, 'monitorExtra');
  if (text === '' || text.length > noteCharsMax) return {};
  try {
    // Its ids are longer than a number is exact: they are read as text.
    const read: unknown = JSON.parse(text.replace(/(:\s*)(\d{16,20})(?=\s*[,}])/g, '$1"$2"'));
    return isFields(read) ? read : {};
  } catch {
    return {};
  }
}

const noteCharsMax = 10_000;

/** A name as it is kept; '' for one that has no visible character. */
function nameAt(fields: Fields, ...keys: readonly string[]): string {
  const names = keys.map((key) => plainText(textAt(fields, key).slice(0, charsMax)));
  return names.find((name) => /[^\s\u2800]/u.test(name)) ?? '';
}

/** Coins of one gift, and gifts of one streak; the dearest gift is some 45,000 coins. */
const giftCountMax = 1_000_000;
/** Of one live. */
const likesMax = 10_000_000_000;
/** No calendar has a time that is much later. */
const lastTimeMs = Date.UTC(2200, 0);
/** The platform allows 150 characters. */
const chatCharsMax = 1_000;

/** A kind with its payload. */
export type EventBody = {
  [K in LiveEventKind]: { readonly kind: K; readonly payload: LivePayloads[K] };
}[LiveEventKind];

/** What a message says, without what the session adds to it. */
export type NormalisedMessage = EventBody & {
  /** '' when the platform gave none. */
  readonly id: string;
  /** '' when the message does not name its room. */
  readonly room: string;
  readonly atMs: number | null;
  readonly user: Viewer | null;
  /** Whom a gift is for; null for what is no gift. */
  readonly for: GiftFor | null;
};

/** Which kinds a message of this type can turn out to be. */
const kindsOf: Readonly<Record<string, readonly LiveEventKind[]>> = {
  WebcastGiftMessage: ['gift'],
  WebcastControlMessage: ['stream-end'],
  WebcastChatMessage: ['chat'],
  WebcastLikeMessage: ['like'],
  WebcastMemberMessage: ['join'],
  WebcastSocialMessage: ['follow', 'share', 'subscribe'],
  WebcastSubNotifyMessage: ['subscribe'],
  WebcastBarrageMessage: ['subscribe', 'join'],
  WebcastEmoteChatMessage: ['emote'],
  WebcastLinkMicBattle: ['battle'],
  WebcastRoomUserSeqMessage: ['room-user'],
};

/** Kinds that are always wanted: gifts, and the end of the stream, which ends listening. */
const always: readonly LiveEventKind[] = ['gift', 'stream-end'];

/** Whether messages of this type are worth decoding for one who wants these kinds. */
export function isWanted(method: string, wanted: ReadonlySet<LiveEventKind>): boolean {
  const kinds = Object.hasOwn(kindsOf, method) ? (kindsOf[method] ?? []) : [];
  return kinds.some((kind) => always.includes(kind) || wanted.has(kind));
}

/**
 * Why numbers of a message cannot be meant, null when they can. What is paid for them is a product that must stay a
 * whole number: a ledger that cannot count an event would end the service, and find it again when it is back.
 */
export function absurdityOf(method: string, data: Fields): string | null {
  if (method === 'WebcastLikeMessage') {
    const { count, total } = likeOf(data);
    return countAbove(likesMax, Math.max(count, total ?? 0));
  }
  if (method !== 'WebcastGiftMessage') return null;
  const { gift, count } = giftOf(data);
  return gift.coins > giftCountMax ? `a gift of ${gift.coins} coins` : countAbove(giftCountMax, count);
}

function countAbove(most: number, count: number): string | null {
  return count > most ? `a count of ${count}` : null;
}

/**
 * Reads a message, of the connector or of the managed WebSocket: their field names differ, what they say does not.
 * Null for what nobody wants.
 */
export function normalise(message: Message, wanted: ReadonlySet<LiveEventKind>): NormalisedMessage | null {
  const { method, content } = message;
  const data = content.kind === 'decoded' && isFields(content.data) ? content.data : {};
  const common = objectAt(data, 'common');
  const head = {
    id: idAt(common, 'msgId') || idAt({ ...message }, 'msgId'),
    room: idAt(common, 'roomId'),
    atMs: timeAt(common),
    user: viewerAt(data) ?? (method === 'WebcastBarrageMessage' ? viewerOfBarrage(data) : null),
    for: method === 'WebcastGiftMessage' ? giftFor(data) : null,
  };
  const body = content.kind === 'decoded' ? bodyOf(method, data, common) : null;
  if (body === null)
    return wanted.has('raw')
      ? { ...head, kind: 'raw', payload: { method: method.slice(0, charsMax), bytes: message.bytes } }
      : null;
  return always.includes(body.kind) || wanted.has(body.kind) ? { ...head, ...body } : null;
}

function bodyOf(method: string, data: Fields, common: Fields): EventBody | null {
  switch (method) {
    case 'WebcastGiftMessage':
      return { kind: 'gift', payload: giftOf(data) };
    case 'WebcastControlMessage':
      return controlOf(data);
    case 'WebcastChatMessage':
      return { kind: 'chat', payload: { text: plainText(textAt(data, 'content', 'comment').slice(0, chatCharsMax)) } };
    case 'WebcastLikeMessage':
      return { kind: 'like', payload: likeOf(data) };
    case 'WebcastMemberMessage':
      return { kind: 'join', payload: {} };
    case 'WebcastSocialMessage':
      return socialOf(data, common);
    case 'WebcastSubNotifyMessage':
      return { kind: 'subscribe', payload: { message: 'notice' } };
    case 'WebcastBarrageMessage':
      return barrageOf(data, common);
    case 'WebcastEmoteChatMessage': {
      const list = data.emoteList;
      const [emote] = Array.isArray(list) ? list : [];
      return { kind: 'emote', payload: { emoteId: isFields(emote) ? idAt(emote, 'emoteId') : '' } };
    }
    case 'WebcastLinkMicBattle':
      return { kind: 'battle', payload: { battleId: idAt(data, 'battleId') } };
    case 'WebcastRoomUserSeqMessage':
      return { kind: 'room-user', payload: { viewers: countAt(data, 'total', 'viewerCount') ?? 0 } };
    default:
      return null;
  }
}

function likeOf(data: Fields): LivePayloads['like'] {
  const total = countAt(data, 'total', 'totalLikeCount');
  return { count: countAt(data, 'count', 'likeCount') ?? 1, total: total === 0 ? null : total };
}

function controlOf(data: Fields): EventBody | null {
  const action = countAt(data, 'action');
  if (action === 3) return { kind: 'stream-end', payload: { reason: 'ended' } };
  if (action === 4) return { kind: 'stream-end', payload: { reason: 'suspended' } };
  return null;
}

/**
 * The key of the text that the app would show says most; the action is a number that has changed its meaning before.
 */
function socialOf(data: Fields, common: Fields): EventBody | null {
  const key = textAt(objectAt(common, 'displayText'), 'key', 'displayType').toLowerCase();
  if (key.includes('follow')) return { kind: 'follow', payload: {} };
  if (key.includes('share')) return { kind: 'share', payload: {} };
  if (key.includes('subscri')) return { kind: 'subscribe', payload: { message: 'social' } };
  const action = textAt(data, 'action');
  if (action === '1') return { kind: 'follow', payload: {} };
  if (action === '3') return { kind: 'share', payload: {} };
  return null;
}

/**
 * A banner over the live. Of those about Super Fans, today's subscribers, one says that somebody became one and another
 * that one came in; the rest, such as a fan's new level, is nothing that pays.
 */
function barrageOf(data: Fields, common: Fields): EventBody | null {
  const texts = [...textsOfBarrage(data), objectAt(common, 'displayText')];
  const keys = texts.map((text) => textAt(text, 'key', 'displayType').toLowerCase());
  if (keys.some((key) => key.includes('superfanjoined'))) return { kind: 'join', payload: {} };
  if (!keys.some((key) => key.includes('becamesuperfan'))) return null;
  return { kind: 'subscribe', payload: { message: 'super-fan' } };
}

function textsOfBarrage(data: Fields): readonly Fields[] {
  return [objectAt(data, 'content'), objectAt(data, 'commonBarrageContent')];
}

/** Where a banner has no user of its own, its text or its reason names them. */
function viewerOfBarrage(data: Fields): Viewer | null {
  const parts = ['event', 'subscribeGiftParam', 'fansLevelParam', 'userGradeParam'].map((key) => objectAt(data, key));
  const pieces = textsOfBarrage(data).flatMap(({ pieces: list }) => (Array.isArray(list) ? list.filter(isFields) : []));
  const named = pieces.map((piece) => objectAt(piece, 'userValue'));
  for (const part of [...parts, ...named]) {
    const viewer = viewerAt(part);
    if (viewer !== null) return viewer;
  }
  return null;
}

function viewerAt(data: Fields): Viewer | null {
  const user = objectAt(data, 'user');
  const id = idAt(user, 'id', 'userId', 'idStr');
  if (id === '') return null;
  const name = nameAt(user, 'nickname', 'displayId', 'uniqueId');
  return viewerOf({ id, name, handle: handleAt(user), ...shownAt(user, objectAt(data, 'userIdentity')) });
}

function handleAt(user: Fields): string {
  return nameAt(user, 'displayId', 'uniqueId');
}

/** A handle that is the name, or none, is left out. */
export function viewerOf({ handle = '', ...viewer }: Viewer): Viewer {
  return handle === '' || handle === viewer.name ? viewer : { ...viewer, handle };
}

/** What else a message says of somebody; `identity` is what it says of them and the host. */
function shownAt(user: Fields, identity: Fields = {}): Omit<Viewer, 'id' | 'name' | 'handle'> {
  const pictureUrl = pictureAt(user);
  const roles = rolesAt(user, identity);
  return {
    ...(pictureUrl === null ? {} : { pictureUrl }),
    ...(roles === null ? {} : { roles }),
  };
}

/** The platform's addresses have some 300 characters: they are signed. */
const addressCharsMax = 600;
/** It sends three addresses of a picture. */
const addressesMax = 8;

/** The first address of a picture that a page can load from anywhere without harm; null when there is none. */
function pictureAt(user: Fields): string | null {
  const images = ['avatarThumb', 'profilePicture', 'avatarMedium', 'profilePictureMedium'].map((key) =>
    objectAt(user, key),
  );
  const lists = images.flatMap((image) => [image.urlList, image.urls, image.url]);
  const addresses = lists.flatMap((list) => (Array.isArray(list) ? list.slice(0, addressesMax) : []));
  return [...addresses, user.profilePictureUrl].find(isPictureAddress) ?? null;
}

function isPictureAddress(address: unknown): address is string {
  if (typeof address !== 'string' || address.length > addressCharsMax || !/^https:\/\/[!#-;=?-~]+$/.test(address))
    return false;
  const url = URL.canParse(address) ? new URL(address) : null;
  return url !== null && url.username === '' && url.password === '';
}

const rolesOfIdentity = [
  ['host', 'isAnchor'],
  ['moderator', 'isModeratorOfAnchor'],
  ['subscriber', 'isSubscriberOfAnchor'],
  ['friend', 'isMutualFollowingWithAnchor'],
  ['follower', 'isFollowerOfAnchor'],
] as const;

/** What somebody is on the channel; null when the message says nothing of it. */
function rolesAt(user: Fields, identity: Fields): string[] | null {
  const [attributes, subscription] = [objectAt(user, 'userAttr'), objectAt(user, 'subscribeInfo')];
  if ([identity, attributes, subscription].every((each) => Object.keys(each).length === 0)) return null;
  const ofUser = {
    isModeratorOfAnchor: flagAt(attributes, 'isAdmin'),
    isSubscriberOfAnchor: flagAt(subscription, 'isSubscribedToAnchor'),
  };
  return rolesOfIdentity.flatMap(([role, key]) => (flagAt(identity, key) || flagAt(ofUser, key) ? [role] : []));
}

/** Some messages have seconds, most milliseconds. */
function timeAt(common: Fields): number | null {
  const time = countAt(common, 'createTime');
  if (time === null || time === 0 || time > lastTimeMs) return null;
  return time < 100_000_000_000 ? time * 1000 : time;
}
