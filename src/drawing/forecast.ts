import {
  type Leg,
  legTimesMs,
  type MotionLimits,
  type Move,
  mpcncLimits,
  type PenHeight,
  type PenPosition,
  type PlannedStroke,
  type Triple,
} from '../domain/motion.ts';
import { letteringOf, type PenGeometry, type RowLayout, type SheetLayout, type StrokeRef } from '../domain/sheet.ts';
import { drawingLeft } from './fit-drawing.ts';
import { planStroke } from './moves.ts';
import { distanceMm, endsOf, strokePath } from './place.ts';
import type { InkedUpTo } from './ways.ts';

/** What drawing takes; all of it pure motion, without waits of the link. */
interface Estimate {
  readonly strokes: number;
  readonly ms: number;
  /** Of `ms`, with the pen on the paper. */
  readonly inkMs: number;
  /** Of `ms`, on the way without ink, up and down included. */
  readonly travelMs: number;
  readonly inkMm: number;
  /** Ways without ink in X and Y. */
  readonly travelMm: number;
}

/** Nothing has been drawn on the sheet. */
const blank: InkedUpTo = () => 0;

/** Plans strokes one after the other, each from where the one before left the pen and around the ink that lies by then. */
export function planInOrder(
  layout: SheetLayout,
  strokes: Iterable<StrokeRef>,
  from: PenPosition = { ...layout.park, pen: 'up' },
  inkedBefore: InkedUpTo = blank,
  limits: MotionLimits = mpcncLimits,
): PlannedStroke[] {
  const inked = new Map<string, number>();
  const inkedUpTo: InkedUpTo = (row) => inked.get(row) ?? inkedBefore(row);
  let at = from;
  return Array.from(strokes, (stroke) => {
    const planned = planStroke(layout, stroke, at, inkedUpTo, limits);
    inked.set(stroke.row, Math.max(inkedUpTo(stroke.row), stroke.n));
    at = penAfter(planned.moves, at);
    return planned;
  });
}

/** Where the pen is after some moves. */
export function penAfter(moves: readonly Move[], from: PenPosition): PenPosition {
  let { xMm, yMm, pen } = from;
  for (const move of moves) {
    if (move.kind === 'pen') pen = move.to;
    else {
      ({ xMm, yMm } = move);
      if (move.kind === 'travel') pen = move.pen;
    }
  }
  return { xMm, yMm, pen };
}

/**
 * How long strokes take, one after the other, by the model of Marlin's planner in domain/motion.ts.
 * Held against the moves measured on the real firmware it is within 2 % for single moves and 3 % for rows of strokes.
 */
export function estimate(
  layout: SheetLayout,
  strokes: Iterable<StrokeRef>,
  from: PenPosition = { ...layout.park, pen: 'up' },
  inkedBefore: InkedUpTo = blank,
  limits: MotionLimits = mpcncLimits,
): Estimate {
  const planned = planInOrder(layout, strokes, from, inkedBefore, limits);
  const legs: (Leg & { readonly hasInk: boolean })[] = [];
  let at = from;
  for (const { moves } of planned) {
    for (const move of moves) {
      const next = penAfter([move], at);
      legs.push(...legsOf(move, at, next, layout.pen).map((leg) => ({ ...leg, hasInk: move.kind === 'ink' })));
      at = next;
    }
  }
  const times = legTimesMs(positionOf(from, layout.pen), legs, limits);
  return { strokes: planned.length, ...totals(positionOf(from, layout.pen), legs, times) };
}

function totals(from: Triple, legs: readonly (Leg & { readonly hasInk: boolean })[], times: readonly number[]) {
  let at = from;
  const sum = { inkMs: 0, travelMs: 0, inkMm: 0, travelMm: 0 };
  legs.forEach(({ to, hasInk }, index) => {
    const mm = Math.hypot(to[0] - at[0], to[1] - at[1]);
    const ms = times[index] ?? 0;
    sum[hasInk ? 'inkMs' : 'travelMs'] += ms;
    sum[hasInk ? 'inkMm' : 'travelMm'] += mm;
    at = to;
  });
  return { ms: sum.inkMs + sum.travelMs, ...sum };
}

