import type { LiveEvent } from './live-event.ts';

/** What an account has. */
export interface PointsHeld {
  readonly points: number;
  readonly xp: number;
}

/** So much of something earns a point: `points` for every `per`. */
export interface EarningRate {
  readonly points: number;
  readonly per: number;
}

/** By which terms people earn points and come to levels. */
export interface PointsTerms {
  /** What an account begins with. */
  readonly start: number;
  /**
   * By what is earned: `gift` by its coins, `tip` by its tokens, `donation EUR` by its smallest units, `subscribe` by the
   * number of subscriptions, `follow` and `share` each time. What is not in it earns nothing.
   */
  readonly rates: Readonly<Record<string, EarningRate>>;
  /** For a word in the chat, once in so many seconds; null: nothing. */
  readonly chat: { readonly points: number; readonly seconds: number } | null;
  /** So much experience comes with each point that is earned. */
  readonly xpPerPoint: number;
  /** A level needs `base` × level ^ `exponent` of experience. */
  readonly level: { readonly base: number; readonly exponent: number };
}

/** The kinds of an account: what can be spent, and what levels are reached by. */
export type PointsKind = 'points' | 'xp';

/** One event, one rule or one correction by hand changes an account by no more: sums stay whole numbers. */
export const pointsChangeMax = 1_000_000_000;

/** There are no more levels. */
const levelMax = 500;

/** How what earns is called in the terms; `unit` is the currency of money. */
export function earningName(kind: string, unit: string): string {
  return kind === 'donation' ? `donation ${unit}` : kind;
}

/** What earns points. */
export interface Earning {
  readonly kind: string;
  /** The currency of money. */
  readonly unit: string;
  /** The price of one gift; 0 where it is not known, and of what is no gift. */
  readonly coins: number;
}

/** A live event as what earns; `unit` is the currency of what it gives. */
export function earningOf(event: LiveEvent, unit = ''): Earning {
  return { kind: event.kind, unit, coins: event.kind === 'gift' ? event.payload.gift.coins : 0 };
}

/** What something has earned that has come so far: a gift by its coins, money by its amount. */
export function earningsOf({ kind, unit, coins }: Earning, reached: number, terms: PointsTerms): PointsHeld {
  const { rates } = terms;
  const name = earningName(kind, unit);
  const rate = Object.hasOwn(rates, name) ? rates[name] : undefined;
  const points = earnedBy(rate, kind === 'gift' ? Math.max(1, coins) * reached : reached);
  return { points, xp: xpWith(points, terms) };
}

/** What so much of something earns, in whole points. */
function earnedBy(rate: EarningRate | undefined, amount: number): number {
  if (rate === undefined || !(amount > 0)) return 0;
  return Math.min(pointsChangeMax, Math.floor((amount * rate.points) / rate.per));
}

/** The experience that so many points bring when they are earned. */
export function xpWith(points: number, { xpPerPoint }: Pick<PointsTerms, 'xpPerPoint'>): number {
  return Math.min(pointsChangeMax, points * xpPerPoint);
}

/** The experience that a level needs. */
function xpOfLevel(level: number, { level: { base, exponent } }: Pick<PointsTerms, 'level'>): number {
  return Math.ceil(base * level ** exponent);
}

/** The level that is reached with so much experience; 0 before the first. */
export function levelOf(xp: number, terms: Pick<PointsTerms, 'level'>): number {
  let [reached, beyond] = [0, levelMax + 1];
  while (beyond - reached > 1) {
    const middle = Math.floor((reached + beyond) / 2);
    if (xpOfLevel(middle, terms) <= xp) reached = middle;
    else beyond = middle;
  }
  return reached;
}
