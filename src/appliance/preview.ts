import type { MotionLimits } from '../domain/motion.ts';
import { isPaidFor, letteringOf, type SheetLayout, type StrokeRef } from '../domain/sheet.ts';
import { drawingLeft } from '../drawing/fit-drawing.ts';
import { allStrokes, estimate, letteringMs } from '../drawing/forecast.ts';
import { drawSheet, type RowInk, type SheetInk } from '../drawing/picture.ts';
import type { LedgerReader } from '../ledger/ledger.ts';
import { inkOfDrawings, inkOfOpenSheet, withWaits } from './sheet-picture.ts';

/** `owed`: what will be drawn next, on the sheet that it goes on; `full`: the next sheet with every place taken. */
export type PreviewKind = 'owed' | 'full';

/**
 * How long a sheet takes, how much ink and how much travel, its lettering included. Estimates by the model of the
 * plotter, row after row; once a pace is measured, the time of what is owed goes by that, as in the outlook.
 */
export interface PreviewFigures {
  readonly sheet: number;
  /** Without the lines of the lettering. */
  readonly strokes: number;
  readonly minutes: number;
  readonly inkMm: number;
  readonly travelMm: number;
}

/** A sheet before it is drawn. */
export interface PreviewPlan {
  readonly layout: SheetLayout;
  readonly ink: SheetInk;
  readonly figures: PreviewFigures;
}

/** The same as a picture. */
export interface Preview extends PreviewFigures {
  readonly svg: string;
}

interface Previewer {
  preview(kind: PreviewKind): Preview;
}

/**
 * Previews of one appliance. `layoutOf`: the layout of a sheet that opens now; `measuredMs`: how long a stroke takes,
 * as measured, ms.
 */
export function createPreviewer(
  ledger: LedgerReader,
  layoutOf: (sheet: number) => SheetLayout,
  limits: MotionLimits,
  measuredMs: () => number | null,
): Previewer {
  const known = new Map<PreviewKind, { readonly about: string; readonly preview: Preview }>();
  return {
    preview(kind) {
      const sight = sightOf(ledger, layoutOf, kind);
      const pace = kind === 'owed' ? measuredMs() : null;
      const about = JSON.stringify([sight.ink, pace]);
      const before = known.get(kind);
      if (before?.about === about) return before.preview;
      const { layout, ink, figures } = withFigures(sight, limits, pace);
      const preview = { ...figures, svg: drawSheet(layout, ink) };
      known.set(kind, { about, preview });
      return preview;
    },
  };
}

/** Plans one sheet with what the ledger owes; without a ledger nothing is owed. */
export function planSheet(
  ledger: LedgerReader | null,
  layoutOf: (sheet: number) => SheetLayout,
  kind: PreviewKind,
  limits: MotionLimits,
): PreviewPlan {
  return withFigures(sightOf(ledger, layoutOf, kind), limits, null);
}

/** What a picture of a sheet shows, and what of it is still to be drawn. */
interface Sight {
  readonly layout: SheetLayout;
  readonly ink: SheetInk;
  readonly toDraw: () => Iterable<StrokeRef>;
}

function sightOf(ledger: LedgerReader | null, layoutOf: (sheet: number) => SheetLayout, kind: PreviewKind): Sight {
  const open = ledger?.sheet() ?? null;
  if (kind === 'owed' && ledger !== null && open !== null) {
    const rows = inkOfOpenSheet(ledger);
    const drawings = inkOfDrawings(ledger, open.drawings);
    const ink = { sheet: open.id, rows, lettered: open.lettered, drawings };
    if (rows.some(isDrawable) || drawings.some(({ isOwed }) => isOwed))
      return { layout: open.layout, ink, toDraw: () => toDrawOf(open.layout, ink) };
  }
  const sheet = (ledger?.questions.sheets().at(-1)?.sheet ?? 0) + 1;
  const layout = layoutOf(sheet);
  if (kind === 'full') {
    const rows = layout.rows.map(({ id, capacity }) => ({ id, certain: capacity, owedThatFit: 0, owedBeyond: 0 }));
    const lettered = layout.lettering?.length ?? 0;
    const toDraw = () => [...letteringFrom(layout, sheet, 0), ...allStrokes(layout, sheet)];
    return { layout, ink: { sheet, rows, lettered }, toDraw };
  }
  const pending = new Map(ledger?.questions.accounts().map((account) => [account.row, account.pending]));
  const rows = layout.rows.map(({ id, capacity }) => {
    const owed = pending.get(id) ?? 0;
    const owedThatFit = Math.min(owed, capacity);
    return { id, certain: 0, owedThatFit, owedBeyond: owed - owedThatFit };
  });
  const ink = { sheet, rows, lettered: 0 };
  return { layout, ink, toDraw: () => toDrawOf(layout, ink) };
}

function isDrawable({ owedThatFit, spoiled = [] }: RowInk): boolean {
  return owedThatFit + spoiled.length > 0;
}

function* toDrawOf(layout: SheetLayout, { sheet, rows, lettered = 0 }: SheetInk): Generator<StrokeRef> {
  yield* letteringFrom(layout, sheet, lettered);
  for (const { id, certain, owedThatFit, spoiled = [] } of rows) {
    for (const n of spoiled) yield { sheet, row: id, n };
    for (let n = certain + 1; n <= certain + owedThatFit; n++) yield { sheet, row: id, n };
  }
}

function letteringFrom(layout: SheetLayout, sheet: number, drawn: number): StrokeRef[] {
  const { id, count } = letteringOf(layout);
  return Array.from({ length: count - drawn }, (_, index) => ({ sheet, row: id, n: drawn + index + 1 }));
}

/** Adds the figures, by a measured pace, or by the model of the plotter alone. */
function withFigures({ layout, ink, toDraw }: Sight, limits: MotionLimits, msPerStroke: number | null): PreviewPlan {
  const all = [...toDraw()];
  const { ms: motionMs, inkMm, travelMm } = estimate(layout, all, { ...layout.park, pen: 'up' }, undefined, limits);
  const left = (ink.drawings ?? []).flatMap(({ id, certain, isOwed }) => {
    const track = layout.drawings?.find((each) => each.id === id);
    return isOwed && track !== undefined ? [drawingLeft(layout, track, certain, limits)] : [];
  });
  const strokes = all.filter(({ row }) => isPaidFor(row)).length;
  const ms = msPerStroke === null ? motionMs : strokes * msPerStroke + letteringMs(layout, ink.lettered ?? 0, limits);
  const drawingMs = left.reduce((sum, each) => sum + each.ms, 0);
  const drawingMm = left.reduce((sum, each) => sum + each.inkMm, 0);
  const figures = { strokes, minutes: (ms + drawingMs) / 60_000, inkMm: inkMm + drawingMm, travelMm };
  const rows = withWaits(layout, ink.rows, limits);
  return { layout, ink: { ...ink, rows }, figures: { sheet: ink.sheet, ...figures } };
}
