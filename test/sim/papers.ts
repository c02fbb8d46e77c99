import type { Point, RowLayout, SheetLayout, StrokeRef } from '../../src/domain/sheet.ts';
import { strokePath } from '../../src/drawing/place.ts';
import type { Ink } from '../../src/simulators/plotter/paper.ts';
import type { VirtualPlotter } from '../../src/simulators/plotter/plotter.ts';

/** Within one epoch a stroke lies on its place this near: drawn again it lies on itself within 0.05 mm. */
export const exactMm = 0.025;
/** The ends of a stroke are reached this nearly; the motors' steps round. */
const endMm = 0.06;
/** A person who looks sees ink that would lie this far aside of what is there; mm. */
export const seenMm = 0.8;
/** A tip that a hand has put down may touch again this near; mm. */
const markMm = 0.1;

interface Segment {
  readonly stroke: string;
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly length: number;
}

/** Ink that lies on no stroke's place. */
export interface Stray {
  readonly ink: Ink;
  /** As it lies on the bed, less where the origin was. */
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
}

/** A sheet as the ledger knows it, with what was really drawn while it was the open one. */
export class PaperSheet {
  readonly id: number;
  readonly layout: SheetLayout;
  readonly strays: Stray[] = [];
  readonly ink: Ink[] = [];
  readonly #segments: Segment[] = [];
  readonly #segmentsOf = new Map<string, readonly Segment[]>();
  /** Parts 0..1 of a stroke's segments that were drawn, by stroke, epoch and segment. */
  readonly #drawn = new Map<string, Map<number, (readonly [number, number])[][]>>();

  /** `pathOf` knows where a stroke has to lie; null for one that nobody expects. */
  constructor(
    id: number,
    layout: SheetLayout,
    pathOf: (row: RowLayout, n: number) => readonly Point[] | null = strokePath,
  ) {
    this.id = id;
    this.layout = layout;
    for (const row of layout.rows) {
      for (let n = 1; n <= row.capacity; n += 1) {
        const path = pathOf(row, n);
        if (path !== null) this.expect(`${row.id}:${n}`, path);
      }
    }
  }

