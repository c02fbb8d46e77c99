/*
 * Lines before the pen follows them: joined where their ends meet, in an order with short ways, and in as few points as
 * they need. A line is x, y, x, y, …; lengths are in whatever unit it has.
 */

export type Polyline = readonly number[];

/** The ends of lines in a tree that halves them by x and y in turn, so that the nearest is found among many. */
class EndIndex {
  readonly #xs: Float64Array;
  readonly #ys: Float64Array;
  /** Places in the tree, each with an end: 2 n is where line n begins, 2 n + 1 where it ends. */
  readonly #order: Int32Array;
  readonly #placeOf: Int32Array;
  /** How many ends are left at and below each place. */
  readonly #left: Int32Array;
  #bestEnd = -1;
  #bestSquare = 0;

  constructor(lines: readonly Polyline[]) {
    const count = 2 * lines.length;
    this.#xs = new Float64Array(count);
    this.#ys = new Float64Array(count);
    for (const [n, line] of lines.entries()) {
      this.#xs[2 * n] = line[0] ?? 0;
      this.#ys[2 * n] = line[1] ?? 0;
      this.#xs[2 * n + 1] = line.at(-2) ?? 0;
      this.#ys[2 * n + 1] = line.at(-1) ?? 0;
    }
    this.#order = Int32Array.from({ length: count }, (_, end) => end);
    this.#placeOf = new Int32Array(count);
    this.#left = new Int32Array(count);
    this.#build(0, count, true);
    this.#order.forEach((end, place) => {
      this.#placeOf[end] = place;
    });
  }

  #build(from: number, to: number, byX: boolean): void {
    if (from >= to) return;
    const values = byX ? this.#xs : this.#ys;
    this.#order.subarray(from, to).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
    const middle = (from + to) >> 1;
    this.#left[middle] = to - from;
    this.#build(from, middle, !byX);
    this.#build(middle + 1, to, !byX);
  }

  /** Takes both ends of a line out. */
  remove(line: number): void {
    this.#removeEnd(2 * line);
    this.#removeEnd(2 * line + 1);
  }

  #removeEnd(end: number): void {
    const place = this.#placeOf[end] ?? -1;
    if (place < 0) return;
    this.#placeOf[end] = -1;
    let [from, to] = [0, this.#order.length];
    while (true) {
      const middle = (from + to) >> 1;
      this.#left[middle] = (this.#left[middle] ?? 0) - 1;
      if (middle === place) return;
      if (place < middle) to = middle;
      else from = middle + 1;
    }
  }

  /** The end that is nearest to a place, no further than `reach` from it; -1 when there is none. */
  nearest(x: number, y: number, reach: number): number {
    this.#bestEnd = -1;
    this.#bestSquare = reach * reach;
    this.#search(0, this.#order.length, true, x, y);
    return this.#bestEnd;
  }

  #search(from: number, to: number, byX: boolean, x: number, y: number): void {
    const middle = (from + to) >> 1;
    if (from >= to || this.#left[middle] === 0) return;
    const end = this.#order[middle] ?? 0;
    const [dx, dy] = [x - (this.#xs[end] ?? 0), y - (this.#ys[end] ?? 0)];
    if ((this.#placeOf[end] ?? -1) >= 0) {
      const square = dx * dx + dy * dy;
      if (square < this.#bestSquare || (square === this.#bestSquare && this.#bestEnd < 0)) {
        this.#bestEnd = end;
        this.#bestSquare = square;
      }
    }
    // Thousands of lines may begin at one place: the first of them is as good as all.
    if (this.#bestEnd >= 0 && this.#bestSquare === 0) return;
    const across = byX ? dx : dy;
    const [isBelow, isNear] = [across < 0, () => across * across <= this.#bestSquare];
    if (isBelow) {
      this.#search(from, middle, !byX, x, y);
      if (isNear()) this.#search(middle + 1, to, !byX, x, y);
    } else {
      this.#search(middle + 1, to, !byX, x, y);
      if (isNear()) this.#search(from, middle, !byX, x, y);
    }
  }
}

/** The same line from its other end. */
export function turned(line: Polyline): number[] {
  const back: number[] = [];
  for (let at = line.length - 2; at >= 0; at -= 2) back.push(line[at] ?? 0, line[at + 1] ?? 0);
  return back;
}

/** So near, two points are one. */
const samePart = 0.1;

function append(line: number[], more: Polyline, tolerance: number): void {
  const gap = Math.hypot((more[0] ?? 0) - (line.at(-2) ?? 0), (more[1] ?? 0) - (line.at(-1) ?? 0));
  for (let at = gap <= samePart * tolerance ? 2 : 0; at < more.length; at += 1) line.push(more[at] ?? 0);
}

/** Joins lines whose ends are within `tolerance`, turned where that is needed; each goes on as far as it can. */
export function joinLines(lines: readonly Polyline[], tolerance: number): Polyline[] {
  const index = new EndIndex(lines);
  const isTaken = new Uint8Array(lines.length);
  const grown = (line: number[]): number[] => {
    while (true) {
      const end = index.nearest(line.at(-2) ?? 0, line.at(-1) ?? 0, tolerance);
      if (end < 0) return line;
      const next = lines[end >> 1] ?? [];
      isTaken[end >> 1] = 1;
      index.remove(end >> 1);
      append(line, end % 2 === 0 ? next : turned(next), tolerance);
    }
  };
  const joined: Polyline[] = [];
  for (const [n, line] of lines.entries()) {
    if (isTaken[n] === 1) continue;
    index.remove(n);
    const forth = grown([...line]);
    const back = grown(turned(forth));
    joined.push(back.length === forth.length ? forth : turned(back));
  }
  return joined;
}

/** Joins each line to the one before it where they meet, and leaves their order as it is. */
export function joinNeighbours(lines: readonly Polyline[], tolerance: number): Polyline[] {
  const joined: number[][] = [];
  const isNear = (a: Polyline, atA: number, b: Polyline, atB: number) =>
    Math.hypot((a.at(atA) ?? 0) - (b.at(atB) ?? 0), (a.at(atA + 1) ?? 0) - (b.at(atB + 1) ?? 0)) <= tolerance;
  for (const line of lines) {
    const last = joined.at(-1);
    if (last !== undefined && isNear(last, -2, line, 0)) append(last, line, tolerance);
    else if (last !== undefined && isNear(last, -2, line, -2)) append(last, turned(line), tolerance);
    else joined.push([...line]);
  }
  return joined;
}

interface Sorted {
  readonly lines: Polyline[];
  /** Where the pen is after the last one. */
  readonly end: readonly [x: number, y: number];
}

/**
 * Lines in an order with short ways: always the one that begins, or turned round ends, nearest to where the pen is; one
 * that is closed begins at its point nearest to the pen. Then stretches of that order are turned round where that makes
 * the ways shorter.
 */
export function sortLines(lines: readonly Polyline[], start: readonly [x: number, y: number]): Sorted {
  const index = new EndIndex(lines);
  const sorted: Polyline[] = [];
  let [x, y] = start;
  while (true) {
    const end = index.nearest(x, y, Number.POSITIVE_INFINITY);
    if (end < 0) break;
    index.remove(end >> 1);
    const line = lines[end >> 1] ?? [];
    const taken = isClosed(line) ? begunNear(line, x, y) : end % 2 === 0 ? line : turned(line);
    sorted.push(taken);
    [x, y] = [taken.at(-2) ?? 0, taken.at(-1) ?? 0];
  }
  const untangled = new Tour(sorted, start).untangled();
  const last = untangled.at(-1);
  return { lines: untangled, end: [last?.at(-2) ?? start[0], last?.at(-1) ?? start[1]] };
}

/** So many pairs of ways are compared in one pass over all lines, and so many passes made at most. */
const comparisonsMax = 1_000_000;
const passesMax = 8;
/** Less than this is no gain, but the last bits. */
const gainMin = 1e-9;

/** Lines in an order, and where each begins and ends; the pen's place before the first is place 0. */
class Tour {
  readonly #lines: readonly Polyline[];
  readonly #order: Int32Array;
  readonly #isTurned: Uint8Array;
  readonly #firstX: Float64Array;
  readonly #firstY: Float64Array;
  readonly #lastX: Float64Array;
  readonly #lastY: Float64Array;

  constructor(lines: readonly Polyline[], start: readonly [x: number, y: number]) {
    this.#lines = lines;
    this.#order = Int32Array.from({ length: lines.length + 1 }, (_, place) => place - 1);
    this.#isTurned = new Uint8Array(lines.length + 1);
    const all = [start, ...lines];
    this.#firstX = Float64Array.from(all, (line) => line[0] ?? 0);
    this.#firstY = Float64Array.from(all, (line) => line[1] ?? 0);
    this.#lastX = Float64Array.from(all, (line) => line.at(-2) ?? 0);
    this.#lastY = Float64Array.from(all, (line) => line.at(-1) ?? 0);
  }

  /** Turns stretches of lines round as long as the ways before and after them become shorter together. */
  untangled(): Polyline[] {
    const count = this.#lines.length;
    const reach = Math.max(1, Math.floor(comparisonsMax / Math.max(1, count)));
    for (let pass = 0, isBetter = true; isBetter && pass < passesMax; pass += 1) {
      isBetter = false;
      for (let from = 1; from <= count; from += 1) {
        const end = Math.min(count, from + reach);
        for (let to = from; to <= end; to += 1) {
          if (this.#gain(from, to) <= gainMin) continue;
          this.#turn(from, to);
          isBetter = true;
        }
      }
    }
    return [...this.#order.subarray(1)].map((n, at) => {
      const line = this.#lines[n] ?? [];
      return this.#isTurned[at + 1] === 1 ? turned(line) : line;
    });
  }

  /** By how much the ways become shorter when the lines at these places, and those between, are turned round. */
  #gain(from: number, to: number): number {
    const [firstX, firstY, lastX, lastY] = [this.#firstX, this.#firstY, this.#lastX, this.#lastY];
    const x = lastX[from - 1] ?? 0;
    const y = lastY[from - 1] ?? 0;
    const gain = way(x, y, firstX[from] ?? 0, firstY[from] ?? 0) - way(x, y, lastX[to] ?? 0, lastY[to] ?? 0);
    if (to === this.#lines.length) return gain;
    const nextX = firstX[to + 1] ?? 0;
    const nextY = firstY[to + 1] ?? 0;
    const after = way(nextX, nextY, lastX[to] ?? 0, lastY[to] ?? 0);
    return gain + after - way(nextX, nextY, firstX[from] ?? 0, firstY[from] ?? 0);
  }

  #turn(from: number, to: number): void {
    for (const places of [this.#order, this.#isTurned, this.#firstX, this.#firstY, this.#lastX, this.#lastY]) {
      places.subarray(from, to + 1).reverse();
    }
    for (let place = from; place <= to; place += 1) {
      this.#isTurned[place] = 1 - (this.#isTurned[place] ?? 0);
      const [x, y] = [this.#firstX[place] ?? 0, this.#firstY[place] ?? 0];
      this.#firstX[place] = this.#lastX[place] ?? 0;
      this.#firstY[place] = this.#lastY[place] ?? 0;
      this.#lastX[place] = x;
      this.#lastY[place] = y;
    }
  }
}

function way(x: number, y: number, toX: number, toY: number): number {
  const [dx, dy] = [toX - x, toY - y];
  return Math.sqrt(dx * dx + dy * dy);
}

function isClosed(line: Polyline): boolean {
  return line.length > 4 && line[0] === line.at(-2) && line[1] === line.at(-1);
}

/** A closed line that begins, and ends, at its point nearest to a place. */
function begunNear(line: Polyline, x: number, y: number): Polyline {
  let [nearest, least] = [0, Number.POSITIVE_INFINITY];
  for (let at = 0; at < line.length - 2; at += 2) {
    const distance = Math.hypot((line[at] ?? 0) - x, (line[at + 1] ?? 0) - y);
    if (distance < least) [nearest, least] = [at, distance];
  }
  return nearest === 0 ? line : [...line.slice(nearest), ...line.slice(2, nearest + 2)];
}

/**
 * The same line in as few points as it needs: each chord is as long as it may be, so that no point of the line is further
 * than `tolerance` from its chord. First and last point stay.
 */
export function simplifyLine(line: Polyline, tolerance: number): number[] {
  const kept = [line[0] ?? 0, line[1] ?? 0];
  let from = 0;
  while (from < line.length - 2) {
    from = chordEnd(line, from, tolerance);
    kept.push(line[from] ?? 0, line[from + 1] ?? 0);
  }
  return kept;
}

/**
 * How far the chord from a point may go: all points between leave a sector in which it must lie, which grows narrower
 * point by point. A line that comes back towards its start ends the chord.
 */
function chordEnd(line: Polyline, from: number, tolerance: number): number {
  const [startX, startY] = [line[from] ?? 0, line[from + 1] ?? 0];
  let [low, high, middle, far, hasSector] = [0, 0, 0, 0, false];
  for (let at = from + 2; at < line.length; at += 2) {
    const [dx, dy] = [(line[at] ?? 0) - startX, (line[at + 1] ?? 0) - startY];
    const distance = Math.hypot(dx, dy);
    if (distance < far) return at - 2;
    far = distance;
    if (distance <= tolerance) continue;
    const direction = Math.atan2(dy, dx);
    const width = Math.asin(tolerance / distance);
    if (!hasSector) {
      [middle, low, high, hasSector] = [direction, -width, width, true];
      continue;
    }
    const turn = turnBetween(middle, direction);
    if (turn < low || turn > high) return at - 2;
    [low, high] = [Math.max(low, turn - width), Math.min(high, turn + width)];
  }
  return line.length - 2;
}

function turnBetween(from: number, to: number): number {
  const turn = to - from;
  if (turn > Math.PI) return turn - 2 * Math.PI;
  return turn < -Math.PI ? turn + 2 * Math.PI : turn;
}
