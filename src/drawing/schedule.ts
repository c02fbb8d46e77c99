import type { Point, SheetLayout } from '../domain/sheet.ts';
import { rowOf, strokePath } from './place.ts';

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

/** What order "live" looks at besides the candidates; times on the clock of `Turn.sinceMs`. */
export interface TurnFacts {
  readonly nowMs: number;
  /** Within this time a new giver's first stroke shall begin. */
  readonly boundMs: number;
  /** How long a stroke takes when the pen has to go to another row for it. */
  readonly strokeMs: number;
  /** The row of the last stroke, null before the first, and how many were drawn there one after the other. */
  readonly lastRow: string | null;
  readonly run: number;
}

/** After so many strokes in one row it is the turn of whoever is first, wherever their row is. */
const runMax = 20;
/** Old debts are nobody's turn: the pen stays longer where it is. */
const oldRunMax = 48;

type InTurn<C extends Candidate> = C & { readonly turn: Turn };

/**
 * Whose turn it is while a live runs. New givers come first, then the others in the order in which they wait, then old
 * debts. Ways cost more than strokes, so the pen takes along those whose strokes lie in the row where it is, for a
 * while: as long as everybody else can still be served within the bound, or when somebody is late already; and it goes
 * to the nearest new giver as long as the first of them can wait.
 *
 * Candidates with a `turn` are those of the running live; they may come in any order, and it suffices to offer the first
 * of the queue. `wayMm` is the pen's way to a candidate. Null when there is none.
 */
export function nextOfLive<C extends Candidate>(
  candidates: readonly C[],
  facts: TurnFacts,
  wayMm: (candidate: Candidate) => number,
): C | null {
  const queue = candidates.filter(isInTurn).toSorted(byTurn);
  const [head] = queue;
  if (head === undefined) return nextOld(candidates, facts);
  const neighbour = queue.find(({ row }) => row === facts.lastRow);
  if (neighbour?.giver === head.giver) return neighbour;
  const newcomers = queue.filter(({ turn }) => turn.isFirst);
  const isPressing = newcomers.length > 0 && spareMs(newcomers, facts) <= facts.strokeMs;
  if (neighbour !== undefined && mayTakeAlong(neighbour, isPressing ? newcomers : queue, isPressing, facts)) {
    return neighbour;
  }
  const canWait = spareMs([head], facts) > 2 * facts.strokeMs;
  return head.turn.isFirst && canWait ? nearest(newcomers, wayMm) : head;
}

/** Whether a stroke in the row where the pen is may come before those who wait elsewhere. */
function mayTakeAlong(
  neighbour: InTurn<Candidate>,
  before: readonly InTurn<Candidate>[],
  isPressing: boolean,
  facts: TurnFacts,
): boolean {
  if (facts.run >= runMax || (isPressing && !neighbour.turn.isFirst)) return false;
  if (isPressing && spareMs(before.slice(0, 1), facts) > 2 * facts.strokeMs) return true;
  return spareMs(before, facts) > facts.strokeMs || isSomebodyLate(before, facts);
}

function nearest<C extends Candidate>(among: readonly C[], wayMm: (candidate: Candidate) => number): C | null {
  let best: { candidate: C; mm: number } | null = null;
  for (const candidate of among) {
    const mm = wayMm(candidate);
    if (best === null || mm < best.mm) best = { candidate, mm };
  }
  return best === null ? null : best.candidate;
}

function isInTurn<C extends Candidate>(candidate: C): candidate is InTurn<C> {
  return candidate.turn !== undefined;
}

/** New givers first; among equals, who waits longer; then the older credit. */
function byTurn(a: InTurn<Candidate>, b: InTurn<Candidate>): number {
  if (a.turn.isFirst !== b.turn.isFirst) return a.turn.isFirst ? -1 : 1;
  return a.turn.sinceMs - b.turn.sinceMs || a.creditSequence - b.creditSequence;
}

/** How long the pen can do something else and still serve all of a queue in time, one after the other. */
function spareMs(queue: readonly InTurn<Candidate>[], { nowMs, boundMs, strokeMs }: TurnFacts): number {
  return queue.reduce(
    (spare, { turn }, index) => Math.min(spare, turn.sinceMs + boundMs - nowMs - (index + 1) * strokeMs),
    Number.POSITIVE_INFINITY,
  );
}

/** There is more to do than can be done in time: then staying in a row for a while serves all sooner. */
function isSomebodyLate(queue: readonly InTurn<Candidate>[], { nowMs, boundMs }: TurnFacts): boolean {
  return queue.some(({ turn }) => nowMs - turn.sinceMs > boundMs);
}

/** The oldest debt, after the row where the pen is has got its share. */
function nextOld<C extends Candidate>(candidates: readonly C[], { lastRow, run }: TurnFacts): C | null {
  const here = run < oldRunMax ? candidates.filter(({ row }) => row === lastRow) : [];
  const among = here.length > 0 ? here : candidates;
  return among.reduce<C | null>(
    (oldest, each) => (oldest === null || each.creditSequence < oldest.creditSequence ? each : oldest),
    null,
  );
}

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
