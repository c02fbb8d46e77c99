import * as v from 'valibot';
import { giverMark, type ReadText } from '../domain/ink-text.ts';
import type { LiveEvent } from '../domain/live-event.ts';
import { givenBy, type Money, type MoneyGiven, perInCurrency, type Rates } from '../domain/money.ts';
import { comparableName, nameMeant } from '../domain/plain-text.ts';
import { ruleInWords } from '../domain/problems.ts';
import {
  type Allot,
  byKind,
  isPayingKind,
  type PayingKind,
  type RowRoom,
  type SimplePayingKind,
  type Worth,
} from '../domain/worth.ts';
import {
  type GiftMapLines,
  giftMapForm,
  type Path,
  type PaymentForm,
  shortForm,
  soundLines,
  soundShortLines,
} from './gift-map-form.ts';
import { readJson } from './json.ts';

/** Something in a gift map that a person must mend: where it stands, what stands there, what should. */
export interface Problem {
  readonly place: string;
  readonly value: string;
  readonly rule: string;
  /** The line of the file; not where `place` says it already, or it is the file as a whole. */
  readonly line?: number | undefined;
}

/** Rows that a payment fills, in that order, and how many strokes: a whole number a gift, or a number a coin. */
interface Payment {
  readonly rows: readonly string[];
  readonly strokes: number;
  readonly per: 'gift' | 'coin';
  readonly write?: PaymentForm['write'];
}

/** What every gift and event is worth. Names are kept as they are compared. */
export interface GiftMap {
  readonly byId: ReadonlyMap<string, Payment>;
  readonly byName: ReadonlyMap<string, Payment>;
  /** In rising order, without overlap; both bounds belong to the range. */
  readonly coinRanges: readonly { readonly minCoins: number; readonly maxCoins: number; readonly payment: Payment }[];
  readonly otherGifts: Payment | null;
  readonly events: Readonly<Record<SimplePayingKind, Payment | null>>;
  readonly likes: { readonly every: number; readonly payment: Payment } | null;
  readonly donation: { readonly per: Money; readonly payment: Payment } | null;
  readonly tip: { readonly per: number; readonly payment: Payment } | null;
  /** What other currencies than that of `donation` are worth of it. */
  readonly rates: Rates;
}

/**
 * What one event is worth, or null when the map has nothing for it. A gift's id comes before its name, its name
 * before a coin range, a coin range before `otherGifts`.
 */
export function worthOf(map: GiftMap, event: LiveEvent): Worth | null {
  switch (event.kind) {
    case 'gift':
      return worthOfGift(map, event.payload.gift);
    case 'donation':
    case 'tip': {
      const given = givenBy(event);
      return given === null ? null : worthOfMoney(map, given);
    }
    default:
      return isPayingKind(event.kind) ? worthOfKind(map, event.kind) : null;
  }
}

/** What money in a unit is worth; null where the map has nothing for it, or no rate. */
export function worthOfMoney(
  { donation, tip, rates }: GiftMap,
  { kind, unit }: Omit<MoneyGiven, 'amount'>,
): Worth | null {
  if (kind === 'tip') return tip && { rows: tip.payment.rows, strokes: tip.payment.strokes, per: tip.per };
  if (donation === null) return null;
  const { rows, strokes } = donation.payment;
  const fraction = perInCurrency(donation.per, strokes, unit, rates);
  return fraction && { rows, ...fraction };
}

/** What an event of a kind beside gifts is worth. */
export function worthOfKind(map: GiftMap, kind: PayingKind): Worth | null {
  if (kind !== 'like') return worthOfPayment(map.events[kind], 0);
  if (map.likes === null) return null;
  return { rows: map.likes.payment.rows, strokes: map.likes.payment.strokes, per: map.likes.every };
}

/** What one gift is worth. */
export function worthOfGift(map: GiftMap, gift: { id: string; name: string; coins: number }): Worth | null {
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
  const write = writeOf(payment, coins);
  if (payment.per === 'gift') return { rows, strokes, per: 1, ...write };
  // The small part keeps 0.1 strokes a coin from making 29 of 300 coins.
  const each = strokes * Math.max(1, coins) + 1e-9;
  const drawn = each >= 1 ? { strokes: Math.floor(each), per: 1 } : { strokes: 1, per: Math.ceil(1 / each) };
  return { rows, ...drawn, ...write };
}

