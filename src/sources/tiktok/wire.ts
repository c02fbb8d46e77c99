import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { UserFacingError } from '../../domain/cause.ts';

/** An honest message of a batch has a type, an id and something in it. */
const messageBytesMin = 16;
/** An honest message of a batch is longer, but for some that end a live: its type alone takes twenty bytes. */
const shortBytes = 64;
/** An honest batch has a dozen fields that are as short. */
const shortFieldsMax = 10_000;
/** The busiest bundle that anybody has seen had some thousands; more of the shortest gifts than these take 4 MB. */
const messagesMax = 20_000;

/** A field that unfolds into an object weighs as much as so many plain ones. */
const objectWeight = 10;
/** Next to nothing is in an object that takes fewer bytes: a person with an id takes more, and unfolds to eighty fields. */
const tinyObjectBytes = 8;
/** What such an object weighs in addition, where a message has more of them than its length makes likely. */
const tinyObjectWeight = 60;
/** Some are likely in every message, and one more in so many bytes. */
const tinyObjects = { free: 4, bytesPerOne: 50 };
/** To pass over an unknown field costs a view of its bytes. */
const unknownWeight = 4;
/** Every message is allowed this much: the shortest gift weighs 150. */
const freeWeight = 200;
/** A real message weighs 0.1 for each of its bytes; one made of empty fields weighs 5. */
const weightPerByte = 0.35;
/** What a message is allowed by its length at most. */
const lengthWeightMax = 30_000;
/** What a frame is allowed beyond that, once: for some that are dense, or the first that is none. */
const beyondLength = 15_000;
/** Once so much was spent on messages that were refused, the rest of the frame is refused unread. */
const refusedWeightMax = 60_000;
/** A message that cannot be read costs as much as many that can: its error is made, kept and reported. */
const errorWeight = 100;
/** What all messages of a frame may weigh together: thousands of the shortest gifts weigh 0.9 for each byte. */
const frameWeight = { free: 400_000, perByte: 0.8 };

/** What a message may still weigh while it is decoded. */
interface Scales {
  left: number;
  /** How many objects with next to nothing in them are still likely. */
  tinyObjects: number;
}

/**
 * The library's own reader, which weighs what it reads: every field, every object that a field unfolds into, and every
 * number of a list. An empty object takes two bytes on the wire and hundreds in memory, so length alone bounds nothing.
 */
class WeighingReader extends BinaryReader {
  readonly #scales: Scales;
  readonly #varint: () => number;
  #atTag = true;
  #wireType = 0;

  constructor(bytes: Uint8Array, scales: Scales) {
    super(bytes);
    this.#scales = scales;
    this.#varint = this.uint32;
    this.uint32 = this.#weighVarint;
  }

  #weighVarint(): number {
    const value = this.#varint();
    if (this.#atTag) {
      this.#atTag = false;
      this.#wireType = value & 7;
      this.#weigh(1);
    } else {
      this.#atTag = true;
      if (this.#wireType === 2) this.#object(value);
    }
    return value;
  }

  override skip(...of: Parameters<BinaryReader['skip']>): Uint8Array {
    this.#value(unknownWeight);
    const skipped = super.skip(...of);
    this.#atTag = true;
    return skipped;
  }

  override bytes(): Uint8Array {
    this.#value(0);
    return super.bytes();
  }

  override string(strict?: boolean): string {
    this.#value(0);
    return super.string(strict);
  }

  override int32(): number {
    this.#value(1);
    return super.int32();
  }

  override int64(): ReturnType<BinaryReader['int64']> {
    this.#plain();
    return super.int64();
  }

  override uint64(): ReturnType<BinaryReader['uint64']> {
    this.#plain();
    return super.uint64();
  }

  override bool(): boolean {
    this.#plain();
    return super.bool();
  }

  override float(): number {
    this.#plain();
    return super.float();
  }

  override double(): number {
    this.#plain();
    return super.double();
  }

  /** A value comes that reads a length or a number of its own by `uint32`: it is no tag, and opens nothing. */
  #value(weight: number): void {
    this.#atTag = false;
    this.#wireType = 0;
    this.#weigh(weight);
  }

  #object(bytes: number): void {
    const isTiny = bytes < tinyObjectBytes;
    if (isTiny) this.#scales.tinyObjects -= 1;
    this.#weigh(isTiny && this.#scales.tinyObjects < 0 ? objectWeight + tinyObjectWeight : objectWeight);
  }

  #plain(): void {
    this.#atTag = true;
    this.#weigh(1);
  }

  #weigh(weight: number): void {
    this.#scales.left -= weight;
    if (this.#scales.left < 0) throw tooMuch;
  }
}

const tooMuch = new UserFacingError('it unfolds to more fields than a message of its length can have');

/** Decodes the messages of one frame with the library's decoders, and bounds what they take together. */
export class BoundedDecoder {
  #beyondLength = beyondLength;
  #refused = 0;
  #left = frameWeight.free;

  /** The frame holds so many bytes, inflated. */
  allow(bytes: number): void {
    this.#left += bytes * frameWeight.perByte;
  }

  /** Whether the frame has taken all that a frame may. */
  get isSpent(): boolean {
    return this.#refused > refusedWeightMax || this.#left < 0;
  }

