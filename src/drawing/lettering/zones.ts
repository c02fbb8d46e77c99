import type { RowLayout, SheetLayout } from '../../domain/sheet.ts';
import { type Box, boxOf, overlap } from '../row-places.ts';
import type { LetteringSettings } from '../settings.ts';
import { ascent, descent } from './write.ts';

/** What is left free between strokes and letters, mm. */
const clearanceMm = 0.8;

/** The paper as letters see it. */
type Paper = SheetLayout['paper'];

/** A place for one line of text: its box, and where its baseline is. */
export interface Zone extends Box {
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
  const lowestMm = Math.max(...tops) + clearanceMm;
  const topMm = paper.corner.yMm + paper.heightMm - marginMm;
  const spareMm = topMm - lowestMm - headingMm * (ascent + descent);
  return zoneFrom(
    {
      xMinMm: paper.corner.xMm + marginMm,
      xMaxMm: paper.corner.xMm + paper.widthMm - marginMm,
      yMinMm: lowestMm + Math.max(0, spareMm * 0.65),
    },
    headingMm,
  );
}

function zoneFrom(at: Pick<Box, 'xMinMm' | 'xMaxMm' | 'yMinMm'>, capitalMm: number): Zone {
  const baselineMm = at.yMinMm + descent * capitalMm;
  return { ...at, yMaxMm: baselineMm + ascent * capitalMm, baselineMm };
}
