import {
  type Block as Flow,
  type MotionLimits,
  makeBlock as makeFlow,
  type Trapezoid,
  type Triple,
} from '../../domain/motion.ts';

export {
  type MotionLimits,
  makeTrapezoid,
  mpcncLimits,
  planSpeeds,
  type Trapezoid,
  type Triple,
} from '../../domain/motion.ts';

/** One straight move in the planner, between two places in steps. */
export interface ExactBlock extends Flow {
  readonly from: Triple;
  readonly to: Triple;
}

/** A block between two places in steps; `before` is the newest block still in the planner, null from rest. */
export function makeExactBlock(
  from: Triple,
  to: Triple,
  speed: number,
  before: ExactBlock | null,
  limits: MotionLimits,
): ExactBlock {
  const [x, y, z] = limits.stepsPerMm;
  const delta: Triple = [(to[0] - from[0]) / x, (to[1] - from[1]) / y, (to[2] - from[2]) / z];
  return { ...makeFlow(delta, speed, before, limits), from, to };
}

/** Share of the block's length, 0 to 1, that lies behind after `seconds`. */
export function shareDone(shape: Trapezoid, seconds: number): number {
  if (seconds <= 0) return 0;
  if (seconds >= shape.totalS) return 1;
  const up = Math.min(seconds, shape.accelerateS);
  let mm = shape.entry * up + 0.5 * shape.acceleration * up * up;
  const cruise = Math.min(Math.max(seconds - shape.accelerateS, 0), shape.cruiseS);
  mm += shape.peak * cruise;
  const brake = Math.max(seconds - shape.accelerateS - shape.cruiseS, 0);
  mm += shape.peak * brake - 0.5 * shape.acceleration * brake * brake;
  return Math.min(1, Math.max(0, mm / shape.lengthMm));
}
