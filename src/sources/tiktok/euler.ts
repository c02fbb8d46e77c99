import { UserFacingError } from '../../domain/cause.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import { type Ending, liveFaults } from './ending.ts';
import { absurdityOf, countAt, type Fields, idAt, isFields, isWanted, objectAt, textAt } from './normalise.ts';
import type { Message } from './provider.ts';

/** How long to wait after a rate limit of the managed WebSocket, which does not say how long, ms. */
const tooManyMs = 60_000;

/** What a close code of the managed WebSocket means; the codes are those of its SDK 0.0.6. */
export function endingOfClose(code: number): Ending {
  switch (code) {
    case 4005:
      return { kind: 'stream-end', reason: 'ended' };
    case 4404:
      return { kind: 'not-live' };
    case 4400:
      return { kind: 'mend', fault: liveFaults.optionsRefused };
    case 4401:
      return { kind: 'mend', fault: liveFaults.keyRefused };
    case 4403:
      return { kind: 'mend', fault: liveFaults.plan };
    case 4429:
      return { kind: 'rate-limited', retryAfterMs: tooManyMs };
    default:
      return {
        kind: 'lost',
        why: closeWords[code] ?? 'the sign service closed the connection',
        original: `close code ${code}`,
      };
  }
}

/** The provider's connection to the platform has ended, and it says why by the code with which it will close. */
export function endingOfDisconnect(reason: number): Ending {
  return reason === 0 ? { kind: 'lost', why: 'the sign service lost its connection to TikTok' } : endingOfClose(reason);
}

const closeWords: Readonly<Record<number, string>> = {
  1000: 'the sign service closed the connection',
  1002: 'the connection to the sign service broke',
  1006: 'the connection to the sign service broke',
  1007: 'the connection to the sign service broke',
  1009: 'a message was too long, and the connection to the sign service broke',
  1011: 'the sign service has trouble of its own',
  4006: 'the sign service received no messages',
  4500: 'TikTok closed the connection',
  4555: 'the connection reached its lifetime of eight hours',
  4556: 'the sign service could not fetch the live',
  4557: 'the sign service could not fetch the room',
};

interface EulerBatch {
  /** '' when no message names it. */
  readonly room: string;
  readonly messages: readonly Message[];
  /**
   * The code with which the provider's own connection to the platform has ended, 0 when it gives none; null: it has
   * not.
   */
  readonly disconnect: number | null;
}

/** Reads one text frame: `{messages: [{type, data}]}`, a list, or a single message. Throws on what is no JSON. */
export function decodeEuler(text: string, wanted: ReadonlySet<LiveEventKind>): EulerBatch {
  checkContainers(text);
  const frame: unknown = longNumber.test(text) ? JSON.parse(text, keepLongNumbers) : JSON.parse(text);
  const list: readonly unknown[] =
    isFields(frame) && Array.isArray(frame.messages) ? frame.messages : Array.isArray(frame) ? frame : [frame];
  let room = '';
  let disconnect: number | null = null;
  const messages = list.map((item) => {
    const type = isFields(item) ? textAt(item, 'type') : '';
    const data = isFields(item) ? objectAt(item, 'data') : {};
    room ||= roomOf(type, data);
    if (type === 'tiktok.disconnect') disconnect = countAt(data, 'reason', 'code') ?? 0;
    return type === 'room.status' ? statusMessage(data) : messageOf(item, wanted);
  });
  return { room, messages, disconnect };
}

/** A number of 16 digits or more that is no text. */
const longNumber = /[:,[]\s*-?\d{16}/;

/** An honest object or list takes some dozens of characters, and each value in them some ten. */
const charsPer = { container: 8, value: 10 } as const;
/** What any text may hold, however short it is. */
const free = { containers: 1_000, values: 1_000 } as const;
/** Bundles of thousands of gifts hold so many at most. */
const mostOf = { containers: 200_000, values: 400_000 } as const;

/**
 * Throws a UserFacingError for a text of brackets and commas: each container takes two characters and each value as
 * many, and dozens of bytes in memory. What stands within quotes counts for nothing: people write what they like.
 */
function checkContainers(text: string): void {
  const containersMax = Math.min(mostOf.containers, free.containers + text.length / charsPer.container);
  const valuesMax = Math.min(mostOf.values, free.values + text.length / charsPer.value);
  let containers = 0;
  let values = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === quote) isQuoted = !isQuoted;
    else if (isQuoted) at += char === backslash ? 1 : 0;
    else if (char === comma) values += 1;
    else if (char === openList || char === openObject) containers += 1;
    if (containers > containersMax || values > valuesMax)
      throw new UserFacingError('it has more lists, objects and values than a message of its length can have');
  }
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openList = 0x5b;
const openObject = 0x7b;

/** The provider's own word on how a room is: that it has ended is the end of its stream. */
function statusMessage(data: Fields): Message {
  const status = textAt(data, 'status', 'roomStatus').toLowerCase();
  const ended = status === '4' || /^(ended|offline|finished)$/.test(status) || data.isLive === false;
  const head = { method: 'WebcastControlMessage', msgId: '', bytes: 0 };
  if (!ended) return { ...head, method: 'room.status', content: { kind: 'skipped' } };
  return {
    ...head,
    content: { kind: 'decoded', data: { common: { roomId: roomOf('room.status', data) }, action: 3 } },
  };
}

/** Ids are longer than a JavaScript number is exact: those that are written as numbers are kept as they stand. */
export function keepLongNumbers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const long = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return long ? (context?.source ?? value) : value;
}

function messageOf(item: unknown, wanted: ReadonlySet<LiveEventKind>): Message {
  const method = isFields(item) && typeof item.type === 'string' ? item.type : 'unknown';
  const data: unknown = isFields(item) ? inOneForm(item.data) : undefined;
  const head = { method, msgId: '', bytes: 0 };
  if (!isWanted(method, wanted)) return { ...head, content: { kind: 'skipped' } };
  const what = isFields(data) ? absurdityOf(method, data) : 'the message has no fields';
  if (what === null) return { ...head, content: { kind: 'decoded', data } };
  const payload = new TextEncoder().encode(JSON.stringify(item) ?? '');
  return { ...head, content: { kind: 'undecodable', what, payload } };
}

/**
 * The provider's schema v1 has an `event` where v2 has `common`: what names a message, and tells a follow from a share,
 * stands there. It names a gift's receiver, and an emote, elsewhere too.
 */
function inOneForm(data: unknown): unknown {
  if (!isFields(data) || isFields(data.common) || !isFields(data.event)) return data;
  const { msgId, createTime, eventDetails } = data.event;
  const displayText = isFields(eventDetails) ? { key: textAt(eventDetails, 'displayType', 'label') } : {};
  const toUserId = idAt(objectAt(data, 'giftExtra'), 'receiverUserId', 'toUserId');
  return {
    ...data,
    common: { msgId, createTime, displayText },
    ...(toUserId === '' ? {} : { giftExtra: { toUserId } }),
    ...(isFields(data.emote) ? { emoteList: [data.emote] } : {}),
  };
}

function roomOf(type: string, data: Fields): string {
  const info = objectAt(data, 'roomInfo', 'room', 'data');
  const own = type === 'roomInfo' || type === 'room.status' ? idAt(data, 'id_str', 'idStr', 'id') : '';
  return (
    idAt(objectAt(data, 'common'), 'roomId') ||
    idAt(data, 'roomId', 'room_id') ||
    own ||
    idAt(info, 'roomId', 'room_id', 'id_str', 'idStr', 'id')
  );
}
