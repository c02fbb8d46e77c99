import { gunzipSync } from 'node:zlib';
import type { LiveEventKind } from '../../domain/live-event.ts';
import { isFields } from './fields.ts';
import { absurdityOf, isWanted } from './heard.ts';
import type { Library } from './library.ts';
import type { Message } from './message.ts';
import { checkFields } from './wire.ts';

/** No honest frame inflates to more. */
const mostInflatedBytes = 8 << 20;
/** No honest message of one kind is longer: what it takes when decoded is a hundred times as much. */
const mostMessageBytes = 256 << 10;

/** Frames about the connection itself. */
const control: ReadonlySet<string> = new Set(['hb', 'ack', 'im_enter_room']);
/** The answer to entering a room, which the platform's own player takes for the first message of it. */
const entered = 'im_enter_room_resp';

/** What a frame asks to be acknowledged with. */
export interface Ack {
  readonly logId: string;
  readonly ext: string;
}

/** What came in one WebSocket frame. */
export interface Frame {
  /** Whether it proves that we are in the room; an answer to a heartbeat does not. */
  readonly ofRoom: boolean;
  readonly messages: readonly Message[];
  readonly ack: Ack | null;
}

/**
 * Decodes one WebSocket frame, at once and in order: inflating frames side by side, as the library does, brings a
 * small frame before the large one that was sent first. Throws on what is no frame.
 */
export function decodeFrame(library: Library, bytes: Uint8Array, wanted: ReadonlySet<LiveEventKind>): Frame {
  checkFields(bytes);
  const { logId, payloadType, payload } = library.WebcastPushFrame.decode(bytes);
  if (payloadType === entered) return decodeEntered(library, logId, payload, wanted);
  if (payload.length === 0 || control.has(payloadType)) return { ofRoom: false, messages: [], ack: null };
  return decodeBatch(library, logId, payload, wanted);
}

function decodeBatch(library: Library, logId: string, payload: Uint8Array, wanted: ReadonlySet<LiveEventKind>): Frame {
  const inflated = isGzip(payload) ? gunzipSync(payload, { maxOutputLength: mostInflatedBytes }) : payload;
  checkFields(inflated);
  const { messages, needAck, internalExt } = library.ProtoMessageFetchResult.decode(inflated);
  const ack = needAck && internalExt !== '' ? { logId, ext: internalExt } : null;
  return { ofRoom: messages.length > 0, messages: readMessages(library, messages, wanted), ack };
}

/** It is an answer whatever it carries: its form is known only from the connector, which reads it as a batch. */
function decodeEntered(
  library: Library,
  logId: string,
  payload: Uint8Array,
  wanted: ReadonlySet<LiveEventKind>,
): Frame {
  try {
    return { ...decodeBatch(library, logId, payload, wanted), ofRoom: true };
  } catch {
    return { ofRoom: true, messages: [], ack: null };
  }
}

/** Decodes the batch that the sign service's answer carries. Throws on what is no such answer. */
export function decodeInitial(library: Library, bytes: Uint8Array, wanted: ReadonlySet<LiveEventKind>): Message[] {
  return readMessages(library, library.ProtoMessageFetchResult.decode(bytes).messages, wanted);
}

/** The initial batch without what signs the connection, so that it can be kept. What does not decode is left out. */
export function withoutTokens(library: Library, bytes: Uint8Array): Uint8Array {
  const nothing = library.ProtoMessageFetchResult.decode(new Uint8Array(0));
  try {
    const { messages } = library.ProtoMessageFetchResult.decode(bytes);
    return library.ProtoMessageFetchResult.encode({ ...nothing, messages }).finish();
  } catch {
    return new Uint8Array(0);
  }
}

/** The message types that turn into live events. */
export const decodable = [
  'WebcastGiftMessage',
  'WebcastControlMessage',
  'WebcastChatMessage',
  'WebcastLikeMessage',
  'WebcastMemberMessage',
  'WebcastSocialMessage',
  'WebcastSubNotifyMessage',
  'WebcastEmoteChatMessage',
  'WebcastLinkMicBattle',
  'WebcastRoomUserSeqMessage',
] as const;

interface Envelope {
  readonly method: string;
  readonly payload: Uint8Array;
  readonly msgId: string;
}

function readMessages(library: Library, envelopes: readonly Envelope[], wanted: ReadonlySet<LiveEventKind>): Message[] {
  return envelopes.map(({ method, payload, msgId }) => {
    const head = { method, msgId, bytes: payload.length };
    const type = decodable.find((name) => name === method);
    if (type === undefined || !isWanted(method, wanted)) return { ...head, content: { kind: 'skipped' } };
    try {
      if (payload.length > mostMessageBytes) throw new RangeError(`a message of ${payload.length} bytes`);
      const data: unknown = library.deserializeMessage(type, Buffer.from(payload));
      const absurdity = isFields(data) ? absurdityOf(method, data) : null;
      if (absurdity !== null) return { ...head, content: { kind: 'undecodable', what: absurdity, payload } };
      return { ...head, content: { kind: 'decoded', data } };
    } catch (error) {
      return { ...head, content: { kind: 'undecodable', what: firstLine(error), payload } };
    }
  });
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The first line of an error, bounded: the library's carry whole payloads. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').slice(0, 200);
}