/** How many of a gift it takes for what is written, by its price. */
function writeOf({ write }: Payment, coins: number): Pick<Worth, 'write'> {
  if (write === undefined) return {};
  const { text, minCount = 1, minCoins = 0 } = write;
  return { write: { text, from: Math.max(minCount, Math.ceil(minCoins / Math.max(1, coins))) } };
}

/** A value as a problem shows it: short, on one line. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/**
 * Spreads strokes over rows "filled in that order": first what is free on this sheet in every row in turn, then the
 * next sheet's share of every row in turn, and so on. A row that this sheet does not have (capacity `null`, or 0)
 * waits for the next sheet, where it takes all that comes to it. Each row comes at most once, in the order of `rows`;
 * the shares add up to `strokes` exactly. Takes time by the number of rows, not of strokes or sheets.
 */
export const allot: Allot = (rows, strokes, room) => {
  if (rows.length === 0) throw new Error('strokes need at least one row');
  if (!Number.isSafeInteger(strokes) || strokes < 0) throw new Error(`cannot allot ${strokes} strokes`);
  const rooms = rows.map((row) => limitsOf(room(row)));
  const whole = wholeSheets(rooms, strokes);
  const filled = rooms.map((limits) => freeThrough(limits, whole));
  let left = strokes - sum(filled);
  const shares = rooms.map((limits, index) => {
    const base = filled[index] ?? 0;
    const more = Math.min(left, freeThrough(limits, whole + 1) - base);
    left -= more;
    return { row: rows[index] ?? '', strokes: base + more };
  });
  return shares.filter((share) => share.strokes > 0);
};

interface Limits {
  /** How many fit on a sheet; without a bound where nobody knows. */
  readonly capacity: number;
  readonly taken: number;
  /** The first sheet that has the row: 1 is the one that lies there. */
  readonly firstSheet: 1 | 2;
}

function limitsOf({ capacity, taken }: RowRoom): Limits {
  return capacity === null || capacity === 0
    ? { capacity: Number.POSITIVE_INFINITY, taken: 0, firstSheet: 2 }
    : { capacity, taken, firstSheet: 1 };
}

/** Strokes that fit into one row on the sheets up to this one, the first being 1. */
function freeThrough({ capacity, taken, firstSheet }: Limits, sheet: number): number {
  return sheet < firstSheet ? 0 : Math.max(0, (sheet - firstSheet + 1) * capacity - taken);
}

