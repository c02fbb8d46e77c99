import type { Fan, SentGift, SentMessage } from './messages.ts';

type Json = Readonly<Record<string, unknown>>;

/** The forms in which the managed WebSocket writes messages. */
export type EulerSchema = 'v1' | 'v2';

/** One text frame of the managed WebSocket, in JSON. */
export function eulerFrame(room: string, batch: readonly SentMessage[], wallMs: number, schema: EulerSchema): string {
  const messages = batch.map((told) => message(room, told));
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

function message(room: string, told: SentMessage): Message {
  const form = (type: string, fields: Json, displayKey?: string) => {
    const displayText = displayKey === undefined ? {} : { displayText: { key: displayKey } };
    const common = { method: type, msgId: told.msgId, roomId: room, createTime: String(told.atMs), ...displayText };
    return { type, data: { common, ...fields } };
  };
  switch (told.kind) {
    case 'gift':
      return form('WebcastGiftMessage', gift(told));
    case 'corrupt':
      return { type: 'WebcastGiftMessage', data: 'lost on the way' };
    case 'chat':
      return form('WebcastChatMessage', { user: user(told.fan), comment: told.text });
    case 'like':
      return form('WebcastLikeMessage', { user: user(told.fan), likeCount: told.count, totalLikeCount: told.total });
    case 'join':
      return form('WebcastMemberMessage', { user: user(told.fan) });
    case 'follow':
      return form('WebcastSocialMessage', { user: user(told.fan) }, 'pm_main_follow_message_viewer_2');
    case 'share':
      return form('WebcastSocialMessage', { user: user(told.fan) }, 'pm_mt_guidance_share');
    case 'subscribe':
      return form('WebcastSubNotifyMessage', { user: user(told.fan) });
    case 'emote':
      return form('WebcastEmoteChatMessage', { user: user(told.fan), emoteList: [{ emoteId: told.emoteId }] });
    case 'battle':
      return form('WebcastLinkMicBattle', { battleId: told.battleId });
    case 'room-user':
      return form('WebcastRoomUserSeqMessage', { viewerCount: told.viewers });
    case 'stream-end':
      return form('WebcastControlMessage', { action: told.reason === 'ended' ? 3 : 4 });
    case 'unknown':
      return form(told.method, {});
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
