import type { SheetLayout, StrokeRef } from '../domain/sheet.ts';
import { allStrokes, estimate } from '../drawing/estimate.ts';
import { drawSheet, type RowInk } from '../drawing/picture.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { inkOfOpenSheet } from './sheet-picture.ts';

/** `owed`: what will be drawn next, on the sheet that it goes on; `full`: the next sheet with every place taken. */
export type PreviewKind = 'owed' | 'full';

/** A sheet before it is drawn. All figures are estimates: pure motion, row after row. */
export interface Preview {
  readonly sheet: number;
  readonly strokes: number;
  readonly minutes: number;
  readonly inkMm: number;
  readonly travelMm: number;
  readonly svg: string;
}

export interface Previewer {
  preview(kind: PreviewKind): Preview;
}

/** Previews of one appliance; `layoutOf` gives the layout of a sheet that opens now. */
export function createPreviewer(ledger: Ledger, layoutOf: (sheet: number) => SheetLayout): Previewer {
  const known = new Map<PreviewKind, { readonly about: string; readonly preview: Preview }>();

  function plan(kind: PreviewKind): { readonly sheet: number; readonly layout: SheetLayout; readonly rows: RowInk[] } {
    const open = ledger.sheet();
    const rows = inkOfOpenSheet(ledger);
    if (kind === 'owed' && open !== null && rows.some(isDrawable)) return { sheet: open.id, layout: open.layout, rows };
    const sheet = (ledger.questions.sheets().at(-1)?.sheet ?? 0) + 1;
    const layout = layoutOf(sheet);
    const pending = new Map(ledger.questions.accounts().map((account) => [account.row, account.pending]));
    return {
      sheet,
      layout,
      rows: layout.rows.map(({ id, capacity }) => {
        const owed = kind === 'full' ? capacity : (pending.get(id) ?? 0);
        const owedThatFit = Math.min(owed, capacity);
        return { id, certain: 0, owedThatFit, owedBeyond: owed - owedThatFit };
      }),
    };
  }

  return {
    preview(kind) {
      const { sheet, layout, rows } = plan(kind);
      const about = JSON.stringify([sheet, rows]);
      const before = known.get(kind);
      if (before?.about === about) return before.preview;
      const preview = { sheet, ...figures(layout, strokesOf(sheet, rows)), svg: drawSheet(layout, { sheet, rows }) };
      known.set(kind, { about, preview });
      return preview;
    },
  };
}

/** A sheet of this layout with every place taken, shown as it will look. */
export function previewOf(layout: SheetLayout, sheet: number): Preview {
  const rows = layout.rows.map(({ id, capacity }) => ({ id, certain: capacity, owedThatFit: 0, owedBeyond: 0 }));
  const lettered = layout.lettering?.length ?? 0;
  return { sheet, ...figures(layout, allStrokes(layout, sheet)), svg: drawSheet(layout, { sheet, rows, lettered }) };
}

function isDrawable({ owedThatFit, spoiled = [] }: RowInk): boolean {
  return owedThatFit + spoiled.length > 0;
}

function* strokesOf(sheet: number, rows: readonly RowInk[]): Generator<StrokeRef> {
  for (const { id, certain, owedThatFit, spoiled = [] } of rows) {
    for (const n of spoiled) yield { sheet, row: id, n };
    for (let n = certain + 1; n <= certain + owedThatFit; n++) yield { sheet, row: id, n };
  }
}

function figures(layout: SheetLayout, strokes: Iterable<StrokeRef>) {
  const found = estimate(layout, strokes);
  const { inkMm, travelMm } = found;
  return { strokes: found.strokes, minutes: found.ms / 60_000, inkMm, travelMm };
}
