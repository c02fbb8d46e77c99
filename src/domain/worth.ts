/**
 * What a gift (or another event) is worth: of every `per` units of its count, `strokes` strokes,
 * paid into `rows`, filled in that order. Whole numbers, so that growth never rounds.
 */
export interface Worth {
  readonly rows: readonly string[];
  readonly strokes: number;
  readonly per: number;
}

/** The strokes that a count is worth in all; it only grows with the count. */
export function strokesFor(worth: Worth, count: number): number {
  return Math.floor(count / worth.per) * worth.strokes;
}

/** Where a credit comes from; shown wherever credits are shown. */
export type CreditKind = 'live' | 'test' | 'hand' | 'replay';

/** Kinds of events beside gifts that can pay. */
export type PayingKind = 'follow' | 'share' | 'subscribe' | 'like';

/** A part of a worth that goes to one row. */
export interface Allotment {
  readonly row: string;
  readonly strokes: number;
}

/** How full a row is: what fits on a sheet (null when the current sheet does not have it), and what is taken of it. */
export interface RowRoom {
  readonly capacity: number | null;
  readonly taken: number;
}

/** Spreads strokes over rows in their order, sheet by sheet. Pure; neither loses nor makes a stroke. */
export type Allot = (rows: readonly string[], strokes: number, room: (row: string) => RowRoom) => readonly Allotment[];
