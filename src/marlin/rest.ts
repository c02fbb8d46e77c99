import type { Rest } from '../domain/plotter.ts';
import { type Place, samePlace } from './place.ts';
import type { Position } from './replies.ts';

/** Far enough apart to tell the steps of a millimetre; mm. */
const learningMm = 10;
const learningZMm = 1;
/** A shorter way proves nothing. mm */
const provingMm = 0.9;
/** So exactly it has to agree. mm */
const agreeingMm = 0.05;
/** The sine of the angle by which a way has to leave the one on which steps were learnt, to prove them. */
const provingSine = 0.2;
/** An axis that stands still may count a few steps by rounding. */
const stillSteps = 10;
/** Places are told to a hundredth, and may be a twentieth apart and the same. mm */
const roundingMm = 0.1;
/** Play that a firmware takes up, and a frame that it takes for skew, make places and counts differ by this much. mm */
const playMm = 1;
/** A bed that is not level moves Z by itself, as far as this. mm */
const unevenMm = 2;
const shareOfWay = 0.01;

type Axis = 0 | 1 | 2;

/** One rest more, in whose place nothing is in doubt; `before` is the one before it, of whatever epoch. */
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
  const z = learn(2, learningZMm);
  const [x, y] = [learn(0, learningMm), learn(1, learningMm)];
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

/** Pairs of place and counts that were read in the middle of the work, by which a board can show that they move alike. */
export interface Looks {
  /** The newest one that agrees with those before; the first one, until steps were learnt. */
  readonly last: Rest;
  /** How many in a row have agreed since then. */
  readonly agreed: number;
}

/** So many have to agree: those of a board that counts what its motors have done so far do not. */
const agreedMin = 8;

/** One look more at a place that is right; its counts may have been disturbed, or may not be those of the plan's end. */
export function lookedAt(before: Looks | null, position: Position): Looks {
  const anew = { last: rested(null, 0, position), agreed: 0 };
  if (before === null) return anew;
  const last = rested(before.last, 0, position);
  if (last.steps === 'refuted' || last.steps === 'senseless') return anew;
  if (last.learntOnMm === null || last === before.last) return before;
  return { last, agreed: before.agreed + 1 };
}

/** What is as good as a rest by what looks have shown; null where they have not shown it. */
export function restByLooks(looks: Looks | null, before: Rest | null, epoch: number): Rest | null {
  if (looks === null || looks.agreed < agreedMin || looks.last.steps !== 'borne-out') return null;
  const isOpen = before?.epoch === epoch && (before.steps === 'unproven' || before.steps === 'borne-out');
  return isOpen ? { ...looks.last, epoch } : null;
}

/**
 * Whether somebody has given another name to a place since: its counts are others than those that belong to it. Where it
 * cannot be told, nobody has. A board that begins anew counts from 0, and one that counts what its motors have done, and
 * not what it has planned, has to be at rest.
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
