import { type MotionLimits, mpcncLimits } from '../domain/motion.ts';
import { isDrawing, type Point, type SheetLayout } from '../domain/sheet.ts';
import { pathMs } from './fit-drawing.ts';
import { distanceMm, endsOf, inkPath } from './place.ts';
import type { Candidate, Newcomer, Turn } from './schedule.ts';
import { type InkedUpTo, wayTimeMs, wayTimeUpMs } from './ways.ts';

/** What order "live" looks at besides the candidates; times on the clock of `Turn.sinceMs`. */
export interface TurnFacts {
  readonly nowMs: number;
  /** Within this time a new giver's first stroke shall begin. */
  readonly boundMs: number;
  /** Who has not had a stroke yet, longest waiting first. */
  readonly newcomers: readonly Newcomer[];
  /** The row of the last stroke, null before the first, and how many were drawn there one after the other. */
  readonly lastRow: string | null;
  readonly run: number;
  /** Since when they are drawn there. */
  readonly turnSinceMs: number;
  /** Since when something has been owed in a row without a stroke there. */
  readonly owedSinceMs: (row: string) => number;
  /** Whether the sheet has to be changed once a stroke more is drawn in a row. */
  readonly endsSheet: (row: string) => boolean;
}

/** What ways take by the planner's model, ms. */
export interface WayTimes {
  /** A stroke after its neighbour. */
  readonly strokeMs: number;
  /** What is drawn for a candidate: a stroke, or a path of a drawing. */
  inkMs(candidate: Pick<Candidate, 'row' | 'n'>): number;
  /** From where the pen is to above a candidate. */
  toMs(candidate: Pick<Candidate, 'row' | 'n'>): number;
  /** At most, from row to row; null: from where the pen is. */
  betweenMs(from: string | null, to: string): number;
}

/** The times of ways on a sheet for a pen that hops over `penAt`; `strokeMs` as in `WayTimes`. Each is worked out once. */
export function wayTimes(
  layout: SheetLayout,
  inkedUpTo: InkedUpTo,
  penAt: Point,
  nextPlace: (row: string) => number | null,
  strokeMs: number,
  limits: MotionLimits = mpcncLimits,
): WayTimes {
  const known = new Map<string, number>();
  const once = (key: string, work: () => number): number => {
    const ms = known.get(key) ?? work();
    known.set(key, ms);
    return ms;
  };
  const startOf = (row: string, n: number, from: Point): Point => {
    const { from: foot, to: head } = endsOf(inkPath(layout, { row, n }));
    return distanceMm(from, head) < distanceMm(from, foot) ? head : foot;
  };
  const footOf = (row: string): Point => endsOf(inkPath(layout, { row, n: nextPlace(row) ?? 1 })).from;
  return {
    strokeMs,
    inkMs: ({ row, n }) =>
      isDrawing(row) ? once(`${row}/${n}/`, () => pathMs(layout, inkPath(layout, { row, n }), limits)) : strokeMs,
    toMs: ({ row, n }) =>
      once(`${row}/${n}`, () => wayTimeMs(layout, inkedUpTo, penAt, startOf(row, n, penAt), limits)),
    betweenMs: (from, to) =>
      once(`${from}//${to}`, () => wayTimeUpMs(layout, from === null ? penAt : footOf(from), footOf(to), limits)),
  };
}

/** So long a row waits at most while something is owed there, as long as newcomers are served in time. */
const rowWaitMaxMs = 300_000;
/** A drawing that has waited for so long gets a turn while a live is drawn, and its turn lasts so long. */
const drawingWaitMs = 60_000;
const drawingTurnMs = 15_000;
/** This part of the time is aimed at: disturbed lines, a stop and a change of paper take some, too. */
const aimedAt = 0.75;
/** What has to be in time is begun so much earlier. */
const marginMs = 3_000;
/** After so many strokes in one row it is the turn of whoever waits longest, wherever their row is. */
const runMax = 40;
/** Old debts are nobody's turn: the pen stays longer where it is. */
const oldRunMax = 48;

type InTurn<C extends Candidate> = C & { readonly turn: Turn };

