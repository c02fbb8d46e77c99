import { type MotionLimits, type Move, mpcncLimits, type PenPosition, type PlannedStroke } from '../domain/motion.ts';
import {
  isDrawing,
  isPaidFor,
  type PenGeometry,
  type Point,
  type SheetLayout,
  type StrokeRef,
} from '../domain/sheet.ts';
import { boxOf, boxOfPlate, distanceMm, drawingOf, endsOf, inkPath, overlap, type Rectangle, rowOf } from './place.ts';
import { hopReachMm, micrometres, pictureReachMm } from './shapes.ts';
import { fullOf, type InkedUpTo, wayOverBlank } from './ways.ts';

/** As near as this, the pen is there already. */
const toleranceMm = 0.0005;

/**
 * The moves that draw one stroke from where the pen is. They decide how the pen gets there and in which direction it
 * goes along the stroke, never where the stroke lies.
 *
 * - Between neighbours of a row, and near paths of a drawing, the pen hops; elsewhere it stays at that height where its way crosses no ink and is
 *   quicker so, and goes at full height where not.
 * - It goes along the stroke from the end that is nearer.
 * - Where a neighbour follows and no ink lies on the way, the lift is joined with the way to that neighbour, whose plan
 *   then begins with the pen above it. The pen rises straight until it is clear of the paper and slants from there, so
 *   that it cannot smear; where the layout allows to slant, at once. The plunge is never joined: the plan comes to an
 *   end above every ink's start.
 *
 * `from` is the plan's end; `inkedUpTo` says where ink may lie, everywhere when it is left out; `limits` decide what is
 * quicker. A pen that is down, which a drawing loop never leaves it, is raised fully first.
 */
export function planStroke(
  layout: SheetLayout,
  ref: StrokeRef,
  from: PenPosition,
  inkedUpTo: InkedUpTo = fullOf(layout),
  limits: MotionLimits = mpcncLimits,
): PlannedStroke {
  const path = nearerEndFirst(inkPath(layout, ref), from);
  const moves = [
    ...approach(layout, ref, path, from, (to) => wayOverBlank(layout, inkedUpTo, from, to, limits)),
    ...ink(layout, path),
    leave(layout, ref, path),
  ];
  return { stroke: ref, from: { xMm: from.xMm, yMm: from.yMm }, moves };
}

function nearerEndFirst(path: readonly Point[], at: Point): readonly Point[] {
  const { from, to } = endsOf(path);
  return distanceMm(at, to) < distanceMm(at, from) ? path.toReversed() : path;
}

/** From where the pen is to above the first point of the stroke. */
function approach(
  layout: SheetLayout,
  ref: StrokeRef,
  path: readonly Point[],
  at: PenPosition,
  lowWayTo: (place: Point) => readonly Point[] | null,
): Move[] {
  const start = endsOf(path).from;
  const isThere = distanceMm(at, start) <= toleranceMm;
  if (at.pen === 'hop' && (isThere || isHop(layout, ref, at, start))) {
    return isThere ? [] : [travelTo(layout.pen, start, 'hop')];
  }
  const low = at.pen === 'hop' ? lowWayTo(start) : null;
  if (low !== null) return low.map((point) => travelTo(layout.pen, point, 'hop'));
  const lift: Move[] = at.pen === 'up' ? [] : [{ kind: 'pen', to: 'up' }];
  return isThere ? lift : [...lift, travelTo(layout.pen, start, 'up')];
}

/** Whether the way lies within one row or plate, or from line to line of the lettering, and is short. */
function isHop(layout: SheetLayout, ref: StrokeRef, from: Point, to: Point): boolean {
  if (!isPaidFor(ref.row)) return distanceMm(from, to) <= letterReachMm && isInLettering(layout, ref.n, from, to);
  if (isDrawing(ref.row)) return distanceMm(from, to) <= pictureReachMm && isOnPlateOf(layout, ref.row, from);
  const row = rowOf(layout, ref.row);
  const box = boxOf(row);
  return isIn(box, from) && isIn(box, to) && Math.abs(to.xMm - from.xMm) <= hopReachMm(row) + toleranceMm;
}

function isIn({ xMinMm, xMaxMm, yMinMm, yMaxMm }: Rectangle, { xMm, yMm }: Point): boolean {
  const inX = xMm >= xMinMm - toleranceMm && xMm <= xMaxMm + toleranceMm;
  return inX && yMm >= yMinMm - toleranceMm && yMm <= yMaxMm + toleranceMm;
}

