import type { Point, SheetLayout } from '../domain/sheet.ts';
import { write } from './lettering.ts';
import { type Label, labelsOf } from './sheet-labels.ts';
import { colours, type Layer, layersOf, padShare, type SheetInk, shownRows, toPictureOf } from './sheet-layers.ts';

/** A picture in pixels: red, green, blue and alpha in turns, from the upper left corner, row by row. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

/** A colour: red, green and blue, 0 to 255. */
type Colour = readonly [number, number, number];

/** What lines cover of each pixel, 0 to 1; kept apart, so that lines that cross each other cover nothing twice. */
interface Mask {
  readonly width: number;
  readonly height: number;
  readonly cover: Float32Array;
}

/** The lines that `drawLines` draws on, in pixels. */
type PixelLines = readonly (readonly (readonly [x: number, y: number])[])[];

/** An empty, transparent canvas. */
export function blankCanvas(width: number, height: number): Canvas {
  return { width, height, rgba: new Uint8ClampedArray(4 * width * height) };
}

/** A mask that covers nothing. */
export function blankMask({ width, height }: Canvas): Mask {
  return { width, height, cover: new Float32Array(width * height) };
}

/** A colour as CSS writes it: #rrggbb. */
function colourOf(css: string): Colour {
  const value = Number.parseInt(css.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Lays lines of one width with round ends over the canvas; `mask` is empty before and after. */
export function drawLines(
  canvas: Canvas,
  mask: Mask,
  lines: PixelLines,
  widthPx: number,
  colour: Colour,
  opacity: number,
) {
  for (const line of lines) {
    const [first] = line;
    if (first !== undefined && line.length === 1) coverLine(mask, first, first, widthPx);
    line.slice(1).forEach((to, index) => {
      coverLine(mask, line[index] ?? to, to, widthPx);
    });
  }
  for (const line of lines) layMask(canvas, mask, boundsOf(line, widthPx), colour, opacity);
}

type Pixel = readonly [x: number, y: number];

interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function boundsOf(points: readonly Pixel[], widthPx: number): Bounds {
  const reach = widthPx / 2 + 1;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return {
    left: Math.floor(Math.min(...xs) - reach),
    top: Math.floor(Math.min(...ys) - reach),
    right: Math.ceil(Math.max(...xs) + reach),
    bottom: Math.ceil(Math.max(...ys) + reach),
  };
}

/**
 * Covers a straight line with round ends: a pixel is covered as far as its middle lies within the line, over one pixel
 * at the edge. A line thinner than a pixel covers only a part of it.
 */
function coverLine({ width, height, cover }: Mask, from: Pixel, to: Pixel, widthPx: number): void {
  const { left, top, right, bottom } = boundsOf([from, to], widthPx);
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const squared = dx * dx + dy * dy;
  const radius = Math.max(widthPx, 1) / 2;
  const most = Math.min(widthPx, 1);
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
    for (let x = Math.max(0, left); x < Math.min(width, right); x++) {
      const [px, py] = [x + 0.5 - from[0], y + 0.5 - from[1]];
      const share = squared === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / squared));
      const [ax, ay] = [px - share * dx, py - share * dy];
      const away = Math.sqrt(ax * ax + ay * ay);
      const covered = most * Math.max(0, Math.min(1, radius + 0.5 - away));
      const at = y * width + x;
      if (covered > (cover[at] ?? 0)) cover[at] = covered;
    }
  }
}

/** Lays a colour over the canvas where the mask covers it, and empties the mask there. */
function layMask(
  canvas: Canvas,
  { width, height, cover }: Mask,
  bounds: Bounds,
  colour: Colour,
  opacity: number,
): void {
  for (let y = Math.max(0, bounds.top); y < Math.min(height, bounds.bottom); y++) {
    for (let x = Math.max(0, bounds.left); x < Math.min(width, bounds.right); x++) {
      const at = y * width + x;
      const covered = cover[at] ?? 0;
      if (covered === 0) continue;
      lay(canvas, at, colour, covered * opacity);
      cover[at] = 0;
    }
  }
}

/** Lays a colour over one pixel. */
function lay({ rgba }: Canvas, pixel: number, [red, green, blue]: Colour, alpha: number): void {
  const at = 4 * pixel;
  const under = (rgba[at + 3] ?? 0) / 255;
  const all = alpha + under * (1 - alpha);
  if (all === 0) return;
  const mixed = (over: number, below: number) => (over * alpha + below * under * (1 - alpha)) / all;
  rgba[at] = mixed(red, rgba[at] ?? 0);
  rgba[at + 1] = mixed(green, rgba[at + 1] ?? 0);
  rgba[at + 2] = mixed(blue, rgba[at + 2] ?? 0);
  rgba[at + 3] = 255 * all;
}

