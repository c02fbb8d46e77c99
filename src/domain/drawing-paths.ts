import type { Fault } from './fault.ts';

/**
 * A drawing as the pen follows it: paths in the order in which they are drawn, each as x0, y0, x1, y1, … in whole
 * micrometres from the lower left corner of its box, y up as on the paper. Every path has two points at least, neighbours
 * differ, and all points lie in the box.
 */
export interface DrawingPaths {
  readonly widthUm: number;
  readonly heightUm: number;
  readonly paths: readonly (readonly number[])[];
}

/** What a drawing may hold at most, wherever it comes from. */
export const drawingMax = {
  /** Two metres: no plotter that we know has a longer side. */
  sideUm: 2_000_000,
  points: 200_000,
  /** With a lift and a way between two paths they take some six hours. */
  paths: 20_000,
  bytes: 1_048_576,
} as const;

/** The first byte of packed paths: the form of the others. */
const packedVersion = 1;

/** What the pen has to do for a drawing, lengths in mm: ink, ways between paths from one end to the next start, lifts. */
interface PathMeasures {
  readonly inkMm: number;
  readonly penUpMm: number;
  readonly lifts: number;
}

/** How much ink and how many lifts a drawing takes; the ways to its first and from its last path are not in it. */
export function measurePaths({ paths }: DrawingPaths): PathMeasures {
  let [inkUm, upUm, x, y] = [0, 0, Number.NaN, Number.NaN];
  for (const path of paths) {
    for (let at = 0; at < path.length; at += 2) {
      const [nextX, nextY] = [path[at] ?? 0, path[at + 1] ?? 0];
      // Faster than Math.hypot, which matters with 200,000 points.
      const way = Math.sqrt((nextX - x) ** 2 + (nextY - y) ** 2);
      if (at > 0) inkUm += way;
      else if (!Number.isNaN(way)) upUm += way;
      [x, y] = [nextX, nextY];
    }
  }
  return { inkMm: inkUm / 1000, penUpMm: upUm / 1000, lifts: paths.length };
}

/**
 * Packs a drawing for a pipe or a blob: the version, the box, then path by path the count of its points and their
 * differences, as numbers of seven bits a byte. Null when it takes more bytes than a drawing may. Throws a RangeError for
 * paths that no drawing may have: whoever makes them keeps to the bounds.
 */
