import type { PenPosition } from '../domain/motion.ts';
import { letteringOf, type RowLayout, type SheetLayout } from '../domain/sheet.ts';
import { estimate } from './estimate.ts';
import { endsOf, strokePath } from './place.ts';

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
  if (row === undefined) return null;
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

/** How long a stroke of a row takes after its neighbour, ms. */
function rowPaceMs(layout: SheetLayout, row: RowLayout): number {
  const strokes = Array.from({ length: Math.min(strokesForPace, row.capacity) }, (_, index) => ({
    sheet: 0,
    row: row.id,
    n: index + 1,
  }));
  return estimate(layout, strokes, { ...endsOf(strokePath(row, 1)).from, pen: 'hop' }).ms / strokes.length;
}

/** How long a stroke takes on a layout, by the model of the plotter. */
export interface ModelPace {
  /**
   * Ms for one of the strokes that are owed and fit on the sheet, drawn row after row from its park place, the ways
   * between rows with them; where nothing is owed, the mean of all rows.
   */
  msPerStroke(backlog: readonly RowBacklog[]): number;
}

/** Works out each row once; to ask is cheap then. */
export function modelPace(layout: SheetLayout): ModelPace {
  const rows = layout.rows.map((row) => ({ row, paceMs: rowPaceMs(layout, row) }));
  const meanMs = rows.reduce((sum, { paceMs }) => sum + paceMs, 0) / rows.length;
  return {
    msPerStroke(backlog) {
      let at: PenPosition = { ...layout.park, pen: 'up' };
      let [ms, strokes] = [0, 0];
      for (const { row, paceMs } of rows) {
        const { taken, pending } = backlog.find(({ id }) => id === row.id) ?? { taken: 0, pending: 0 };
        const count = Math.min(pending, row.capacity - taken);
        if (count <= 0) continue;
        ms += estimate(layout, [{ sheet: 0, row: row.id, n: taken + 1 }], at).ms + (count - 1) * paceMs;
        strokes += count;
        at = { ...endsOf(strokePath(row, taken + count)).to, pen: 'hop' };
      }
      return strokes === 0 ? meanMs : ms / strokes;
    },
  };
}

/** How long the lettering takes from one of its lines on, ms. */
export function letteringMs(layout: SheetLayout, drawn: number): number {
  const { id, count } = letteringOf(layout);
  const lines = Array.from({ length: count - drawn }, (_, index) => ({ sheet: 0, row: id, n: drawn + index + 1 }));
  return estimate(layout, lines).ms;
}
