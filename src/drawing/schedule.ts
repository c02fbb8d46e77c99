import type { Point, SheetLayout } from '../domain/sheet.ts';
import { distanceMm, endsOf, inkPath } from './place.ts';

/** Where a giver of the running live stands in the queue. */
export interface Turn {
  /** Wall or monotonic time of their last stroke, or of their first gift since nothing was owed to them. */
  readonly sinceMs: number;
  /** None of their gifts of this live has got a stroke yet. */
  readonly isFirst: boolean;
}

/**
 * A stroke that could be drawn next. It suffices to offer, for each row of the sheet that has room, one candidate for
 * its oldest credit; more of a row (one for each giver) let turns be taken within it.
 */
export interface Candidate {
  readonly row: string;
  /** The place in the row: the next free one, or that of a stroke that is to be drawn again. */
  readonly n: number;
  /** Which credit it pays; credits count up as they are written. */
  readonly creditSequence: number;
  readonly creditedAtMs: number;
  /** Who gave it; null when nobody did (a test, by hand). */
  readonly giver: string | null;
  /** Credited during the live that is running. */
  readonly live: boolean;
  /** For order "live": where the giver stands in the queue; see `live-turns.ts`. */
  readonly turn?: Turn;
}

/** Somebody who gave during the running live and has not had a stroke of it yet. */
export interface Newcomer {
  readonly sinceMs: number;
  /** Where they are owed one and the sheet has room. */
  readonly rows: readonly string[];
}

/**
 * Whose turn it is:
 * - `row`: rows in the config's order, each until nothing more is owed there;
 * - `oldest`: first credited, first drawn;
 * - `nearest`: the shortest way of the pen;
 * - `live`: givers of the running live take turns, old debts use what time is left (`live-order.ts`).
 */
export type DrawOrder = 'row' | 'oldest' | 'nearest' | 'live';

/** Picks the next stroke by any order but "live"; null when there is none. Ties go to the older credit, then to the lower place. */
export function nextStroke<C extends Candidate>(
  candidates: readonly C[],
  penAt: Point,
  order: DrawOrder,
  layout: SheetLayout,
): C | null {
  const rank = ranks[order](layout, penAt);
  let best: { candidate: C; rank: number } | null = null;
  for (const candidate of candidates) {
    const its = rank(candidate);
    if (best === null || its < best.rank || (its === best.rank && isBefore(candidate, best.candidate))) {
      best = { candidate, rank: its };
    }
  }
  return best === null ? null : best.candidate;
}

type Rank = (candidate: Candidate) => number;

const ranks: Readonly<Record<DrawOrder, (layout: SheetLayout, penAt: Point) => Rank>> = {
  row: (layout) => {
    const places = new Map(layout.rows.map(({ id }, index) => [id, index]));
    return ({ row }) => places.get(row) ?? layout.rows.length;
  },
  oldest: () => (candidate) => candidate.creditSequence,
  live: () => (candidate) => candidate.creditSequence,
  nearest: (layout, penAt) => (candidate) => wayMm(layout, candidate, penAt),
};

function isBefore(a: Candidate, b: Candidate): boolean {
  return a.creditSequence !== b.creditSequence ? a.creditSequence < b.creditSequence : a.n < b.n;
}

function wayMm(layout: SheetLayout, { row, n }: Candidate, penAt: Point): number {
  const { from, to } = endsOf(inkPath(layout, { row, n }));
  return Math.min(distanceMm(from, penAt), distanceMm(to, penAt));
}
