import type { MotionLimits } from '../domain/motion.ts';
import { giftInWords, localTime } from '../domain/plain-text.ts';
import { drawingTrackId, type SheetLayout, type StrokeRef } from '../domain/sheet.ts';
import { pictureMs } from '../drawing/forecast.ts';
import { type DrawingInk, drawSheet, type RowInk, type SheetInk } from '../drawing/picture.ts';
import type { LedgerReader } from '../ledger/ledger.ts';
import type { PlacedDrawing } from '../ledger/placed-drawings.ts';
import type { Payer } from '../ledger/questions.ts';
import type { DrawingPlace } from './drawing-book.ts';

/** How a sheet is shown. */
export interface PictureOptions {
  /** Whether pointing at a stroke shows who paid for it; the picture is several times as large then. */
  readonly titles: boolean;
  /** Whether the stroke that the pen is at is marked. */
  readonly pen: boolean;
  /** How the plotter moves, to show how long rows with pictures still take; missing: it is not shown. */
  readonly limits?: MotionLimits;
}

export const withTitles: PictureOptions = { titles: true, pen: true };

/** The open sheet as SVG: certain ink, what is owed and fits, who paid for what. Null while no sheet is open. */
export function pictureOf(ledger: LedgerReader, now: StrokeRef | null, options = withTitles): string | null {
  const sheet = ledger.sheet();
  if (sheet === null) return null;
  return drawSheet(sheet.layout, {
    sheet: sheet.id,
    rows: withWaits(sheet.layout, inkOfOpenSheet(ledger), options.limits),
    lettered: sheet.lettered,
    drawings: inkOfDrawings(ledger, sheet.drawings, options),
    strayMarks: ledger.questions.strayMarks(sheet.id),
    ...(now === null || !options.pen ? {} : { now }),
    ...titlesOf(ledger, sheet.id, sheet.layout.rows, options),
  });
}

/** The open sheet, or the next one, with a drawing as it would lie there, as SVG. */
export function pictureWithDrawing(
  ledger: LedgerReader,
  next: SheetLayout,
  { sheet, plate, track }: DrawingPlace,
): string {
  const open = sheet === null ? null : ledger.sheet();
  const layout = open?.layout ?? next;
  const drawings = [...(layout.drawings ?? []), { ...track, plate, id: drawingTrackId(0) }];
  return drawSheet(
    { ...layout, drawings },
    {
      sheet: open?.id ?? (ledger.questions.sheets().at(-1)?.sheet ?? 0) + 1,
      rows: open === null ? [] : inkOfOpenSheet(ledger),
      lettered: open?.lettered ?? 0,
      drawings: inkOfDrawings(ledger, open?.drawings ?? []),
    },
  );
}

/** How far drawings are, with who asked for what. */
export function inkOfDrawings(
  { questions }: LedgerReader,
  drawings: readonly PlacedDrawing[],
  { titles }: Pick<PictureOptions, 'titles'> = { titles: false },
): DrawingInk[] {
  return drawings.map(({ track, certain, isOver, request }) => {
    const record = titles ? questions.drawing(request) : null;
    const by = record === null || record.viewer === '' ? '' : ` by ${record.viewer}`;
    const title = record === null ? undefined : `${record.name}${by}, ${localTime(record.askedAtMs)}`;
    return { id: track.id, certain, isOwed: !isOver, title };
  });
}

/** What is certain and what is owed in each row of the open sheet. */
export function inkOfOpenSheet(ledger: LedgerReader): RowInk[] {
  const sheet = ledger.sheet();
  if (sheet === null) return [];
  const { questions } = ledger;
  const places = new Map(questions.places().map(({ row, certain }) => [row, certain]));
  const accounts = new Map(questions.accounts().map((account) => [account.row, account]));
  const redraws = questions.redraws(sheet.id);
  return sheet.layout.rows.map(({ id, capacity }) => {
    const certain = places.get(id) ?? 0;
    const spoiled = redraws.filter(({ row }) => row === id).map(({ n }) => n);
    const pending = (accounts.get(id)?.pending ?? 0) - spoiled.length;
    const owedThatFit = Math.min(pending, capacity - certain);
    return { id, certain, spoiled, owedThatFit, owedBeyond: pending - owedThatFit };
  });
}

/** The same, with how long the rest of each picture takes. */
export function withWaits(layout: SheetLayout, inks: readonly RowInk[], limits?: MotionLimits): RowInk[] {
  return inks.map((ink) => {
    const row = layout.rows.find(({ id }) => id === ink.id);
    if (limits === undefined || row?.picture === undefined || row.capacity === 0) return ink;
    const share = (row.capacity - ink.certain) / row.capacity;
    return { ...ink, minutesToWhole: (pictureMs(layout, row, limits) * share) / 60_000 };
  });
}

/**
 * Any sheet as SVG, open or closed; on a closed one nothing is shown as owed. Null when there never was one of this
 * number.
 */
export function pictureOfSheet(
  ledger: LedgerReader,
  number: number,
  now: StrokeRef | null,
  options = withTitles,
): string | null {
  if (ledger.sheet()?.id === number) return pictureOf(ledger, now, options);
  const record = pastSheet(ledger, number);
  if (record === null) return null;
  return drawSheet(record.layout, {
    ...record.ink,
    ...titlesOf(ledger, number, record.layout.rows, options),
  });
}

/** What was on a sheet when it was taken away; null when there never was one of this number. */
export function pastSheet(
  { questions }: LedgerReader,
  sheet: number,
): { readonly layout: SheetLayout; readonly ink: SheetInk } | null {
  const record = questions.sheetRecord(sheet);
  if (record === null) return null;
  const { layout, lettered, drawings = [] } = record;
  const rows = record.rows.map(({ row, certain, spoiled }) => ({
    id: row,
    certain,
    spoiled,
    owedThatFit: 0,
    owedBeyond: 0,
  }));
  const inks = drawings.map(({ track, certain }) => ({ id: track.id, certain, isOwed: false }));
  return { layout, ink: { sheet, rows, lettered, drawings: inks, strayMarks: questions.strayMarks(sheet) } };
}

function titlesOf(
  ledger: LedgerReader,
  sheet: number,
  rows: readonly { readonly id: string }[],
  { titles }: PictureOptions,
) {
  if (!titles) return {};
  const payers = new Map(rows.map(({ id }) => [id, ledger.questions.payersOf(sheet, id)]));
  return {
    titles: (row: string, n: number) => {
      const payer = payers.get(row)?.find((run) => run.n <= n && n <= run.last) ?? null;
      return payer === null ? null : titleOf(payer);
    },
  };
}

/** Who paid, with what, and when. */
function titleOf(payer: Payer): string {
  return `${giftInWords(payer)}, ${localTime(payer.arrivedAtMs)}`;
}
