import { type Leg, legTimesMs, type MotionLimits, mpcncLimits } from '../domain/motion.ts';
import { letteringOf, type PenGeometry, type Point, type RowLayout, type SheetLayout } from '../domain/sheet.ts';
import { boxOf, boxOfPlate, distanceMm, type Rectangle } from './place.ts';
import { leanMm } from './shapes.ts';

/*
 * How the pen gets from one stroke to another without ink. At full height it may cross anything, but going up and down
 * takes about a second. Just above the paper it may go only where no ink lies: straight, or around the ends of rows.
 */

/** Up to which stroke of a row ink may lie, certain or not; 0 where there is none. */
export type InkedUpTo = (row: string) => number;

/** Nothing is known of what lies on the sheet: each row may be full. */
export function fullOf({ rows }: SheetLayout): InkedUpTo {
  const capacities = new Map(rows.map(({ id, capacity }) => [id, capacity]));
  return (row) => capacities.get(row) ?? 0;
}

/** A part of the paper that may bear ink: corners in one sense of rotation, without a bend inwards. */
type Patch = readonly Point[];

/** As far from the ink of other rows the pen stays: a tip is half a millimetre wide, and the first of a row may wander. */
const clearanceMm = 0.5;
/** A way goes around corners by so much more than the clearance. */
const besideMm = 0.1;
/** The ink of a line has at least this width to either side, and a way that begins or ends at it crosses no more of it. */
const inkMm = 0.03;
const touchMm = 0.05;

/**
 * The points through which the pen goes at the height of a hop from `from` to `to`, the last included; null where full
 * height is quicker, or ink lies everywhere in between. Times are those of the planner's model for `limits`.
 */
export function wayOverBlank(
  layout: SheetLayout,
  inkedUpTo: InkedUpTo,
  from: Point,
  to: Point,
  limits: MotionLimits = mpcncLimits,
): readonly Point[] | null {
  const rows = layout.rows.flatMap((row): Inked[] => {
    const upTo = Math.min(row.capacity, inkedUpTo(row.id));
    return upTo === 0 ? [] : [{ row, upTo }];
  });
  const patches = [...rows.map((inked) => roomOf(inked, from, to)), ...fixedPatches(layout)];
  const corners = rows.flatMap((inked) => inkOf(inked, clearanceMm + besideMm));
  let best: { readonly way: readonly Point[]; readonly ms: number } | null = null;
  for (const way of waysBetween(patches, corners, from, to)) {
    const ms = wayMs(layout.pen, from, way, 'hop', limits);
    if (best === null || ms < best.ms) best = { way, ms };
  }
  return best === null || best.ms >= wayMs(layout.pen, from, [to], 'up', limits) ? null : best.way;
}

/** How long it takes from above one place, at the height of a hop, to being down at another, by the quicker of both. */
export function wayTimeMs(
  layout: SheetLayout,
  inkedUpTo: InkedUpTo,
  from: Point,
  to: Point,
  limits: MotionLimits = mpcncLimits,
): number {
  const low = wayOverBlank(layout, inkedUpTo, from, to, limits);
  return wayMs(layout.pen, from, low ?? [to], low === null ? 'up' : 'hop', limits);
}

/** The same at full height, which is always possible. */
export function wayTimeUpMs({ pen }: SheetLayout, from: Point, to: Point, limits: MotionLimits = mpcncLimits): number {
  return wayMs(pen, from, [to], 'up', limits);
}

/** How long it takes from above one place to being down at another. */
function wayMs(
  { downMm, hopMm, upMm, upFeedMmPerMin, downFeedMmPerMin, travelFeedMmPerMin }: PenGeometry,
  from: Point,
  way: readonly Point[],
  height: 'hop' | 'up',
  limits: MotionLimits,
): number {
  const zMm = height === 'hop' ? hopMm : upMm;
  const end = way.at(-1) ?? from;
  const legs: Leg[] = [
    { to: [from.xMm, from.yMm, zMm], feedMmPerMin: upFeedMmPerMin },
    ...way.map(({ xMm, yMm }): Leg => ({ to: [xMm, yMm, zMm], feedMmPerMin: travelFeedMmPerMin })),
    { to: [end.xMm, end.yMm, downMm], feedMmPerMin: downFeedMmPerMin },
  ];
  return legTimesMs([from.xMm, from.yMm, hopMm], legs, limits).reduce((sum, ms) => sum + ms, 0);
}

/** Straight, and around the ends of what lies in between; only those that cross no ink. */
function waysBetween(
  patches: readonly Patch[],
  corners: readonly Point[],
  from: Point,
  to: Point,
): readonly (readonly Point[])[] {
  const isClear = (way: readonly Point[]) =>
    way.every((point, index) => !patches.some((patch) => crosses(patch, way[index - 1] ?? from, point)));
  const straight = [to];
  if (isClear(straight)) return [straight];
  const yMinMm = Math.min(from.yMm, to.yMm);
  const yMaxMm = Math.max(from.yMm, to.yMm);
  const between = corners.filter(({ yMm }) => yMm > yMinMm && yMm < yMaxMm);
  return [1, -1].map((side) => around(between, from, to, side)).filter(isClear);
}

