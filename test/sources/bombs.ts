import { gzipSync } from 'node:zlib';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Library, Message } from '../../src/sources/tiktok/provider.ts';
import { decodeFrame, decodeInitial } from '../../src/sources/tiktok/webcast.ts';
import { batchOf, frameOf } from './honest-frames.ts';

/** Something small that unfolds to a lot: a whole frame, a whole batch, or one message among others. */
export interface Bomb {
  readonly name: string;
  readonly frame?: Uint8Array;
  readonly batch?: Uint8Array;
  /** The message in its envelope, where the bomb is in one. */
  readonly message?: Uint8Array;
}

const nothing = new Uint8Array(0);
const size = 3_000_000;
/** The longest that a message may be. */
const longest = 250_000;

function repeated(bytes: readonly number[], length = size): Buffer {
  return Buffer.alloc(length - (length % bytes.length), Buffer.from(bytes));
}

/** A field of this number with these bytes in it. */
function field(number: number, content: Uint8Array): Uint8Array {
  return new BinaryWriter()
    .uint32(number * 8 + 2)
    .bytes(content)
    .finish();
}

export function bombs(library: Library): readonly Bomb[] {
  const envelope = (method: string, payload: Uint8Array) => {
    const head = { method, payload: Buffer.from(payload), msgId: '7400000000000000001' };
    return library.BaseProtoMessage.encode({ ...library.BaseProtoMessage.decode(new Uint8Array(0)), ...head }).finish();
  };
  const whole = (name: string, batch: Uint8Array): Bomb[] => [
    { name: `${name}, in a frame`, frame: frameOf(library, batch) },
    { name: `${name}, in the answer of the sign service`, batch },
  ];
  const one = (name: string, method: string, payload: Uint8Array): Bomb[] => {
    const message = envelope(method, payload);
    return [{ name, frame: frameOf(library, batchOf(library, [message])), message }];
  };
  const copies = (message: Uint8Array, count: number) => Array.from({ length: count }, () => message);
  const manyOf = (method: string, payload: Uint8Array) => {
    const message = envelope(method, payload);
    return copies(message, Math.floor(size / message.length));
  };
  const thirtyThousand = (name: string, message: Uint8Array): Bomb => {
    return { name: `thirty thousand ${name}`, frame: frameOf(library, batchOf(library, copies(message, 30_000))) };
  };
  const repeatedUsers = repeated([0x3a, 0x00], longest);
  const ranks = repeated([0x12, 0x02, 0x12, 0x00], longest);
  const torn = repeated([0x0f], 130);
  return [
    ...whole('messages with nothing in them', repeated([0x0a, 0x00])),
    ...whole('route parameters with nothing in them', repeated([0x3a, 0x00])),
    ...whole('fields that nobody knows', repeated([0xb8, 0x01, 0x00])),
    ...whole('messages with next to nothing in them', repeated([0x0a, 0x02, 0x18, 0x01])),
    ...whole('groups in groups', repeated([0x0b])),
    ...whole('a length beyond all', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00])),
    { name: 'headers with nothing in them', frame: repeated([0x2a, 0x00]) },
    { name: 'fields around the payload that nobody knows', frame: repeated([0x78, 0x00]) },
    { name: 'zeros that inflate without end', frame: frameOf(library, Buffer.alloc(64 << 20)) },
    {
      name: 'a payload that is compressed twice',
      frame: frameOf(library, gzipSync(Buffer.alloc(64 << 20))),
    },
    ...one('an empty person, again and again', 'WebcastChatMessage', repeatedUsers.fill(Buffer.from([0x12, 0x00]))),
    ...one('a list of empty people', 'WebcastRoomUserSeqMessage', ranks),
    ...one('a list of empty extras in a gift', 'WebcastGiftMessage', repeated([0xfa, 0x01, 0x00], longest)),
    ...one('empty badges of one person', 'WebcastChatMessage', field(2, repeated([0x82, 0x04, 0x00], longest))),
    ...one('numbers in a list', 'WebcastChatMessage', field(2, field(52, repeated([0x7f], longest)))),
    ...one('texts in a list', 'WebcastChatMessage', field(2, field(9, repeated([0x0a, 0x00], longest)))),
    ...one('groups in groups in a message', 'WebcastGiftMessage', repeated([0x0b], longest)),
    ...one('unknown fields in a message', 'WebcastGiftMessage', repeated([0x90, 0x3f, 0x00], longest)),
    ...one('a length beyond the message', 'WebcastGiftMessage', Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f])),
    {
      name: 'many messages that are each a list of empty people',
      frame: frameOf(library, batchOf(library, manyOf('WebcastRoomUserSeqMessage', ranks.subarray(0, 20_000)))),
    },
    {
      name: 'thousands of short messages none of which can be read',
      frame: frameOf(
        library,
        batchOf(library, manyOf('WebcastMemberMessage', Buffer.alloc(100, Buffer.from([0xf2, 0x01, 0x00])))),
      ),
    },
    {
      name: 'thousands of short messages that are each dense',
      frame: frameOf(library, batchOf(library, manyOf('WebcastRoomUserSeqMessage', ranks.subarray(0, 160)))),
    },
    {
      name: 'thousands of short messages that are each some empty people',
      frame: frameOf(
        library,
        batchOf(library, copies(envelope('WebcastRoomUserSeqMessage', ranks.subarray(0, 80)), 19_000)),
      ),
    },
    {
      name: 'thousands of envelopes that cannot be read',
      frame: frameOf(library, batchOf(library, copies(torn, 19_000))),
    },
    thirtyThousand('messages that nobody wants', envelope('WebcastBrandNewMessage', repeated([0x78, 0x00], 92))),
    thirtyThousand('short chats', envelope('WebcastChatMessage', repeated([0x1a, 0x01, 0x41], 92))),
    thirtyThousand('messages that cannot be read', envelope('WebcastMemberMessage', repeated([0x0f], 92))),
    thirtyThousand('chats with nothing in them', envelope('WebcastChatMessage', nothing)),
    thirtyThousand('short lists of empty people', envelope('WebcastRoomUserSeqMessage', ranks.subarray(0, 24))),
    thirtyThousand('envelopes that cannot be read', torn),
  ];
}

/** Decodes a bomb as the source does, and tells what that took. */
export function explode(library: Library, { frame, batch }: Bomb) {
  const wanted = new Set(['chat', 'join', 'room-user'] as const);
  const before = process.memoryUsage();
  const busy = process.cpuUsage();
  let messages: readonly Message[] = [];
  try {
    messages =
      frame === undefined
        ? decodeInitial(library, batch ?? nothing, wanted)
        : decodeFrame(library, frame, wanted).messages;
  } catch {
    // It was refused whole.
  }
  const { user, system } = process.cpuUsage(busy);
  const after = process.memoryUsage();
  return {
    cpuMs: (user + system) / 1000,
    heapBytes: after.heapUsed + after.external - before.heapUsed - before.external,
    decoded: messages.filter(({ content }) => content.kind === 'decoded').length,
  };
}
