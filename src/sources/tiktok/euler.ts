import type { LiveEventKind } from '../../domain/live-event.ts';
import { type Ending, faults } from './ending.ts';
import { idAt, isFields, objectAt } from './fields.ts';
import { absurdityOf, isWanted } from './heard.ts';
import type { Message } from './message.ts';

/** A rate limit of the managed WebSocket says nothing of how long. */
const tooManyMs = 60_000;

/** What a close code of the managed WebSocket means; the codes are those of its SDK 0.0.6. */
export function endingOfClose(code: number): Ending {
  switch (code) {
    case 4005:
      return { kind: 'stream-end', reason: 'ended' };
    case 4404:
      return { kind: 'not-live' };
    case 4400:
      return { kind: 'mend', fault: faults.optionsRefused };
    case 4401:
      return { kind: 'mend', fault: faults.keyRefused };
    case 4403:
      return { kind: 'mend', fault: faults.plan };
    case 4429:
      return { kind: 'rate-limited', retryAfterMs: tooManyMs };
    default:
      return { kind: 'lost', why: closeWords[code] ?? `the connection closed with code ${code}` };
  }
}

const closeWords: Readonly<Record<number, string>> = {
  1000: 'the managed WebSocket closed the connection',
  1006: 'the connection to the managed WebSocket broke',
  1011: 'the managed WebSocket has an internal error',
  4006: 'the managed WebSocket heard no messages',
  4500: 'TikTok closed the connection',
  4555: 'the connection reached its lifetime of eight hours',
  4556: 'the managed WebSocket could not fetch the live',
  4557: 'the managed WebSocket could not fetch the room',
};

export interface EulerBatch {
  /** '' when no message names it. */
  readonly room: string;
  readonly messages: readonly Message[];
}

/** Reads one text frame: `{messages: [{type, data}]}`, a list, or a single message. Throws on what is no JSON. */
export function decodeEuler(text: string, wanted: ReadonlySet<LiveEventKind>): EulerBatch {
  const frame: unknown = JSON.parse(text, keepLongNumbers);
  const list =
    isFields(frame) && Array.isArray(frame.messages) ? frame.messages : Array.isArray(frame) ? frame : [frame];
  const messages = list.map((item: unknown) => messageOf(item, wanted));
  const rooms = list.map((item: unknown) => (isFields(item) ? roomOf(objectAt(item, 'data')) : ''));
  return { room: rooms.find((room) => room !== '') ?? '', messages };
}

/** Ids are longer than a JavaScript number is exact: those that are written as numbers are kept as they stand. */
export function keepLongNumbers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const long = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return long ? (context?.source ?? value) : value;
}

function messageOf(item: unknown, wanted: ReadonlySet<LiveEventKind>): Message {
  const method = isFields(item) && typeof item.type === 'string' ? item.type : 'unknown';
  const data: unknown = isFields(item) ? item.data : undefined;
  const head = { method, msgId: '', bytes: 0 };
  if (!isWanted(method, wanted)) return { ...head, content: { kind: 'skipped' } };
  const what = isFields(data) ? absurdityOf(method, data) : 'the message has no fields';
  if (what === null) return { ...head, content: { kind: 'decoded', data } };
  const payload = new TextEncoder().encode(JSON.stringify(item) ?? '');
  return { ...head, content: { kind: 'undecodable', what, payload } };
}

function roomOf(data: Readonly<Record<string, unknown>>): string {
  const info = objectAt(data, 'roomInfo');
  return (
    idAt(objectAt(data, 'common'), 'roomId') || idAt(data, 'roomId', 'room_id') || idAt(info, 'roomId', 'id_str', 'id')
  );
}
