import {
  isPaidFor,
  letteringOf,
  type Point,
  type RowLayout,
  type SheetLayout,
  type StrokeRef,
  type Track,
} from '../domain/sheet.ts';
import { micrometres, shapeOf } from './shapes.ts';

/** The row of a layout by its id. Throws when the sheet has no such row: nobody may plan ink there. */
export function rowOf(layout: SheetLayout, id: string): RowLayout {
  const row = layout.rows.find((each) => each.id === id);
  if (row === undefined) throw new Error(`the sheet has no row "${id}"`);
  return row;
}

/**
 * The line of ink that is the `n`-th stroke of a row, as the points that the pen goes through.
 * It is all that decides where a stroke lies: the same layout and `n` give the same points, whatever was drawn before.
 * Throws when the row has no such place.
 */
export function strokePath(row: RowLayout, n: number): readonly Point[] {
  if (!Number.isInteger(n) || n < 1 || n > row.capacity) {
    throw new Error(`row "${row.id}" has places 1 to ${row.capacity}, not ${n}`);
  }
  return shapeOf(row, n).map(({ xMm, yMm }) => ({ xMm: micrometres(xMm), yMm: micrometres(yMm) }));
}

/** The track of a sheet by its id. Throws when the sheet has none of this id. */
function trackOf(layout: SheetLayout, id: string): Track {
  if (!isPaidFor(id)) return letteringOf(layout);
  const row = rowOf(layout, id);
  return { id, count: row.capacity, pathOf: (n) => strokePath(row, n) };
}

/** The same for any ink of a sheet. */
export function inkPath(layout: SheetLayout, { row, n }: Pick<StrokeRef, 'row' | 'n'>): readonly Point[] {
  return trackOf(layout, row).pathOf(n);
}

/** Where a stroke begins and ends when it is drawn from below. */
export function strokeEnds(layout: SheetLayout, ref: StrokeRef): { readonly from: Point; readonly to: Point } {
  return endsOf(inkPath(layout, ref));
}

/** First and last point of a path. */
export function endsOf(path: readonly Point[]): { readonly from: Point; readonly to: Point } {
  const [from] = path;
  const to = path.at(-1);
  if (from === undefined || to === undefined) throw new Error('a stroke without points is none');
  return { from, to };
}
