import type { StrokeRef } from '../domain/sheet.ts';
import type { Plan } from './gcode.ts';
import { type Place, samePlace } from './stream.ts';

/** Lines on their way, whose end no look has proven yet. */
export interface Flight {
  /** The plan's end that a look has proven last. */
  readonly from: Plan;
  /** Where the plan is meant to end after each line since. */
  readonly ends: readonly Plan[];
  /** The stroke that they draw, if any. */
  readonly stroke: StrokeRef | null;
}

/** More ends than any planner holds moves. */
const longestTrail = 64;

/** Ends of the plan, the newest last: where a stop may find the pen on its way. */
export function trailed(trail: readonly Place[], end: Place): readonly Place[] {
  return [...trail.slice(1 - longestTrail), end];
}

/**
 * Whether a plan that ends at `place` is one that these lines make, however many of them arrived. After a stop (`trail`
 * is given) the pen stands somewhere on the way there.
 */
export function isMeant({ from, ends }: Flight, place: Place, trail: readonly Place[] | null): boolean {
  if ([from, ...ends].some((end) => samePlace(end, place))) return true;
  const way = trail === null ? [] : [...trail, from, ...ends];
  return way.some((end, index) => index > 0 && lies(place, way[index - 1] as Place, end));
}

/** Whether a place lies on a straight way, as far as M114 can tell. */
function lies(place: Place, from: Place, to: Place): boolean {
  const [way, gone] = [minus(to, from), minus(place, from)];
  const length2 = dot(way, way);
  const share = length2 === 0 ? 0 : Math.min(1, Math.max(0, dot(gone, way) / length2));
  return samePlace(place, {
    xMm: from.xMm + way.xMm * share,
    yMm: from.yMm + way.yMm * share,
    zMm: from.zMm + way.zMm * share,
  });
}

function minus(a: Place, b: Place): Place {
  return { xMm: a.xMm - b.xMm, yMm: a.yMm - b.yMm, zMm: a.zMm - b.zMm };
}

function dot(a: Place, b: Place): number {
  return a.xMm * b.xMm + a.yMm * b.yMm + a.zMm * b.zMm;
}
