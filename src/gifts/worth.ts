import type { LiveEvent } from '../domain/live-event.ts';
import { comparableName } from '../domain/plain-text.ts';
import type { PayingKind, Worth } from '../domain/worth.ts';

/** Something in a gift map that a person must mend: where it stands, what stands there, what should. */
export interface Problem {
  readonly place: string;
  readonly value: string;
  readonly rule: string;
  /** The line of the file; not where `place` says it already, or it is the file as a whole. */
  readonly line?: number | undefined;
}

/** Rows that a payment fills, in that order, and how many strokes: a whole number a gift, or a number a coin. */
export interface Payment {
  readonly rows: readonly string[];
  readonly strokes: number;
  readonly per: 'gift' | 'coin';
}

/** What every gift and event is worth. Names are kept as they are compared. */
export interface GiftMap {
  readonly byId: ReadonlyMap<string, Payment>;
  readonly byName: ReadonlyMap<string, Payment>;
  /** In rising order, without overlap; both bounds belong to the range. */
  readonly coinRanges: readonly { readonly minCoins: number; readonly maxCoins: number; readonly payment: Payment }[];
  readonly otherGifts: Payment | null;
  readonly events: { readonly [K in 'follow' | 'share' | 'subscribe']: Payment | null };
  readonly likes: { readonly every: number; readonly payment: Payment } | null;
}

/**
 * What one event is worth, or null when the map has nothing for it. A gift's id comes before its name, its name
 * before a coin range, a coin range before `otherGifts`.
 */
export function worthOf(map: GiftMap, event: LiveEvent): Worth | null {
  switch (event.kind) {
    case 'gift':
      return worthOfGift(map, event.payload.gift);
    case 'follow':
    case 'share':
    case 'subscribe':
    case 'like':
      return worthOfKind(map, event.kind);
    default:
      return null;
  }
}

/** What an event of a kind beside gifts is worth. */
export function worthOfKind(map: GiftMap, kind: PayingKind): Worth | null {
  if (kind !== 'like') return worthOfPayment(map.events[kind], 0);
  if (map.likes === null) return null;
  return { rows: map.likes.payment.rows, strokes: map.likes.payment.strokes, per: map.likes.every };
}

function worthOfGift(map: GiftMap, gift: { id: string; name: string; coins: number }): Worth | null {
  const { id, name, coins } = gift;
  const payment =
    map.byId.get(id) ??
    map.byName.get(comparableName(name)) ??
    map.coinRanges.find((range) => coins >= range.minCoins && coins <= range.maxCoins)?.payment ??
    map.otherGifts;
  return worthOfPayment(payment, coins);
}

/**
 * Strokes per coin are rounded down to whole strokes a gift; a gift of less than one stroke pays one for every so many.
 * A gift whose price is not known (0 coins) counts as one coin: it is never worth nothing for lack of a price.
 */
function worthOfPayment(payment: Payment | null, coins: number): Worth | null {
  if (payment === null) return null;
  const { rows, strokes } = payment;
  if (payment.per === 'gift') return { rows, strokes, per: 1 };
  // The small part keeps 0.1 strokes a coin from making 29 of 300 coins.
  const each = strokes * Math.max(1, coins) + 1e-9;
  return each >= 1 ? { rows, strokes: Math.floor(each), per: 1 } : { rows, strokes: 1, per: Math.ceil(1 / each) };
}

/** A value as a problem shows it: short, on one line. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
