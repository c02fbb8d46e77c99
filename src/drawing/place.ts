import {
  type DrawingTrack,
  isDrawing,
  isPaidFor,
  letteringOf,
  type PlateLayout,
  type Point,
  type RowLayout,
  type SheetLayout,
  type StrokeRef,
  type Track,
} from '../domain/sheet.ts';
import type { LayoutSettings, ProblemList, RowSettings } from './settings.ts';
import { micrometres, reachOf, shapeOf } from './shapes.ts';

/** Below this two lengths are the same: a tenth of the finest step in X and Y of the plotters that we know. */
export const toleranceMm = 0.001;

/** A rectangle in plotter coordinates. */
export interface Rectangle {
  readonly xMinMm: number;
  readonly xMaxMm: number;
  readonly yMinMm: number;
  readonly yMaxMm: number;
}

/** Where a row's ink can lie when it is full. */
export function boxOf(row: RowLayout): Rectangle {
  if (row.picture !== undefined) return boxOfPlate({ ...row, widthMm: row.picture.widthMm, heightMm: row.strokeMm });
  const { leftMm, rightMm } = reachOf(row.style, row);
  return {
    xMinMm: row.xMm - leftMm,
    xMaxMm: row.xMm + Math.max(0, row.capacity - 1) * row.spacingMm + rightMm,
    yMinMm: row.yMm,
    yMaxMm: row.yMm + row.strokeMm,
  };
}

/** Where a plate's ink can lie. */
export function boxOfPlate({
  xMm,
  yMm,
  widthMm,
  heightMm,
}: Pick<PlateLayout, 'xMm' | 'yMm' | 'widthMm' | 'heightMm'>): Rectangle {
  return { xMinMm: xMm, xMaxMm: xMm + widthMm, yMinMm: yMm, yMaxMm: yMm + heightMm };
}

/** Whether one rectangle lies within another. */
export function isWithin(inner: Rectangle, outer: Rectangle): boolean {
  return (
    inner.xMinMm >= outer.xMinMm - toleranceMm &&
    inner.xMaxMm <= outer.xMaxMm + toleranceMm &&
    inner.yMinMm >= outer.yMinMm - toleranceMm &&
    inner.yMaxMm <= outer.yMaxMm + toleranceMm
  );
}

/** The paper without a margin. */
export function paperWithin({ paper }: LayoutSettings, marginMm: number): Rectangle {
  const { offsetXMm, offsetYMm, widthMm, heightMm } = paper;
  return {
    xMinMm: offsetXMm + marginMm,
    xMaxMm: offsetXMm + widthMm - marginMm,
    yMinMm: offsetYMm + marginMm,
    yMaxMm: offsetYMm + heightMm - marginMm,
  };
}

/** Ink must lie on the bed and within the paper's margin; returns whether it does. */
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
  const checkArea = (area: Rectangle, name: string) => {
    const lowest = area.yMinMm - paper.offsetYMm;
    const highest = area.yMaxMm - paper.offsetYMm - row.strokeMm;
    const { strokeMm = 0 } = written;
    const usual = { ...box, yMaxMm: row.yMm + settings.stroke.lengthMm };
    if (strokeMm > settings.stroke.lengthMm && !isWithin(box, area) && isWithin(usual, area)) {
      const rule = `must be at most ${show(area.yMaxMm - row.yMm)}, to stay within ${name}`;
      return check(false, `${place}.strokeMm`, strokeMm, rule);
    }
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
  const inMargin = paperWithin(settings, paper.marginMm);
  // What lies within the margin lies on the bed then: a thing is reported once.
  const onBed = isWithin(inMargin, settings.bed) || checkArea(settings.bed, 'the bed');
  return checkArea(inMargin, `the paper's margin of ${paper.marginMm} mm`) && onBed;
}

/** Whether rectangles share more than an edge. A row of one line has no width, so in X touching is enough. */
export function overlap(a: Rectangle, b: Rectangle): boolean {
  const inY = a.yMinMm < b.yMaxMm - toleranceMm && b.yMinMm < a.yMaxMm - toleranceMm;
  const inX = a.xMinMm < b.xMaxMm + toleranceMm && b.xMinMm < a.xMaxMm + toleranceMm;
  return inX && inY;
}

/** A length for people. */
export function show(mm: number): string {
  return String(micrometres(mm));
}

/** The row of a layout by its id. Throws when the sheet has no such row: nobody may plan ink there. */
export function rowOf(layout: SheetLayout, id: string): RowLayout {
  const row = layout.rows.find((each) => each.id === id);
  if (row === undefined) throw new Error(`the sheet has no row "${id}"`);
  return row;
}

/**
 * The line of ink that is the `n`-th stroke of a row, as the points that the pen goes through.
 * It is all that decides where a stroke lies: the same layout and `n` give the same points, whatever was drawn before.
 * Throws when the row has no such place.
 */
export function strokePath(row: RowLayout, n: number): readonly Point[] {
  if (!Number.isInteger(n) || n < 1 || n > row.capacity) {
    throw new Error(`row "${row.id}" has places 1 to ${row.capacity}, not ${n}`);
  }
  return shapeOf(row, n).map(({ xMm, yMm }) => ({ xMm: micrometres(xMm), yMm: micrometres(yMm) }));
}

/** A drawing of a sheet by the id of its track. Throws when none of this id was placed on it. */
export function drawingOf(layout: SheetLayout, id: string): DrawingTrack {
  const drawing = layout.drawings?.find((each) => each.id === id);
  if (drawing === undefined) throw new Error(`no drawing "${id}" was placed on the sheet`);
  return drawing;
}

/** The track of a sheet by its id. Throws when the sheet has none of this id. */
function trackOf(layout: SheetLayout, id: string): Track {
  if (!isPaidFor(id)) return letteringOf(layout);
  if (isDrawing(id)) return drawingOf(layout, id);
  const row = rowOf(layout, id);
  return { id, count: row.capacity, pathOf: (n) => strokePath(row, n) };
}

/** The same for any ink of a sheet. */
export function inkPath(layout: SheetLayout, { row, n }: Pick<StrokeRef, 'row' | 'n'>): readonly Point[] {
  return trackOf(layout, row).pathOf(n);
}

/** Where a stroke begins and ends when it is drawn from below. */
export function strokeEnds(layout: SheetLayout, ref: StrokeRef): { readonly from: Point; readonly to: Point } {
  return endsOf(inkPath(layout, ref));
}

/** First and last point of a path. */
export function endsOf(path: readonly Point[]): { readonly from: Point; readonly to: Point } {
  const [from] = path;
  const to = path.at(-1);
  if (from === undefined || to === undefined) throw new Error('a stroke without points is none');
  return { from, to };
}

/** How far two points lie from each other, mm. */
export function distanceMm(a: Point, b: Point): number {
  return Math.hypot(a.xMm - b.xMm, a.yMm - b.yMm);
}
