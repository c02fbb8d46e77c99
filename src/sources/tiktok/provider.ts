import type { StandIn } from '../../domain/live-source.ts';
import type { Ending, LackingEnding } from './ending.ts';

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
 * Loads the connector, which takes about half a second and 40 MB, and makes it decode no message itself: we do
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

/** One message of a live as a provider sent it, decoded where somebody wants it. */
export interface Message {
  /** The platform's type name, such as `WebcastGiftMessage`. */
  readonly method: string;
  /** The id in the envelope, '' when there is none. */
  readonly msgId: string;
  readonly bytes: number;
  readonly content:
    | { readonly kind: 'decoded'; readonly data: unknown }
    /** Nobody wants this kind, so it was not decoded. */
    | { readonly kind: 'skipped' }
    /** `what` is in words of ours, `cause` what the decoder threw, if it did. */
    | {
        readonly kind: 'undecodable';
        readonly what: string;
        readonly payload: Uint8Array;
        readonly cause?: unknown;
      };
}

/** What an attempt to listen reports. Nothing is reported after `ended`, which comes once. */
export interface ProviderListener {
  /**
   * The connection is open and this room was asked for; nothing proves yet that it was admitted. `host` is the id of
   * whose live it is, where that is known. Providers whose connections are in a room from the beginning do not report
   * it.
   */
  reached(room: string, host?: string): void;
  /**
   * It is proven that the connection was admitted to the room; '' when the provider names the room only in its
   * messages. Some of these may have come before.
   */
  entered(room: string): void;
  /** Something arrived, even if only an answer to a heartbeat. */
  alive(): void;
  /** Messages in the order in which they were sent. */
  messages(messages: readonly Message[]): void;
  /** The raw bytes of a frame, before anything is made of them; `initial` is the batch that comes before the first. */
  raw(kind: RawKind, bytes: Uint8Array | string): void;
  /** A frame that is not even a frame, and what the decoder threw. */
  undecodable(cause: unknown, bytes: Uint8Array): void;
  ended(ending: Ending): void;
}

export type RawKind = 'initial' | 'frame' | 'euler';

/** One attempt to listen. */
export interface ProviderAttempt {
  /** After how much silence it is taken for dead, ms; as heartbeats are answered by default. */
  readonly silenceLimitMs?: number;
  /** Whether messages wait to be handled, here or with the server: mostly for the disk to take those before them. */
  isHeld?(): boolean;
  /** Handles at once the frames that wait, some hundred at most. */
  drain(): void;
  /**
   * Closes whatever is open, `politely` with a proper close; resolves when nothing of it is left. The listener is not
   * called any more.
   */
  close(politely: boolean): Promise<void>;
}

/** A provider that stands in; `untilAtMs` is monotonic. */
export interface StandInNow extends Omit<StandIn, 'untilMs'> {
  readonly untilAtMs: number | null;
}

/** One way to listen to a live. Each attempt is independent of those before. */
export interface Provider {
  /** Which provider stands in for another one now, and why; null while none does. */
  readonly standIn?: StandInNow | null;
  /** A person asks: what has failed is tried first again, unless it asked to wait. */
  retryFirst?(): void;
  /** What has to be there before anything can be tried; null when it is. */
  lacks?(): LackingEnding | null;
  /** `afterLive`: the live of before is over, so nothing is signed until it is known that one is on the air. */
  attempt(user: string, listener: ProviderListener, afterLive: boolean): ProviderAttempt;
}
