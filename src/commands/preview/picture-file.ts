import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import type { SheetLayout } from '../../domain/sheet.ts';
import { type Canvas, paintSheet } from '../../drawing/paint.ts';
import { drawSheet, type SheetInk } from '../../drawing/picture.ts';
import { type Console, whyOf } from '../command.ts';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const bytesPerPixel = 4;
/** The filter that notes how a row differs from the one above; pictures of paper are mostly alike from row to row. */
const filterUp = 2;

/** A canvas as a PNG file, with its size in life. */
export function pngOf({ width, height, rgba }: Canvas, pixelsPerMm: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits for each of red, green, blue and alpha; the other three bytes are the only method that there is.
  header.set([8, 6, 0, 0, 0], 8);
  const size = Buffer.alloc(9);
  size.writeUInt32BE(Math.round(pixelsPerMm * 1000), 0);
  size.writeUInt32BE(Math.round(pixelsPerMm * 1000), 4);
  size[8] = 1;
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('pHYs', size),
    chunk('IDAT', deflateSync(filtered(rgba, width * bytesPerPixel, height))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function filtered(rgba: Uint8ClampedArray, rowBytes: number, height: number): Buffer {
  const rows = Buffer.alloc((rowBytes + 1) * height);
  for (let y = 0; y < height; y++) {
    const to = y * (rowBytes + 1);
    rows[to] = filterUp;
    for (let x = 0; x < rowBytes; x++) {
      const at = y * rowBytes + x;
      const above = y === 0 ? 0 : (rgba[at - rowBytes] ?? 0);
      rows[to + 1 + x] = (rgba[at] ?? 0) - above;
    }
  }
  return rows;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}

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
