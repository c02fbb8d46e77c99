import type { Position } from './replies.ts';

/**
 * The two halves of an M114 answer, places and step counts, check each other: within one naming of the origin they
 * move together. The steps of a millimetre are learnt from looks.
 */
export interface Gauge {
  readonly reference: Position | null;
  readonly stepsPerMm: readonly [number | null, number | null, number | null];
  /** Motors do not belong to one axis each (CoreXY, a delta): nothing can be told from their counts. */
  readonly crossed: boolean;
  /** Right places in a row whose counts contradicted what was learnt: the first may be noise. */
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

/** Contradictions after which what was learnt is what was wrong. */
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
