import type { StrokeRef } from '../../domain/sheet.ts';
import { type Place, samePlace } from '../wire/replies.ts';
import type { Plan } from './gcode.ts';

/**
 * Strokes that were sent whole and wait for proof, and how many moves that take a place in the planner were
 * acknowledged.
 */
export interface Certainty {
  readonly moves: number;
  /**
   * `atMove`: how many moves were acknowledged when its last line was; `atEnd`: the number of the end of the plan (see
   * `Trail`) at which it ends.
   */
  readonly pending: readonly { readonly stroke: StrokeRef; readonly atMove: number; readonly atEnd: number }[];
}

export const nothingPending: Certainty = { moves: 0, pending: [] };

/** Adds a stroke whose last line was accepted and position-checked. */
export function handedOver(certainty: Certainty, stroke: StrokeRef, atEnd: number): Certainty {
  return { ...certainty, pending: [...certainty.pending, { stroke, atMove: certainty.moves, atEnd }] };
}

/**
 * Counts `blocks` more acknowledged moves after a matching position check: it proves the strokes that are `depth` moves
 * behind.
 */
export function checked(
  certainty: Certainty,
  blocks: number,
  depth: number,
): { readonly certainty: Certainty; readonly certain: readonly StrokeRef[] } {
  const moves = certainty.moves + blocks;
  const certain = certainty.pending.filter((one) => moves - one.atMove >= depth).map((one) => one.stroke);
  return { certainty: { moves, pending: certainty.pending.slice(certain.length) }, certain };
}

/** After the plan was dropped: the strokes that ended at or before the last end that the pen has passed are certain. */
export function passed(
  certainty: Certainty,
  upTo: number,
): { readonly certainty: Certainty; readonly certain: readonly StrokeRef[] } {
  const count = certainty.pending.findIndex(({ atEnd }) => atEnd > upTo);
  const done = count < 0 ? certainty.pending : certainty.pending.slice(0, count);
  return {
    certainty: { ...certainty, pending: certainty.pending.slice(done.length) },
    certain: done.map(({ stroke }) => stroke),
  };
}

/** After an answered M400 and a matching position check: everything is executed, so all strokes are certain. */
export function drained(certainty: Certainty): {
  readonly certainty: Certainty;
  readonly certain: readonly StrokeRef[];
} {
  return {
    certainty: { moves: certainty.moves, pending: [] },
    certain: certainty.pending.map((one) => one.stroke),
  };
}

/** Lines that were sent and whose end no position check has proven yet. */
export interface Flight {
  /** The plan's end that a position check has proven last. */
  readonly from: Plan;
  /** Where the plan is meant to end after each line since. */
  readonly ends: readonly Plan[];
  /** The stroke that they draw, if any. */
  readonly stroke: StrokeRef | null;
}

/** More ends than any planner holds moves. */
const trailMax = 160;

/** Ends of the plan, the newest last: where a stop may find the pen on its way. */
export interface Trail {
  readonly ends: readonly Place[];
  /** How many ends there were in all; the last of them is the newest. */
  readonly count: number;
}

export const noTrail: Trail = { ends: [], count: 0 };

/** Adds an end of the plan; one at the same place is not added. */
export function trailed({ ends, count }: Trail, end: Place): Trail {
  const last = ends.at(-1);
  if (last !== undefined && last.xMm === end.xMm && last.yMm === end.yMm && last.zMm === end.zMm)
    return { ends, count };
  return { ends: [...ends.slice(1 - trailMax), end], count: count + 1 };
}

/**
 * The number of the last end that a pen which was stopped at `place` has surely passed; it had passed `after` before.
 * The earliest path through `place` counts; null where none leads through it.
 */
export function passedEnds({ ends, count }: Trail, place: Place, after: number): number | null {
  const first = count - ends.length + 1;
  for (const [index, end] of ends.entries()) {
    const number = first + index;
    const before = ends[index - 1];
    if (number < after || before === undefined) continue;
    if (samePlace(place, end)) return number;
    if (lies(place, before, end)) return number - 1;
  }
  return null;
}

