import type { BaseIssue } from 'valibot';

const kindWords: Readonly<Record<string, string>> = {
  string: 'must be text, in quotes',
  number: 'must be a number, without quotes',
  boolean: 'must be true or false, without quotes',
  array: 'must be a list',
  tuple: 'must be a list',
  object: 'must be an object',
  strict_object: 'must be an object',
  loose_object: 'must be an object',
  record: 'must be an object',
  integer: 'must be a whole number',
  safe_integer: 'must be a whole number',
  non_empty: 'must not be empty',
  parse_json: 'must be JSON',
};

/** By the kind of bound; the bound stands behind it. */
const boundWords: Readonly<Record<string, string>> = {
  min_value: 'must be at least',
  max_value: 'must be at most',
  min_length: 'must be at least this long:',
  max_length: 'must be at most this long:',
};

/**
 * The rule that a value breaks, to be read after the name of its key, where its form has no words of its own: given to
 * a check as `message`, it stands in for those of the library, which are for programmers.
 */
export function ruleInWords({ type, expected, received, requirement }: BaseIssue<unknown>): string {
  if (expected === 'never') return 'is not known here';
  if (received === 'undefined') return 'is missing';
  if (type === 'picklist' || type === 'literal' || type === 'variant') return `must be ${choicesOf(expected ?? '')}`;
  const bound = boundWords[type];
  if (bound !== undefined) return `${bound} ${String(requirement)}`;
  return kindWords[type] ?? 'has not the form that it must have';
}

/** `("a" | "b")` as people write it. */
function choicesOf(expected: string): string {
  return expected.replace(/^\((.*)\)$/, '$1').replaceAll(' | ', ' or ');
}

/** Something that is wrong with a file, as all rooms report it. */
export interface PlacedFault {
  /** `rows[2].yMm`, counted from 0 as programs do. */
  readonly place: string;
  readonly value: string;
  readonly rule: string;
  /** The line of the file where it stands, where that is known. */
  readonly line?: number | undefined;
}

const singular: Readonly<Record<string, string>> = {
  rows: 'row',
  gifts: 'gift',
  coinRanges: 'coin range',
  rules: 'rule',
};

/** Entries of lists as people count them: `rows[2].yMm` is `row 3, yMm`, and `keep[0]` is `keep, entry 1`. */
export function asPeopleCount(text: string): string {
  return text
    .replace(
      /(?<![\w.])(rows|gifts|coinRanges|rules)\[(\d+)\](\.(?=\w))?/g,
      (_, list: string, index: string, key?: string) =>
        `${singular[list] ?? list} ${Number(index) + 1}${key === undefined ? '' : ', '}`,
    )
    .replace(/\[(\d+)\]/g, (_, index: string) => `, entry ${Number(index) + 1}`);
}

/** So many problems of one kind have one cause, which lies elsewhere. */
const alikeMin = 3;
const placesShown = 12;
/** More lines nobody reads, and a sentence of megabytes goes into a log. */
const linesMax = 100;

/**
 * Problems in lines for a person. Where many say the same of different places, the first one is reported, and where the
 * others are: they have one cause, and ten consequences would hide it.
 */
export function problemLines(
  problems: readonly PlacedFault[],
  format: (problem: PlacedFault) => string,
): readonly string[] {
  const groups = new Map<string, PlacedFault[]>();
  for (const problem of problems) {
    const kind = `${problem.place} | ${problem.rule}`.replace(/"[^"]*"|\d+(?:\.\d+)?/g, '#');
    const alike = groups.get(kind);
    if (alike === undefined) groups.set(kind, [problem]);
    else alike.push(problem);
  }
  const lines = [...groups.values()].flatMap((alike) => {
    const [first, ...others] = alike;
    if (first === undefined || alike.length < alikeMin) return alike.map(format);
    const numbers = new Set(alike.map(({ line }) => line));
    const haveLines = numbers.size === alike.length && !numbers.has(undefined);
    const places = others.map(({ line, place }) =>
      haveLines ? String(line) : asPeopleCount(place).replace(/,.*/, ''),
    );
    const shown = `${haveLines ? 'lines ' : ''}${places.slice(0, placesShown).join(', ')}`;
    const more = places.length > placesShown ? ` and ${places.length - placesShown} more` : '';
    return [`${format(first)}; the same in ${shown}${more}: look for the one cause of all ${alike.length}`];
  });
  return lines.length <= linesMax
    ? lines
    : [...lines.slice(0, linesMax), `and ${lines.length - linesMax} more; correct these first`];
}
