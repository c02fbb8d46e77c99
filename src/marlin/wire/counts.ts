import type { Rest } from '../../domain/plotter.ts';
import { type Place, type Position, samePlace } from './replies.ts';

/**
 * The two halves of an M114 answer, places and step counts, check each other: as long as nobody sets other coordinates
 * they change together. The steps per millimetre are learnt from position checks.
 */
export interface Gauge {
  readonly reference: Position | null;
  readonly stepsPerMm: readonly [number | null, number | null, number | null];
  /** Motors do not belong to one axis each (CoreXY, a delta): their counts say nothing. */
  readonly crossed: boolean;
  /** How many right places in a row had counts that contradicted what was learnt; the first may be noise. */
  readonly contradictions: number;
}

export const newGauge: Gauge = { reference: null, stepsPerMm: [null, null, null], crossed: false, contradictions: 0 };

/** Far enough apart to tell the steps of a millimetre to a hundredth. */
const learningMm = 1;
/** An axis that stands still may count a few steps by rounding. */
const crossedSteps = 10;
/** No machine moves a millimetre by fewer steps. */
const stepsMin = 5;
/** Rounding of both halves. */
const toleranceMm = 0.06;

function places(position: Position): readonly [number, number, number] {
  return [position.xMm, position.yMm, position.zMm];
}

/** After so many contradictions what was learnt is taken to be wrong. */
const contradictionsMax = 2;

/** Learns from an answer whose place was proven right; its counts may have been disturbed all the same. */
export function learnSteps(gauge: Gauge, position: Position): Gauge {
  if (gauge.reference === null) return { ...gauge, reference: position };
  if (!consistent(gauge, position)) {
    const contradictions = gauge.contradictions + 1;
    return contradictions < contradictionsMax ? { ...gauge, contradictions } : { ...newGauge, reference: position };
  }
  const before = gauge.reference;
  const apart = (axis: 0 | 1 | 2): number | null => {
    const mm = places(position)[axis] - places(before)[axis];
    const steps = position.count[axis] - before.count[axis];
    return Math.abs(mm) < learningMm ? gauge.stepsPerMm[axis] : steps / mm;
  };
  const crossed = ([0, 1, 2] as const).some((axis) => {
    const still = Math.abs(places(position)[axis] - places(before)[axis]) < 0.005;
    return still && Math.abs(position.count[axis] - before.count[axis]) > crossedSteps;
  });
  return {
    reference: position,
    stepsPerMm: [apart(0), apart(1), apart(2)],
    crossed: gauge.crossed || crossed,
    contradictions: 0,
  };
}

/** Whether both halves of an answer moved alike since the last proven one; unknown counts as yes. */
export function consistent(gauge: Gauge, position: Position): boolean {
  const { reference, stepsPerMm } = gauge;
  if (reference === null || gauge.crossed) return true;
  return ([0, 1, 2] as const).every((axis) => {
    const steps = stepsPerMm[axis];
    const counted = position.count[axis] - reference.count[axis];
    const byPlace = places(position)[axis] - places(reference)[axis];
    if (steps === null || steps === 0) return Math.abs(byPlace) < learningMm || Math.abs(counted) > stepsMin;
    const byCount = counted / steps;
    return Math.abs(byCount - byPlace) <= toleranceMm + Math.abs(byPlace) * 0.01;
  });
}

/**
 * Where a position lies by its step counts, in the coordinates in which a place was last proven. An axis whose steps
 * per millimetre are unknown is where it was if its counts did not change, and otherwise where the answer says.
 */
export function placeByCounts({ reference, stepsPerMm, crossed }: Gauge, position: Position): Place {
  if (reference === null || crossed) return position;
  const along = (axis: Axis): number => {
    const steps = stepsPerMm[axis];
    const counted = position.count[axis] - reference.count[axis];
    if (steps !== null && steps !== 0) return places(reference)[axis] + counted / steps;
    return Math.abs(counted) <= crossedSteps ? places(reference)[axis] : places(position)[axis];
  };
  return { xMm: along(0), yMm: along(1), zMm: along(2) };
}

