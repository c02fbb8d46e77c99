type Connector = typeof import('tiktok-live-connector');

/** The message types that turn into live events. */
export const decodable = [
  'WebcastGiftMessage',
  'WebcastControlMessage',
  'WebcastChatMessage',
  'WebcastLikeMessage',
  'WebcastMemberMessage',
  'WebcastSocialMessage',
  'WebcastSubNotifyMessage',
  'WebcastBarrageMessage',
  'WebcastEmoteChatMessage',
  'WebcastLinkMicBattle',
  'WebcastRoomUserSeqMessage',
] as const;

/**
 * The forms of the platform that anybody here reads or writes, the connector among them. A thousand more come with the
 * connector; the installed program is built without those (deploy/program.ts).
 */
export const messageForms = [
  ...decodable,
  'BaseProtoMessage',
  'CommonMessageData',
  'ControlAction',
  'EmoteModel',
  'EnvelopeBusinessType',
  'Gift',
  'HeartBeatMessage',
  'ProtoMessageFetchResult',
  'User',
  'WebcastImEnterRoomMessage',
  'WebcastPushFrame',
] as const satisfies readonly (keyof Connector)[];

/** What is used of the connector. */
export type Library = Pick<
  Connector,
  | (typeof messageForms)[number]
  | 'ControlEvent'
  | 'RoomInfoFromHtmlRouteConfig'
  | 'SignConfig'
  | 'TikTokLiveConnection'
  | 'WebcastDeserializeConfig'
  | 'createBaseWebcastPushFrame'
  | 'createEulerClient'
  | 'deserializeMessage'
>;

let loading: Promise<Library> | null = null;

/**
 * Loads the connector, which takes about half a second and 40 MB, and tells it to decode no message itself: we do
 * that, in order and only what is wanted.
 */
export function loadLibrary(): Promise<Library> {
  loading ??= import('tiktok-live-connector').then((library) => {
    library.WebcastDeserializeConfig.includeMessageTypes = [];
    library.WebcastDeserializeConfig.showBase64OnDecodeError = false;
    return library;
  });
  return loading;
}
