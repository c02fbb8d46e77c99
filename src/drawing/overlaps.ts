import type { RowLayout } from '../domain/sheet.ts';
import { boxOf, overlap, show, toleranceMm } from './row-places.ts';
import type { LayoutSettings, ProblemList } from './settings.ts';

/** A row that was laid out, with its number in the settings. */
interface PlacedRow {
  readonly row: RowLayout;
  readonly index: number;
}

/** Two rows that lie over each other, in the order of the settings. */
type Pair = readonly [first: PlacedRow, second: PlacedRow];

/** So many rows that lie over others have their length for a cause, not their places. */
const commonMin = 3;
const namedMax = 4;

/**
 * Rows may touch; they may not lie over each other. Each cause is told once: the length of all strokes, the length of
 * one row, a row that lies over several others; else the later one of two.
 */
export function checkOverlaps(rows: readonly PlacedRow[], settings: LayoutSettings, problems: ProblemList): void {
  const all = rows.flatMap((second, at) =>
    rows
      .slice(0, at)
      .flatMap((first): Pair[] => (overlap(boxOf(first.row), boxOf(second.row)) ? [[first, second]] : [])),
  );
  const ofPlaces = tellOwnLengths(tellCommonLength(all, settings, problems), settings, problems);
  tellPlaces(ofPlaces, settings, problems);
}

/** Tells that all strokes are too long for where the rows stand; gives the pairs that have another cause. */
function tellCommonLength(pairs: readonly Pair[], settings: LayoutSettings, { check }: ProblemList): readonly Pair[] {
  const isUsual = ({ index }: PlacedRow) => settings.rows[index]?.strokeMm === undefined;
  const ofLength = pairs.filter((pair) => pair.every(isUsual) && gapMm(pair) > toleranceMm);
  const [closest] = ofLength.toSorted((a, b) => gapMm(a) - gapMm(b));
  const lower = new Set(ofLength.map((pair) => lowerOf(pair).index));
  if (closest === undefined || lower.size < commonMin) return pairs;
  const apart = `${named(lowerOf(closest))} and ${named(upperOf(closest))} stand apart`;
  const rule = `must be at most ${show(gapMm(closest))}, as far as ${apart}: ${lower.size} rows lie over others`;
  check(false, 'stroke.lengthMm', settings.stroke.lengthMm, rule);
  return pairs.filter((pair) => !ofLength.includes(pair));
}

/** Tells of each row that has a length of its own what it is too long for; gives the pairs that have another cause. */
function tellOwnLengths(pairs: readonly Pair[], settings: LayoutSettings, { check }: ProblemList): readonly Pair[] {
  const isTooLong = (pair: Pair) => {
    const own = settings.rows[lowerOf(pair).index]?.strokeMm ?? 0;
    return own > settings.stroke.lengthMm && gapMm(pair) >= settings.stroke.lengthMm - toleranceMm;
  };
  const ofLength = pairs.filter(isTooLong);
  for (const long of new Set(ofLength.map(lowerOf))) {
    const over = ofLength.filter((pair) => lowerOf(pair) === long).toSorted((a, b) => gapMm(a) - gapMm(b));
    const most = Math.min(...over.map(gapMm));
    const rule = `must be at most ${show(most)}: else it lies over ${listed(over.map(upperOf))}`;
    check(false, `rows[${long.index}].strokeMm`, settings.rows[long.index]?.strokeMm, rule);
  }
  return pairs.filter((pair) => !ofLength.includes(pair));
}

/** Tells which rows stand in the wrong place: first those that lie over the most others. */
function tellPlaces(pairs: readonly Pair[], settings: LayoutSettings, { check }: ProblemList): void {
  let left = pairs;
  while (left.length > 0) {
    const wrong = mostOf(left);
    const others = left.flatMap((pair) => pair.filter((each) => pair.includes(wrong) && each !== wrong));
    const [other] = others;
    const reach =
      others.length === 1 && other !== undefined ? `, whose strokes reach from ${reachOf(other, settings)}` : '';
    const written = settings.rows[wrong.index]?.yMm;
    check(false, `rows[${wrong.index}].yMm`, written, `must not lie over ${listed(others)}${reach}`);
    left = left.filter((pair) => !pair.includes(wrong));
  }
}

/** The row that is in the most pairs; of several the last one. */
function mostOf(pairs: readonly Pair[]): PlacedRow {
  const count = (row: PlacedRow) => pairs.filter((pair) => pair.includes(row)).length;
  return pairs.flat().reduce((most, each) => {
    const more = count(each) - count(most);
    return more > 0 || (more === 0 && each.index > most.index) ? each : most;
  });
}

function lowerOf([first, second]: Pair): PlacedRow {
  return second.row.yMm < first.row.yMm ? second : first;
}

function upperOf(pair: Pair): PlacedRow {
  return lowerOf(pair) === pair[0] ? pair[1] : pair[0];
}

/** From the foot of the lower row to that of the upper one. */
function gapMm(pair: Pair): number {
  return upperOf(pair).row.yMm - lowerOf(pair).row.yMm;
}

function reachOf({ row }: PlacedRow, { paper }: LayoutSettings): string {
  const footMm = row.yMm - paper.offsetYMm;
  return `${show(footMm)} to ${show(footMm + row.strokeMm)}`;
}

function named({ row, index }: PlacedRow): string {
  return `row "${row.id}" (rows[${index}])`;
}

function listed(rows: readonly PlacedRow[]): string {
  const names = rows.slice(0, namedMax).map(named);
  const more = rows.length - names.length;
  const last = more > 0 ? `${more} more` : names.pop();
  return names.length === 0 ? `${last}` : `${names.join(', ')} and ${last}`;
}
