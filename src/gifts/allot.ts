import type { Allot, RowRoom } from '../domain/worth.ts';

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