function legsOf(move: Move, at: PenPosition, next: PenPosition, pen: PenGeometry): Leg[] {
  const to = positionOf(next, pen);
  if (move.kind === 'pen') {
    const rises = heightMm(next.pen, pen) > heightMm(at.pen, pen);
    return [{ to, feedMmPerMin: rises ? pen.upFeedMmPerMin : pen.downFeedMmPerMin }];
  }
  const way = { to, feedMmPerMin: move.feedMmPerMin };
  const riseToMm = move.kind === 'travel' ? move.riseToMm : undefined;
  if (riseToMm === undefined || heightMm(at.pen, pen) >= riseToMm) return [way];
  return [{ to: [at.xMm, at.yMm, riseToMm], feedMmPerMin: pen.upFeedMmPerMin }, way];
}

function positionOf({ xMm, yMm, pen }: PenPosition, geometry: PenGeometry): Triple {
  return [xMm, yMm, heightMm(pen, geometry)];
}

function heightMm(height: PenHeight, { downMm, hopMm, upMm }: PenGeometry): number {
  return { down: downMm, hop: hopMm, up: upMm }[height];
}

/** Every stroke of a sheet, row by row, as a full sheet has them. */
export function* allStrokes(layout: SheetLayout, sheet: number): Generator<StrokeRef> {
  for (const { id, capacity } of layout.rows) {
    for (let n = 1; n <= capacity; n++) yield { sheet, row: id, n };
  }
}

/** What is owed in a row while a sheet is open. */
export interface RowBacklog {
  readonly id: string;
  /** Places of the open sheet that are taken: certain, or in hand. */
  readonly taken: number;
  readonly pending: number;
}

/** Where something owed stands in the queue, its own strokes included. */
export interface Standing {
  readonly row: string;
  /** Strokes of its row up to and with its last one. */
  readonly aheadInRow: number;
  /** Strokes of all rows that are drawn before its last one, by the order in which they are drawn, and that one. */
  readonly aheadInAll: number;
}

/** When something owed will be on paper, if nothing else comes: on which sheet, after how long a time of drawing. */
export interface Forecast {
  readonly sheet: number;
  readonly minutes: number;
}

/** How long things take, ms. */
export interface DrawingPace {
  readonly msPerStroke: number;
  /** What is left to write on the sheet before its strokes. */
  readonly lettersLeftMs: number;
  /** What every sheet after it writes. */
  readonly lettersPerSheetMs: number;
}

/** Of a sheet's first strokes, enough to know its pace. */
const strokesForPace = 20;

/**
 * Forecasts the last stroke of a debt, at a pace. Sheets run until nothing fits; the time that a change
 * of paper takes is not in it. Null for a row that the sheet does not have.
 */
export function forecast(
  layout: SheetLayout,
  sheet: number,
  backlog: readonly RowBacklog[],
  standing: Standing,
  pace: DrawingPace,
): Forecast | null {
  const row = layout.rows.find(({ id }) => id === standing.row);
  // Of a picture that is not read yet nobody knows how many strokes it has.
  if (row === undefined || row.capacity === 0) return null;
  const taken = backlog.find(({ id }) => id === row.id)?.taken ?? 0;
  const sheetsOn = Math.max(0, Math.ceil((taken + standing.aheadInRow) / row.capacity) - 1);
  if (sheetsOn === 0) return { sheet, minutes: minutesOf(pace, standing.aheadInAll, 0) };
  const onSheetsBefore = layout.rows.reduce((sum, each) => sum + fittingOn(each, backlog, sheetsOn), 0);
  const onItsSheet = taken + standing.aheadInRow - sheetsOn * row.capacity;
  const strokes = Math.max(standing.aheadInAll, onSheetsBefore + onItsSheet);
  return { sheet: sheet + sheetsOn, minutes: minutesOf(pace, strokes, sheetsOn) };
}

function minutesOf(
  { msPerStroke, lettersLeftMs, lettersPerSheetMs }: DrawingPace,
  strokes: number,
  sheetsOn: number,
): number {
  return (strokes * msPerStroke + lettersLeftMs + sheetsOn * lettersPerSheetMs) / 60_000;
}

/** How many of a row's owed strokes fit on the open sheet and those after it, `sheets` in all. */
function fittingOn(row: RowLayout, backlog: readonly RowBacklog[], sheets: number): number {
  const { taken, pending } = backlog.find(({ id }) => id === row.id) ?? { taken: 0, pending: 0 };
  return Math.min(pending, sheets * row.capacity - taken);
}

