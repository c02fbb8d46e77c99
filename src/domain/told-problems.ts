/** Something that is wrong with a file, as all rooms tell it. */
export interface ToldProblem {
  /** `rows[2].yMm`, counted from 0 as programs do. */
  readonly place: string;
  readonly value: string;
  readonly rule: string;
  /** The line of the file where it stands, where that is known. */
  readonly line?: number | undefined;
}

const singular: Readonly<Record<string, string>> = { rows: 'row', gifts: 'gift', coinRanges: 'coin range' };

/** Entries of lists as people count them: `rows[2].yMm` is `row 3, yMm`, and `keep[0]` is `keep, entry 1`. */
export function asPeopleCount(text: string): string {
  return text
    .replace(
      /(?<![\w.])(rows|gifts|coinRanges)\[(\d+)\](\.(?=\w))?/g,
      (_, list: string, index: string, key?: string) =>
        `${singular[list] ?? list} ${Number(index) + 1}${key === undefined ? '' : ', '}`,
    )
    .replace(/\[(\d+)\]/g, (_, index: string) => `, entry ${Number(index) + 1}`);
}

/** So many problems of one kind have one cause, which lies elsewhere. */
const alikeMin = 3;
const placesShown = 12;

/**
 * Problems in lines for a person. Where many say the same of different places, the first one is told, and where the
 * others are: they have one cause, and ten consequences would hide it.
 */
export function problemLines(
  problems: readonly ToldProblem[],
  format: (problem: ToldProblem) => string,
): readonly string[] {
  const groups = new Map<string, ToldProblem[]>();
  for (const problem of problems) {
    const kind = `${problem.place} | ${problem.rule}`.replace(/"[^"]*"|\d+(?:\.\d+)?/g, '#');
    groups.set(kind, [...(groups.get(kind) ?? []), problem]);
  }
  return [...groups.values()].flatMap((alike) => {
    const [first, ...others] = alike;
    if (first === undefined || alike.length < alikeMin) return alike.map(format);
    const lines = new Set(alike.map(({ line }) => line));
    const haveLines = lines.size === alike.length && !lines.has(undefined);
    const places = others.map(({ line, place }) =>
      haveLines ? String(line) : asPeopleCount(place).replace(/,.*/, ''),
    );
    const shown = `${haveLines ? 'lines ' : ''}${places.slice(0, placesShown).join(', ')}`;
    const more = places.length > placesShown ? ` and ${places.length - placesShown} more` : '';
    return [`${format(first)}; the same in ${shown}${more}: look for the one cause of all ${alike.length}`];
  });
}
