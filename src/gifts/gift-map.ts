import * as v from 'valibot';
import { ruleInWords } from '../domain/rule-words.ts';
import { buildGiftMap } from './build.ts';
import { giftMapForm, shortForm } from './gift-map-form.ts';
import { readJson } from './json.ts';
import { type Path, soundLines, soundShortLines } from './remains.ts';
import { type GiftMap, type Problem, shown } from './worth.ts';

export { allot } from './allot.ts';
export { isGiftName } from './gift-map-form.ts';
export { type GiftMap, type Problem, worthOf, worthOfKind } from './worth.ts';

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
  const built = buildGiftMap(lines, rowIds);
  const problems = [
    ...repeated,
    ...wrong.map(({ problem }) => problem),
    ...built.problems.filter(({ place }) => !wrong.some(({ problem }) => isPartOf(problem.place, place))),
  ].map((problem) => withLines(isLong ? problem : inShortForm(problem, json.value), json.lineOf));
  if (problems.length === 0) return { ok: true, map: built.map };
  return { ok: false, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

const listRule = 'must be an object: { "version": 1, "gifts": [ … ] }';

/** What is missing where something is broken was perhaps there: nothing is told of it. */
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

/** The long form is told by its keys; anything that is not an object is judged as the long form too. */
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