/** Far enough apart to tell the steps of a millimetre; mm. */
const learnWayMinMm = 10;
const learnWayZMinMm = 1;
/** A shorter way proves nothing. mm */
const provingMm = 0.9;
/** So exactly it has to agree. mm */
const agreeingMm = 0.05;
/** The sine of the angle by which a way has to leave the one on which steps were learnt, to prove them. */
const provingSine = 0.2;
/** An axis that stands still may count a few steps by rounding. */
const stillSteps = 10;
/** Places are reported to a hundredth, and may be a twentieth apart and the same. mm */
const roundingMm = 0.1;
/** Play that a firmware takes up, and a frame that it takes for skew, make places and counts differ by this much. mm */
const playMm = 1;
/** A bed that is not level moves Z by itself, as far as this. mm */
const unevenMm = 2;
const shareOfWay = 0.01;

type Axis = 0 | 1 | 2;

/** Adds a position at rest whose place is certain; `before` is the one before it, of any epoch. */
export function rested(before: Rest | null, epoch: number, position: Position): Rest {
  const here = { epoch, placeMm: placeOf(position), count: position.count };
  if (before === null || before.epoch !== epoch) {
    return { ...here, stepsPerMm: [null, null, null], learntOnMm: null, steps: 'unproven' };
  }
  if (isSamePlace(before, position)) {
    if (countsAlike(before, position)) return before;
    return { ...before, ...here, steps: 'senseless' };
  }
  const { wayMm, counted } = since(before, position);
  const learn = (axis: Axis, fromMm: number) =>
    before.stepsPerMm[axis] ?? (Math.abs(wayMm[axis]) < fromMm ? null : counted[axis] / wayMm[axis]);
  const z = learn(2, learnWayZMinMm);
  const [x, y] = [learn(0, learnWayMinMm), learn(1, learnWayMinMm)];
  // Both on one way, so that what bears it out is another way for both.
  const learnsBoth = before.learntOnMm === null && x !== null && y !== null;
  const isKnown = before.learntOnMm !== null || learnsBoth;
  return {
    ...here,
    stepsPerMm: [isKnown ? x : null, isKnown ? y : null, z],
    learntOnMm: learnsBoth ? [wayMm[0], wayMm[1]] : before.learntOnMm,
    steps: provenBy(before, wayMm, counted),
  };
}

function provenBy(before: Rest, wayMm: Rest['placeMm'], counted: Rest['count']): Rest['steps'] {
  const { learntOnMm, steps } = before;
  const bears = ([0, 1] as const).every((axis) => {
    const perMm = before.stepsPerMm[axis];
    if (perMm === null) return Math.abs(wayMm[axis]) > roundingMm || Math.abs(counted[axis]) <= stillSteps;
    return Math.abs(counted[axis] / perMm - wayMm[axis]) <= agreeingMm + Math.abs(wayMm[axis]) * shareOfWay;
  });
  if (steps === 'senseless') return steps;
  if (steps === 'refuted' || !bears) return 'refuted';
  if (learntOnMm === null) return steps;
  const [x, y] = [wayMm[0], wayMm[1]];
  const length = Math.hypot(x, y);
  const off = Math.abs(x * learntOnMm[1] - y * learntOnMm[0]) / (length * Math.hypot(...learntOnMm));
  return length >= provingMm && off >= provingSine ? 'borne-out' : steps;
}

/** Pairs of place and step counts that were read while drawing, by which a board can show that they change together. */
export interface CheckedCounts {
  /** The newest one that agrees with those before; the first one, until steps were learnt. */
  readonly last: Rest;
  /** How many in a row have agreed since then. */
  readonly agreed: number;
}

/** So many have to agree; those of a board whose counts follow its motors, and not its plan, do not. */
const agreedMin = 8;

