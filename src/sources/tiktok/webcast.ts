import { gunzipSync } from 'node:zlib';
import { causeInWords, UserFacingError } from '../../domain/cause.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import { absurdityOf, isFields, isWanted } from './normalise.ts';
import { decodable, type Library, type Message } from './provider.ts';
import { type Batch, BoundedDecoder, joinMessages, takeApart } from './wire.ts';

/** No honest frame inflates to more. */
const inflatedBytesMax = 4 << 20;
/** No honest message of one kind is longer: what it takes when decoded is many times as much. */
const messageBytesMax = 256 << 10;

/** Frames about the connection itself. */
const control: ReadonlySet<string> = new Set(['hb', 'ack', 'im_enter_room']);
/** The answer to entering a room, which the platform's own player takes for the first message of it. */
const entered = 'im_enter_room_resp';

/** What a frame asks to be acknowledged with. */
interface Ack {
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
  const decoder = new BoundedDecoder();
  const { logId, payloadType, payload } = decoder.decode(library.WebcastPushFrame, bytes);
  if (payloadType === entered) return decodeEntered(library, decoder, logId, payload, wanted);
  if (payload.length === 0 || control.has(payloadType)) return { ofRoom: false, messages: [], ack: null };
  return decodeBatch(library, decoder, logId, payload, wanted);
}

function decodeBatch(
  library: Library,
  decoder: BoundedDecoder,
  logId: string,
  payload: Uint8Array,
  wanted: ReadonlySet<LiveEventKind>,
): Frame {
  const inflated = isGzip(payload) ? inflate(payload) : payload;
  const batch = takeApart(inflated);
  decoder.allow(inflated.length);
  const { needAck, internalExt } = decoder.decode(library.ProtoMessageFetchResult, batch.rest);
  const ack = needAck && internalExt !== '' ? { logId, ext: internalExt } : null;
  const messages = readBatch(library, decoder, batch, wanted);
  return { ofRoom: messages.length > 0, messages, ack };
}

/** It is an answer whatever it carries: its form is known only from the connector, which reads it as a batch. */
function decodeEntered(
  library: Library,
  decoder: BoundedDecoder,
  logId: string,
  payload: Uint8Array,
  wanted: ReadonlySet<LiveEventKind>,
): Frame {
  try {
    return { ...decodeBatch(library, decoder, logId, payload, wanted), ofRoom: true };
  } catch {
    return { ofRoom: true, messages: [], ack: null };
  }
}

/** Decodes the batch that the sign service's answer carries. Throws on what is no such answer. */
export function decodeInitial(library: Library, bytes: Uint8Array, wanted: ReadonlySet<LiveEventKind>): Message[] {
  const decoder = new BoundedDecoder();
  decoder.allow(bytes.length);
  return readBatch(library, decoder, takeApart(bytes), wanted);
}

/** The initial batch without what signs the connection, so that it can be kept. What cannot be read is left out. */
export function withoutTokens(bytes: Uint8Array): Uint8Array {
  try {
    return joinMessages(takeApart(bytes).messages);
  } catch {
    return new Uint8Array(0);
  }
}

/** Each message by itself: what is wrong with one costs no other. */
function readBatch(
  library: Library,
  decoder: BoundedDecoder,
  { messages, broken }: Batch,
  wanted: ReadonlySet<LiveEventKind>,
): Message[] {
  const read: Message[] = [];
  for (const envelope of messages) {
    if (decoder.isSpent) {
      const what = `the frame holds more than a live can send: ${messages.length - read.length} messages are not read`;
      return [...read, undecodable('frame', '', what, envelope)];
    }
    read.push(readMessage(library, decoder, envelope, wanted));
  }
  if (broken !== null) read.push(undecodable('frame', '', formWords(broken.cause), broken.bytes, broken.cause));
  return read;
}

function readMessage(
  library: Library,
  decoder: BoundedDecoder,
  envelope: Uint8Array,
  wanted: ReadonlySet<LiveEventKind>,
): Message {
  let head = { method: 'frame', msgId: '', bytes: envelope.length };
  let payload = envelope;
  try {
    const { method, msgId, payload: inner } = decoder.envelope(envelope);
    head = { method, msgId, bytes: inner.length };
    payload = inner;
    const type = decodable.find((name) => name === method);
    if (type === undefined || !isWanted(method, wanted)) return { ...head, content: skipped };
    if (payload.length > messageBytesMax) throw new UserFacingError(`it is a message of ${payload.length} bytes`);
    const data: unknown = decoder.decode<unknown>(library[type], payload);
    const absurdity = isFields(data) ? absurdityOf(method, data) : null;
    if (absurdity !== null) return undecodable(method, msgId, absurdity, payload);
    return { ...head, content: { kind: 'decoded', data } };
  } catch (error) {
    return undecodable(head.method, head.msgId, formWords(error), payload, error);
  }
}

const skipped = { kind: 'skipped' } as const;

function undecodable(method: string, msgId: string, what: string, payload: Uint8Array, cause?: unknown): Message {
  return { method, msgId, bytes: payload.length, content: { kind: 'undecodable', what, payload, cause } };
}

/** The least that Node inflates in one piece. */
const inflatedChunkBytesMin = 64;

/**
 * In one piece where the payload says at its end how long it will be: pieces of 16 KB and their copy cost twice as much,
 * and one of 16 KB for each short frame of a burst keeps the garbage collector busy. A payload that lies about it is
 * inflated in pieces of its own length: deflate makes no more than 1,032 of these out of it (RFC 1951).
 */
function inflate(payload: Uint8Array): Uint8Array {
  const said =
    payload.length < 4 ? 0 : Buffer.from(payload.buffer, payload.byteOffset + payload.length - 4, 4).readUInt32LE();
  // A piece that is just full makes room for another one.
  const chunkSize = Math.min(Math.max(said + 1, payload.length, inflatedChunkBytesMin), inflatedBytesMax + 1);
  return gunzipSync(payload, { maxOutputLength: inflatedBytesMax, chunkSize });
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Why something did not decode, in words of ours. */
export function formWords(error: unknown): string {
  return causeInWords(error, 'its form is not known');
}
