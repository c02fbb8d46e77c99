import { gzipSync } from 'node:zlib';
import type { BaseProtoMessage, CommonMessageData, User } from 'tiktok-live-connector';
import type { Library } from '../../sources/tiktok/provider.ts';
import type { Fan, SentGift, SentMessage } from './messages.ts';

interface MessageType<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(input: Uint8Array): T;
}

const nothing = new Uint8Array(0);
/** A field that says it is longer than the message. */
const pastTheEnd = Buffer.from([0x0a, 0xff, 0x7f]);

/** Gives what a virtual live sends the protobuf form of the real service. */
export interface WebcastForm {
  /** The body of the sign service's answer: the initial batch, and where to connect. */
  initial(batch: readonly SentMessage[], cursor: string, pushServer: string): Buffer;
  /** One WebSocket frame with these messages, in this order. `paddingBytes` makes it large to inflate. */
  frame(batch: readonly SentMessage[], logId: string, paddingBytes: number): Buffer;
  /** The answer to `hb` or `im_enter_room`, and what was said in the room, which the latter may carry. */
  answer(payloadType: string, logId: string, batch?: readonly SentMessage[]): Buffer;
  /** What a client sent. */
  read(frame: Buffer): { readonly payloadType: string; readonly logId: string; readonly text: string };
}

/** The form for one room. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table of the forms of all messages
export function webcastForm(library: Library, room: string): WebcastForm {
  /** The encoders want every field; a decoded nothing has them all at their defaults. */
  function encode<T>(type: MessageType<T>, fields: Partial<T>): Buffer {
    return Buffer.from(type.encode({ ...type.decode(nothing), ...fields }).finish());
  }
  const common = ({ msgId, atMs }: SentMessage, method: string, displayKey = ''): CommonMessageData => ({
    ...library.CommonMessageData.decode(nothing),
    method,
    msgId,
    roomId: room,
    createTime: String(atMs),
    displayText:
      displayKey === '' ? undefined : { key: displayKey, defaultPattern: '', defaultFormat: undefined, pieces: [] },
  });
  const user = ({ id, name }: Fan): User => ({ ...library.User.decode(nothing), id, nickname: name, displayId: name });

  function gift(sent: SentGift): Buffer {
    const { fan, count, group, receiver, ended } = sent;
    const { id, name, coins, streaks } = sent.gift;
    return encode(library.WebcastGiftMessage, {
      common: common(sent, 'WebcastGiftMessage'),
      giftId: id,
      gift: { ...library.Gift.decode(nothing), id, name, diamondCount: coins, type: streaks ? 1 : 2, combo: streaks },
      user: user(fan),
      toUser: { ...library.User.decode(nothing), id: receiver },
      groupId: group,
      groupCount: 1,
      repeatCount: count,
      comboCount: count,
      repeatEnd: ended && streaks ? 1 : 0,
    });
  }

  function social(sent: Extract<SentMessage, { fan: Fan }>, displayKey: string): [string, Buffer] {
    const method = 'WebcastSocialMessage';
    return [
      method,
      encode(library.WebcastSocialMessage, { common: common(sent, method, displayKey), user: user(sent.fan) }),
    ];
  }

  function form(sent: SentMessage): [method: string, payload: Buffer] {
    switch (sent.kind) {
      case 'gift':
        return ['WebcastGiftMessage', gift(sent)];
      case 'corrupt':
        return ['WebcastGiftMessage', Buffer.concat([gift(sent.of), pastTheEnd])];
      case 'chat': {
        const method = 'WebcastChatMessage';
        return [
          method,
          encode(library.WebcastChatMessage, {
            common: common(sent, method),
            user: user(sent.fan),
            content: sent.text,
          }),
        ];
      }
      case 'like': {
        const method = 'WebcastLikeMessage';
        const fields = {
          common: common(sent, method),
          user: user(sent.fan),
          count: sent.count,
          total: String(sent.total),
        };
        return [method, encode(library.WebcastLikeMessage, fields)];
      }
      case 'join': {
        const method = 'WebcastMemberMessage';
        return [method, encode(library.WebcastMemberMessage, { common: common(sent, method), user: user(sent.fan) })];
      }
      case 'follow':
        return social(sent, 'pm_main_follow_message_viewer_2');
      case 'share':
        return social(sent, 'pm_mt_guidance_share');
      case 'subscribe': {
        const method = 'WebcastSubNotifyMessage';
        return [
          method,
          encode(library.WebcastSubNotifyMessage, { common: common(sent, method), user: user(sent.fan) }),
        ];
      }
      case 'emote': {
        const method = 'WebcastEmoteChatMessage';
        const emoteList = [{ ...library.EmoteModel.decode(nothing), emoteId: sent.emoteId }];
        return [
          method,
          encode(library.WebcastEmoteChatMessage, { common: common(sent, method), user: user(sent.fan), emoteList }),
        ];
      }
      case 'battle': {
        const method = 'WebcastLinkMicBattle';
        return [
          method,
          encode(library.WebcastLinkMicBattle, { common: common(sent, method), battleId: sent.battleId }),
        ];
      }
      case 'room-user': {
        const method = 'WebcastRoomUserSeqMessage';
        return [
          method,
          encode(library.WebcastRoomUserSeqMessage, { common: common(sent, method), total: String(sent.viewers) }),
        ];
      }
      case 'stream-end': {
        const method = 'WebcastControlMessage';
        return [
          method,
          encode(library.WebcastControlMessage, {
            common: common(sent, method),
            action: sent.reason === 'ended' ? 3 : 4,
          }),
        ];
      }
      case 'unknown':
        return [sent.method, Buffer.from([8, 1])];
    }
  }

  function message(sent: SentMessage): BaseProtoMessage {
    const [method, payload] = form(sent);
    return { ...library.BaseProtoMessage.decode(nothing), method, payload, msgId: sent.msgId };
  }

  function pushFrame(payloadType: string, logId: string, payload: Buffer): Buffer {
    return encode(library.WebcastPushFrame, { seqId: '1', logId, payloadEncoding: 'pb', payloadType, payload });
  }

  return {
    initial: (batch, cursor, pushServer) =>
      encode(library.ProtoMessageFetchResult, {
        messages: batch.map(message),
        cursor,
        internalExt: 'internal-ext',
        pushServer,
        fetchInterval: '1000',
        heartbeatDuration: '10000',
      }),
    frame: (batch, logId, paddingBytes) => {
      const messages = batch.map(message);
      if (paddingBytes > 0) messages.push(paddingMessage(library, paddingBytes));
      const result = { messages, cursor: logId, internalExt: `ext-${logId}`, needAck: true };
      return pushFrame('msg', logId, gzipSync(encode(library.ProtoMessageFetchResult, result), { level: 1 }));
    },
    answer: (payloadType, logId, batch = []) =>
      pushFrame(
        payloadType,
        logId,
        batch.length === 0
          ? Buffer.alloc(0)
          : encode(library.ProtoMessageFetchResult, { messages: batch.map(message), cursor: logId }),
      ),
    read: (frame) => {
      const { payloadType, logId, payload } = library.WebcastPushFrame.decode(frame);
      return { payloadType, logId, text: payloadType === 'ack' ? Buffer.from(payload).toString() : '' };
    },
  };
}

function paddingMessage(library: Library, bytes: number): BaseProtoMessage {
  const payload = Buffer.alloc(bytes);
  for (let index = 0; index < bytes; index += 1) payload[index] = (index * 2654435761) >>> 24;
  return { ...library.BaseProtoMessage.decode(nothing), method: 'WebcastPaddingMessage', payload, msgId: '0' };
}
