import { gzipSync } from 'node:zlib';
import type { CommonMessageData, User } from 'tiktok-live-connector';
import type { Random } from '../../src/domain/clock.ts';
import type { Library } from '../../src/sources/tiktok/provider.ts';
import { joinMessages } from '../../src/sources/tiktok/wire.ts';

/** More of it than Livepen itself uses: an honest message is full of what nobody here reads. */
type Connector = typeof import('tiktok-live-connector');

const nothing = new Uint8Array(0);
const letters = 'abcdefghijklmnopqrstuvwxyzäöüß✍️ 0123456789';

interface Type<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(input: Uint8Array): T;
}

/** The encoders want every field; a decoded nothing has them all at their defaults. */
function whole<T>(type: Type<T>, fields: Partial<T>): T {
  return { ...type.decode(nothing), ...fields };
}

function bytesOf<T>(type: Type<T>, fields: Partial<T>): Uint8Array {
  return type.encode(whole(type, fields)).finish();
}

/** Messages as the platform sends them: people with pictures and badges, long texts, short ones, deep ones. */
export function honestMessages(library: Connector, random: Random) {
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const list = <T>(most: number, make: () => T): T[] => Array.from({ length: upTo(most) }, make);
  const text = (most: number) => list(most, () => letters[upTo(letters.length - 1)] ?? '').join('');
  const id = () => String(6_800_000_000_000_000_000n + BigInt(upTo(1_000_000_000)));
  const address = () =>
    `https://p16-sign-va.tiktokcdn.com/tos-maliva-avt-0068/${text(40)}~tplv-tiktok-shrink:72:72.webp?x-signature=${text(30)}`;
  const picture = () =>
    whole(library.ImageModel, { urlList: [address(), address(), address()], uri: text(30), height: 72, width: 72 });
  const badge = () => {
    const combine = whole(library.CombineBadgeStruct, { icon: picture(), str: text(3), displayType: 1 });
    const privilegeLogExtra = whole(library.PrivilegeLogExtra, { privilegeId: id(), level: String(upTo(50)) });
    return whole(library.BadgeStruct, {
      displayType: 4,
      sceneType: upTo(10),
      display: true,
      combine,
      privilegeLogExtra,
    });
  };
  function person(pictures = true): User {
    const bare = { id: id(), nickname: text(30), displayId: text(20), secUid: text(70), createTime: String(upTo(2e9)) };
    if (!pictures) return whole(library.User, bare);
    const followInfo = whole(library.FollowInfo, { followerCount: String(upTo(9_000)), followStatus: '1' });
    const avatars = { avatarThumb: picture(), avatarMedium: picture(), avatarLarge: picture() };
    return whole(library.User, { ...bare, ...avatars, followInfo, badgeList: list(4, badge) });
  }
  /** A text with people and pictures in it. */
  function longText(most: number): NonNullable<CommonMessageData['displayText']> {
    const piece = () => {
      const userValue = whole(library.TextPieceUser, { user: person(random() < 0.3) });
      return whole(library.TextPiece, { type: 11, stringValue: text(10), userValue });
    };
    return { key: `pm_mt_${text(20)}`, defaultPattern: text(60), defaultFormat: undefined, pieces: list(most, piece) };
  }
  const common = (method: string, pieces: number) =>
    whole(library.CommonMessageData, {
      method,
      msgId: id(),
      roomId: '7300000000000000001',
      createTime: '1764000000000',
      ...(pieces < 0 ? {} : { displayText: longText(pieces) }),
    });
  const kinds: (() => [method: string, payload: Uint8Array])[] = [
    () => {
      const fields = { common: common('WebcastChatMessage', upTo(3) - 1), user: person(), content: text(150) };
      return ['WebcastChatMessage', bytesOf(library.WebcastChatMessage, fields)];
    },
    () => {
      const fields = { common: common('WebcastChatMessage', -1), user: person(false), content: text(20) };
      return ['WebcastChatMessage', bytesOf(library.WebcastChatMessage, fields)];
    },
    () => {
      const gift = whole(library.Gift, {
        id: id(),
        name: text(12),
        diamondCount: upTo(500),
        type: 1,
        image: picture(),
      });
      const counts = { groupId: id(), repeatCount: 1 + upTo(99), repeatEnd: upTo(1) };
      const people = { user: person(), toUser: person(random() < 0.5) };
      const fields = { common: common('WebcastGiftMessage', 0), giftId: id(), gift, ...people, ...counts };
      return ['WebcastGiftMessage', bytesOf(library.WebcastGiftMessage, fields)];
    },
    () => {
      const fields = { common: common('WebcastMemberMessage', 1), user: person(), memberCount: upTo(999) };
      return ['WebcastMemberMessage', bytesOf(library.WebcastMemberMessage, fields)];
    },
    () => {
      const ranks = list(20, () => ({ ...whole(library.Contributor, {}), score: String(upTo(999)), user: person() }));
      const fields = { common: common('WebcastRoomUserSeqMessage', -1), ranks, total: String(upTo(9_999)) };
      return ['WebcastRoomUserSeqMessage', bytesOf(library.WebcastRoomUserSeqMessage, fields)];
    },
    () => ['WebcastBrandNewMessage', new TextEncoder().encode(text(3_000))],
  ];
  /** One message in its envelope. */
  const envelope = (): Uint8Array => {
    const [method, payload] = kinds[upTo(kinds.length - 1)]?.() ?? ['', nothing];
    return bytesOf(library.BaseProtoMessage, { method, payload: Buffer.from(payload), msgId: id() });
  };
  return { envelope, upTo };
}

/** Honest messages, as many as fit into so many bytes, drawn from a hoard. */
export function fill(hoard: readonly Uint8Array[], random: Random, bytesMax: number): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let bytes = 0; ; ) {
    const message = hoard[Math.floor(random() * hoard.length)] ?? nothing;
    bytes += message.length + 4;
    if (bytes > bytesMax) return messages;
    messages.push(message);
  }
}

/** A batch of these messages with what a batch has beside them. */
export function batchOf(library: Library, messages: readonly Uint8Array[]): Buffer {
  const head = {
    cursor: '1764000000000_7400000000000000000_1_1',
    internalExt: 'internal_src:dim|wss_push_room_id:7300000000000000001',
    fetchInterval: '1000',
    heartbeatDuration: '10000',
    needAck: true,
    pushServer: 'wss://webcast-ws.tiktok.com/webcast/im/ws_proxy/ws_reuse_supplement/',
    routeParams: { imprp: 'x'.repeat(40) },
  };
  return Buffer.concat([joinMessages(messages), bytesOf(library.ProtoMessageFetchResult, head)]);
}

/** A WebSocket frame around a batch. */
export function frameOf(library: Library, batch: Uint8Array, zip = true): Uint8Array {
  const payload = zip ? gzipSync(batch, { level: 1 }) : Buffer.from(batch);
  const headers = [{ key: 'compress_type', value: 'gzip' }];
  return bytesOf(library.WebcastPushFrame, { logId: '1', payloadEncoding: 'pb', payloadType: 'msg', headers, payload });
}
