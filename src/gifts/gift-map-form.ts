import * as v from 'valibot';
import { giverMark } from '../domain/ink-text.ts';
import { decimalsOf, type Money, moneyRule, parseMoney, tokensMax } from '../domain/money.ts';
import { plainText } from '../domain/plain-text.ts';
import { byKind, type SimplePayingKind } from '../domain/worth.ts';

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

/** A text has no more letters when a name of a few letters stands in it. */
const writtenMax = 60;
const written = v.pipe(
  v.string('must be a text in quotes, such as "{username}"'),
  v.transform((text) => plainText(text).trim()),
  v.minLength(1, 'must not be empty'),
  v.maxLength(writtenMax, `must have at most ${writtenMax} letters`),
  v.check((text) => !/[{}]/.test(text.replaceAll(giverMark, '')), `must have no other braces than ${giverMark}`),
);
const aText = v.strictObject({
  text: v.optional(written, giverMark),
  minCoins: v.optional(coins),
  minCount: v.optional(
    v.pipe(
      v.number('must be a number of gifts, without quotes'),
      v.integer('must be whole gifts'),
      v.minValue(1, 'must be at least 1 gift'),
    ),
  ),
});
const writeRule = 'must be a text such as "{username}", or { "text": "{username}", "minCoins": 100 }';
const justText = v.pipe(
  written,
  v.transform((text): v.InferOutput<typeof aText> => ({ text })),
);
/** What is written in ink for a gift: a text, or a text with what the gift has to come to. */
const writeForm = v.lazy((input) => {
  if (typeof input === 'string') return justText;
  return v.is(anyObject, input) && !Array.isArray(input)
    ? aText
    : v.pipe(
        v.never(writeRule),
        v.transform(() => ({ text: '' })),
      );
});

const payment = {
  row: v.optional(rowId),
  rows: v.optional(rowIds),
  strokes: v.optional(wholeStrokes),
  strokesPerCoin: v.optional(strokesPerCoin),
  write: v.optional(writeForm),
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
const giftLine = v.strictObject({ name: v.optional(giftName), id: v.optional(giftId), ...payment });
/** A line for all gifts of a price. */
const coinRangeLine = v.strictObject({ minCoins: coins, maxCoins: v.optional(coins), ...payment });
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
const singleLines = { otherGifts: v.optional(otherGifts), ...eventLines };

/** One line of the short form. */
const shortName = giftName;
const shortRows = v.union([rowIds, rowId], 'must be a row, or a list of rows');

/** The short form: gift name or id → row, or rows filled in that order. */
export const shortForm = v.record(shortName, shortRows);

/** One payment as written: exactly one of `row` and `rows`, unless it only writes, at most one of `strokes` and `strokesPerCoin`. */
export interface PaymentForm {
  readonly row?: string | undefined;
  readonly rows?: readonly string[] | undefined;
  readonly strokes?: number | undefined;
  readonly strokesPerCoin?: number | undefined;
  readonly write?: WriteForm | undefined;
}

/** What is written in ink for a gift; at least so many coins or so many of it, all of a streak together. */
interface WriteForm {
  readonly text: string;
  readonly minCoins?: number | undefined;
  readonly minCount?: number | undefined;
}

const anyObject = v.record(v.string(), v.unknown());
type AnyObject = v.InferOutput<typeof anyObject>;

/** Where something that is broken stands in a JSON document. */
export type Path = readonly (string | number)[];

/**
 * What of a broken gift map in the long form can still be judged, so that a person hears of everything at once: without
 * the keys at `broken`, and without the lines that mean nothing without them.
 */
export function soundLines(file: unknown, broken: readonly Path[]): GiftMapLines {
  const map = objectOf(broken.reduce(without, file));
  const events = objectOf(map.events);
  const single = <K extends keyof typeof singleLines>(key: K, value: unknown) => {
    const read = v.safeParse(singleLines[key], value);
    return read.success ? read.output : undefined;
  };
  return {
    gifts: listOf(map.gifts).map((line) => outputOf(giftLine, line)),
    coinRanges: listOf(map.coinRanges).map((line) => outputOf(coinRangeLine, line)),
    otherGifts: single('otherGifts', map.otherGifts),
    events: {
      ...byKind((kind) => single(kind, events[kind])),
      likes: single('likes', events.likes),
      donation: single('donation', events.donation),
      tip: single('tip', events.tip),
    },
  };
}

/** The same for the short form, in the order of its keys. */
export function soundShortLines(file: unknown): GiftMapLines {
  return { gifts: Object.entries(objectOf(file)).map(([key, to]) => shortLine(key, to)) };
}

function shortLine(key: string, to: unknown): NonNullable<GiftMapLines['gifts']>[number] {
  const name = v.safeParse(shortName, key);
  const rows = v.safeParse(shortRows, to);
  if (!name.success || !rows.success) return null;
  return {
    ...(/^\d+$/.test(name.output) ? { id: name.output } : { name: name.output }),
    rows: typeof rows.output === 'string' ? [rows.output] : rows.output,
  };
}

function outputOf<T extends v.GenericSchema>(schema: T, value: unknown): v.InferOutput<T> | null {
  const read = v.safeParse(schema, value);
  return read.success ? read.output : null;
}

/** A copy without what stands at the path. A broken member of a list stays, so that the others keep their numbers. */
function without(value: unknown, [key, ...rest]: Path): unknown {
  if (Array.isArray(value)) return value.map((member, index) => (index === key ? without(member, rest) : member));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (name !== key) return [[name, member]];
      return rest.length === 0 ? [] : [[name, without(member, rest)]];
    }),
  );
}

function objectOf(value: unknown): AnyObject {
  return v.is(anyObject, value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