  /** From now on ink may lie along this path, too; names are those of `isWhole`. */
  expect(stroke: string, path: readonly Point[]): void {
    if (this.#segmentsOf.has(stroke)) return;
    const segments = path.slice(1).map((to, at): Segment => {
      const from = path[at] ?? to;
      const [dx, dy] = [to.xMm - from.xMm, to.yMm - from.yMm];
      return { stroke, index: at, x: from.xMm, y: from.yMm, dx, dy, length: Math.hypot(dx, dy) };
    });
    this.#segmentsOf.set(stroke, segments);
    this.#segments.push(...segments);
  }

  /** Takes a piece of ink; `x`, `y` is where the origin was in its epoch. */
  take(ink: Ink, epoch: number, [x, y]: readonly [number, number]): void {
    this.ink.push(ink);
    const [fromX, fromY, toX, toY] = [ink.fromX - x, ink.fromY - y, ink.toX - x, ink.toY - y];
    let lies = false;
    for (const segment of this.#segments) {
      const a = along(segment, fromX, fromY);
      const b = a === null ? null : along(segment, toX, toY);
      if (a === null || b === null) continue;
      lies = true;
      const epochs = this.#drawn.get(segment.stroke) ?? new Map<number, (readonly [number, number])[][]>();
      this.#drawn.set(segment.stroke, epochs);
      const parts = epochs.get(epoch) ?? [];
      epochs.set(epoch, parts);
      parts[segment.index] = [...(parts[segment.index] ?? []), [Math.min(a, b), Math.max(a, b)]];
    }
    if (!lies) this.strays.push({ ink, fromX, fromY, toX, toY });
  }

  /** Whether a tip that touches here touches a stroke's place. */
  isPlace(x: number, y: number): boolean {
    return this.#segments.some((segment) => along(segment, x, y) !== null);
  }

  /** Strokes with any ink, as `row:n`. */
  inked(): string[] {
    return [...this.#drawn.keys()];
  }

  /** Whether a stroke was drawn from end to end, within one epoch. */
  isWhole(stroke: string): boolean {
    const epochs = this.#drawn.get(stroke);
    const segments = this.#segmentsOf.get(stroke);
    if (epochs === undefined || segments === undefined) return false;
    return [...epochs.values()].some((parts) =>
      segments.every(({ index, length }) => covers(parts[index] ?? [], endMm / length)),
    );
  }
}

/** How far along a segment a point lies, 0..1; null when it does not lie on it. */
function along({ x, y, dx, dy, length }: Segment, px: number, py: number): number | null {
  const [rx, ry] = [px - x, py - y];
  const at = (rx * dx + ry * dy) / (length * length);
  if (at * length < -exactMm || (at - 1) * length > exactMm) return null;
  return Math.abs(rx * dy - ry * dx) / length <= exactMm ? at : null;
}

function covers(parts: readonly (readonly [number, number])[], slack: number): boolean {
  let reached = slack;
  for (const [from, to] of parts.toSorted((a, b) => a[0] - b[0])) {
    if (from > reached + slack) return false;
    reached = Math.max(reached, to);
  }
  return reached >= 1 - slack;
}

/** Where the origin really was, from when on. */
interface Epoch {
  readonly fromMs: number;
  readonly origin: readonly [number, number];
}

/** All sheets of a world, and the ink that the plotter really laid on each while it was open. */
export class Papers {
  readonly sheets: PaperSheet[] = [];
  /** Touches of the pen that are neither on a stroke's place nor where a hand put it, and ink before any sheet. */
  readonly strayTouches: Ink[] = [];
  /** Where the tip stood when the power came on, and where a hand has put it down since. */
  readonly putDown: (readonly [number, number])[] = [[0, 0]];
  readonly #board: VirtualPlotter;
  #epochs: Epoch[] = [];
  #open: PaperSheet | null = null;
  #inkOrigin: readonly [number, number] | null = null;
  #inkSeen = 0;
  #dotsSeen = 0;

  constructor(board: VirtualPlotter) {
    this.#board = board;
  }

  /** The sheet that lies there; null before the first. */
  get open(): PaperSheet | null {
    return this.#open;
  }

  /** Where the origin was when ink was last laid on this sheet. */
  get inkOrigin(): readonly [number, number] | null {
    this.look();
    return this.#inkOrigin;
  }

  /** Where the origin is believed to be now, on the bed; null before it ever was known. */
  get origin(): readonly [number, number] | null {
    return this.#epochs.at(-1)?.origin ?? null;
  }

  beginEpoch(fromMs: number, origin: readonly [number, number]): void {
    this.look();
    this.#epochs.push({ fromMs, origin });
  }

  /** A sheet is opened, and an empty paper lies there. */
  turn(id: number, layout: SheetLayout, pathOf?: (row: RowLayout, n: number) => readonly Point[] | null): void {
    this.look();
    this.#board.changePaper();
    this.#inkSeen = 0;
    this.#dotsSeen = 0;
    this.#inkOrigin = null;
    this.#open = new PaperSheet(id, layout, pathOf);
    this.sheets.push(this.#open);
  }

  /** Takes in what the plotter has laid since. */
  look(): void {
    const { ink, dots } = this.#board.paper();
    for (; this.#inkSeen < ink.length; this.#inkSeen += 1) {
      const piece = ink[this.#inkSeen];
      if (piece !== undefined) this.#take(piece);
    }
    for (; this.#dotsSeen < dots.length; this.#dotsSeen += 1) {
      const dot = dots[this.#dotsSeen];
      if (dot !== undefined) this.#touch(dot);
    }
  }

  /** Whether the plotter has executed this stroke of the open sheet, from end to end. */
  isWhole({ sheet, row, n }: StrokeRef): boolean {
    this.look();
    return this.open?.id === sheet && this.open.isWhole(`${row}:${n}`);
  }

  #epochAt(ms: number): { readonly number: number; readonly origin: readonly [number, number] } | null {
    const number = this.#epochs.findLastIndex(({ fromMs }) => fromMs <= ms);
    const epoch = this.#epochs[number];
    return epoch === undefined ? null : { number, origin: epoch.origin };
  }

  #take(ink: Ink): void {
    const epoch = this.#epochAt(ink.atMs);
    if (this.open === null || epoch === null) {
      this.strayTouches.push(ink);
      return;
    }
    const [x, y] = this.#inkOrigin ?? epoch.origin;
    const isAside = Math.hypot(epoch.origin[0] - x, epoch.origin[1] - y) > seenMm;
    this.open.take(ink, epoch.number, isAside ? [x, y] : epoch.origin);
    if (!isAside) this.#inkOrigin = epoch.origin;
  }

  #touch(dot: Ink): void {
    const { fromX, fromY } = dot;
    if (this.putDown.some(([x, y]) => Math.hypot(fromX - x, fromY - y) <= markMm)) return;
    const origins = this.#epochs.map(({ origin }) => origin);
    const sheet = this.sheets.at(-1);
    if (!origins.some(([x, y]) => sheet?.isPlace(fromX - x, fromY - y) ?? false)) this.strayTouches.push(dot);
  }
}
