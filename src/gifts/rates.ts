import { decimalsOf, type Money } from '../domain/money.ts';

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