/** How long the pen is at a whole picture; it may have thousands of pieces, and is worked out once for a row. */
export function pictureMs(layout: SheetLayout, row: RowLayout, limits: MotionLimits): number {
  const known = pictureTimes.get(row);
  if (known?.limits === limits) return known.ms;
  const track = { count: row.capacity, pathOf: (n: number) => strokePath(row, n) };
  const { ms } = drawingLeft(layout, track, 0, limits);
  pictureTimes.set(row, { limits, ms });
  return ms;
}

const pictureTimes = new WeakMap<RowLayout, { readonly limits: MotionLimits; readonly ms: number }>();

/** How long a stroke of a row takes after its neighbour, ms. */
function rowPaceMs(layout: SheetLayout, row: RowLayout, limits: MotionLimits): number {
  if (row.picture !== undefined) return pictureMs(layout, row, limits) / row.capacity;
  const strokes = Array.from({ length: Math.min(strokesForPace, row.capacity) }, (_, index) => ({
    sheet: 0,
    row: row.id,
    n: index + 1,
  }));
  const from: PenPosition = { ...endsOf(strokePath(row, 1)).from, pen: 'hop' };
  return estimate(layout, strokes, from, blank, limits).ms / strokes.length;
}

/** How long a stroke takes on a layout, by the model of the plotter. */
export interface ModelPace {
  /**
   * Ms for one of the strokes that are owed and fit on the sheet, drawn row after row from its park place, the ways
   * between rows with them; where nothing is owed, the mean of all rows.
   */
  msPerStroke(backlog: readonly RowBacklog[]): number;
}

/** Where the pen is after `count` strokes of a row, which it draws upwards and downwards in turn. */
function afterRow(layout: SheetLayout, row: RowLayout, taken: number, count: number, from: PenPosition): PenPosition {
  const first = endsOf(strokePath(row, taken + 1));
  const beginsAtHead = distanceMm(from, first.to) < distanceMm(from, first.from);
  const last = endsOf(strokePath(row, taken + count));
  const start = beginsAtHead === (count % 2 === 1) ? last.to : last.from;
  const above: PenPosition = { ...start, pen: 'hop' };
  return penAfter(planStroke(layout, { sheet: 0, row: row.id, n: taken + count }, above).moves, above);
}

/** Works out each row once; to ask is cheap then. */
export function modelPace(layout: SheetLayout, limits: MotionLimits = mpcncLimits): ModelPace {
  const rows = layout.rows
    .filter(({ capacity }) => capacity > 0)
    .map((row) => ({ row, paceMs: rowPaceMs(layout, row, limits) }));
  const meanMs = rows.reduce((sum, { paceMs }) => sum + paceMs, 0) / Math.max(1, rows.length);
  return {
    msPerStroke(backlog) {
      let at: PenPosition = { ...layout.park, pen: 'up' };
      let [ms, strokes] = [0, 0];
      const inked = new Map(backlog.map(({ id, taken }) => [id, taken]));
      for (const { row, paceMs } of rows) {
        const { taken, pending } = backlog.find(({ id }) => id === row.id) ?? { taken: 0, pending: 0 };
        const count = Math.min(pending, row.capacity - taken);
        if (count <= 0) continue;
        const first = { sheet: 0, row: row.id, n: taken + 1 };
        ms += estimate(layout, [first], at, (id) => inked.get(id) ?? 0, limits).ms + (count - 1) * paceMs;
        inked.set(row.id, taken + count);
        at = afterRow(layout, row, taken, count, at);
        strokes += count;
      }
      return strokes === 0 ? meanMs : ms / strokes;
    },
  };
}

/** How long the lettering takes from one of its lines on, ms. */
export function letteringMs(layout: SheetLayout, drawn: number, limits: MotionLimits = mpcncLimits): number {
  const { id, count } = letteringOf(layout);
  const lines = Array.from({ length: count - drawn }, (_, index) => ({ sheet: 0, row: id, n: drawn + index + 1 }));
  return estimate(layout, lines, { ...layout.park, pen: 'up' }, blank, limits).ms;
}
