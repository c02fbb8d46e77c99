import type { Fan, Told, ToldGift } from './told.ts';

type Json = Readonly<Record<string, unknown>>;

/** One text frame of the managed WebSocket: its schema v2, in JSON. */
export function eulerFrame(room: string, batch: readonly Told[], wallMs: number): string {
  return JSON.stringify({ timestamp: wallMs, messages: batch.map((told) => message(room, told)) });
}

function message(room: string, told: Told): { type: string; data: unknown } {
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

function gift({ fan, gift: { id, name, coins, streaks }, count, group, receiver, ended }: ToldGift): Json {
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