  /** Throws what the decoder throws, and a UserFacingError for what is no honest message. */
  decode<T>(type: { decode(input: BinaryReader): T }, bytes: Uint8Array): T {
    return this.#weighed((reader) => type.decode(reader), bytes);
  }

  /**
   * Reads what is wanted of an envelope (the library's `BaseProtoMessage`) as the library reads it. It throws as `decode`
   * does. Most messages are of no wanted type, so thousands of them have to cost little.
   */
  envelope(bytes: Uint8Array): Envelope {
    return this.#weighed(readEnvelope, bytes);
  }

  #weighed<T>(read: (reader: BinaryReader) => T, bytes: Uint8Array): T {
    if (this.isSpent) throw tooMuch;
    const byLength = Math.min(lengthWeightMax, freeWeight + Math.ceil(bytes.length * weightPerByte));
    const allowed = byLength + this.#beyondLength;
    const scales = { left: allowed, tinyObjects: tinyObjects.free + bytes.length / tinyObjects.bytesPerOne };
    try {
      return read(new WeighingReader(bytes, scales));
    } catch (error) {
      this.#refused += error === tooMuch ? allowed : errorWeight;
      throw error;
    } finally {
      this.#left -= allowed - scales.left;
      this.#beyondLength = Math.max(0, Math.min(this.#beyondLength, scales.left));
    }
  }
}

/** A batch of messages (the library's `ProtoMessageFetchResult`), taken apart and not yet unfolded. */
export interface Batch {
  /** Each message in its envelope, as views of the batch. */
  readonly messages: readonly Uint8Array[];
  /** All other fields together, as the library decodes them. */
  readonly rest: Uint8Array;
  /** Why the batch could not be read to its end, and the bytes of that; null when it could. */
  readonly broken: { readonly cause: unknown; readonly bytes: Uint8Array } | null;
}

const messageTag = (1 << 3) | 2;

/**
 * Takes a batch apart, so that one bad message costs no other. Throws on what is no batch at all, and a UserFacingError for
 * one with more in it than any batch has.
 */
export function takeApart(bytes: Uint8Array): Batch {
  const reader = new BinaryReader(bytes);
  const messages: Uint8Array[] = [];
  const rest: Uint8Array[] = [];
  let fields = 0;
  let short = 0;
  let startedAt = 0;
  let cause: unknown = null;
  try {
    for (; reader.pos < reader.len; startedAt = reader.pos) {
      const tag = reader.uint32();
      // The library's decoder ends here too.
      if ((tag & 7) === 4 || tag === 0) break;
      const contentAt = passOver(reader, bytes, tag & 7);
      if (reader.pos - contentAt < shortBytes) short += 1;
      fields += 1;
      if (short > shortFieldsMax || fields > messagesMax) break;
      if (tag === messageTag) messages.push(bytes.subarray(contentAt, reader.pos));
      else rest.push(bytes.subarray(startedAt, reader.pos));
    }
  } catch (error) {
    cause = error;
  }
  if (short > shortFieldsMax) throw new UserFacingError(`more than ${shortFieldsMax} fields of it are next to empty`);
  if (fields > messagesMax) throw new UserFacingError(`it holds more than ${messagesMax} messages`);
  if (cause === null) return { messages, rest: Buffer.concat(rest), broken: null };
  const whole = messages.filter((message) => message.length >= messageBytesMin);
  if (whole.length === 0) throw cause;
  return { messages: whole, rest: Buffer.concat(rest), broken: { cause, bytes: bytes.subarray(startedAt) } };
}

/** What the envelope of a message says, and the message in it. */
interface Envelope {
  readonly method: string;
  readonly msgId: string;
  readonly payload: Uint8Array;
}

function readEnvelope(reader: BinaryReader): Envelope {
  let method = '';
  let msgId = '0';
  let payload: Uint8Array = nothing;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 4 || tag === 0) break;
    if (tag === methodTag) method = reader.string();
    else if (tag === msgIdTag) msgId = reader.int64().toString();
    else if (tag === payloadTag) payload = reader.bytes();
    else reader.skip(tag & 7);
  }
  return { method, msgId, payload };
}

const nothing = new Uint8Array(0);
const methodTag = (1 << 3) | 2;
const payloadTag = (2 << 3) | 2;
const msgIdTag = 3 << 3;

/** Passes over the value of a field without a view of it; gives where its content begins. */
function passOver(reader: BinaryReader, bytes: Uint8Array, wireType: number): number {
  if (wireType !== 0 && wireType !== 2) {
    const contentAt = reader.pos;
    reader.skip(wireType);
    return contentAt;
  }
  const length = wireType === 2 ? reader.uint32() : 0;
  const contentAt = reader.pos;
  if (wireType === 2) reader.pos += length;
  else
    do reader.pos += 1;
    while (((bytes[reader.pos - 1] ?? 0) & 0x80) !== 0);
  if (reader.pos > reader.len) throw new UserFacingError('it ends in the middle of a field');
  return contentAt;
}

/** A batch of these messages and nothing else. */
export function joinMessages(messages: readonly Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const message of messages) writer.uint32(messageTag).bytes(message);
  return writer.finish();
}
