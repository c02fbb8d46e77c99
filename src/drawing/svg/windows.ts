import type { Window } from './figures.ts';
import { applyTo, type Matrix } from './measures.ts';

/** A window under a matrix. */
export function movedWindow(window: Window, matrix: Matrix): Window {
  const corners: number[] = [];
  for (let at = 0; at < window.length; at += 2) {
    corners.push(...applyTo(matrix, window[at] ?? 0, window[at + 1] ?? 0));
  }
  return corners;
}

/** What of a line is seen through a window with four corners, piece by piece; the line itself when all of it is. */
export function seenThrough(line: readonly number[], window: Window): readonly (readonly number[])[] {
  const edges = edgesOf(window);
  if (edges === null) return [];
  const isInside = (x: number, y: number) => edges.every(([a, b, c]) => a * x + b * y + c >= 0);
  let isWhole = true;
  for (let at = 0; at < line.length && isWhole; at += 2) isWhole = isInside(line[at] ?? 0, line[at + 1] ?? 0);
  if (isWhole) return [line];
  const pieces: number[][] = [];
  let piece: number[] = [];
  for (let at = 2; at < line.length; at += 2) {
    const [fromX = 0, fromY = 0, toX = 0, toY = 0] = line.slice(at - 2, at + 2);
    const seen = partInside(edges, fromX, fromY, toX, toY);
    if (seen === null) continue;
    const [begin, end] = seen;
    const placeAt = (share: number) => [fromX + share * (toX - fromX), fromY + share * (toY - fromY)] as const;
    if (begin > 0 || piece.length === 0) {
      piece = [...placeAt(begin)];
      pieces.push(piece);
    }
    piece.push(...(end === 1 ? [toX, toY] : placeAt(end)));
    if (end < 1) piece = [];
  }
  return pieces;
}

/** The sides of a window as a x + b y + c, which is positive inside, in units of length; null when it has no area. */
function edgesOf(window: Window): (readonly [a: number, b: number, c: number])[] | null {
  const corners = [0, 2, 4, 6].map((at) => [window[at] ?? 0, window[at + 1] ?? 0] as const);
  let area = 0;
  const edges: (readonly [number, number, number])[] = [];
  for (const [index, [x, y]] of corners.entries()) {
    const [nextX, nextY] = corners[(index + 1) % 4] ?? [0, 0];
    area += x * nextY - nextX * y;
    const length = Math.hypot(nextX - x, nextY - y);
    if (length === 0) return null;
    const [a, b] = [(y - nextY) / length, (nextX - x) / length];
    // What lies on the edge is inside, whatever the last bits say.
    edges.push([a, b, -a * x - b * y]);
  }
  if (area === 0) return null;
  const side = Math.sign(area);
  return edges.map(([a, b, c]) => [side * a, side * b, side * c + edgeSlack]);
}

const edgeSlack = 1e-6;

/** From which share of a straight line to which it is inside of all edges. */
function partInside(
  edges: readonly (readonly [number, number, number])[],
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
): readonly [begin: number, end: number] | null {
  let [begin, end] = [0, 1];
  for (const [a, b, c] of edges) {
    const [from, to] = [a * fromX + b * fromY + c, a * toX + b * toY + c];
    if (from < 0 && to < 0) return null;
    if (from < 0) begin = Math.max(begin, from / (from - to));
    if (to < 0) end = Math.min(end, from / (from - to));
  }
  return begin < end ? [begin, end] : null;
}
