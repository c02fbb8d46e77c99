import type { RowLayout } from '../domain/sheet.ts';
import { micrometres } from './micrometres.ts';
import type { ProblemList } from './problem.ts';
import type { LayoutSettings, RowSettings } from './settings.ts';
import { reachOf } from './shapes.ts';

/** Below this two lengths are the same: a tenth of the finest step in X and Y of the plotters that we know. */
export const toleranceMm = 0.001;

/** A rectangle in plotter coordinates. */
export interface Box {
  readonly xMinMm: number;
  readonly xMaxMm: number;
  readonly yMinMm: number;
  readonly yMaxMm: number;
}

/** Where a row's ink can lie when it is full. */
export function boxOf(row: RowLayout): Box {
  const { leftMm, rightMm } = reachOf(row.style, row);
  return {
    xMinMm: row.xMm - leftMm,
    xMaxMm: row.xMm + Math.max(0, row.capacity - 1) * row.spacingMm + rightMm,
    yMinMm: row.yMm,
    yMaxMm: row.yMm + row.strokeMm,
  };
}

/** Whether one rectangle lies within another. */
export function isWithin(inner: Box, outer: Box): boolean {
  return (
    inner.xMinMm >= outer.xMinMm - toleranceMm &&
    inner.xMaxMm <= outer.xMaxMm + toleranceMm &&
    inner.yMinMm >= outer.yMinMm - toleranceMm &&
    inner.yMaxMm <= outer.yMaxMm + toleranceMm
  );
}

/** The paper without a margin. */
export function paperWithin({ paper }: LayoutSettings, marginMm: number): Box {
  const { offsetXMm, offsetYMm, widthMm, heightMm } = paper;
  return {
    xMinMm: offsetXMm + marginMm,
    xMaxMm: offsetXMm + widthMm - marginMm,
    yMinMm: offsetYMm + marginMm,
    yMaxMm: offsetYMm + heightMm - marginMm,
  };
}

/** Ink must lie on the bed and within the paper's margin; tells whether it does. */
export function checkPlace(
  row: RowLayout,
  written: RowSettings,
  place: string,
  settings: LayoutSettings,
  { check }: ProblemList,
): boolean {
  const { paper } = settings;
  const left = written.xMm ?? paper.marginMm;
  const right = written.xMaxMm ?? paper.widthMm - paper.marginMm;
  if (row.capacity === 0) {
    const key = written.xMaxMm === undefined && written.xMm !== undefined ? 'xMm' : 'xMaxMm';
    return check(false, `${place}.${key}`, key === 'xMm' ? left : right, 'leaves no room for a single stroke');
  }
  const box = boxOf(row);
  const checkArea = (area: Box, name: string) => {
    const lowest = area.yMinMm - paper.offsetYMm;
    const highest = area.yMaxMm - paper.offsetYMm - row.strokeMm;
    const fits = `so that strokes of ${row.strokeMm} mm stay within ${name}`;
    return [
      check(
        isWithin({ ...area, xMinMm: box.xMinMm }, area),
        `${place}.xMm`,
        left,
        `must be ${show(area.xMinMm - paper.offsetXMm)} or more, to stay within ${name}`,
      ),
      check(
        isWithin({ ...area, xMaxMm: box.xMaxMm }, area),
        `${place}.xMaxMm`,
        right,
        `must be at most ${show(area.xMaxMm - paper.offsetXMm)}, to stay within ${name}`,
      ),
      check(
        isWithin({ ...area, yMinMm: box.yMinMm, yMaxMm: box.yMaxMm }, area),
        `${place}.yMm`,
        written.yMm,
        highest >= lowest
          ? `must be from ${show(lowest)} to ${show(highest)}, ${fits}`
          : `strokes of ${row.strokeMm} mm do not fit within ${name}`,
      ),
    ].every(Boolean);
  };
  const onBed = checkArea(settings.bed, 'the bed');
  const inMargin = checkArea(paperWithin(settings, paper.marginMm), `the paper's margin of ${paper.marginMm} mm`);
  return onBed && inMargin;
}

/** Rows may touch; they may not lie over each other. */
export function checkOverlaps(
  rows: readonly { readonly row: RowLayout; readonly index: number }[],
  settings: LayoutSettings,
  { check }: ProblemList,
): void {
  rows.forEach(({ row, index }, at) => {
    const under = rows.slice(0, at).find((other) => overlap(boxOf(row), boxOf(other.row)));
    if (under === undefined) return;
    const footMm = under.row.yMm - settings.paper.offsetYMm;
    check(
      false,
      `rows[${index}].yMm`,
      settings.rows[index]?.yMm,
      `must not lie over row "${under.row.id}" (rows[${under.index}]), whose strokes reach from ${show(footMm)} to ` +
        show(footMm + under.row.strokeMm),
    );
  });
}

/** Whether rectangles share more than an edge. A row of one line has no width, so in X touching is enough. */
export function overlap(a: Box, b: Box): boolean {
  const inY = a.yMinMm < b.yMaxMm - toleranceMm && b.yMinMm < a.yMaxMm - toleranceMm;
  const inX = a.xMinMm < b.xMaxMm + toleranceMm && b.xMinMm < a.xMaxMm + toleranceMm;
  return inX && inY;
}

function show(mm: number): string {
  return String(micrometres(mm));
}
