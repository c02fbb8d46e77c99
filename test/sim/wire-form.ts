import { gzipSync } from 'node:zlib';
import type { CommonMessageData, User } from 'tiktok-live-connector';
import { loadLibrary, type Message } from '../../src/sources/tiktok/provider.ts';
import { decodeFrame } from '../../src/sources/tiktok/webcast.ts';

const library = await loadLibrary();
const nothing = new Uint8Array(0);
/** Beside gifts and the end of the stream. */
const wanted = new Set(['chat'] as const);

/** A gift as the simulated live tells it; what a message leaves out is missing. */
export interface GiftData {
  readonly common: { readonly msgId: string; readonly roomId: string; readonly createTime: string };
  readonly user: { readonly id: string; readonly nickname: string };
  readonly giftId: string;
  readonly gift: { readonly id: string; readonly name: string; readonly type: number; readonly diamondCount: number };
  readonly groupId: string;
  readonly repeatCount: number;
  readonly repeatEnd: number;
  readonly toUser?: { readonly id: string };
}

/** What the simulated live says. */
export type SimMessage =
  | {
      readonly method: 'WebcastChatMessage';
      readonly data: Pick<GiftData, 'common' | 'user'> & { readonly content: string };
    }
  | { readonly method: 'WebcastGiftMessage'; readonly data: GiftData }
  | { readonly method: 'WebcastControlMessage'; readonly data: Pick<GiftData, 'common'> & { readonly action: number } };

interface MessageType<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(input: Uint8Array): T;
}

/** Brings messages over the wire in one frame, as the platform does, and reads it as the product does; throws as that. */
export function overTheWire(messages: readonly SimMessage[]): readonly Message[] {
  return decodeFrame(library, frameOf(messages), wanted).messages;
}

function frameOf(messages: readonly SimMessage[]): Uint8Array {
  const batch = messages.map((message) => ({
    ...library.BaseProtoMessage.decode(nothing),
    method: message.method,
    msgId: message.data.common.msgId,
    payload: Buffer.from(payloadOf(message)),
  }));
  const result = encode(library.ProtoMessageFetchResult, { messages: batch, internalExt: 'ext', needAck: true });
  const payload = gzipSync(result, { level: 1 });
  return encode(library.WebcastPushFrame, {
    seqId: '1',
    logId: '1',
    payloadEncoding: 'pb',
    payloadType: 'msg',
    payload,
  });
}

function payloadOf({ method, data }: SimMessage): Uint8Array {
  const common: CommonMessageData = { ...library.CommonMessageData.decode(nothing), method, ...data.common };
  if (method === 'WebcastControlMessage') return encode(library.WebcastControlMessage, { common, action: data.action });
  if (method === 'WebcastChatMessage')
    return encode(library.WebcastChatMessage, {
      common,
      user: userOf(data.user.id, data.user.nickname),
      content: data.content,
    });
  const { gift, toUser, ...rest } = data;
  return encode(library.WebcastGiftMessage, {
    ...rest,
    common,
    user: userOf(data.user.id, data.user.nickname),
    gift: { ...library.Gift.decode(nothing), ...gift },
    ...(toUser === undefined ? {} : { toUser: userOf(toUser.id, '') }),
    groupCount: 1,
    comboCount: data.repeatCount,
  });
}

function userOf(id: string, nickname: string): User {
  return { ...library.User.decode(nothing), id, nickname, displayId: nickname };
}

/** The encoders want every field; a decoded nothing has them all at their defaults. */
function encode<T>(type: MessageType<T>, fields: Partial<T>): Buffer {
  return Buffer.from(type.encode({ ...type.decode(nothing), ...fields }).finish());
}