/** The most sheets that these strokes fill to the last place in every row. */
function wholeSheets(rooms: readonly Limits[], strokes: number): number {
  const fills = (sheets: number) => sum(rooms.map((limits) => freeThrough(limits, sheets))) <= strokes;
  const narrowest = Math.min(...rooms.map(({ capacity }) => capacity));
  const takenMax = Math.max(...rooms.map(({ taken }) => taken));
  let low = 0;
  let high = narrowest === Number.POSITIVE_INFINITY ? 2 : 3 + Math.ceil((strokes + takenMax) / narrowest);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fills(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

type Report = (place: string, value: unknown, rule: string) => void;
/** Why a text is never written, whoever it names; undefined where it is. */
function unwritable(text: string, letters: ReadText | null): string | undefined {
  if (letters === null) return 'needs a plate to be written on: [[plates]] in the config';
  const read = letters(text.replaceAll(giverMark, 'A'));
  return read.ok ? undefined : `cannot be written in ink: ${read.fault.what} ${read.fault.remedy}`;
}

type PaymentReader = (place: string, form: PaymentForm) => Payment;

/** What a gift map is made for. */
interface Place {
  readonly rowIds: readonly string[];
  readonly rates: Rates;
  readonly letters: ReadText | null;
}

/** Makes a gift map of its checked form, and reports what its parts have against each other. */
function buildGiftMap(form: GiftMapLines, { rowIds, rates, letters }: Place): { map: GiftMap; problems: Problem[] } {
  const problems: Problem[] = [];
  const report: Report = (place, value, rule) => problems.push({ place, value: shown(value), rule });
  const read: PaymentReader = (place, payment) => {
    const wrong = payment.write && unwritable(payment.write.text, letters);
    if (wrong !== undefined) report(`${place}.write`, payment.write?.text, wrong);
    return readPayment(place, payment, rowIds, report);
  };
  const event = (key: SimplePayingKind) => {
    const payment = form.events?.[key];
    return payment === undefined ? null : read(`events.${key}`, payment);
  };
  const { likes, donation, tip } = form.events ?? {};
  const map: GiftMap = {
    ...readGifts(form, read, report),
    coinRanges: readRanges(form, read, report),
    otherGifts: form.otherGifts === undefined ? null : read('otherGifts', form.otherGifts),
    events: byKind(event),
    likes: likes === undefined ? null : { every: likes.every, payment: read('events.likes', likes) },
    donation: donation === undefined ? null : { per: donation.per, payment: read('events.donation', donation) },
    tip: tip === undefined ? null : { per: tip.per, payment: read('events.tip', tip) },
    rates,
  };
  return { map, problems };
}

function readGifts(form: GiftMapLines, read: PaymentReader, report: Report): Pick<GiftMap, 'byId' | 'byName'> {
  const byId = new Map<string, Payment>();
  const byName = new Map<string, Payment>();
  const firstPlace = new Map<string, string>();
  for (const [index, gift] of (form.gifts ?? []).entries()) {
    if (gift === null) continue;
    const place = `gifts[${index}]`;
    const payment = read(place, gift);
    if (gift.name === undefined && gift.id === undefined) report(place, gift, 'must have a "name" or an "id"');
    for (const key of ['id', 'name'] as const) {
      const written = gift[key];
      if (written === undefined) continue;
      const value = key === 'id' ? written : comparableName(written);
      const earlier = firstPlace.get(`${key} ${value}`);
      if (earlier !== undefined) {
        report(
          `${place}.${key}`,
          gift[key],
          `is the same gift as ${earlier}; names are compared without regard to case`,
        );
      }
      firstPlace.set(`${key} ${value}`, `${place}.${key}`);
      (key === 'id' ? byId : byName).set(value, payment);
    }
  }
  return { byId, byName };
}

function readRanges(form: GiftMapLines, read: PaymentReader, report: Report): GiftMap['coinRanges'] {
  const ranges = (form.coinRanges ?? []).flatMap((range, index) => {
    if (range === null) return [];
    const place = `coinRanges[${index}]`;
    const maxCoins = range.maxCoins ?? Number.POSITIVE_INFINITY;
    if (maxCoins < range.minCoins) report(`${place}.maxCoins`, range.maxCoins, 'must not be less than minCoins');
    return [{ place, minCoins: range.minCoins, maxCoins, payment: read(place, range) }];
  });
  ranges.sort((a, b) => a.minCoins - b.minCoins);
  for (const [index, range] of ranges.entries()) {
    const before = ranges[index - 1];
    if (before !== undefined && before.maxCoins >= range.minCoins) {
      report(`${range.place}.minCoins`, range.minCoins, `overlaps with ${before.place}`);
    }
  }
  return ranges.map(({ minCoins, maxCoins, payment }) => ({ minCoins, maxCoins, payment }));
}

function readPayment(place: string, form: PaymentForm, rowIds: readonly string[], report: Report): Payment {
  if (form.row !== undefined && form.rows !== undefined) report(place, form, 'must have "row" or "rows", not both');
  const isOfRow = form.row !== undefined || form.rows !== undefined;
  const onlyWrites = form.write !== undefined && form.strokes === undefined && form.strokesPerCoin === undefined;
  if (!isOfRow && !onlyWrites) report(place, form, 'must have "row" or "rows"');
  if (form.strokes !== undefined && form.strokesPerCoin !== undefined) {
    report(place, form, 'must have "strokes" or "strokesPerCoin", not both');
  }
  const written = form.rows ?? (form.row === undefined ? [] : [form.row]);
  const rows = written.map((row) => nameMeant(rowIds, row) ?? row);
  for (const [index, row] of rows.entries()) {
    const at = form.rows === undefined ? `${place}.row` : `${place}.rows[${index}]`;
    if (!rowIds.includes(row)) report(at, row, `is not a row of the config; it has ${rowIds.join(', ')}`);
    else if (rows.indexOf(row) !== index) report(at, row, 'stands twice in this list');
  }
  const write = form.write === undefined ? {} : { write: form.write };
  const strokes = isOfRow ? 1 : 0;
  return form.strokesPerCoin === undefined
    ? { rows, strokes: form.strokes ?? strokes, per: 'gift', ...write }
    : { rows, strokes: form.strokesPerCoin, per: 'coin', ...write };
}

export { isGiftName } from './gift-map-form.ts';

export type GiftMapResult =
  | { readonly ok: true; readonly map: GiftMap }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const anyText: ReadText = () => ({ ok: true, changed: [], left: [] });

/**
 * Reads a gift map. `rowIds` are the rows of the config; every row that the map names must be one of them. `rates` are
 * the config's, for donations in other currencies than the map's; `letters` is what its pen makes of texts, null where the
 * config has no plates, on which alone gifts are written. All problems are reported at once, each with its place in the file (`gifts[3].row`, `line 4, column 7`), value and rule. A byte
 * order mark and Windows line ends do no harm.
 */
export function parseGiftMap(
  text: string,
  rowIds: readonly string[],
  rates: Rates = {},
  letters: ReadText | null = anyText,
): GiftMapResult {
  const json = readJson(text.replace(/^\uFEFF/, ''));
  if (!json.ok) {
    return {
      ok: false,
      problems: [{ place: `line ${json.at.line}, column ${json.at.column}`, value: '', rule: json.rule }],
    };
  }
  if (Array.isArray(json.value)) {
    return { ok: false, problems: [{ place: 'the file', value: shown(json.value), rule: listRule }] };
  }
  const repeated = json.repeatedKeys.map(({ key, at }) => ({
    place: `line ${at.line}, column ${at.column}`,
    value: shown(key),
    rule: 'stands twice; names are compared without regard to case',
    line: at.line,
  }));
  const isLong = isLongForm(json.value);
  const words = { message: ruleInWords };
  const form = isLong ? v.safeParse(giftMapForm, json.value, words) : v.safeParse(shortForm, json.value, words);
  const wrong = form.success ? [] : form.issues.map((issue) => ({ path: pathOf(issue), problem: problemOf(issue) }));
  const lines = isLong
    ? soundLines(
        json.value,
        wrong.map(({ path }) => path),
      )
    : soundShortLines(json.value);
  const built = buildGiftMap(lines, { rowIds, rates, letters });
  const problems = [
    ...repeated,
    ...wrong.map(({ problem }) => problem),
    ...built.problems.filter(({ place }) => !wrong.some(({ problem }) => isPartOf(problem.place, place))),
  ].map((problem) => withLines(isLong ? problem : inShortForm(problem, json.value), json.lineOf));
  if (problems.length === 0) return { ok: true, map: built.map };
  return { ok: false, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

const listRule = 'must be an object: { "version": 1, "gifts": [ … ] }';

/** What is missing where something is broken was perhaps there: nothing is reported of it. */
function isPartOf(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
}

/** With the line on which it stands, and that of another part that it names. */
function withLines(problem: Problem, lineOf: (place: string) => number | undefined): Problem {
  const rule = problem.rule.replace(/(?:gifts|coinRanges)\[\d+\](?:\.\w+)?/g, (other) => {
    const line = lineOf(other);
    return line === undefined ? other : `${other} (line ${line})`;
  });
  return { ...problem, rule, line: problem.line ?? (problem.place === 'the file' ? undefined : lineOf(problem.place)) };
}

/** The short form has no list of gifts: its lines are called by their names. */
function inShortForm(problem: Problem, file: unknown): Problem {
  const found = /^gifts\[(\d+)\](?:\.(?:id|name)|\.rows(.*))?$/.exec(problem.place);
  if (found === null || typeof file !== 'object' || file === null) return problem;
  const lines = Object.entries(file);
  const [name, to] = lines[Number(found[1])] ?? [problem.place, null];
  const rule = problem.rule.replace(
    /gifts\[(\d+)\]\.(?:id|name)/,
    (_, index: string) => lines[Number(index)]?.[0] ?? '',
  );
  return { ...problem, place: `${name}${Array.isArray(to) ? (found[2] ?? '') : ''}`, rule };
}

const longFormKeys = ['version', 'gifts', 'coinRanges', 'otherGifts', 'events'];

/** The long form is known by its keys; anything that is not an object is judged as the long form too. */
function isLongForm(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.keys(value).length === 0 || Object.keys(value).some((key) => longFormKeys.includes(key));
}

function pathOf(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}

function problemOf(issue: v.BaseIssue<unknown>): Problem {
  const place = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  return { place: place === '' ? 'the file' : place, value: shown(standsThere(issue)), rule: ruleOf(issue) };
}

/** Of an unknown key, what stands behind it. */
function standsThere(issue: v.BaseIssue<unknown>): unknown {
  return issue.expected === 'never' ? issue.path?.at(-1)?.value : issue.input;
}

function ruleOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object') {
    if (issue.expected === 'never') return 'is not a key of a gift map';
    if (issue.received === 'undefined') return 'is missing';
    return 'must be an object';
  }
  return issue.message;
}