/**
 * Whose turn it is while a live runs. A way to another row takes longer than a stroke, so the pen goes along its row and
 * draws for whoever paid there, new givers first, then who waits longest. It goes elsewhere when a new giver's first
 * stroke would come too late otherwise, when a row has waited for long, when somebody elsewhere has waited longer than
 * all here and it has been here for a while, when a stroke here would end the sheet before a new giver's first one, and
 * when nothing is owed here: then to what is nearest. Old debts are drawn while nobody of the live waits. Drawings are,
 * too; besides they get a turn of a quarter of a minute each minute, as long as that breaks no promise to a giver or row.
 *
 * Candidates with a `turn` are those of the running live: for each row the first new giver and the first of the others.
 * They may come in any order. Null when there is none.
 */
export function nextOfLive<C extends Candidate>(candidates: readonly C[], facts: TurnFacts, ways: WayTimes): C | null {
  const next = nextInTime(candidates, facts, ways);
  if (next === null || !facts.endsSheet(next.row)) return next;
  const others = candidates.filter(({ row, turn }) => turn?.isFirst === true && !facts.endsSheet(row));
  return nearest(others, ways) ?? next;
}

function nextInTime<C extends Candidate>(candidates: readonly C[], facts: TurnFacts, ways: WayTimes): C | null {
  const queue = candidates.filter(isInTurn).toSorted(byTurn);
  const { lastRow } = facts;
  const newcomers = servable(facts.newcomers, queue);
  const here = queue.find(({ row }) => row === lastRow) ?? null;
  const starving = longestOwed([...queue, ...candidates], facts, ways);
  const isNewHere = here?.turn.isFirst === true;
  const elsewhere = newcomers.filter(({ rows }) => !isNewHere || !rows.includes(here.row));
  const maySpend = (busyMs: number, row: string | null, whose: readonly Newcomer[], share = aimedAt) =>
    isInTime(whose, { nowMs: facts.nowMs + busyMs, withinMs: share * facts.boundMs }, ways, row);
  if (!maySpend(ways.strokeMs, lastRow, elsewhere)) {
    // More than can be done in time: those of one row together, as long as that costs nobody the bound.
    const isTooMuch = isNewHere && !maySpend(0, null, newcomers);
    if (isTooMuch && (maySpend(ways.strokeMs, lastRow, elsewhere, 1) || !maySpend(0, null, newcomers, 1))) return here;
    return nearest(firstOf(queue, newcomers), ways) ?? here;
  }
  if (starving !== null) return starving;
  const drawing = drawingInTurn(candidates, facts, ways);
  const isFree = (path: C) => {
    const busyMs = ways.toMs(path) + ways.inkMs(path);
    const isLate = longestOwed([...queue, ...candidates], { ...facts, nowMs: facts.nowMs + busyMs }, ways) !== null;
    return !isLate && maySpend(busyMs, path.row, newcomers);
  };
  if (drawing !== null && isFree(drawing)) return drawing;
  if (here !== null) return facts.run < runMax ? here : inRowOf(longestWaiting(queue), queue);
  const next = nearest(queue, ways);
  if (next === null) {
    const strokes = candidates.filter(({ row }) => !isDrawing(row));
    const old = nextOld(candidates, facts);
    return old !== null && isDrawing(old.row) && !isFree(old) ? (nextOld(strokes, facts) ?? old) : old;
  }
  const others = newcomers.filter(({ rows }) => !next.turn.isFirst || !rows.includes(next.row));
  const canWait = maySpend(ways.toMs(next) + ways.strokeMs, next.row, others);
  return canWait ? next : nearest(firstOf(queue, newcomers), ways);
}

/** The path of a drawing whose turn it is: it has waited, or its turn is not over. */
function drawingInTurn<C extends Candidate>(
  candidates: readonly C[],
  { nowMs, lastRow, turnSinceMs, owedSinceMs }: TurnFacts,
  ways: WayTimes,
): C | null {
  const path = candidates.find(({ row }) => isDrawing(row)) ?? null;
  if (path === null) return null;
  if (path.row === lastRow) return nowMs + ways.inkMs(path) <= turnSinceMs + drawingTurnMs ? path : null;
  return nowMs >= owedSinceMs(path.row) + drawingWaitMs ? path : null;
}

