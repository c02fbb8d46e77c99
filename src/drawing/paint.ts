import type { Point, SheetLayout } from '../domain/sheet.ts';
import { blankCanvas, blankMask, type Canvas, type Colour, colourOf, dashesOf, drawLines, lay } from './canvas.ts';
import { write } from './lettering/write.ts';
import { type Label, labelsOf, type SheetInk } from './sheet-labels.ts';
import { colours, type Layer, layersOf, padShare, shownRows, toPictureOf } from './sheet-layers.ts';

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
