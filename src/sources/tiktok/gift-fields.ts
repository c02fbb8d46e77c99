import type { LivePayloads } from '../../domain/live-event.ts';
import { plainText } from '../../domain/plain-text.ts';
import { charsMax, countAt, type Fields, flagAt, idAt, isFields, objectAt, textAt } from './fields.ts';

/** What a message says of whom its gift is for. */
export interface GiftFor {
  readonly id: string;
  readonly name: string;
  /** The name after the @, '' when the message does not tell. */
  readonly handle: string;
  /** The host's id, '' when the message does not tell. */
  readonly hostId: string;
}

type GiftPayload = Omit<LivePayloads['gift'], 'receiver'>;

/**
 * Gifts of type 1 come as streaks with a cumulative count. Where the description of the gift is missing its group
 * tells: growth within a group never counts a gift twice. What else the message says goes along: which messages are
 * about one gift is decided by all of it, not by the type alone.
 */
export function giftOf(data: Fields): GiftPayload {
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
export function giftFor(data: Fields): GiftFor {
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
    handle: nameAt(user, 'displayId', 'uniqueId'),
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

/** A name from outside, as it is kept: one of which nothing is seen is none. */
export function nameAt(fields: Fields, ...keys: readonly string[]): string {
  const names = keys.map((key) => plainText(textAt(fields, key).slice(0, charsMax)));
  return names.find((name) => /[^\s\u2800]/u.test(name)) ?? '';
}