/** Those new givers, and their rows, for whom there is a candidate. */
function servable(newcomers: readonly Newcomer[], queue: readonly InTurn<Candidate>[]): readonly Newcomer[] {
  const offered = new Set(queue.filter(({ turn }) => turn.isFirst).map(({ row }) => row));
  return newcomers.flatMap(({ sinceMs, rows }) => {
    const there = rows.filter((row) => offered.has(row));
    return there.length === 0 ? [] : [{ sinceMs, rows: there }];
  });
}

function longestWaiting<C extends Candidate>(queue: readonly InTurn<C>[]): InTurn<C> | null {
  return queue.toSorted((a, b) => a.turn.sinceMs - b.turn.sinceMs)[0] ?? null;
}

/** Whose turn it is in the row of another candidate. */
function inRowOf<C extends Candidate>(candidate: C | null, queue: readonly InTurn<C>[]): InTurn<C> | null {
  return queue.find(({ row }) => row === candidate?.row) ?? null;
}

/** The candidates of the new giver who waits longest. */
function firstOf<C extends Candidate>(queue: readonly InTurn<C>[], [first]: readonly Newcomer[]): readonly InTurn<C>[] {
  return queue.filter(({ row, turn }) => turn.isFirst && first?.rows.includes(row) === true);
}

/**
 * What is owed in the row that has waited longest, if it is time to begin with those that have: several that wait as long
 * are visited one after the other.
 */
function longestOwed<C extends Candidate>(
  candidates: readonly C[],
  { nowMs, lastRow, owedSinceMs }: TurnFacts,
  ways: WayTimes,
): C | null {
  const rows = new Map<string, C>();
  for (const each of candidates) {
    if (each.row !== lastRow && !isDrawing(each.row) && !rows.has(each.row)) rows.set(each.row, each);
  }
  const waiting = [...rows.values()].toSorted((a, b) => owedSinceMs(a.row) - owedSinceMs(b.row));
  let atMs = nowMs + ways.strokeMs + marginMs;
  let at = lastRow;
  for (const { row } of waiting) {
    atMs += ways.betweenMs(at, row);
    if (atMs > owedSinceMs(row) + rowWaitMaxMs) return waiting[0] ?? null;
    atMs += ways.strokeMs;
    at = row;
  }
  return null;
}

/**
 * Whether all new givers are served in time by a pen that is free at `nowMs` and in `row` then (null: where it is now):
 * one after the other as they wait, those of a row together.
 */
function isInTime(
  newcomers: readonly Newcomer[],
  { nowMs, withinMs }: { readonly nowMs: number; readonly withinMs: number },
  ways: WayTimes,
  row: string | null,
): boolean {
  let atMs = nowMs + marginMs;
  let at = row;
  const visited = new Set<string>(row === null ? [] : [row]);
  for (const { sinceMs, rows } of newcomers) {
    const isOnTheWay = rows.some((each) => visited.has(each));
    if (!isOnTheWay) {
      const [next, wayMs] = nearestRow(rows, at, ways);
      atMs += wayMs;
      at = next;
      visited.add(next);
    }
    if (atMs > sinceMs + withinMs) return false;
    atMs += ways.strokeMs;
  }
  return true;
}

function nearestRow(rows: readonly string[], from: string | null, ways: WayTimes): [string, number] {
  const [first = ''] = rows;
  let best: [string, number] = [first, ways.betweenMs(from, first)];
  for (const row of rows.slice(1)) {
    const ms = ways.betweenMs(from, row);
    if (ms < best[1]) best = [row, ms];
  }
  return best;
}

function nearest<C extends Candidate>(among: readonly C[], ways: WayTimes): C | null {
  let best: { readonly candidate: C; readonly ms: number } | null = null;
  for (const candidate of among) {
    const ms = ways.toMs(candidate);
    if (best === null || ms < best.ms) best = { candidate, ms };
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

/** The oldest debt, after the row where the pen is has got its share. */
function nextOld<C extends Candidate>(candidates: readonly C[], { lastRow, run }: TurnFacts): C | null {
  const here = run < oldRunMax ? candidates.filter(({ row }) => row === lastRow) : [];
  const among = here.length > 0 ? here : candidates;
  return among.reduce<C | null>(
    (oldest, each) => (oldest === null || each.creditSequence < oldest.creditSequence ? each : oldest),
    null,
  );
}
