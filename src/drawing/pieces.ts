import { type DrawingPaths, drawingMax } from '../domain/drawing-paths.ts';
import { type PieceOptions, type PieceOrder, pieceRange } from '../domain/drawing-reader.ts';
import type { Fault } from '../domain/fault.ts';
import { seededNumbers } from './shapes.ts';

type Pieces = { readonly ok: true; readonly pieces: DrawingPaths } | { readonly ok: false; readonly fault: Fault };

/** A cut moves to a corner that is no further away than this part of a piece. */
const cornerReach = 0.2;
/** A turn of more than this is a corner, as its cosine: 35 degrees. */
const cornerCosine = Math.cos((35 * Math.PI) / 180);

/**
 * Cuts a drawing into pieces of about `strokeMm`, one after another on the same line: a lift of the drawing is always
 * between two pieces, and a cut is at a corner where one is near. What is shorter is a piece of its own. Throws a RangeError
 * for a length that no piece can have.
 */
export function cutPieces(drawing: DrawingPaths, { strokeMm, order, seed }: PieceOptions): Pieces {
  const { minMm, maxMm } = pieceRange;
  if (!(strokeMm >= minMm && strokeMm <= maxMm)) throw new RangeError(`pieces of ${strokeMm} mm are none`);
  const pieces: number[][] = [];
  for (const path of drawing.paths) {
    for (const piece of cutPath(path, strokeMm * 1000)) pieces.push(piece);
    if (pieces.length > drawingMax.paths) return tooMany(`more than ${drawingMax.paths} pieces`);
  }
  if (pieces.reduce((points, piece) => points + piece.length / 2, 0) > drawingMax.points) {
    return tooMany(`more than ${drawingMax.points} points`);
  }
  return { ok: true, pieces: { ...drawing, paths: inOrder(pieces, drawing, order, seed) } };
}

function tooMany(count: string): Pieces {
  const what = `Cut to pieces, the picture has ${count}.`;
  return { ok: false, fault: { code: 'drawing-too-many-pieces', what, remedy: 'Choose longer strokes for it.' } };
}

function cutPath(path: readonly number[], pieceUm: number): number[][] {
  const lengths = lengthsAlong(path);
  const whole = lengths.at(-1) ?? 0;
  const count = Math.max(1, Math.round(whole / pieceUm));
  const pieces: number[][] = [];
  let piece = [path[0] ?? 0, path[1] ?? 0];
  let next = 1;
  for (let cut = 1; cut < count; cut += 1) {
    const end = atPoint(lengths, atCorner(path, lengths, (whole * cut) / count, cornerReach * pieceUm));
    while ((lengths[next] ?? whole) < end - 0.5) {
      add(piece, path[2 * next] ?? 0, path[2 * next + 1] ?? 0);
      next += 1;
    }
    const [x, y] = placeAt(path, lengths, next, end);
    add(piece, x, y);
    if (piece.length < 4) continue;
    pieces.push(piece);
    piece = [x, y];
  }
  for (; next < lengths.length; next += 1) add(piece, path[2 * next] ?? 0, path[2 * next + 1] ?? 0);
  if (piece.length >= 4) pieces.push(piece);
  return pieces;
}

function add(piece: number[], x: number, y: number): void {
  if (x !== piece.at(-2) || y !== piece.at(-1)) piece.push(x, y);
}

/** How far along a path each of its points is. */
function lengthsAlong(path: readonly number[]): Float64Array {
  const lengths = new Float64Array(path.length / 2);
  for (let n = 1; n < lengths.length; n += 1) {
    const [x = 0, y = 0, toX = 0, toY = 0] = path.slice(2 * n - 2, 2 * n + 2);
    lengths[n] = (lengths[n - 1] ?? 0) + Math.hypot(toX - x, toY - y);
  }
  return lengths;
}

/** Where to cut: at the corner nearest to a place along the path, or there where none is near. */
function atCorner(path: readonly number[], lengths: Float64Array, wanted: number, reach: number): number {
  let [best, least] = [wanted, reach];
  for (let n = firstFrom(lengths, wanted - reach); n < lengths.length - 1; n += 1) {
    const away = Math.abs((lengths[n] ?? 0) - wanted);
    if ((lengths[n] ?? 0) > wanted + reach) break;
    if (n > 0 && away < least && isCorner(path, n)) [best, least] = [lengths[n] ?? 0, away];
  }
  return best;
}

/** A cut so near to a point is moved there, in micrometres: plotters leave out moves of a few steps. */
const pointReachUm = 200;

function atPoint(lengths: Float64Array, wanted: number): number {
  const next = firstFrom(lengths, wanted);
  const [before = 0, after = 0] = [lengths[next - 1], lengths[next]];
  const nearer = wanted - before < after - wanted ? before : after;
  return Math.abs(nearer - wanted) <= pointReachUm ? nearer : wanted;
}

/** The first point that is so far along. */
function firstFrom(lengths: Float64Array, from: number): number {
  let [low, high] = [0, lengths.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lengths[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isCorner(path: readonly number[], n: number): boolean {
  const [x = 0, y = 0, cornerX = 0, cornerY = 0, nextX = 0, nextY = 0] = path.slice(2 * n - 2, 2 * n + 4);
  const [inX, inY, outX, outY] = [cornerX - x, cornerY - y, nextX - cornerX, nextY - cornerY];
  return inX * outX + inY * outY < cornerCosine * Math.hypot(inX, inY) * Math.hypot(outX, outY);
}

/** The place, in whole micrometres, so far along a path; it lies before point `next`, or on it. */
function placeAt(
  path: readonly number[],
  lengths: Float64Array,
  next: number,
  along: number,
): readonly [number, number] {
  const [from = 0, to = 0] = [lengths[next - 1], lengths[next]];
  const [x = 0, y = 0, toX = 0, toY = 0] = path.slice(2 * next - 2, 2 * next + 2);
  const share = Math.min(1, Math.max(0, (along - from) / (to - from)));
  return [Math.round(x + share * (toX - x)), Math.round(y + share * (toY - y))];
}

function inOrder(pieces: number[][], drawing: DrawingPaths, order: PieceOrder, seed: string): number[][] {
  if (order === 'file') return pieces;
  if (order === 'shuffle') {
    const random = seededNumbers(`pieces/${seed}`);
    const shuffled = [...pieces];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = Math.floor(random() * (last + 1));
      const [a, b] = [shuffled[last] ?? [], shuffled[other] ?? []];
      shuffled[last] = b;
      shuffled[other] = a;
    }
    return shuffled;
  }
  const [middleX, middleY] = [drawing.widthUm / 2, drawing.heightUm / 2];
  const rankOf = (piece: readonly number[]) => {
    const [x, y] = middleOf(piece);
    return order === 'left' ? x : Math.hypot(x - middleX, y - middleY);
  };
  return pieces
    .map((piece, index) => ({ piece, index, rank: rankOf(piece) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ piece }) => piece);
}

/** Halfway between the outermost places of a piece. */
function middleOf(piece: readonly number[]): readonly [number, number] {
  let [xMin, xMax, yMin, yMax] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at < piece.length; at += 2) {
    const [x = 0, y = 0] = [piece[at], piece[at + 1]];
    [xMin, xMax, yMin, yMax] = [Math.min(xMin, x), Math.max(xMax, x), Math.min(yMin, y), Math.max(yMax, y)];
  }
  return [(xMin + xMax) / 2, (yMin + yMax) / 2];
}
