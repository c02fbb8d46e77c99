import { letteringRow, type RowLayout, type SheetLayout } from '../domain/sheet.ts';
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
export interface Pace {
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
  pace: Pace,
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

function minutesOf({ msPerStroke, lettersLeftMs, lettersPerSheetMs }: Pace, strokes: number, sheetsOn: number): number {
  return (strokes * msPerStroke + lettersLeftMs + sheetsOn * lettersPerSheetMs) / 60_000;
}

/** How many of a row's owed strokes fit on the open sheet and those after it, `sheets` in all. */
function fittingOn(row: RowLayout, backlog: readonly RowBacklog[], sheets: number): number {
  const { taken, pending } = backlog.find(({ id }) => id === row.id) ?? { taken: 0, pending: 0 };
  return Math.min(pending, sheets * row.capacity - taken);
}

/** How long a stroke takes when rows are drawn from one end to the other, ms; the mean of all rows. */
export function paceMs(layout: SheetLayout): number {
  const each = layout.rows.map((row) => {
    const strokes = Array.from({ length: Math.min(strokesForPace, row.capacity) }, (_, index) => ({
      sheet: 0,
      row: row.id,
      n: index + 1,
    }));
    return estimate(layout, strokes, { ...endsOf(strokePath(row, 1)).from, pen: 'hop' }).ms / strokes.length;
  });
  return each.reduce((sum, ms) => sum + ms, 0) / each.length;
}

/** How long the lettering takes from one of its lines on, ms. */
export function letteringMs(layout: SheetLayout, drawn: number): number {
  const lines = (layout.lettering ?? []).slice(drawn);
  return estimate(
    layout,
    lines.map((_, index) => ({ sheet: 0, row: letteringRow, n: drawn + index + 1 })),
  ).ms;
}
