import { type DrawingPaths, drawingMax, measurePaths, packPaths } from '../../domain/drawing-paths.ts';
import {
  checkDrawingOptions,
  type DrawingOptions,
  type DrawingPlan,
  type PlannedDrawing,
} from '../../domain/drawing-reader.ts';
import { generators } from '../generators.ts';
import { hatchArea } from '../hatch.ts';
import { joinLines, joinNeighbours, type Polyline, simplifyLine, sortLines } from '../line-work.ts';
import { cutPieces } from '../pieces.ts';
import { Flattener, tooManyPoints, transformed } from './curves.ts';
import { DrawingRefusal, parseSvg, svgTextOf } from './document.ts';
import { type Figure, figuresOf } from './figures.ts';
import type { Matrix } from './measures.ts';
import { extentOf, flattenMm, nothingToDraw, placeIn, seenLines, tooSmall } from './placing.ts';
import { movedWindow } from './windows.ts';

/** With flattening and whole micrometres, ink is within 0.05 mm of where the file has it. */
const simplifyMm = 0.048;
/** Ends so near to each other are joined. */
const joinMm = 0.05;
/** So many lines a drawing may have before they are joined. */
const linesMax = 10 * drawingMax.paths;
/** What is smaller in both directions is not drawn. */
const speckMm = 0.05;
/** As long as a pen's line is wide. */
const dotMm = 0.3;
/** A pen draws no line thinner; a drawing as small as that is a spot. */
const inkMinMm = 1;

/**
 * Plans what is asked for: a file as it is, or generated, and cut into pieces where those are asked for. Throws a
 * RangeError for options that no drawing can have.
 */
export function planPicture(bytes: Uint8Array, options: DrawingOptions): DrawingPlan {
  const { pieces: wanted, generator } = options;
  const plan = generator === undefined ? planDrawingFile(bytes, options) : generated(options, generator);
  if (!plan.ok || wanted === undefined) return plan;
  const cut = cutPieces(plan.paths, wanted);
  return cut.ok ? { ...plan, paths: cut.pieces, ...measurePaths(cut.pieces) } : cut;
}

function generated(
  { boxWidthMm, boxHeightMm }: DrawingOptions,
  { name, spacingMm, seed }: NonNullable<DrawingOptions['generator']>,
): DrawingPlan {
  const paths: DrawingPaths = generators[name]({ widthMm: boxWidthMm, heightMm: boxHeightMm, spacingMm, seed });
  return { ok: true, paths, skipped: [], scale: 1, isTurned: false, ...measurePaths(paths) };
}

/** Plans a drawing from the bytes of a file. */
export function planDrawingFile(bytes: Uint8Array, options: DrawingOptions): DrawingPlan {
  return refusable(() => plan(svgTextOf(bytes), options));
}

/**
 * Plans a drawing: an SVG becomes paths in a box, curves in the longest chords within 0.05 mm, lines that meet joined,
 * in an order with short ways within each layer. What cannot be drawn is a fault, what is left out is named. Throws a
 * RangeError for options that no drawing can have.
 */
export function planDrawing(svgText: string, options: DrawingOptions): DrawingPlan {
  return refusable(() => plan(svgText, options));
}

function refusable(work: () => PlannedDrawing): DrawingPlan {
  try {
    return work();
  } catch (error) {
    if (error instanceof DrawingRefusal) return { ok: false, fault: error.fault };
    throw error;
  }
}

function plan(svgText: string, options: DrawingOptions): PlannedDrawing {
  checkDrawingOptions(options);
  const { figures, skipped: left } = figuresOf(parseSvg(svgText));
  const skipped = new Map(left);
  if (figures.length === 0) nothingToDraw(skipped);
  const placing = placeIn(figures, options, skipped);
  const layers = new Map<string, Polyline[]>();
  const byLayer = figures.some(({ layer }) => layer !== null);
  const flattener = new Flattener(flattenMm);
  let [count, cut] = [0, 0];
  for (const figure of figures) {
    const key = byLayer ? `layer ${figure.layer ?? ''}` : figure.colour;
    const lines = layers.get(key) ?? [];
    const before = lines.length;
    if (addFigure(figure, placing.matrix, options.hatchMm, flattener, lines)) cut += 1;
    layers.set(key, lines);
    count += lines.length - before;
    if (count > linesMax) tooManyPaths(`more than ${linesMax}`);
  }
  if (cut > 0) skipped.set('shape cut at the edge of the page', cut);
  const paths = inkPaths([...layers.values()], options, skipped);
  const drawing: DrawingPaths = { ...boxOfDrawing(options), paths };
  checkSize(drawing, skipped);
  const list = [...skipped].map(([what, count]) => ({ what, count }));
  return {
    ok: true,
    paths: drawing,
    skipped: list,
    ...measurePaths(drawing),
    scale: placing.scale,
    isTurned: placing.isTurned,
  };
}

