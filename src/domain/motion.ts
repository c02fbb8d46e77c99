import type { Point, StrokeRef } from './sheet.ts';

/** How high the pen is: on the paper, just above it, or clear of everything. */
export type PenHeight = 'down' | 'hop' | 'up';

/**
 * One thing that the plotter is asked to do. Lengths in mm from the origin, feeds in mm/min.
 * - `pen`: raise or lower in place.
 * - `travel`: to a point without ink; `pen` is the height on arrival (joined with the travel when it differs). With
 *   `riseToMm` the pen first rises in place to this height over the contact height, and only then goes sideways.
 * - `ink`: to a point with the pen down.
 */
export type Move =
  | { readonly kind: 'pen'; readonly to: PenHeight }
  | {
      readonly kind: 'travel';
      readonly xMm: number;
      readonly yMm: number;
      readonly pen: 'hop' | 'up';
      readonly feedMmPerMin: number;
      readonly riseToMm?: number;
    }
  | { readonly kind: 'ink'; readonly xMm: number; readonly yMm: number; readonly feedMmPerMin: number };

/** A stroke together with the moves that draw it: they start with the pen up or hopping, and end so. */
export interface PlannedStroke {
  readonly stroke: StrokeRef;
  /** Over which place the pen has to be when they begin; null: they begin with a way from anywhere. */
  readonly from: Point | null;
  readonly moves: readonly Move[];
}

/** Where the pen will be when everything handed over so far is done. */
export interface PenPosition {
  readonly xMm: number;
  readonly yMm: number;
  readonly pen: PenHeight;
}

/*
 * How a machine that plans as Marlin moves: one model for the estimates of a drawing and for the plotter in software.
 * Lengths mm, speeds mm/s, accelerations mm/s², times s.
 */

/** X, Y and Z in one unit. */
export type Triple = readonly [number, number, number];

/** What limits the motion. */
export interface MotionLimits {
  readonly stepsPerMm: Triple;
  readonly maxSpeed: Triple;
  readonly maxAcceleration: Triple;
  readonly acceleration: number;
  readonly junctionDeviationMm: number;
  /** Steps a second below which the firmware neither starts nor ends a move. */
  readonly minStepsPerS: number;
}

/** A V1 MPCNC as its firmware ships; the last figure is Marlin's own. */
export const mpcncLimits: MotionLimits = {
  stepsPerMm: [100, 100, 400],
  maxSpeed: [50, 50, 15],
  maxAcceleration: [180, 180, 80],
  acceleration: 180,
  junctionDeviationMm: 0.04,
  minStepsPerS: 120,
};

/**
 * The limits of such a machine with another acceleration in X and Y (mm/s²) and another junction deviation (mm); null: as
 * its firmware ships.
 */
export function motionLimits(acceleration: number | null, junctionDeviationMm: number | null): MotionLimits {
  const [x, y, z] = mpcncLimits.maxAcceleration;
  return {
    ...mpcncLimits,
    acceleration: acceleration ?? mpcncLimits.acceleration,
    maxAcceleration: [acceleration ?? x, acceleration ?? y, z],
    junctionDeviationMm: junctionDeviationMm ?? mpcncLimits.junctionDeviationMm,
  };
}

/** Marlin stops (nearly) before a first move, after a last one and where a path turns back on itself. */
const nearlyStill = 0.05;
const turnBackCosine = 0.999999;

/** One straight move in the planner. */
export interface Block {
  readonly lengthMm: number;
  readonly unit: Triple;
  readonly nominal: number;
  readonly acceleration: number;
  /** The slowest it starts or ends. */
  readonly least: number;
  /** Highest speed at which the corner before this block may be passed. */
  readonly cornerSpeed: number;
  /** At which it is entered, as far as its neighbours are known; `planSpeeds` sets it. */
  entry: number;
}

/** Speeds of a block that is being executed; times from its start. */
export interface Trapezoid {
  readonly entry: number;
  readonly peak: number;
  readonly acceleration: number;
  readonly lengthMm: number;
  readonly accelerateS: number;
  readonly cruiseS: number;
  readonly totalS: number;
}

/** The most that a limit of each axis allows along a direction. */
function limitAlong(direction: Triple, limits: Triple, most: number): number {
  let limit = most;
  for (const axis of [0, 1, 2] as const) {
    const share = Math.abs(direction[axis]);
    if (share > 1e-9) limit = Math.min(limit, limits[axis] / share);
  }
  return limit;
}

