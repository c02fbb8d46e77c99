/** The version of the live event's form; it changes when a reader of old recordings would misread it. */
export const liveEventVersion = 2;

/**
 * A person who watches a live. `id` is lasting, and no other platform's: the source sees to it (docs/decisions/0016).
 * All else is what they call themselves and look like today, missing where the platform does not say.
 */
export interface Viewer {
  readonly id: string;
  readonly name: string;
  /** The name by which the platform finds them, where it is another one. */
  readonly handle?: string;
  readonly pictureUrl?: string;
  /** What they are on the channel, in the platform's words. */
  readonly roles?: readonly string[];
}

/** Whether an event was heard on a live, is somebody's try, or is played again. */
export type Origin = 'live' | 'test' | 'replay';

/** A gift as the platform describes it; `coins` is the price of one, 0 when unknown. */
export interface Gift {
  readonly id: string;
  readonly name: string;
  readonly coins: number;
}

/** What ties the frames of one streak together: with room, user and gift it names the streak. */
interface Streak {
  readonly group: string;
  readonly receiver: string;
  readonly ended: boolean;
}

/** Whom a gift is for: the host, or a guest of the live. */
export interface Receiver extends Viewer {
  /** True where it is known to be a guest. */
  readonly guest: boolean;
}

/**
 * What else a platform's message says of its gift: by this, messages about one gift are known (docs/decisions/0013).
 */
interface GiftMessage {
  /** As the platform named it, '' when the message does not. */
  readonly group: string;
  /** The purchase, '' when the message does not name it. */
  readonly orderId: string;
  readonly ended: boolean;
  /** The platform's type of this kind of gift: 1 is sent in streaks; 0 when the message does not say. */
  readonly type: number;
}

/** Which message brought a subscription: the platform has several, and one subscription can come in two of them. */
export type SubscribeMessage = 'notice' | 'social' | 'super-fan';

/** More subscriptions given at once, or months of one, are a slip or a forgery. */
export const giftedMax = 10_000;
export const subscribedMonthsMax = 1_200;

/** What each kind of event carries. */
export interface LivePayloads {
  /** `count` is cumulative within a streak; without a streak it is what this one frame gives. */
  readonly gift: {
    readonly gift: Gift;
    readonly count: number;
    readonly streak: Streak | null;
    /** Missing where the message names nobody: then it is the host. */
    readonly receiver?: Receiver;
    /** Missing where the gift is whole in itself: a test, or what the ledger repeats. */
    readonly message?: GiftMessage;
  };
  /** Money; of whoever is not named, `user` is null. */
  readonly donation: {
    /** Whole, in the smallest unit of the currency. */
    readonly amountMinor: number;
    /** Three capital letters. */
    readonly currency: string;
    /** What the platform says that it is in the streamer's currency, as decimals; missing where it does not. */
    readonly ownAmount?: string;
    readonly text: string;
    /** The message was spoken: what stands in `text` is not it. */
    readonly isAudio: boolean;
  };
  /** Tokens of the platform; `item` is what was chosen of a menu, '' for none. */
  readonly tip: { readonly tokens: number; readonly item: string; readonly text: string };
  readonly chat: { readonly text: string };
  /** `total` is the running total of the room, null when the frame does not say it. */
  readonly like: { readonly count: number; readonly total: number | null };
  readonly join: Readonly<Record<string, never>>;
  readonly follow: Readonly<Record<string, never>>;
  readonly share: Readonly<Record<string, never>>;
  /** `months`: for how long they subscribe; `gifted`: how many subscriptions they give to others. Missing: not said. */
  readonly subscribe: { readonly message?: SubscribeMessage; readonly months?: number; readonly gifted?: number };
  /** A turn of the streamer's wheel that was paid for, and what it won; 0 tokens where nobody says how many. */
  readonly wheel: { readonly prize: string; readonly tokens: number };
  /** A goal that the givers have reached together. */
  readonly goal: { readonly title: string; readonly tokens: number };
  /** Another streamer, who is `user`, brings viewers along. */
  readonly raid: { readonly viewers: number };
  /** The streamer takes the viewers along to another one, who is `user`. */
  readonly 'raid-out': { readonly viewers: number };
  readonly emote: { readonly emoteId: string };
  readonly battle: { readonly battleId: string };
  readonly 'room-user': { readonly viewers: number };
  readonly 'stream-end': { readonly reason: 'ended' | 'suspended' };
  readonly connected: Readonly<Record<string, never>>;
  /** `heardUntilMs` is the wall time of the last frame, so that the gap has its true beginning. */
  readonly disconnected: { readonly heardUntilMs: number; readonly why: string };
  readonly error: { readonly code: string; readonly what: string };
  readonly raw: { readonly method: string; readonly bytes: number };
}

export type LiveEventKind = keyof LivePayloads;

interface LiveEventOf<K extends LiveEventKind> {
  readonly version: typeof liveEventVersion;
  readonly kind: K;
  /** The platform's message id where there is one, else unique within the session. It names a frame, not a gift. */
  readonly id: string;
  /** Where lives are sent; '' for what happened on none. */
  readonly platform: string;
  /** The streamer's place on the platform; '' where it is not known. */
  readonly channel: string;
  /** One live of the channel. Like a viewer's id, no other platform's. */
  readonly room: string;
  readonly origin: Origin;
  /** New on every connect and on every replay. */
  readonly session: string;
  /** Counts up from 1 within the session. */
  readonly sequence: number;
  /** Wall time at which the platform says it happened, null when it does not say. */
  readonly atMs: number | null;
  /** Wall time at which it arrived here. */
  readonly arrivedAtMs: number;
  readonly user: Viewer | null;
  readonly payload: LivePayloads[K];
}

/** Something that happened on a live, in one form whatever platform or provider sent it. */
export type LiveEvent = { [K in LiveEventKind]: LiveEventOf<K> }[LiveEventKind];

/** A gift, the event that matters most. */
export type GiftEvent = Extract<LiveEvent, { kind: 'gift' }>;

/** Whether something of worth was given: that is always kept, and is the last to give way. */
export function isGiven({ kind }: Pick<LiveEvent, 'kind'>): boolean {
  return kind === 'gift' || kind === 'donation' || kind === 'tip';
}

/** Whether an event may come again with a higher count: a streak of gifts, or subscriptions given one by one. */
export function mayGrow({ kind }: { readonly kind: string }): boolean {
  return kind === 'gift' || kind === 'subscribe';
}
