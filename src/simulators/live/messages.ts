/** A viewer of a virtual live. Their nicknames are made up on purpose. */
export interface Fan {
  readonly id: string;
  readonly name: string;
}

/** A kind of gift; `streaks`: whether it can be sent as a streak (the platform's type 1). */
export interface GiftKind {
  readonly id: string;
  readonly name: string;
  readonly coins: number;
  readonly streaks: boolean;
}

interface SentHead {
  readonly msgId: string;
  /** Wall time in ms. */
  readonly atMs: number;
}

/** One frame about a gift; `count` is cumulative in a streak. */
export interface SentGift extends SentHead {
  readonly kind: 'gift';
  readonly fan: Fan;
  readonly gift: GiftKind;
  readonly count: number;
  readonly group: string;
  readonly receiver: string;
  readonly ended: boolean;
}

/** What a virtual live sends its listeners, before a protocol gives it a form. */
export type SentMessage =
  | SentGift
  | (SentHead & { readonly kind: 'chat'; readonly fan: Fan; readonly text: string })
  | (SentHead & { readonly kind: 'like'; readonly fan: Fan; readonly count: number; readonly total: number })
  | (SentHead & { readonly kind: 'join' | 'follow' | 'share' | 'subscribe'; readonly fan: Fan })
  | (SentHead & { readonly kind: 'emote'; readonly fan: Fan; readonly emoteId: string })
  | (SentHead & { readonly kind: 'battle'; readonly battleId: string })
  | (SentHead & { readonly kind: 'room-user'; readonly viewers: number })
  | (SentHead & { readonly kind: 'stream-end'; readonly reason: 'ended' | 'suspended' })
  /** A message of a kind that nobody here knows. */
  | (SentHead & { readonly kind: 'unknown'; readonly method: string })
  /** A gift whose payload no longer decodes. */
  | (SentHead & { readonly kind: 'corrupt'; readonly of: SentGift });
