import type { DrawingPaths } from '../../src/domain/drawing-paths.ts';
import type { Point, RowLayout, SheetLayout } from '../../src/domain/sheet.ts';
import type { PicturesOfRows } from '../../src/drawing/picture-rows.ts';
import { strokePath } from '../../src/drawing/place.ts';
import type { RowSettings } from '../../src/drawing/settings.ts';
import { picturePieces } from '../../src/ledger/pictures.ts';
import { Dice } from './dice.ts';
import type { Setup } from './plan.ts';

/** Of other seeds none has a picture: those are as they were before there were any, and scenes are of their seeds. */
const seedsWithPictures = { from: 101, to: 9_999 } as const;
const shareWithPicture = 0.5;
/** The row that is a picture, and the box of it. */
const pictureRow = '2';
const box = { xMm: 10, yMm: 60, widthMm: 60, heightMm: 15 };
const boxUm = { width: 60_000, height: 15_000 };
/** Shorter lines would lie beside their place: a plotter joins moves of a few steps. */
const lineMinUm = 1_500;
/** Ink of a line that lies so near to one of another piece would be taken for ink of both: more than `exactMm`. */
const apartUm = 30;

/** What the picture of a seed follows from, of dice of its own; null for a seed without. */
export function pictureOfSeed(seed: number): number | null {
  const dice = new Dice(seed + 11_000_027);
  const { from, to } = seedsWithPictures;
  return seed >= from && seed <= to && dice.chance(shareWithPicture) ? dice.whole(1, 1_000_000) : null;
}

/** The pieces of the file as it is under one of the two configs: a person has put another one there. */
function piecesOf(picture: number, count: number, isOther: boolean): readonly (readonly number[])[] {
  const dice = new Dice(picture + (isOther ? 7 : 0));
  const ofOthers: Line[] = [];
  return Array.from({ length: count }, () => {
    const piece: number[] = [dice.whole(0, boxUm.width), dice.whole(0, boxUm.height)];
    const lines: Line[] = [];
    const points = dice.whole(2, 5);
    while (piece.length < 2 * points) {
      const [x, y] = [dice.whole(0, boxUm.width), dice.whole(0, boxUm.height)];
      const line: Line = [piece.at(-2) ?? 0, piece.at(-1) ?? 0, x, y];
      if (Math.hypot(x - line[0], y - line[1]) < lineMinUm) continue;
      if (ofOthers.some((other) => liesOn(line, other) || liesOn(other, line))) continue;
      lines.push(line);
      piece.push(x, y);
    }
    ofOthers.push(...lines);
    return piece;
  });
}

type Line = readonly [fromX: number, fromY: number, toX: number, toY: number];

/** Whether both ends of a line lie on another one, or next to it. */
function liesOn([fromX, fromY, toX, toY]: Line, [x, y, endX, endY]: Line): boolean {
  const [dx, dy] = [endX - x, endY - y];
  const length = Math.hypot(dx, dy);
  return [
    [fromX, fromY],
    [toX, toY],
  ].every(([px = 0, py = 0]) => {
    const [rx, ry] = [px - x, py - y];
    const along = (rx * dx + ry * dy) / length;
    return along > -apartUm && along < length + apartUm && Math.abs(rx * dy - ry * dx) / length < apartUm;
  });
}

/** The settings of the row, where it has a picture. */
export function pictureSettings(
  { picture }: Setup,
  id: string,
): Partial<RowSettings> & { readonly maxStrokes?: undefined } {
  return picture === undefined || id !== pictureRow ? {} : { ...box, picture: 'rose.svg', maxStrokes: undefined };
}

/** What was read of the file under a config. */
export function picturesOf({ picture, capacities }: Setup, isOther: boolean): PicturesOfRows {
  if (picture === undefined) return new Map();
  const paths = piecesOf(picture, (capacities[1] ?? 1) + (isOther ? 1 : 0), isOther);
  const drawing: DrawingPaths = { widthUm: boxUm.width, heightUm: boxUm.height, paths };
  const read = picturePieces(drawing);
  if (read === null) throw new Error('the picture of a seed is small');
  return new Map([[pictureRow, read]]);
}

/**
 * Where a stroke of a sheet has to lie that opened under one of the two configs: of the picture it is known without the
 * product. Null for a piece that the picture of then did not have.
 */
export function pathOnSheet({ picture, capacities }: Setup, isOther: boolean) {
  const pieces = picture === undefined ? null : piecesOf(picture, (capacities[1] ?? 1) + (isOther ? 1 : 0), isOther);
  return (row: RowLayout, n: number): readonly Point[] | null => {
    if (pieces === null || row.id !== pictureRow) return strokePath(row, n);
    const piece = pieces[n - 1];
    if (piece === undefined) return null;
    return Array.from({ length: piece.length / 2 }, (_, at) => ({
      xMm: box.xMm + (piece[2 * at] ?? 0) / 1000,
      yMm: box.yMm + (piece[2 * at + 1] ?? 0) / 1000,
    }));
  };
}

/** Whether the row of a sheet has as many places as its picture had pieces then. */
export function hasPlaceForEachPiece(setup: Setup, { rows }: SheetLayout, isOther: boolean): boolean {
  const row = rows.find(({ id }) => id === pictureRow);
  const pieces = picturesOf(setup, isOther).get(pictureRow);
  return pieces === undefined || row?.capacity === pieces.count;
}
