import type { LiveEvent } from './live-event.ts';
import { counted } from './plain-text.ts';
import type { Worth } from './worth.ts';

/** An amount in the smallest unit of its currency. */
export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

/** More than this is a slip or a forgery: a thousand million of most currencies. */
export const amountMinorMax = 100_000_000_000;
export const tokensMax = 1_000_000_000;
/** So many letters of what a giver writes are kept. */
export const messageLettersMax = 500;

/** A currency by ISO 4217: any three capital letters, since new ones come. */
export const currencyLetters = /^[A-Z]{3}$/;

/** ISO 4217: how many decimals a currency has, where it is not two. */
const decimals: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((each) => [each, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((each) => [each, 3] as const),
]);

/** How many decimals the smallest unit of a currency has. */
export function decimalsOf(currency: string): number {
  return decimals.get(currency) ?? 2;
}

/** What is wrong with an amount that is none. */
export const moneyRule = 'must be an amount with its currency, such as "1.00 EUR", of more than nothing';

/** Reads `5.00 EUR`; null where that is no amount of money, or one of nothing. */
export function parseMoney(text: string): Money | null {
  const [, whole = '', , part = '', currency = ''] = /^(\d{1,12})(\.(\d{1,3}))? ([A-Z]{3})$/.exec(text) ?? [];
  if (currency === '' || part.length > decimalsOf(currency)) return null;
  const amountMinor = Number(`${whole}${part.padEnd(decimalsOf(currency), '0')}`);
  return amountMinor > 0 && amountMinor <= amountMinorMax ? { amountMinor, currency } : null;
}

/** Money as people write it: `5.00 EUR`. */
export function moneyInWords({ amountMinor, currency }: Money): string {
  const places = decimalsOf(currency);
  const digits = String(amountMinor).padStart(places + 1, '0');
  const at = digits.length - places;
  return `${digits.slice(0, at)}${places === 0 ? '' : `.${digits.slice(at)}`} ${currency}`;
}

/** The kinds of events by which money is given. */
export type MoneyKind = 'donation' | 'tip';

/** What tips are counted in. */
export const tipUnit = 'tokens';

/** How much an event gives, and in which unit; null where it gives no money. */
export interface MoneyGiven {
  readonly kind: MoneyKind;
  readonly amount: number;
  /** A currency, or `tokens`. */
  readonly unit: string;
}

/** What an event gives of money; null for all other events. */
export function givenBy(event: LiveEvent): MoneyGiven | null {
  if (event.kind === 'donation') {
    const { amountMinor, currency } = event.payload;
    return { kind: 'donation', amount: amountMinor, unit: currency };
  }
  return event.kind === 'tip' ? { kind: 'tip', amount: event.payload.tokens, unit: tipUnit } : null;
}

/** `5.00 EUR`, or `25 tokens`. */
export function givenInWords({ kind, amount, unit }: MoneyGiven): string {
  return kind === 'tip' ? counted(amount, 'token') : moneyInWords({ amountMinor: amount, currency: unit });
}

/** Nobody draws as many; a sum that is worth more is worth this. */
const strokesOfSumMax = 1_000_000_000_000;

/**
 * The strokes that all is worth together that one giver gave in one evening, rounded up; it only grows with the sum. In
 * whole numbers, however long: nothing is lost to a fraction (docs/decisions/0017).
 */
export function strokesForSum({ strokes, per }: Worth, sum: number): number {
  const due = (BigInt(sum) * BigInt(strokes) + BigInt(per) - 1n) / BigInt(per);
  return due > strokesOfSumMax ? strokesOfSumMax : Number(due);
}

/** At noon one evening ends and the next one begins, on the clock of where this machine is. */
const eveningBeginsAtHour = 12;

/** The evening of a moment, by the day on which it began: `2026-11-29`. */
export function eveningOf(atMs: number): string {
  const at = new Date(atMs);
  const before = at.getHours() < eveningBeginsAtHour ? 1 : 0;
  const day = new Date(at.getFullYear(), at.getMonth(), at.getDate() - before);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

/** By currency: what one of it is worth, in the currency in which the gift map says what donations pay. */
export type Rates = Readonly<Record<string, number>>;

/**
 * How many strokes money in a currency is worth: `strokes` for every `per` of its smallest units, in lowest terms. Null
 * where there is no rate for it. A rate is taken as it is written, digit by digit: 0.92 is 92 of 100.
 */
export function perInCurrency(
  { amountMinor, currency: known }: Money,
  strokes: number,
  currency: string,
  rates: Rates,
): { readonly strokes: number; readonly per: number } | null {
  const rate = currency === known ? 1 : Object.hasOwn(rates, currency) ? rates[currency] : undefined;
  if (rate === undefined) return null;
  const [whole = '', part = ''] = rate.toFixed(rateDecimalsMax).split('.');
  const places = decimalsOf(known) - decimalsOf(currency);
  const top = BigInt(strokes) * BigInt(`${whole}${part}`) * 10n ** BigInt(Math.max(0, places));
  const bottom = BigInt(amountMinor) * 10n ** BigInt(rateDecimalsMax + Math.max(0, -places));
  const common = commonDivisor(top, bottom);
  return { strokes: Number(top / common), per: Number(bottom / common) };
}

/** A rate has no more, which the config holds: with the bounds of amounts all stays within whole numbers. */
const rateDecimalsMax = 6;

function commonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : commonDivisor(b, a % b);
}
