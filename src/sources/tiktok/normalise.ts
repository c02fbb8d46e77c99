import type { LiveEventKind, LivePayloads, Viewer } from '../../domain/live-event.ts';
import { plainText } from '../../domain/plain-text.ts';
import { charsMax, countAt, type Fields, idAt, isFields, objectAt, textAt } from './fields.ts';
import { type GiftFor, giftFor, giftOf, nameAt } from './gift-fields.ts';
import type { Message } from './message.ts';

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

/** What a message tells, without what the session adds to it. */
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

/** Gifts are why we listen, and the end of the stream is what stops it: both are wanted whoever asks for what. */
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

/** The key of the text that the app would show tells best; the action is a number that has changed its meaning before. */
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
  const handle = nameAt(user, 'displayId', 'uniqueId');
  return handle === '' || handle === name ? { id, name } : { id, name, handle };
}

/** Some messages tell seconds, most milliseconds. */
function timeAt(common: Fields): number | null {
  const time = countAt(common, 'createTime');
  if (time === null || time === 0 || time > lastTimeMs) return null;
  return time < 100_000_000_000 ? time * 1000 : time;
}
