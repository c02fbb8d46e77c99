/** X, Y and Z in one unit. */
export type Triple = readonly [number, number, number];

/** What limits the motion; lengths mm, speeds mm/s, accelerations mm/s². */
export interface MotionLimits {
  readonly stepsPerMm: Triple;
  readonly maxSpeed: Triple;
  readonly maxAcceleration: Triple;
  readonly acceleration: number;
  readonly junctionDeviationMm: number;
}

/** A V1 MPCNC as its firmware ships. */
export const mpcncLimits: MotionLimits = {
  stepsPerMm: [100, 100, 400],
  maxSpeed: [50, 50, 15],
  maxAcceleration: [180, 180, 80],
  acceleration: 180,
  junctionDeviationMm: 0.04,
};

const slowest = 0.05;

/** One straight move in the planner, from rest to rest until its neighbours are known. */
export interface Block {
  readonly from: Triple;
  readonly to: Triple;
  readonly lengthMm: number;
  readonly unit: Triple;
  readonly nominal: number;
  readonly acceleration: number;
  /** Highest speed at which the corner before this block may be passed, mm/s. */
  readonly cornerSpeed: number;
  entry: number;
}

/** Speeds of a block that is being executed; times in seconds from its start. */
export interface Trapezoid {
  readonly entry: number;
  readonly peak: number;
  readonly acceleration: number;
  readonly lengthMm: number;
  readonly accelerateS: number;
  readonly cruiseS: number;
  readonly totalS: number;
}

function limitAlong(direction: Triple, limits: Triple, start: number): number {
  let limit = start;
  for (let axis = 0; axis < 3; axis += 1) {
    const share = Math.abs(direction[axis] as number);
    if (share > 1e-9) limit = Math.min(limit, (limits[axis] as number) / share);
  }
  return limit;
}

function cornerSpeed(before: Block, unit: Triple, nominal: number, acceleration: number, limits: MotionLimits): number {
  const cos = -(before.unit[0] * unit[0] + before.unit[1] * unit[1] + before.unit[2] * unit[2]);
  if (cos > 0.999999) return slowest;
  const bend: Triple = [unit[0] - before.unit[0], unit[1] - before.unit[1], unit[2] - before.unit[2]];
  const size = Math.hypot(bend[0], bend[1], bend[2]);
  const ceiling = Math.min(nominal, before.nominal);
  if (size < 1e-9) return ceiling;
  const across = limitAlong([bend[0] / size, bend[1] / size, bend[2] / size], limits.maxAcceleration, acceleration);
  const sinHalf = Math.sqrt(0.5 * (1 - Math.max(cos, -0.999999)));
  const squared = (across * limits.junctionDeviationMm * sinHalf) / (1 - sinHalf);
  return Math.min(Math.sqrt(squared), ceiling);
}

/** A block between two places in steps; `before` is the newest block still in the planner, null from rest. */
export function makeBlock(from: Triple, to: Triple, speed: number, before: Block | null, limits: MotionLimits): Block {
  const { stepsPerMm } = limits;
  const delta: Triple = [
    (to[0] - from[0]) / stepsPerMm[0],
    (to[1] - from[1]) / stepsPerMm[1],
    (to[2] - from[2]) / stepsPerMm[2],
  ];
  const lengthMm = Math.hypot(delta[0], delta[1], delta[2]);
  const unit: Triple = [delta[0] / lengthMm, delta[1] / lengthMm, delta[2] / lengthMm];
  const nominal = limitAlong(unit, limits.maxSpeed, Math.max(speed, slowest));
  const acceleration = limitAlong(unit, limits.maxAcceleration, limits.acceleration);
  const corner = before === null ? slowest : cornerSpeed(before, unit, nominal, acceleration, limits);
  return { from, to, lengthMm, unit, nominal, acceleration, cornerSpeed: corner, entry: slowest };
}

function reachable(speed: number, block: Block): number {
  return Math.sqrt(speed * speed + 2 * block.acceleration * block.lengthMm);
}

/**
 * Sets the entry speeds of waiting blocks so that each can stop at the end of the last.
 * `firstEntry` is the speed at which the first waiting block will be entered when that is already decided.
 */
export function planSpeeds(waiting: readonly Block[], firstEntry: number | null): void {
  let next = slowest;
  for (let i = waiting.length - 1; i >= 0; i -= 1) {
    const block = waiting[i] as Block;
    block.entry = Math.min(block.cornerSpeed, reachable(next, block));
    next = block.entry;
  }
  const first = waiting[0];
  if (first === undefined) return;
  first.entry = firstEntry ?? slowest;
  for (let i = 1; i < waiting.length; i += 1) {
    const before = waiting[i - 1] as Block;
    const block = waiting[i] as Block;
    block.entry = Math.min(block.entry, reachable(before.entry, before));
  }
}

/** How a block is executed once its exit speed is decided. */
export function makeTrapezoid(block: Block, exit: number): Trapezoid {
  const { entry, acceleration, lengthMm } = block;
  const free = Math.sqrt((2 * acceleration * lengthMm + entry * entry + exit * exit) / 2);
  const peak = Math.max(entry, Math.min(block.nominal, free));
  const accelerateMm = (peak * peak - entry * entry) / (2 * acceleration);
  const end = Math.min(exit, peak);
  const brakeMm = (peak * peak - end * end) / (2 * acceleration);
  const cruiseMm = Math.max(0, lengthMm - accelerateMm - brakeMm);
  const accelerateS = (peak - entry) / acceleration;
  const cruiseS = cruiseMm / peak;
  return {
    entry,
    peak,
    acceleration,
    lengthMm,
    accelerateS,
    cruiseS,
    totalS: accelerateS + cruiseS + (peak - end) / acceleration,
  };
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
