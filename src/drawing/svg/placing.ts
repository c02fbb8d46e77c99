import type { DrawingOptions } from '../../domain/drawing-reader.ts';
import type { Polyline } from '../line-work.ts';
import { Flattener, transformed } from './curves.ts';
import { DrawingRefusal } from './document.ts';
import type { Figure, Window } from './figures.ts';
import { chain, type Matrix, mmPerPixel } from './measures.ts';
import { movedWindow, seenThrough } from './windows.ts';

/** How far a chord may be from its curve before points are left out, mm. */
export const flattenMm = 0.001;

interface Placing {
  /** From pixels of the page, y down, to millimetres of the box, y up. */
  readonly matrix: Matrix;
  readonly scale: number;
  readonly isTurned: boolean;
}

interface Extent {
  readonly xMin: number;
  readonly yMin: number;
  readonly xMax: number;
  readonly yMax: number;
}

/** From where to where lines reach; from infinity to less than nothing when there are none. */
export function extentOf(lines: Iterable<Polyline>): Extent {
  let [xMin, yMin, xMax, yMax] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const line of lines) {
    for (let at = 0; at < line.length; at += 2) {
      const [x = 0, y = 0] = [line[at], line[at + 1]];
      [xMin, xMax] = [Math.min(xMin, x), Math.max(xMax, x)];
      [yMin, yMax] = [Math.min(yMin, y), Math.max(yMax, y)];
    }
  }
  return { xMin, yMin, xMax, yMax };
}

/** The outlines of all figures under a matrix, without what is outside of the page. */
function* seenOutlines(figures: readonly Figure[], matrix: Matrix): Generator<Polyline> {
  const flattener = new Flattener(flattenMm);
  for (const { outlines, windows } of figures) {
    const views = windows.map((window) => movedWindow(window, matrix));
    for (const outline of outlines) yield* seenLines(flattener.flatten(transformed(outline, matrix)), views);
  }
}

/** Curves are looked at as finely as they will be drawn, or this often. */
const looksMax = 4;

export function placeIn(
  figures: readonly Figure[],
  options: DrawingOptions,
  skipped: ReadonlyMap<string, number>,
): Placing {
  const { boxWidthMm, boxHeightMm, mode, mayTurn } = options;
  let scale = 1;
  for (let look = 1; ; look += 1) {
    const zoom = scale * mmPerPixel;
    const seen = extentOf(seenOutlines(figures, [zoom, 0, 0, zoom, 0, 0]));
    if (seen.xMin > seen.xMax) nothingToDraw(skipped);
    const [widthMm, heightMm] = [(seen.xMax - seen.xMin) / scale, (seen.yMax - seen.yMin) / scale];
    if (!(Math.max(widthMm, heightMm) > 1e-6)) tooSmall(0);
    const upright = Math.min(boxWidthMm / widthMm, boxHeightMm / heightMm);
    const turned = Math.min(boxWidthMm / heightMm, boxHeightMm / widthMm);
    const isTurned =
      mayTurn && (mode === 'fit' ? turned > upright * (1 + 1e-9) : upright < 1 - 1e-6 && turned > upright);
    const fitting = isTurned ? turned : upright;
    if (mode === 'mm' && fitting < 1 - 1e-6) tooLarge(widthMm, heightMm, options);
    const wanted = mode === 'mm' ? 1 : fitting;
    // What was looked at more coarsely than it will be drawn is looked at again.
    if (wanted > 1.5 * scale && look < looksMax) {
      scale = wanted;
      continue;
    }
    const final = wanted * mmPerPixel;
    const half = wanted / scale / 2;
    const [middleX, middleY] = [(seen.xMin + seen.xMax) * half, (seen.yMin + seen.yMax) * half];
    const centred: Matrix = [final, 0, 0, -final, -middleX, middleY];
    const [a, b] = isTurned ? [0, 1] : [1, 0];
    const turn: Matrix = [a, b, -b, a, boxWidthMm / 2, boxHeightMm / 2];
    return { matrix: chain(turn, centred), scale: wanted, isTurned };
  }
}

/** What of a line is seen through all windows. */
export function seenLines(line: Polyline, views: readonly Window[]): readonly Polyline[] {
  return views.reduce<readonly Polyline[]>(
    (seen, view) => (seen.length === 0 ? seen : seen.flatMap((each) => seenThrough(each, view))),
    [line],
  );
}

export function nothingToDraw(skipped: ReadonlyMap<string, number>): never {
  const left = [...skipped].map(([what, count]) => `${count} × ${what}`).join(', ');
  const what = `Nothing in the file can be drawn${left === '' ? '' : ` (left out: ${left})`}.`;
  const remedy = 'Make paths of texts and pictures in the drawing program, and give lines a colour.';
  throw new DrawingRefusal('drawing-nothing', what, remedy);
}

export function tooSmall(sideMm: number): never {
  const what = `The drawing is ${sideMm.toFixed(2)} mm large: no more than a spot of the pen.`;
  throw new DrawingRefusal('drawing-too-small', what, 'Let it fill its place (fit), or make it larger.');
}

function tooLarge(widthMm: number, heightMm: number, { boxWidthMm, boxHeightMm }: DrawingOptions): never {
  const size = `${widthMm.toFixed(1)} × ${heightMm.toFixed(1)} mm`;
  const what = `The drawing is ${size}, and its place is ${boxWidthMm} × ${boxHeightMm} mm.`;
  throw new DrawingRefusal('drawing-too-large', what, 'Let it be scaled to its place (fit), or make it smaller.');
}
