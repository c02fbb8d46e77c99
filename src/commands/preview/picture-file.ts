import { writeFileSync } from 'node:fs';
import type { SheetLayout } from '../../domain/sheet.ts';
import { paintSheet } from '../../drawing/paint.ts';
import { drawSheet, type SheetInk } from '../../drawing/picture.ts';
import type { Console } from '../command.ts';
import { whyOf } from '../why.ts';
import { pngOf } from './png.ts';

/** About 200 dots an inch: a stroke's edge is soft, and A4 stays under a megabyte. */
const pixelsPerMm = 8;
/** A PNG has at most so many pixels; larger sheets are shown coarser. */
const pixelsMax = 16_000_000;

/** A sheet and what is on it. */
interface Shown {
  readonly layout: SheetLayout;
  readonly ink: SheetInk;
}

/** A sheet as the text of an SVG file. */
export function svgFile({ layout, ink }: Shown): string {
  return `${drawSheet(layout, ink)}\n`;
}

/** A sheet as the bytes of a PNG file. */
export function pngFile({ layout, ink }: Shown): Buffer {
  const { widthMm, heightMm } = layout.paper;
  const fitting = Math.sqrt(pixelsMax / (1.3 * widthMm * heightMm));
  const scale = Math.min(pixelsPerMm, fitting);
  return pngOf(paintSheet(layout, ink, scale), scale);
}

/** Writes one file; false when it cannot be, which has been said. */
export function writeOut(file: string, content: string | Buffer, console: Console): boolean {
  try {
    writeFileSync(file, content);
    return true;
  } catch (error) {
    console.err(
      `${file} cannot be written: ${whyOf(error, console)}.\nName a file in a folder that is there and takes files.`,
    );
    return false;
  }
}
