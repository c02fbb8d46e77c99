import type { Point, SheetLayout } from '../domain/sheet.ts';
import { type Candidate, nextOfLive, type TurnFacts } from './live-order.ts';
import { rowOf, strokePath } from './place.ts';

export type { Candidate } from './live-order.ts';

/**
 * Whose turn it is:
 * - `row`: rows in the config's order, each until nothing more is owed there;
 * - `oldest`: first credited, first drawn;
 * - `nearest`: the shortest way of the pen;
 * - `live`: givers of the running live take turns, old debts use what time is left (`live-order.ts`).
 */
export type DrawOrder = 'row' | 'oldest' | 'nearest' | 'live';

/**
 * Picks the next stroke; null when there is none. Ties go to the older credit, then to the lower place.
 * `live` is what order "live" looks at besides; without it that order is "oldest".
 */
export function nextStroke<C extends Candidate>(
  candidates: readonly C[],
  penAt: Point,
  order: DrawOrder,
  layout: SheetLayout,
  live: TurnFacts | null = null,
): C | null {
  if (order === 'live' && live !== null) {
    return nextOfLive(candidates, live, (candidate) => wayMm(layout, candidate, penAt));
  }
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
  const path = strokePath(rowOf(layout, row), n);
  const ends = [path[0], path.at(-1)].filter((end) => end !== undefined);
  return Math.min(...ends.map((end) => Math.hypot(end.xMm - penAt.xMm, end.yMm - penAt.yMm)));
}