/** The shortest way that leaves all corners on one side: to the right of them (1), or to their left (-1). */
function around(corners: readonly Point[], from: Point, to: Point, side: number): readonly Point[] {
  const upwards = to.yMm > from.yMm ? 1 : -1;
  const inOrder = corners.toSorted((a, b) => upwards * (a.yMm - b.yMm) || side * (a.xMm - b.xMm));
  const way: Point[] = [from];
  for (const point of [...inOrder, to]) {
    for (let last = way.at(-1); last !== undefined && way.length > 1; last = way.at(-1)) {
      const before = way.at(-2) ?? from;
      if (side * upwards * turn(before, last, point) > 0) break;
      way.pop();
    }
    way.push(point);
  }
  return way.slice(1);
}

/** Positive where the way from `a` by `b` to `c` turns to the left. */
function turn(a: Point, b: Point, c: Point): number {
  return (b.xMm - a.xMm) * (c.yMm - a.yMm) - (b.yMm - a.yMm) * (c.xMm - a.xMm);
}

/** The first strokes of a row, which may bear ink. */
interface Inked {
  readonly row: RowLayout;
  readonly upTo: number;
}

/** What of a row is kept clear: with some clearance, except where the pen comes from and goes to. */
function roomOf(inked: Inked, from: Point, to: Point): Patch {
  const wide = inkOf(inked, clearanceMm);
  return holds(wide, from) || holds(wide, to) ? inkOf(inked, inkMm) : wide;
}

function inkOf({ row, upTo }: Inked, clearMm: number): Patch {
  const { xMinMm, xMaxMm, yMinMm, yMaxMm } = boxOf({ ...row, capacity: upTo });
  return [
    { xMm: xMinMm - clearMm, yMm: yMinMm - clearMm },
    { xMm: xMaxMm - leanMm(row) + clearMm, yMm: yMinMm - clearMm },
    { xMm: xMaxMm + clearMm, yMm: yMaxMm + clearMm },
    { xMm: xMinMm - clearMm, yMm: yMaxMm + clearMm },
  ];
}

/** Worked out once for each sheet: the lettering may have hundreds of lines, and does not change. */
const fixed = new WeakMap<SheetLayout, readonly Patch[]>();

/** Lettering, and plates, whatever lies on them by now. */
function fixedPatches(layout: SheetLayout): readonly Patch[] {
  const known = fixed.get(layout);
  if (known !== undefined) return known;
  const { count, pathOf } = letteringOf(layout);
  const lines = Array.from({ length: count }, (_, index) => boxAround(pathOf(index + 1)));
  const patches = [...lines, ...(layout.plates ?? []).map(boxOfPlate)].map(patchOf);
  fixed.set(layout, patches);
  return patches;
}

function boxAround(path: readonly Point[]): Rectangle {
  return {
    xMinMm: Math.min(...path.map(({ xMm }) => xMm)),
    xMaxMm: Math.max(...path.map(({ xMm }) => xMm)),
    yMinMm: Math.min(...path.map(({ yMm }) => yMm)),
    yMaxMm: Math.max(...path.map(({ yMm }) => yMm)),
  };
}

/** A rectangle with the clearance around it. */
function patchOf({ xMinMm, xMaxMm, yMinMm, yMaxMm }: Rectangle): Patch {
  const [left, right] = [xMinMm - clearanceMm, xMaxMm + clearanceMm];
  const [low, high] = [yMinMm - clearanceMm, yMaxMm + clearanceMm];
  return [
    { xMm: left, yMm: low },
    { xMm: right, yMm: low },
    { xMm: right, yMm: high },
    { xMm: left, yMm: high },
  ];
}

/** Corners go round to the left, so a point within has each side on its left. */
function holds(patch: Patch, point: Point): boolean {
  return patch.every((corner, index) => turn(corner, patch[(index + 1) % patch.length] ?? corner, point) > 0);
}

/** Whether a way leads through a patch or along its edge. */
function crosses(patch: Patch, from: Point, to: Point): boolean {
  let [enters, leaves] = [0, 1];
  for (const [index, corner] of patch.entries()) {
    const next = patch[(index + 1) % patch.length] ?? corner;
    const begins = turn(corner, next, from);
    const ends = turn(corner, next, to);
    if (begins < 0 && ends < 0) return false;
    if (begins === ends) continue;
    const at = begins / (begins - ends);
    if (begins < 0) enters = Math.max(enters, at);
    else if (ends < 0) leaves = Math.min(leaves, at);
  }
  return (leaves - enters) * distanceMm(from, to) > touchMm;
}
