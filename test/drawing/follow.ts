import type { Move, PenPosition } from '../../src/domain/motion.ts';
import type { Point, SheetLayout, StrokeRef } from '../../src/domain/sheet.ts';
import { penAfter } from '../../src/drawing/forecast.ts';
import { planStroke } from '../../src/drawing/moves.ts';

/** A move of the plan of a stroke, and where the pen is before and after it. */
export interface Step {
  readonly stroke: StrokeRef;
  readonly move: Move;
  readonly from: PenPosition;
  readonly to: PenPosition;
}

/** Draws strokes one after the other and tells each step. */
export function follow(layout: SheetLayout, strokes: readonly StrokeRef[]): { steps: Step[]; ink: Point[][] } {
  let at: PenPosition = { ...layout.park, pen: 'up' };
  const steps: Step[] = [];
  const ink = strokes.map((stroke) => {
    const points: Point[] = [];
    for (const move of planStroke(layout, stroke, at).moves) {
      const to = penAfter([move], at);
      steps.push({ stroke, move, from: at, to });
      if (move.kind === 'ink') {
        if (points.length === 0) points.push({ xMm: at.xMm, yMm: at.yMm });
        points.push({ xMm: to.xMm, yMm: to.yMm });
      }
      at = to;
    }
    return points;
  });
  return { steps, ink };
}

/** Whether two straight lines have a point in common. */
export function cross(a: Point, b: Point, c: Point, d: Point): boolean {
  const side = (p: Point, q: Point, r: Point) =>
    Math.sign((q.xMm - p.xMm) * (r.yMm - p.yMm) - (q.yMm - p.yMm) * (r.xMm - p.xMm));
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}