/** Marlin's junction deviation: the speed at which a circle that cuts the corner by the deviation could be driven. */
function cornerSpeed(before: Block, unit: Triple, nominal: number, acceleration: number, limits: MotionLimits): number {
  const cos = -(before.unit[0] * unit[0] + before.unit[1] * unit[1] + before.unit[2] * unit[2]);
  if (cos > turnBackCosine) return nearlyStill;
  const bend: Triple = [unit[0] - before.unit[0], unit[1] - before.unit[1], unit[2] - before.unit[2]];
  const size = Math.hypot(bend[0], bend[1], bend[2]);
  const ceiling = Math.min(nominal, before.nominal);
  if (size < 1e-9) return ceiling;
  const across = limitAlong([bend[0] / size, bend[1] / size, bend[2] / size], limits.maxAcceleration, acceleration);
  const sinHalf = Math.sqrt(0.5 * (1 - Math.max(cos, -turnBackCosine)));
  const squared = (across * limits.junctionDeviationMm * sinHalf) / (1 - sinHalf);
  return Math.min(Math.sqrt(squared), ceiling);
}

/**
 * A block of `delta` mm, which must have a length; `before` is the newest block still in the planner, null from rest.
 */
export function makeBlock(delta: Triple, speed: number, before: Block | null, limits: MotionLimits): Block {
  const lengthMm = Math.hypot(delta[0], delta[1], delta[2]);
  const unit: Triple = [delta[0] / lengthMm, delta[1] / lengthMm, delta[2] / lengthMm];
  const nominal = limitAlong(unit, limits.maxSpeed, Math.max(speed, nearlyStill));
  const acceleration = limitAlong(unit, limits.maxAcceleration, limits.acceleration);
  const [x, y, z] = limits.stepsPerMm;
  const stepsPerMm = Math.max(Math.abs(unit[0]) * x, Math.abs(unit[1]) * y, Math.abs(unit[2]) * z);
  const least = Math.min(nominal, limits.minStepsPerS / stepsPerMm);
  const corner = before === null ? nearlyStill : cornerSpeed(before, unit, nominal, acceleration, limits);
  return { lengthMm, unit, nominal, acceleration, least, cornerSpeed: corner, entry: nearlyStill };
}

/** The fastest that a block which is entered (or left) at `speed` can be left (or entered). */
function reachable(speed: number, { acceleration, lengthMm, nominal, least }: Block): number {
  const from = Math.max(speed, least);
  return Math.min(nominal, Math.sqrt(from * from + 2 * acceleration * lengthMm));
}

/**
 * Sets the entry speeds of waiting blocks so that each can stop at the end of the last.
 * `firstEntry` is the speed at which the first waiting block will be entered when that is already decided.
 */
export function planSpeeds(waiting: readonly Block[], firstEntry: number | null): void {
  let after: Block | null = null;
  for (const block of waiting.toReversed()) {
    block.entry = Math.min(block.cornerSpeed, reachable(after?.entry ?? nearlyStill, block));
    after = block;
  }
  let before: Block | null = null;
  for (const block of waiting) {
    block.entry =
      before === null ? (firstEntry ?? nearlyStill) : Math.min(block.entry, reachable(before.entry, before));
    before = block;
  }
}

/** How a block is executed once its exit speed is decided. */
export function makeTrapezoid(block: Block, exit: number): Trapezoid {
  const { acceleration, lengthMm, nominal, least } = block;
  const entry = Math.max(block.entry, least);
  const wanted = Math.max(exit, least);
  const free = Math.sqrt((2 * acceleration * lengthMm + entry * entry + wanted * wanted) / 2);
  const peak = Math.max(entry, Math.min(nominal, free));
  const end = Math.min(wanted, peak);
  const accelerateMm = (peak * peak - entry * entry) / (2 * acceleration);
  const brakeMm = (peak * peak - end * end) / (2 * acceleration);
  const accelerateS = (peak - entry) / acceleration;
  const cruiseS = Math.max(0, lengthMm - accelerateMm - brakeMm) / peak;
  const totalS = accelerateS + cruiseS + (peak - end) / acceleration;
  return { entry, peak, acceleration, lengthMm, accelerateS, cruiseS, totalS };
}

/** A straight move to `to` in mm; `feedMmPerMin` is along the way, as G1 takes it. */
export interface Leg {
  readonly to: Triple;
  readonly feedMmPerMin: number;
}

/**
 * How long each leg takes in continuous flow from rest to rest, in ms. Legs without length take no time.
 * The wait before a first move is not in it.
 */
export function legTimesMs(from: Triple, legs: readonly Leg[], limits: MotionLimits = mpcncLimits): number[] {
  let at = from;
  let before: Block | null = null;
  const blocks: (Block | null)[] = [];
  for (const { to, feedMmPerMin } of legs) {
    const delta: Triple = [to[0] - at[0], to[1] - at[1], to[2] - at[2]];
    const isMove = Math.hypot(delta[0], delta[1], delta[2]) >= 1e-9;
    const block: Block | null = isMove ? makeBlock(delta, feedMmPerMin / 60, before, limits) : null;
    blocks.push(block);
    before = block ?? before;
    at = to;
  }
  const moving = blocks.filter((block) => block !== null);
  planSpeeds(moving, null);
  let index = 0;
  return blocks.map((block) => {
    if (block === null) return 0;
    index += 1;
    return 1000 * makeTrapezoid(block, moving[index]?.entry ?? nearlyStill).totalS;
  });
}
