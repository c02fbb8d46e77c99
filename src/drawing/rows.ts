import type { RowLayout } from '../domain/sheet.ts';
import { micrometres } from './micrometres.ts';
import type { ProblemList } from './problem.ts';
import { checkRowItself } from './row-checks.ts';
import { checkOverlaps, checkPlace, toleranceMm } from './row-places.ts';
import type { LayoutSettings, RowSettings } from './settings.ts';
import { reachOf } from './shapes.ts';

/** It bounds how large a picture or an answer can grow. */
const maxRows = 200;

/**
 * Lays out every row, noting what stands against it. `measurable`: bed, paper and stroke are sound; without that only
 * what a row says about itself is checked.
 * A row's capacity is how many strokes stand at an X up to and including its `xMaxMm` with all their ink.
 */
export function layOutRows(settings: LayoutSettings, measurable: boolean, problems: ProblemList): RowLayout[] {
  const { rows } = settings;
  problems.check(rows.length > 0, 'rows', 'none', 'there must be at least one row');
  if (!problems.check(rows.length <= maxRows, 'rows', rows.length, `there can be at most ${maxRows} rows`)) return [];
  checkIds(rows, problems);
  const laidOut: { row: RowLayout; index: number }[] = [];
  rows.forEach((written, index) => {
    const place = `rows[${index}]`;
    const sound = checkRowItself(written, place, settings.stroke, problems);
    if (!sound || !measurable) return;
    const row = placeRow(written, settings);
    if (checkPlace(row, written, place, settings, problems)) laidOut.push({ row, index });
  });
  checkOverlaps(laidOut, settings, problems);
  return laidOut.map(({ row }) => row);
}

function checkIds(rows: readonly RowSettings[], { check }: ProblemList): void {
  const seen = new Map<string, number>();
  rows.forEach(({ id }, index) => {
    const before = seen.get(id);
    check(before === undefined, `rows[${index}].id`, id, `must differ from the id of rows[${before}]`);
    if (before === undefined) seen.set(id, index);
  });
}

function placeRow(row: RowSettings, { paper, stroke }: LayoutSettings): RowLayout {
  const spacingMm = row.spacingMm ?? stroke.spacingMm;
  const strokeMm = row.strokeMm ?? stroke.lengthMm;
  const style = row.style ?? stroke.style;
  const { jitterMm } = stroke;
  const reach = reachOf(style, { spacingMm, strokeMm, jitterMm });
  const firstMm = (row.xMm ?? paper.marginMm) + reach.leftMm;
  const lastMm = (row.xMaxMm ?? paper.widthMm - paper.marginMm) - reach.rightMm;
  const fitting = Math.floor((lastMm - firstMm + toleranceMm) / spacingMm) + 1;
  return {
    id: row.id,
    name: row.name,
    xMm: micrometres(paper.offsetXMm + firstMm),
    yMm: micrometres(paper.offsetYMm + row.yMm),
    spacingMm,
    strokeMm,
    capacity: Math.max(0, Math.min(fitting, row.maxStrokes ?? fitting)),
    ...(style === undefined || style === 'line' ? {} : { style }),
    ...(jitterMm === undefined || jitterMm === 0 ? {} : { jitterMm }),
  };
}