function boxOfDrawing({ boxWidthMm, boxHeightMm }: DrawingOptions): Omit<DrawingPaths, 'paths'> {
  return { widthUm: Math.floor(boxWidthMm * 1000), heightUm: Math.floor(boxHeightMm * 1000) };
}

/** Adds the lines of a figure, in millimetres of the box; true when an edge of the page cut it. */
function addFigure(
  { outlines, fillRule, windows }: Figure,
  matrix: Matrix,
  hatchMm: number | null,
  flattener: Flattener,
  lines: Polyline[],
): boolean {
  const flat = outlines.map((outline) => {
    const line = flattener.flatten(transformed(outline, matrix));
    return line.length > 2 ? line : dotAt(line);
  });
  const views = windows.map((window) => movedWindow(window, matrix));
  const hatches = fillRule === null || hatchMm === null ? [] : hatchArea(flat, fillRule, hatchMm);
  if (hatches === null) tooManyPoints();
  let isCut = false;
  for (const line of [...flat, ...hatches]) {
    const seen = seenLines(line, views);
    isCut ||= seen.length !== 1 || seen[0] !== line;
    for (const each of seen) lines.push(each);
  }
  return isCut;
}

/** A dot is drawn as a short line. */
function dotAt([x = 0, y = 0]: Polyline): number[] {
  return [x - dotMm / 2, y, x + dotMm / 2, y];
}

/** Joins, sorts and thins lines, layer by layer, and makes whole micrometres of them. */
function inkPaths(layers: readonly Polyline[][], options: DrawingOptions, skipped: Map<string, number>): number[][] {
  const { widthUm, heightUm } = boxOfDrawing(options);
  const paths: number[][] = [];
  let at: readonly [number, number] = [0, 0];
  let specks = 0;
  for (const lines of layers) {
    const { kept, left } = withoutSpecks(options.keepOrder ? joinNeighbours(lines, joinMm) : joinLines(lines, joinMm));
    specks += left;
    const sorted = options.keepOrder ? kept : sortLines(kept, at);
    const inOrder = 'lines' in sorted ? sorted.lines : sorted;
    if ('end' in sorted) at = sorted.end;
    for (const line of inOrder) {
      const path = inMicrometres(simplifyLine(line, simplifyMm), widthUm, heightUm);
      if (path.length >= 4) paths.push(path);
      else specks += 1;
    }
  }
  if (specks > 0) skipped.set(`speck under ${speckMm} mm`, specks);
  return paths;
}

function withoutSpecks(lines: readonly Polyline[]): { readonly kept: Polyline[]; readonly left: number } {
  const kept = lines.filter((line) => {
    const [x = 0, y = 0] = line;
    return line.some((value, index) => Math.abs(value - (index % 2 === 0 ? x : y)) >= speckMm);
  });
  return { kept, left: lines.length - kept.length };
}

function inMicrometres(line: Polyline, widthUm: number, heightUm: number): number[] {
  const path: number[] = [];
  for (let at = 0; at < line.length; at += 2) {
    const x = Math.min(widthUm, Math.max(0, Math.round((line[at] ?? 0) * 1000)));
    const y = Math.min(heightUm, Math.max(0, Math.round((line[at + 1] ?? 0) * 1000)));
    if (x !== path.at(-2) || y !== path.at(-1)) path.push(x, y);
  }
  return path;
}

function checkSize(drawing: DrawingPaths, skipped: ReadonlyMap<string, number>): void {
  const { paths } = drawing;
  if (paths.length === 0) nothingToDraw(skipped);
  const { xMin, yMin, xMax, yMax } = extentOf(paths);
  const sideMm = Math.max(xMax - xMin, yMax - yMin) / 1000;
  if (sideMm < inkMinMm) tooSmall(sideMm);
  if (paths.length > drawingMax.paths) tooManyPaths(String(paths.length));
  if (paths.reduce((points, path) => points + path.length / 2, 0) > drawingMax.points) tooManyPoints();
  if (packPaths(drawing) === null) {
    const what = `The lines of the drawing take more than ${drawingMax.bytes} bytes.`;
    throw new DrawingRefusal('drawing-too-many-points', what, 'Simplify its paths in the drawing program.');
  }
}

function tooManyPaths(count: string): never {
  const what = `The drawing has ${count} separate lines, and ${drawingMax.paths} is the most.`;
  throw new DrawingRefusal('drawing-too-many-paths', what, 'Leave some out, or hatch it more widely.');
}
