import * as v from 'valibot';
import { buildGiftMap } from './build.ts';
import { type GiftMapForm, giftMapForm, shortForm } from './gift-map-form.ts';
import { readJson } from './json.ts';
import { type GiftMap, type Problem, shown } from './worth.ts';

export { allot } from './allot.ts';
export { type GiftMap, type Problem, worthOf } from './worth.ts';

export type GiftMapResult =
  | { readonly ok: true; readonly map: GiftMap }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a gift map. `rowIds` are the rows of the config; every row that the map names must be one of them.
 * All problems are told at once, each with its place in the file (`gifts[3].row`, `line 4, column 7`), value and rule.
 * A byte order mark and Windows line ends do no harm.
 */
export function parseGiftMap(text: string, rowIds: readonly string[]): GiftMapResult {
  const json = readJson(text.replace(/^\uFEFF/, ''));
  if (!json.ok) {
    return {
      ok: false,
      problems: [{ place: `line ${json.at.line}, column ${json.at.column}`, value: '', rule: json.rule }],
    };
  }
  if (Array.isArray(json.value)) {
    return { ok: false, problems: [{ place: 'the file', value: shown(json.value), rule: 'must be an object' }] };
  }
  const repeated = json.repeatedKeys.map(({ key, at }) => ({
    place: `line ${at.line}, column ${at.column}`,
    value: shown(key),
    rule: 'stands twice; names are compared without regard to case',
  }));
  const form = isLongForm(json.value) ? v.safeParse(giftMapForm, json.value) : v.safeParse(shortForm, json.value);
  if (!form.success) {
    return { ok: false, problems: [...repeated, ...form.issues.map(problemOf)] };
  }
  const long: GiftMapForm = isLongForm(json.value)
    ? v.parse(giftMapForm, json.value)
    : lengthen(v.parse(shortForm, json.value));
  const built = buildGiftMap(long, rowIds);
  const problems = [...repeated, ...built.problems];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, map: built.map };
}

const longFormKeys = ['version', 'gifts', 'coinRanges', 'otherGifts', 'events'];

/** The long form is told by its keys; anything that is not an object is judged as the long form too. */
function isLongForm(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.keys(value).length === 0 || Object.keys(value).some((key) => longFormKeys.includes(key));
}

function lengthen(short: v.InferOutput<typeof shortForm>): GiftMapForm {
  const gifts = Object.entries(short).map(([key, to]) => ({
    ...(/^\d+$/.test(key) ? { id: key } : { name: key }),
    rows: typeof to === 'string' ? [to] : to,
  }));
  return { version: 1, gifts };
}

function problemOf(issue: v.BaseIssue<unknown>): Problem {
  const place = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  return { place: place === '' ? 'the file' : place, value: shown(issue.input), rule: ruleOf(issue) };
}

function ruleOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object') {
    if (issue.expected === 'never') return 'is not a key of a gift map';
    if (issue.received === 'undefined') return 'is missing';
    return 'must be an object';
  }
  if (issue.type === 'array') return issue.message.startsWith('Invalid') ? 'must be a list' : issue.message;
  if (issue.type === 'record') return 'must be an object';
  return issue.message;
}