/**
 * Whether a plan that ends at `place` can come from these lines, however many of them arrived. After a stop (`trail` is
 * given) the pen may stand anywhere on the way.
 */
export function isMeant({ from, ends }: Flight, place: Place, trail: Trail | null, withinMm?: number): boolean {
  if ([from, ...ends].some((end) => samePlace(end, place, withinMm))) return true;
  const way = trail === null ? [] : [...trail.ends, from, ...ends];
  return way.some((end, index) => index > 0 && lies(place, way[index - 1] as Place, end, withinMm));
}

/** A straight way of the pen. */
export interface Way {
  readonly from: Plan;
  readonly to: Place;
}

/** A last piece shorter than this does not say where its way began. mm */
const straightMinMm = 0.5;

/**
 * Where the pen may have gone after a stop that came too late for the waiting line, which was then planned from where
 * the pen stopped: from some place on the planned path towards that line's end, up to `place`. Where that end was
 * (nearly) reached, only the move is known that was stopped, with `depth` moves in the planner: the stray way lies
 * between the ways from both its ends.
 */
export function waysAskew({ from, ends, stroke }: Flight, trail: Trail, place: Place, depth: number): readonly Way[] {
  const target = ends.at(-1);
  const isReached = target !== undefined && samePlace(target, place);
  // On the planned path there is no stray way.
  if (target === undefined || (!isReached && isMeant({ from, ends, stroke }, place, trail))) return [];
  const way = [...trail.ends, from, ...ends.slice(0, -1)];
  const showsWay = Math.hypot(target.xMm - place.xMm, target.yMm - place.yMm) > straightMinMm;
  if (!showsWay)
    return way
      .slice(-depth - 1)
      .slice(0, 2)
      .map((end) => ({ from: { ...end, pen: from.pen }, to: target }));
  return way.slice(1).flatMap((end, index) => {
    const begin = way[index] as Place;
    const at = crossing(begin, end, target, place);
    return at === null ? [] : [{ from: { ...at, pen: from.pen }, to: place }];
  });
}

/**
 * Where the line from `target` through `place` meets the way from `a` to `b`, at `place` or beyond it; null where it
 * does not.
 */
function crossing(a: Place, b: Place, target: Place, place: Place): Place | null {
  const [dx, dy] = [place.xMm - target.xMm, place.yMm - target.yMm];
  const [ex, ey] = [b.xMm - a.xMm, b.yMm - a.yMm];
  const cross = dx * ey - dy * ex;
  if (Math.abs(cross) < 1e-9) return null;
  const [fx, fy] = [a.xMm - target.xMm, a.yMm - target.yMm];
  const behind = (fx * ey - fy * ex) / cross;
  const share = (fx * dy - fy * dx) / cross;
  if (behind < 0.99 || share < -0.01 || share > 1.01) return null;
  return { xMm: a.xMm + ex * share, yMm: a.yMm + ey * share, zMm: a.zMm + (b.zMm - a.zMm) * share };
}

/** Whether a place lies on a straight way, as far as M114 can tell. */
export function lies(place: Place, from: Place, to: Place, withinMm?: number): boolean {
  const [way, gone] = [minus(to, from), minus(place, from)];
  const length2 = dot(way, way);
  const share = length2 === 0 ? 0 : Math.min(1, Math.max(0, dot(gone, way) / length2));
  const nearest = {
    xMm: from.xMm + way.xMm * share,
    yMm: from.yMm + way.yMm * share,
    zMm: from.zMm + way.zMm * share,
  };
  return samePlace(place, nearest, withinMm);
}

function minus(a: Place, b: Place): Place {
  return { xMm: a.xMm - b.xMm, yMm: a.yMm - b.yMm, zMm: a.zMm - b.zMm };
}

function dot(a: Place, b: Place): number {
  return a.xMm * b.xMm + a.yMm * b.yMm + a.zMm * b.zMm;
}
