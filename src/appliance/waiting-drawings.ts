import type { DrawingPaths } from '../domain/drawing-paths.ts';
import type { MotionLimits } from '../domain/motion.ts';
import type { PlateLayout, Point, SheetLayout } from '../domain/sheet.ts';
import { drawingLeft, fitOnPlate } from '../drawing/fit-drawing.ts';
import { planText } from '../drawing/plan-text.ts';
import type { InkOfDrawing, WaitingDrawing } from '../ledger/drawings.ts';
import type { LedgerReader } from '../ledger/ledger.ts';

/** A drawing that has no plate yet: on which sheet it gets one, and how long it takes; null: not computed yet. */
export interface WaitingForecast {
  readonly id: number;
  readonly sheet: number;
  readonly minutes: number | null;
}

/** The same with the newest event when it was asked for. */
export interface ForeseenDrawing extends WaitingForecast {
  readonly afterEvent: number;
}

/** The time of a piece for this estimate, ms: how paths are cut changes the sum little. */
const pieceMs = 8_000;

/** Forecasts the drawings that wait for a plate. */
export class WaitingDrawings {
  readonly #questions: LedgerReader['questions'];
  readonly #limits: MotionLimits;
  /** By request: how long it takes on the plates of one layout, ms; null: it fits on none of them. */
  readonly #ms = new Map<number, number | null>();
  #of: SheetLayout | null = null;

  constructor({ questions }: LedgerReader, limits: MotionLimits) {
    this.#questions = questions;
    this.#limits = limits;
  }

  /**
   * The drawings that wait, the oldest first, if sheets with this layout follow from number `next` on: each gets the
   * first plate that it may lie on. A large one takes a tenth of a second to compute, so each call computes one.
   */
  foresee(layout: SheetLayout, next: number): ForeseenDrawing[] {
    const { plates = [] } = layout;
    const waiting = this.#questions.waitingDrawings();
    const ids = new Set(waiting.map(({ request }) => request));
    if (this.#of !== layout) this.#ms.clear();
    this.#of = layout;
    for (const id of this.#ms.keys()) if (!ids.has(id)) this.#ms.delete(id);
    const first = waiting.find(({ request }) => !this.#ms.has(request));
    if (first !== undefined) this.#ms.set(first.request, this.#reckon(first, layout, plates));
    const nextOn = new Map(plates.map(({ id }) => [id, next]));
    return waiting.flatMap(({ request, plate, afterEvent }) => {
      const ms = this.#ms.get(request);
      const meant = plates.filter(({ id }) => plate === null || id === plate).map(({ id }) => id);
      const [soonest] = meant.toSorted((a, b) => (nextOn.get(a) ?? next) - (nextOn.get(b) ?? next));
      if (soonest === undefined || ms === null) return [];
      const sheet = nextOn.get(soonest) ?? next;
      nextOn.set(soonest, sheet + 1);
      return [{ id: request, sheet, minutes: ms === undefined ? null : ms / 60_000, afterEvent }];
    });
  }

  #reckon(
    { request, plate, scales }: WaitingDrawing,
    layout: SheetLayout,
    plates: readonly PlateLayout[],
  ): number | null {
    const ink = this.#questions.inkOfDrawing(request);
    const fitting = { scales, inkFeedMmPerMin: layout.pen.inkFeedMmPerMin, pieceMs };
    for (const each of plates.filter(({ id }) => plate === null || id === plate)) {
      const paths = pathsOn(each, ink);
      const placed = paths && fitOnPlate(paths, each, fitting);
      if (placed === null) continue;
      const pathOf = (n: number) => pointsOn(each, placed.paths[n - 1] ?? []);
      return drawingLeft(layout, { count: placed.paths.length, pathOf }, 0, this.#limits).ms;
    }
    return null;
  }
}

/** What is to be drawn as paths for a plate; null for a text that would be too small there to be written. */
export function pathsOn({ widthMm, heightMm }: PlateLayout, ink: InkOfDrawing): DrawingPaths | null {
  if (ink.kind === 'paths') return ink.paths;
  const planned = planText(ink.text, { widthMm, heightMm });
  return planned.ok ? planned.paths : null;
}

/** A path of a plate in the coordinates of the plotter. */
export function pointsOn({ xMm, yMm }: PlateLayout, path: readonly number[]): Point[] {
  return Array.from({ length: path.length / 2 }, (_, index) => ({
    xMm: xMm + (path[2 * index] ?? 0) / 1000,
    yMm: yMm + (path[2 * index + 1] ?? 0) / 1000,
  }));
}