/**
 * One position check more at a place that is right; its counts may have been disturbed, or may not be those of the
 * plan's end.
 */
export function countsChecked(before: CheckedCounts | null, position: Position): CheckedCounts {
  const anew = { last: rested(null, 0, position), agreed: 0 };
  if (before === null) return anew;
  const last = rested(before.last, 0, position);
  if (last.steps === 'refuted' || last.steps === 'senseless') return anew;
  if (last.learntOnMm === null || last === before.last) return before;
  return { last, agreed: before.agreed + 1 };
}

/** A position of the checks that is as good as one at rest; null where they have not shown that it is. */
export function restByChecks(checkedCounts: CheckedCounts | null, before: Rest | null, epoch: number): Rest | null {
  if (checkedCounts === null || checkedCounts.agreed < agreedMin || checkedCounts.last.steps !== 'borne-out')
    return null;
  const isOpen = before?.epoch === epoch && (before.steps === 'unproven' || before.steps === 'borne-out');
  return isOpen ? { ...checkedCounts.last, epoch } : null;
}

/**
 * Whether a place was given other coordinates since that rest: its step counts are not those that belong to it. Where
 * that cannot be known, it was not. A board that has reset counts from 0, and one whose counts follow its motors, and
 * not its plan, has to be at rest.
 */
export function isRenamed(rest: Rest, position: Position): boolean {
  if (rest.steps === 'senseless') return false;
  if (isSamePlace(rest, position)) return !countsAlike(rest, position);
  if (rest.steps !== 'borne-out') return false;
  const { wayMm, counted } = since(rest, position);
  const far = Math.hypot(wayMm[0], wayMm[1]) * shareOfWay;
  return ([0, 1, 2] as const).some((axis) => {
    const perMm = rest.stepsPerMm[axis];
    if (perMm === null || perMm === 0) return false;
    return Math.abs(counted[axis] / perMm - wayMm[axis]) > (axis === 2 ? unevenMm : playMm) + far;
  });
}

/**
 * Where a pen stands by its step counts, in the coordinates of that rest, when its place was given other ones since. An
 * axis whose steps per millimetre are unknown is where it was if its counts did not change, and otherwise where the
 * answer says.
 */
export function placeByRest(rest: Rest, position: Position): Place {
  const { wayMm, counted } = since(rest, position);
  const along = (axis: Axis): number => {
    const perMm = rest.stepsPerMm[axis];
    const isKnown = perMm !== null && perMm !== 0;
    const byCountMm = isKnown ? counted[axis] / perMm : Math.abs(counted[axis]) <= stillSteps ? 0 : wayMm[axis];
    // What bed levelling adds to the counts of Z is no change of the pen's height.
    const isAsSaid = axis === 2 && Math.abs(byCountMm - wayMm[axis]) <= unevenMm;
    return rest.placeMm[axis] + (isAsSaid ? wayMm[axis] : byCountMm);
  };
  return { xMm: along(0), yMm: along(1), zMm: along(2) };
}

function isSamePlace({ placeMm: [xMm, yMm, zMm] }: Rest, position: Position): boolean {
  return samePlace({ xMm, yMm, zMm }, position);
}

function countsAlike(rest: Rest, position: Position): boolean {
  const { counted } = since(rest, position);
  return ([0, 1, 2] as const).every(
    (axis) => Math.abs(counted[axis]) <= stillSteps + roundingMm * Math.abs(rest.stepsPerMm[axis] ?? 0),
  );
}

function since({ placeMm, count }: Rest, position: Position) {
  const place = placeOf(position);
  const apart = (axis: Axis) => place[axis] - placeMm[axis];
  const steps = (axis: Axis) => position.count[axis] - count[axis];
  return { wayMm: [apart(0), apart(1), apart(2)], counted: [steps(0), steps(1), steps(2)] } as const;
}

function placeOf({ xMm, yMm, zMm }: Place): Rest['placeMm'] {
  return [xMm, yMm, zMm];
}
