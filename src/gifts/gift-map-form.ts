import * as v from 'valibot';
import { decimalsOf, type Money, moneyRule, parseMoney, tokensMax } from '../domain/money.ts';
import { plainText } from '../domain/plain-text.ts';
import type { SimplePayingKind } from '../domain/worth.ts';

/** The most strokes one gift may be worth; more is a slip of the keyboard, not a wish. */
const strokesMax = 10_000;

const rowId = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.integer())], 'must be a row: a number or its id as text'),
  v.transform((row) => plainText(String(row)).trim()),
  v.minLength(1, 'must name a row'),
);
const rowIds = v.pipe(v.array(rowId, 'must be a list of rows'), v.minLength(1, 'must name at least one row'));
const wholeStrokes = v.pipe(
  v.number('must be a number of strokes, without quotes'),
  v.integer('must be a whole number of strokes'),
  v.minValue(1, 'must be at least 1 stroke'),
  v.maxValue(strokesMax, `must be at most ${strokesMax} strokes`),
);
const strokesPerCoin = v.pipe(
  v.number('must be a number of strokes per coin, without quotes'),
  v.minValue(0.0001, 'must be at least 0.0001 strokes per coin'),
  v.maxValue(1000, 'must be at most 1000 strokes per coin'),
);
const coins = v.pipe(
  v.number('must be a number of coins, without quotes'),
  v.integer('must be whole coins'),
  v.minValue(0, 'must be 0 or more'),
);

const payment = {
  row: v.optional(rowId),
  rows: v.optional(rowIds),
  strokes: v.optional(wholeStrokes),
  strokesPerCoin: v.optional(strokesPerCoin),
};
const eventPayment = { row: v.optional(rowId), rows: v.optional(rowIds), strokes: v.optional(wholeStrokes) };
const giftId = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.integer())], 'must be a gift id: digits'),
  v.transform((id) => String(id).trim()),
  v.regex(/^\d{1,20}$/, 'must be a gift id: digits'),
);
const giftName = v.pipe(
  v.string('must be a gift name as text'),
  v.transform(plainText),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(100, 'must be at most 100 characters'),
);

/** Whether a gift can be called so: digits are an id, all else is a name. */
export function isGiftName(text: string): boolean {
  return v.is(/^\d+$/.test(text) ? giftId : giftName, text);
}

/** A gift's line in the long form. */
export const giftLine = v.strictObject({ name: v.optional(giftName), id: v.optional(giftId), ...payment });
/** A line for all gifts of a price. */
export const coinRangeLine = v.strictObject({ minCoins: coins, maxCoins: v.optional(coins), ...payment });
const otherGifts = v.strictObject(payment);
const eventLine = v.strictObject(eventPayment);
const likesLine = v.strictObject({
  every: v.pipe(
    v.number('must be a number of likes, without quotes'),
    v.integer('must be whole likes'),
    v.minValue(1, 'must be at least 1'),
  ),
  ...eventPayment,
});
/** So much money at most for one payment, in whole units: beyond it sums could not be reckoned exactly. */
const perUnitsMax = 1_000_000;
const perMoney = v.pipe(
  v.string(moneyRule),
  v.check((written) => parseMoney(written) !== null, moneyRule),
  v.transform((written): Money => parseMoney(written) ?? { amountMinor: 1, currency: '' }),
  v.check(
    ({ amountMinor, currency }) => amountMinor <= perUnitsMax * 10 ** decimalsOf(currency),
    `must be at most ${perUnitsMax}`,
  ),
);
const donationLine = v.strictObject({ per: perMoney, ...eventPayment });
const tipLine = v.strictObject({
  per: v.pipe(
    v.number('must be a number of tokens, without quotes'),
    v.integer('must be whole tokens'),
    v.minValue(1, 'must be at least 1'),
    v.maxValue(tokensMax, `must be at most ${tokensMax} tokens`),
  ),
  ...eventPayment,
});
const simpleLine = v.optional(eventLine);
const simpleLines: Readonly<Record<SimplePayingKind, typeof simpleLine>> = {
  follow: simpleLine,
  share: simpleLine,
  subscribe: simpleLine,
  wheel: simpleLine,
  goal: simpleLine,
  raid: simpleLine,
};
const eventLines = {
  ...simpleLines,
  likes: v.optional(likesLine),
  donation: v.optional(donationLine),
  tip: v.optional(tipLine),
};

/** The written form of a gift map, before rows and gifts are checked against each other. */
export const giftMapForm = v.strictObject({
  $schema: v.optional(v.string()),
  version: v.optional(v.literal(1, 'must be 1')),
  gifts: v.optional(v.array(giftLine)),
  coinRanges: v.optional(v.array(coinRangeLine, 'must be a list of coin ranges')),
  otherGifts: v.optional(otherGifts),
  events: v.optional(v.strictObject(eventLines)),
});
type GiftMapForm = v.InferOutput<typeof giftMapForm>;

/** The lines of a gift map that can be judged; a broken one is null in its place. */
export interface GiftMapLines extends Pick<GiftMapForm, 'otherGifts' | 'events'> {
  readonly gifts?: readonly (v.InferOutput<typeof giftLine> | null)[] | undefined;
  readonly coinRanges?: readonly (v.InferOutput<typeof coinRangeLine> | null)[] | undefined;
}

/** The lines that may stand outside of lists, each on its own. */
export const singleLines = { otherGifts: v.optional(otherGifts), ...eventLines };

/** One line of the short form. */
export const shortName = giftName;
export const shortRows = v.union([rowIds, rowId], 'must be a row, or a list of rows');

/** The short form: gift name or id → row, or rows filled in that order. */
export const shortForm = v.record(shortName, shortRows);

/** One payment as written: exactly one of `row` and `rows`, at most one of `strokes` and `strokesPerCoin`. */
export interface PaymentForm {
  readonly row?: string | undefined;
  readonly rows?: readonly string[] | undefined;
  readonly strokes?: number | undefined;
  readonly strokesPerCoin?: number | undefined;
}
