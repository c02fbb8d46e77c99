/** Where the tool is, in mm: X, Y, Z. */
export type Position = readonly [number, number, number];

/** A straight move to `to`; `feedMmPerMin` is along the way, as G1 takes it. */
export interface Leg {
  readonly to: Position;
  readonly feedMmPerMin: number;
}

/** What limits a machine that plans as Marlin does; the three numbers are X, Y, Z. */
export interface MachineLimits {
  readonly maxFeedMmPerS: Position;
  readonly accelerationMmPerS2: Position;
  readonly stepsPerMm: Position;
  readonly junctionDeviationMm: number;
  /** Steps a second below which the firmware does not start or end a move. */
  readonly minStepsPerS: number;
  /** What the firmware waits for more moves before it begins a first one, ms. */
  readonly firstMoveMs: number;
}

/** Marlin as the V1 MPCNC is configured; the last two figures are Marlin's own. */
export const mpcnc: MachineLimits = {
  maxFeedMmPerS: [50, 50, 15],
  accelerationMmPerS2: [180, 180, 80],
  stepsPerMm: [100, 100, 400],
  junctionDeviationMm: 0.04,
  minStepsPerS: 120,
  firstMoveMs: 100,
};

/** Marlin stops (nearly) where a path turns back on itself. */
const turnBackMmPerS = 0.05;
const turnBackCosine = 0.999999;

/** One leg as the planner sees it: lengths in mm, speeds in mm/s, accelerations in mm/s². */
interface Block {
  readonly lengthMm: number;
  readonly direction: Position;
  readonly nominal: number;
  readonly acceleration: number;
  /** The slowest it starts or ends. */
  readonly least: number;
  /** The fastest that it may begin. */
  readonly entryLimit: number;
}

/**
 * How long each leg takes in continuous flow from rest to rest, in ms: trapezoids, with corners taken at the speed that
 * Marlin's junction deviation allows. Legs without length take no time. The wait before a first move is not in it.
 */
export function legTimesMs(from: Position, legs: readonly Leg[], limits: MachineLimits = mpcnc): number[] {
  const blocks = blocksOf(from, legs, limits);
  const moving = blocks.filter((block) => block !== null);
  const entries = entrySpeeds(moving);
  let index = 0;
  return blocks.map((block) => {
    if (block === null) return 0;
    const entry = entries[index] ?? 0;
    index += 1;
    return 1000 * trapezoidS(block, entry, entries[index] ?? 0);
  });
}

function blocksOf(from: Position, legs: readonly Leg[], limits: MachineLimits): (Block | null)[] {
  let at = from;
  let before: Block | null = null;
  return legs.map(({ to, feedMmPerMin }) => {
    const block = blockOf(at, to, feedMmPerMin, before, limits);
    at = to;
    before = block ?? before;
    return block;
  });
}

function blockOf(
  from: Position,
  to: Position,
  feedMmPerMin: number,
  before: Block | null,
  limits: MachineLimits,
): Block | null {
  const way = each((axis) => to[axis] - from[axis]);
  const lengthMm = Math.hypot(...way);
  if (lengthMm < 1e-9) return null;
  const direction = each((axis) => way[axis] / lengthMm);
  const { maxFeedMmPerS, accelerationMmPerS2, stepsPerMm } = limits;
  const nominal = Math.min(feedMmPerMin / 60, alongWay(maxFeedMmPerS, direction));
  const steps = Math.max(...each((axis) => Math.abs(direction[axis]) * stepsPerMm[axis]));
  const block = {
    lengthMm,
    direction,
    nominal,
    acceleration: Math.min(Math.max(...accelerationMmPerS2), alongWay(accelerationMmPerS2, direction)),
    least: Math.min(nominal, limits.minStepsPerS / steps),
  };
  return { ...block, entryLimit: before === null ? 0 : cornerSpeed(before, block, limits) };
}

/** The most that a limit of each axis allows along a direction. */
function alongWay(limits: Position, direction: Position): number {
  return Math.min(...each((axis) => (direction[axis] === 0 ? Infinity : limits[axis] / Math.abs(direction[axis]))));
}

/** Marlin's junction deviation: the speed at which a circle that cuts the corner by the deviation could be driven. */
function cornerSpeed(before: Block, block: Omit<Block, 'entryLimit'>, limits: MachineLimits): number {
  const cosine = -dot(before.direction, block.direction);
  if (cosine > turnBackCosine) return turnBackMmPerS;
  const nominal = Math.min(before.nominal, block.nominal);
  const turn = each((axis) => block.direction[axis] - before.direction[axis]);
  const size = Math.hypot(...turn);
  if (size < 1e-9) return nominal;
  const acceleration = Math.min(
    block.acceleration,
    alongWay(
      limits.accelerationMmPerS2,
      each((axis) => turn[axis] / size),
    ),
  );
  const halfSine = Math.sqrt(0.5 * (1 - cosine));
  return Math.min(nominal, Math.sqrt((acceleration * limits.junctionDeviationMm * halfSine) / (1 - halfSine)));
}

/** The speed at which each block begins, so that every one can still reach the next corner's speed and a stop. */
function entrySpeeds(blocks: readonly Block[]): number[] {
  const speeds = blocks.map(({ entryLimit }) => entryLimit);
  let after = 0;
  for (let index = blocks.length - 1; index >= 0; index--) {
    const block = blocks[index];
    if (block !== undefined) after = speeds[index] = Math.min(speeds[index] ?? 0, reachable(after, block));
  }
  for (let index = 1; index < blocks.length; index++) {
    const before = blocks[index - 1];
    if (before !== undefined) speeds[index] = Math.min(speeds[index] ?? 0, reachable(speeds[index - 1] ?? 0, before));
  }
  return speeds;
}

function reachable(speed: number, { acceleration, lengthMm, nominal, least }: Block): number {
  return Math.min(nominal, Math.sqrt(Math.max(speed, least) ** 2 + 2 * acceleration * lengthMm));
}

function trapezoidS({ lengthMm, nominal, acceleration, least }: Block, entry: number, exit: number): number {
  const first = Math.max(entry, least);
  const last = Math.max(exit, least);
  const peak = Math.min(nominal, Math.sqrt((first ** 2 + last ** 2) / 2 + acceleration * lengthMm));
  const ramps = (2 * peak ** 2 - first ** 2 - last ** 2) / (2 * acceleration);
  const times = (2 * peak - first - last) / acceleration + Math.max(0, lengthMm - ramps) / peak;
  return peak >= Math.max(first, last) ? times : (2 * lengthMm) / (first + last);
}

type Axis = 0 | 1 | 2;

function each(of: (axis: Axis) => number): Position {
  return [of(0), of(1), of(2)];
}

function dot(a: Position, b: Position): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
