import type { Point, RowLayout, SheetLayout } from '../../domain/sheet.ts';
import { boxOf, overlap, type Rectangle } from '../row-places.ts';
import type { LetteringSettings } from '../settings.ts';
import { micrometres } from '../shapes.ts';
import { ascent, descent, isWritable, type Written, write } from './write.ts';

/** What is known when a sheet opens. */
export interface Occasion {
  readonly sheet: number;
  /** As it shall stand on the paper. */
  readonly date: string;
  readonly user: string;
}

/** What a template may hold in braces. */
export const placeholders = ['row', 'date', 'sheet', 'user'] as const;

/** The lines of a sheet's lettering, in the order in which they are drawn: the heading, then the labels from the top. */
export function compose(
  { paper, rows }: SheetLayout,
  settings: LetteringSettings,
  occasion: Occasion,
): readonly (readonly Point[])[] {
  const lines: (readonly Point[])[] = [];
  const heading = fill(settings.heading, occasion, '');
  if (isWritable(heading)) {
    lines.push(...fit(heading, headingZone(paper, rows, settings), settings.headingMm, 'middle'));
  }
  const fromTheTop = rows.map((row, index) => ({ row, number: index + 1 })).toSorted((a, b) => b.row.yMm - a.row.yMm);
  for (const { row, number } of fromTheTop) {
    const name = [row.name, row.id].find(isWritable) ?? String(number);
    const label = fill(settings.label, occasion, name);
    if (isWritable(label)) lines.push(...fit(label, labelZone(row, paper, rows, settings), settings.labelMm, 'left'));
  }
  return lines;
}

function fill(template: string, { sheet, date, user }: Occasion, row: string): string {
  const values: Readonly<Record<string, string>> = { row, date, sheet: String(sheet), user };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Writes a text into its zone; one that is too wide is written smaller. */
function fit(text: string, zone: Zone, capitalMm: number, align: 'left' | 'middle'): (readonly Point[])[] {
  const roomMm = zone.xMaxMm - zone.xMinMm;
  const wanted = write(text, capitalMm);
  const bounds = boundsOf(wanted);
  const scale = Math.min(1, roomMm / bounds.widthMm);
  const startMm = align === 'left' ? zone.xMinMm : zone.xMinMm + (roomMm - bounds.widthMm * scale) / 2;
  return wanted.lines.map((line) =>
    line.map(({ xMm, yMm }) => ({
      xMm: micrometres(startMm + (xMm - bounds.leftMm) * scale),
      yMm: micrometres(zone.baselineMm + yMm * scale),
    })),
  );
}

/** From the leftmost to the rightmost ink. */
function boundsOf({ lines }: Written): { readonly leftMm: number; readonly widthMm: number } {
  const xs = lines.flat().map(({ xMm }) => xMm);
  const leftMm = xs.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY);
  const rightMm = xs.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  return { leftMm, widthMm: Math.max(rightMm - leftMm, 0.001) };
}

/** What is left free between strokes and letters, mm. */
const clearanceMm = 0.8;

/** The paper as letters see it. */
type Paper = SheetLayout['paper'];

/** A place for one line of text: its box, and where its baseline is. */
interface Zone extends Rectangle {
  readonly baselineMm: number;
}

/** Where a row's label stands: over the row's left end, as far as the paper goes or to the next row beside it. */
export function labelZone(
  row: RowLayout,
  paper: Paper,
  rows: readonly RowLayout[],
  { labelMm, marginMm }: LetteringSettings,
): Zone {
  const { xMinMm, yMaxMm } = boxOf(row);
  const paperEndMm = paper.corner.xMm + paper.widthMm - marginMm;
  const zone = zoneFrom({ xMinMm, xMaxMm: Math.max(paperEndMm, xMinMm), yMinMm: yMaxMm + clearanceMm }, labelMm);
  const tallest = { ...zone, yMinMm: boxOf(row).yMinMm };
  const beside = rows
    .map((other) => ({ ...boxOf(other), yMaxMm: boxOf(other).yMaxMm + zone.yMaxMm - yMaxMm }))
    .filter((other) => other.xMinMm > xMinMm && overlap(tallest, other) && boxOf(row).xMaxMm < other.xMinMm);
  const endMm = beside.reduce((end, other) => Math.min(end, other.xMinMm - clearanceMm), zone.xMaxMm);
  return { ...zone, xMaxMm: endMm };
}

/** Where the heading stands: over all rows and labels, centred on the paper, nearer to its edge than to the rows. */
export function headingZone(paper: Paper, rows: readonly RowLayout[], settings: LetteringSettings): Zone {
  const { label, headingMm, marginMm } = settings;
  const tops = rows.map((row) => (label === '' ? boxOf(row) : labelZone(row, paper, rows, settings)).yMaxMm);
  const heightMinMm = Math.max(...tops) + clearanceMm;
  const topMm = paper.corner.yMm + paper.heightMm - marginMm;
  const spareMm = topMm - heightMinMm - headingMm * (ascent + descent);
  return zoneFrom(
    {
      xMinMm: paper.corner.xMm + marginMm,
      xMaxMm: paper.corner.xMm + paper.widthMm - marginMm,
      yMinMm: heightMinMm + Math.max(0, spareMm * 0.65),
    },
    headingMm,
  );
}

function zoneFrom(at: Pick<Rectangle, 'xMinMm' | 'xMaxMm' | 'yMinMm'>, capitalMm: number): Zone {
  const baselineMm = at.yMinMm + descent * capitalMm;
  return { ...at, yMaxMm: baselineMm + ascent * capitalMm, baselineMm };
}