function isOnPlateOf(layout: SheetLayout, track: string, point: Point): boolean {
  const { plate: id } = drawingOf(layout, track);
  return (layout.plates ?? []).some((plate) => plate.id === id && isIn(boxOfPlate(plate), point));
}

/** From one letter to the next. */
const letterReachMm = 15;

/** Lettering is drawn in its order: a short way from the line before crosses nothing but letters, if no row lies there. */
function isInLettering(layout: SheetLayout, n: number, from: Point, to: Point): boolean {
  const before = layout.lettering?.[n - 2];
  if (before === undefined || !before.some((point) => distanceMm(point, from) <= toleranceMm)) return false;
  const way = {
    xMinMm: Math.min(from.xMm, to.xMm),
    xMaxMm: Math.max(from.xMm, to.xMm),
    yMinMm: Math.min(from.yMm, to.yMm),
    yMaxMm: Math.max(from.yMm, to.yMm),
  };
  const boxes = [...layout.rows.map(boxOf), ...(layout.plates ?? []).map(boxOfPlate)];
  return !boxes.some((box) => overlap(way, box));
}

function travelTo({ travelFeedMmPerMin }: PenGeometry, { xMm, yMm }: Point, pen: 'hop' | 'up'): Move {
  return { kind: 'travel', xMm, yMm, pen, feedMmPerMin: travelFeedMmPerMin };
}

function ink({ pen }: SheetLayout, path: readonly Point[]): Move[] {
  const feedMmPerMin = pen.inkFeedMmPerMin;
  return [
    { kind: 'pen', to: 'down' },
    ...path.slice(1).map(({ xMm, yMm }): Move => ({ kind: 'ink', xMm, yMm, feedMmPerMin })),
  ];
}

/** Off the paper: in place, or on the way to the neighbour. */
function leave(layout: SheetLayout, { row: id, n }: StrokeRef, path: readonly Point[]): Move {
  const end = endsOf(path).to;
  const { pen } = layout;
  const riseToMm = pen.slant === true ? pen.downMm : clearHeightMm(pen);
  const isOfRow = isPaidFor(id) && !isDrawing(id);
  const next = riseToMm === null || !isOfRow ? null : neighbourOf(layout, id, n, end);
  if (next === null || riseToMm === null) return { kind: 'pen', to: 'hop' };
  const feedMmPerMin = slantFeed(pen, distanceMm(end, next), riseToMm);
  const slant = { kind: 'travel', ...next, pen: 'hop', feedMmPerMin } as const;
  return pen.slant === true ? slant : { ...slant, riseToMm };
}

/** As far over the paper as this at least, a tip leaves nothing on it, although beds are uneven by some tenths. */
const surelyClearMm = 0.3;

/** From where the pen may go sideways: half of the hop; null when that is too low. Down may be below the contact height. */
function clearHeightMm({ downMm, hopMm }: PenGeometry): number | null {
  const contactMm = Math.max(0, downMm);
  const riseMm = (hopMm - contactMm) / 2;
  return riseMm < surelyClearMm ? null : micrometres(contactMm + riseMm);
}

/** Where the next stroke of the row begins for a pen at the end of this one; null when the way leads over ink. */
function neighbourOf(layout: SheetLayout, id: string, n: number, end: Point): Point | null {
  const row = rowOf(layout, id);
  if (n >= row.capacity || row.picture !== undefined) return null;
  const next = endsOf(nearerEndFirst(inkPath(layout, { row: id, n: n + 1 }), end)).from;
  const wayMm = next.xMm - end.xMm;
  const leadsOn = wayMm >= -2 * (row.jitterMm ?? 0) && wayMm <= 2 * row.spacingMm;
  return leadsOn && distanceMm(end, next) > toleranceMm ? next : null;
}

/** The feed along the way at which the pen rises no faster than its own feed. */
function slantFeed({ hopMm, upFeedMmPerMin, travelFeedMmPerMin }: PenGeometry, wayMm: number, fromMm: number): number {
  const riseMm = hopMm - fromMm;
  return Math.floor(Math.min(travelFeedMmPerMin, (upFeedMmPerMin * Math.hypot(wayMm, riseMm)) / riseMm));
}