/** Cuts a line into the dashes that are drawn of it; lengths in the units of its points. */
export function dashesOf(line: readonly Point[], drawnMm: number, leftMm: number): readonly (readonly Point[])[] {
  const dashes: Point[][] = [];
  let dash: Point[] = line.slice(0, 1);
  let restMm = drawnMm;
  let isDrawn = true;
  line.slice(1).forEach((end, index) => {
    let from = line[index] ?? end;
    for (let wayMm = distance(from, end); wayMm > restMm; wayMm = distance(from, end)) {
      const share = restMm / wayMm;
      const at = { xMm: from.xMm + share * (end.xMm - from.xMm), yMm: from.yMm + share * (end.yMm - from.yMm) };
      if (isDrawn) dashes.push([...dash, at]);
      dash = [at];
      from = at;
      isDrawn = !isDrawn;
      restMm = isDrawn ? drawnMm : leftMm;
    }
    restMm -= distance(from, end);
    if (isDrawn) dash.push(end);
  });
  if (isDrawn) dashes.push(dash);
  return dashes;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(b.xMm - a.xMm, b.yMm - a.yMm);
}

/** A capital's height in parts of the size of print, and the width of the lines that letters are made of. */
const capitalShare = 0.7;
const letterLineShare = 0.075;

/**
 * A sheet in pixels, as `drawSheet` shows it; words beside the ink are written with the pen's letters, since pixels have
 * no fonts. Same arguments, same pixels.
 */
export function paintSheet(layout: SheetLayout, ink: SheetInk, pixelsPerMm: number): Canvas {
  const { widthMm, heightMm } = layout.paper;
  const padMm = Math.min(widthMm, heightMm) * padShare;
  const canvas = blankCanvas(
    Math.ceil((widthMm + 2 * padMm) * pixelsPerMm),
    Math.ceil((heightMm + 2 * padMm) * pixelsPerMm),
  );
  const mask = blankMask(canvas);
  const toPicture = toPictureOf(layout);
  const rows = shownRows(layout, ink);
  paintPaper(canvas, layout, padMm, pixelsPerMm);
  const paint = ({ lines, colour, widthMm: lineMm, opacity, dashMm }: Layer) => {
    const drawn = dashMm === undefined ? lines : lines.flatMap((line) => dashesOf(line, ...dashMm));
    const pixels = drawn.map((line) =>
      line.map(({ xMm, yMm }) => [(xMm + padMm) * pixelsPerMm, (yMm + padMm) * pixelsPerMm] as const),
    );
    drawLines(canvas, mask, pixels, lineMm * pixelsPerMm, colourOf(colour), opacity);
  };
  for (const label of labelsOf(layout, rows, ink, toPicture)) labelLayers(label).forEach(paint);
  layersOf(layout, rows, ink, toPicture).forEach(paint);
  return canvas;
}

/** A label as lines of letters, each part in its colour. */
function labelLayers({ xMm, yMm, sizeMm, anchor, parts }: Label): Layer[] {
  const written = parts.map(({ text, colour, gapMm }) => ({
    ...write(text, sizeMm * capitalShare),
    colour,
    gapMm,
  }));
  const totalMm = written.reduce((sum, { widthMm, gapMm }) => sum + widthMm + gapMm, 0);
  let atMm = xMm - totalMm * { start: 0, middle: 0.5, end: 1 }[anchor];
  return written.map(({ lines, widthMm, gapMm, colour }) => {
    const startMm = atMm + gapMm;
    atMm = startMm + widthMm;
    const place = ({ xMm, yMm: upMm }: Point) => ({ xMm: startMm + xMm, yMm: yMm - upMm });
    return { lines: lines.map((line) => line.map(place)), colour, widthMm: sizeMm * letterLineShare, opacity: 1 };
  });
}

const shadow: Colour = [27, 20, 10];
const shadowOpacity = 0.22;
const edgeMm = 0.15;

/** The empty sheet with the light on it, its edge and its shadow. */
function paintPaper(canvas: Canvas, { paper }: SheetLayout, padMm: number, pixelsPerMm: number): void {
  const [light, shade, edge] = [colourOf(colours.paperLight), colourOf(colours.paperShade), colourOf(colours.edge)];
  for (let y = 0; y < canvas.height; y++) {
    const yMm = (y + 0.5) / pixelsPerMm - padMm;
    for (let x = 0; x < canvas.width; x++) {
      const xMm = (x + 0.5) / pixelsPerMm - padMm;
      const pixel = y * canvas.width + x;
      const insideMm = Math.min(xMm, paper.widthMm - xMm, yMm, paper.heightMm - yMm);
      const covered = Math.max(0, Math.min(1, insideMm * pixelsPerMm + 0.5));
      if (covered < 1) {
        const depth = outsideMm(paper, xMm, yMm - padMm * 0.15) / (padMm * 0.3);
        lay(canvas, pixel, shadow, shadowOpacity * Math.exp(-depth * depth));
      }
      if (covered === 0) continue;
      const slope = Math.max(0, Math.min(1, (0.6 * xMm * paper.widthMm + yMm * paper.heightMm) / slopeLength(paper)));
      lay(canvas, pixel, insideMm < edgeMm ? edge : between(light, shade, slope), covered);
    }
  }
}

function outsideMm({ widthMm, heightMm }: SheetLayout['paper'], xMm: number, yMm: number): number {
  return Math.hypot(Math.max(0, -xMm, xMm - widthMm), Math.max(0, -yMm, yMm - heightMm));
}

function slopeLength({ widthMm, heightMm }: SheetLayout['paper']): number {
  return 0.6 * widthMm * widthMm + heightMm * heightMm;
}

function between(a: Colour, b: Colour, share: number): Colour {
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])];
}
