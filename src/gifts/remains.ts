import * as v from 'valibot';
import { byKind } from '../domain/worth.ts';
import { coinRangeLine, type GiftMapLines, giftLine, shortName, shortRows, singleLines } from './gift-map-form.ts';

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