export function packPaths(drawing: DrawingPaths): Uint8Array | null {
  const wrong = wrongOf(drawing);
  if (wrong !== null) throw new RangeError(`these are no paths of a drawing: ${wrong}`);
  const bytes = new Uint8Array(packedBytesMax(drawing));
  bytes[0] = packedVersion;
  let end = 1;
  const put = (value: number) => {
    let rest = value;
    while (rest > 127) {
      bytes[end++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[end++] = rest;
  };
  for (const value of [drawing.widthUm, drawing.heightUm, drawing.paths.length]) put(value);
  let [x, y] = [0, 0];
  for (const path of drawing.paths) {
    put(path.length / 2);
    for (let at = 0; at < path.length; at += 2) {
      const [nextX = 0, nextY = 0] = [path[at], path[at + 1]];
      put(zigzag(nextX - x));
      put(zigzag(nextY - y));
      [x, y] = [nextX, nextY];
    }
  }
  return end > drawingMax.bytes ? null : bytes.slice(0, end);
}

/** No number of a drawing takes more bytes: twice the longest side has 22 bits. */
const numberBytesMax = 4;

function packedBytesMax({ paths }: DrawingPaths): number {
  return 1 + numberBytesMax * paths.reduce((numbers, { length }) => numbers + 1 + length, 3);
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

type Unpacked = { readonly ok: true; readonly drawing: DrawingPaths } | { readonly ok: false; readonly fault: Fault };

/** After so many points another one may have the thread: some milliseconds on the slowest machine. */
const pointsPerStep = 4_000;

/** Unpacks what `packPaths` packed, and checks all of it again: whoever packed it is not trusted. */
export function unpackPaths(bytes: Uint8Array): Unpacked {
  const steps = unpackInSteps(bytes);
  while (true) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

const breaksOff = 'they break off';

/** The same in steps of some milliseconds, for a thread that has other things to do meanwhile. */
export function* unpackInSteps(bytes: Uint8Array): Generator<void, Unpacked> {
  if (bytes.length > drawingMax.bytes) {
    return damaged(`they are ${bytes.length} bytes, and ${drawingMax.bytes} is the most`);
  }
  if (bytes[0] !== packedVersion) return damaged(`their version is ${bytes[0] ?? 'missing'}, not ${packedVersion}`);
  const reader = new NumberReader(bytes);
  const [widthUm, heightUm, count] = [reader.next(), reader.next(), reader.next()];
  const wrongBox = wrongSides(widthUm, heightUm);
  if (reader.isBroken) return damaged(breaksOff);
  if (wrongBox !== null) return damaged(wrongBox);
  if (!(count <= drawingMax.paths)) return damaged(`they hold ${count} paths, and ${drawingMax.paths} is the most`);
  const paths: number[][] = [];
  let [points, nextStop] = [0, pointsPerStep];
  while (paths.length < count) {
    const length = reader.next();
    points += length;
    if (!(points <= drawingMax.points)) return damaged(`${drawingMax.points} points are the most, and they hold more`);
    const path: number[] = [];
    for (let read = 0; read < length && !reader.isBroken; ) {
      read += reader.readPoints(path, Math.min(length - read, pointsPerStep));
      if (read < length) yield;
    }
    if (reader.isBroken) return damaged(breaksOff);
    const wrong = wrongPath(path, widthUm, heightUm);
    if (wrong !== null) return damaged(`path ${paths.length + 1} ${wrong}`);
    paths.push(path);
    if (points < nextStop) continue;
    nextStop = points + pointsPerStep;
    yield;
  }
  if (!reader.isAtEnd()) return damaged('something follows after the last path');
  return { ok: true, drawing: { widthUm, heightUm, paths } };
}

/** Reads numbers of seven bits a byte, the lowest first, and points as differences from the one before. */
class NumberReader {
  readonly #bytes: Uint8Array;
  #at = 1;
  #x = 0;
  #y = 0;
  /** The bytes ended within a number, or one was longer than it had to be. */
  isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(): number {
    let value = 0;
    for (let shift = 0; shift < 7 * numberBytesMax; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined || (byte === 0 && shift > 0)) break;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    this.isBroken = true;
    return 0;
  }

  /** Adds the next points to a path, and returns how many they were. */
  readPoints(path: number[], count: number): number {
    for (let point = 0; point < count && !this.isBroken; point += 1) {
      this.#x += unzigzag(this.next());
      this.#y += unzigzag(this.next());
      path.push(this.#x, this.#y);
    }
    return count;
  }

  isAtEnd(): boolean {
    return !this.isBroken && this.#at === this.#bytes.length;
  }
}

function unzigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

/** What is wrong with the paths of a drawing, in words; null when nothing is. */
function wrongOf({ widthUm, heightUm, paths }: DrawingPaths): string | null {
  const wrongBox = wrongSides(widthUm, heightUm);
  if (wrongBox !== null) return wrongBox;
  if (paths.length > drawingMax.paths) return `there are ${paths.length} paths, and ${drawingMax.paths} is the most`;
  let points = 0;
  for (const [index, path] of paths.entries()) {
    points += path.length / 2;
    if (points > drawingMax.points) return `${drawingMax.points} points are the most, and there are more`;
    const wrong = wrongPath(path, widthUm, heightUm);
    if (wrong !== null) return `path ${index + 1} ${wrong}`;
  }
  return null;
}

function wrongSides(...sides: readonly number[]): string | null {
  const wrong = sides.find((side) => !Number.isSafeInteger(side) || side < 1 || side > drawingMax.sideUm);
  return wrong === undefined ? null : `a side of the box is ${wrong} micrometres, not 1 to ${drawingMax.sideUm}`;
}

function wrongPath(path: readonly number[], widthUm: number, heightUm: number): string | null {
  if (path.length < 4 || path.length % 2 !== 0) return `has ${path.length / 2} points`;
  let [lastX, lastY] = [Number.NaN, Number.NaN];
  for (let at = 0; at < path.length; at += 2) {
    const x = path[at] ?? Number.NaN;
    const y = path[at + 1] ?? Number.NaN;
    if (!Number.isSafeInteger(x) || !Number.isSafeInteger(y)) return `has no whole numbers at point ${at / 2 + 1}`;
    if (x < 0 || y < 0 || x > widthUm || y > heightUm) return `leaves the box at point ${at / 2 + 1}`;
    if (x === lastX && y === lastY) return `stands still at point ${at / 2 + 1}`;
    lastX = x;
    lastY = y;
  }
  return null;
}

function damaged(why: string): Unpacked {
  const what = `The paths of this drawing cannot be read: ${why}.`;
  return { ok: false, fault: { code: 'drawing-damaged', what, remedy: 'Send the drawing again.' } };
}
