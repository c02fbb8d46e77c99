import type { Fan, SentGift, SentMessage } from './messages.ts';

type Json = Readonly<Record<string, unknown>>;

/** The forms in which the managed WebSocket writes messages. */
export type EulerSchema = 'v1' | 'v2';

/** One text frame of the managed WebSocket, in JSON. */
export function eulerFrame(room: string, batch: readonly SentMessage[], wallMs: number, schema: EulerSchema): string {
  const messages = batch.map((sent) => message(room, sent));
  return JSON.stringify({ timestamp: wallMs, messages: schema === 'v1' ? messages.map(inV1) : messages });
}

/** What v1 says on entering a room: its messages do not name it. */
export function eulerRoomInfo(room: string, wallMs: number): string {
  return JSON.stringify({ timestamp: wallMs, messages: [{ type: 'roomInfo', data: { id: room } }] });
}

/** v1 has no `common`: what names a message stands in its `event`. */
function inV1({ type, data }: Message): Message {
  if (typeof data !== 'object' || data === null) return { type, data };
  const { common, toUser, ...fields } = data as { readonly common: Json; readonly toUser?: Json };
  const { msgId, createTime, displayText } = common;
  const { key = '' } = (displayText ?? {}) as { readonly key?: string };
  const event = { msgId, createTime, eventDetails: { displayType: key, label: '' } };
  const giftExtra = toUser === undefined ? {} : { giftExtra: { receiverUserId: toUser.userId } };
  return { type, data: { ...fields, event, ...giftExtra } };
}

interface Message {
  readonly type: string;
  readonly data: unknown;
}

function message(room: string, sent: SentMessage): Message {
  const form = (type: string, fields: Json, displayKey?: string) => {
    const displayText = displayKey === undefined ? {} : { displayText: { key: displayKey } };
    const common = { method: type, msgId: sent.msgId, roomId: room, createTime: String(sent.atMs), ...displayText };
    return { type, data: { common, ...fields } };
  };
  switch (sent.kind) {
    case 'gift':
      return form('WebcastGiftMessage', gift(sent));
    case 'corrupt':
      return { type: 'WebcastGiftMessage', data: 'lost on the way' };
    case 'chat':
      return form('WebcastChatMessage', { user: user(sent.fan), comment: sent.text });
    case 'like':
      return form('WebcastLikeMessage', { user: user(sent.fan), likeCount: sent.count, totalLikeCount: sent.total });
    case 'join':
      return form('WebcastMemberMessage', { user: user(sent.fan) });
    case 'follow':
      return form('WebcastSocialMessage', { user: user(sent.fan) }, 'pm_main_follow_message_viewer_2');
    case 'share':
      return form('WebcastSocialMessage', { user: user(sent.fan) }, 'pm_mt_guidance_share');
    case 'subscribe':
      return form('WebcastSubNotifyMessage', { user: user(sent.fan) });
    case 'emote':
      return form('WebcastEmoteChatMessage', { user: user(sent.fan), emoteList: [{ emoteId: sent.emoteId }] });
    case 'battle':
      return form('WebcastLinkMicBattle', { battleId: sent.battleId });
    case 'room-user':
      return form('WebcastRoomUserSeqMessage', { viewerCount: sent.viewers });
    case 'stream-end':
      return form('WebcastControlMessage', { action: sent.reason === 'ended' ? 3 : 4 });
    case 'unknown':
      return form(sent.method, {});
  }
}

function user({ id, name }: Fan): Json {
  return { userId: id, nickname: name, uniqueId: name };
}

function gift({ fan, gift: { id, name, coins, streaks }, count, group, receiver, ended }: SentGift): Json {
  return {
    giftId: Number(id),
    giftDetails: { id, giftName: name, giftType: streaks ? 1 : 2, diamondCount: coins, combo: streaks },
    user: user(fan),
    toUser: { userId: receiver },
    groupId: group,
    groupCount: 1,
    repeatCount: count,
    comboCount: count,
    repeatEnd: ended && streaks ? 1 : 0,
  };
}
