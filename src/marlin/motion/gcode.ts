import type { Move, PenHeight } from '../../domain/motion.ts';
import type { PenGeometry } from '../../domain/sheet.ts';
import type { PenKind } from '../settings.ts';
import { type Link, sendUntilAccepted } from '../wire/link.ts';
import { isMove, wordsOf } from './user-lines.ts';

/** A servo and the angle that it is to hold. */
interface ServoAim {
  readonly index: number;
  readonly degrees: number;
}

/** What a servo reported; `unreported`: the firmware does not say, or its answer was disturbed. */
type ServoCheck = 'right' | 'wrong' | 'unreported' | 'lost';

/**
 * The firmware stores the pulse width and computes the angle from it, so the angle may differ by this much, degrees.
 */
const toleranceDegrees = 1;
const checksMax = 3;

/**
 * Reads back the angle that the firmware holds: a line that was corrupted yet passed the checksum shows nowhere else.
 * `M280 P0` alone is answered by `echo: Servo 0: 90`.
 */
export async function checkServo(link: Link, { index, degrees }: ServoAim): Promise<ServoCheck> {
  for (let tries = 0; tries < checksMax && link.servoReports !== false; tries += 1) {
    const answer = await sendUntilAccepted(link, `M280 P${index}`);
    if (answer === null) return 'lost';
    const angle = angleIn(answer.said, index);
    if (angle === null) continue;
    link.servoReports = true;
    return Math.abs(angle - Math.trunc(degrees)) <= toleranceDegrees ? 'right' : 'wrong';
  }
  link.servoReports ??= false;
  return 'unreported';
}

function angleIn(said: readonly string[], index: number): number | null {
  for (const text of said) {
    const found = /^echo: ?Servo (\d+): (-?\d+)$/.exec(text);
    if (found !== null && Number(found[1]) === index) return Number(found[2]);
  }
  return null;
}

/** Where the plan ends, mm as written. `pen` is null where the height is none of the three. */
export interface Plan {
  readonly xMm: number;
  readonly yMm: number;
  readonly zMm: number;
  readonly pen: PenHeight | null;
}

/** One line and what must be true after it. */
export interface Step {
  readonly text: string;
  readonly end: Plan;
  /** Whether the plan's end is read (M114) before the next line. */
  readonly checksPosition: boolean;
  /** Whether it certainly takes a place in the planner. */
  readonly block: boolean;
  /** It sets a servo, whose angle is read back before the next line. */
  readonly servo?: ServoAim;
}

/** Marlin plans no move shorter than six steps; at 20 steps/mm, the coarsest axis that is built, that is 0.3 mm. */
const surelyABlockMm = 0.3;

/** A length or feed as it is written into G-code: with three decimals at most. */
function written(value: number): number {
  const rounded = Math.round(value * 1000) / 1000;
  return rounded === 0 ? 0 : rounded;
}

/** Height of the pen in mm above the contact height. */
function heightOf(pen: PenHeight, geometry: PenGeometry): number {
  if (pen === 'down') return geometry.downMm;
  return pen === 'hop' ? geometry.hopMm : geometry.upMm;
}

/** The pen's height that a Z means; null where it is none. */
export function penAt(zMm: number, geometry: PenGeometry): PenHeight | null {
  const near = (heightMm: number) => Math.abs(zMm - heightMm) <= 0.05;
  if (near(geometry.upMm)) return 'up';
  if (near(geometry.hopMm)) return 'hop';
  return near(geometry.downMm) ? 'down' : null;
}

/** A straight move; axes that are not given stay. */
export function line(
  from: Plan,
  to: { readonly xMm?: number; readonly yMm?: number; readonly zMm?: number; readonly pen: PenHeight | null },
  feedMmPerMin: number,
  checksPosition: boolean,
): Step {
  const end: Plan = {
    xMm: written(to.xMm ?? from.xMm),
    yMm: written(to.yMm ?? from.yMm),
    zMm: written(to.zMm ?? from.zMm),
    pen: to.pen,
  };
  const words = ['G1'];
  // What does not change is not written: fewer bytes that noise could turn into a wrong move.
  if (end.xMm !== from.xMm) words.push(`X${end.xMm}`);
  if (end.yMm !== from.yMm) words.push(`Y${end.yMm}`);
  if (end.zMm !== from.zMm) words.push(`Z${end.zMm}`);
  words.push(`F${written(feedMmPerMin)}`);
  const largestMm = Math.max(Math.abs(end.xMm - from.xMm), Math.abs(end.yMm - from.yMm), Math.abs(end.zMm - from.zMm));
  return { text: words.join(' '), end, checksPosition, block: largestMm >= surelyABlockMm };
}

/** The lines that bring the pen to a height in place. */
export function penSteps(from: Plan, to: PenHeight, geometry: PenGeometry, kind: PenKind): readonly Step[] {
  const end: Plan = { ...from, pen: to };
  const plain = (text: string): Step => ({ text, end, checksPosition: false, block: false });
  if (kind.kind === 'servo') {
    const degrees = { down: kind.downDegrees, hop: kind.hopDegrees, up: kind.upDegrees }[to];
    // A servo moves at once, so the planner has to be empty before, and the line waits until the arm has moved.
    const aim = { ...plain(`M280 P${kind.index} S${written(degrees)}`), servo: { index: kind.index, degrees } };
    return [plain('M400'), aim, { ...plain(`G4 P${written(kind.settleMs)}`), checksPosition: true }];
  }
  if (kind.kind === 'lines') {
    const all = [plain('M400')];
    for (const text of kind[to]) all.push({ ...plain(text), end: afterLine(all.at(-1)?.end ?? end, text) });
    return all.map((step, index) => ({ ...step, checksPosition: index === all.length - 1 }));
  }
  const zMm = heightOf(to, geometry);
  const feed = zMm > from.zMm ? geometry.upFeedMmPerMin : geometry.downFeedMmPerMin;
  // If somebody jogged an axis at the display, the ink move would correct it, and the stroke would lack a piece: so the
  // position is checked once the pen is down.
  return [line(from, { zMm, pen: to }, feed, true)];
}

/** Where the plan ends after a line of the user's own: in absolute millimetres, as all lines are. */
function afterLine(from: Plan, text: string): Plan {
  if (!isMove(text)) return from;
  const words = wordsOf(text);
  const { xMm, yMm, zMm } = from;
  return { ...from, xMm: words.get('X') ?? xMm, yMm: words.get('Y') ?? yMm, zMm: words.get('Z') ?? zMm };
}

/** The lines of one move. */
function moveSteps(from: Plan, move: Move, geometry: PenGeometry, kind: PenKind): readonly Step[] {
  if (kind.kind === 'z') return zSteps(from, move, geometry);
  if (move.kind === 'pen') return move.to === from.pen ? [] : penSteps(from, move.to, geometry, kind);
  const place = { xMm: move.xMm, yMm: move.yMm };
  if (move.kind === 'ink') return [line(from, { ...place, pen: from.pen }, move.feedMmPerMin, true)];
  if (move.pen === from.pen) return [line(from, { ...place, pen: move.pen }, move.feedMmPerMin, true)];
  if (from.pen === 'up') {
    const there = line(from, { ...place, pen: from.pen }, move.feedMmPerMin, true);
    return [there, ...penSteps(there.end, move.pen, geometry, kind)];
  }
  const raised = penSteps(from, move.pen, geometry, kind);
  return [...raised, line({ ...from, pen: move.pen }, { ...place, pen: move.pen }, move.feedMmPerMin, true)];
}

/**
 * With a Z pen, heights are exact: one that is only nearly right (M114 reports two decimals, as after a stop) is sent
 * again, so that a rounding error never becomes the height of the paper.
 */
function zSteps(from: Plan, move: Move, geometry: PenGeometry): readonly Step[] {
  if (move.kind === 'ink') {
    return [line(from, { xMm: move.xMm, yMm: move.yMm, pen: from.pen }, move.feedMmPerMin, true)];
  }
  if (move.kind === 'travel') {
    const { xMm, yMm, pen, feedMmPerMin, riseToMm } = move;
    const isBelow = riseToMm !== undefined && from.zMm < riseToMm;
    const rise = isBelow ? [line(from, { zMm: riseToMm, pen: null }, geometry.upFeedMmPerMin, true)] : [];
    const above = rise[0]?.end ?? from;
    return [...rise, line(above, { xMm, yMm, zMm: heightOf(pen, geometry), pen }, feedMmPerMin, true)];
  }
  const isThere = move.to === from.pen && from.zMm === written(heightOf(move.to, geometry));
  return isThere ? [] : penSteps(from, move.to, geometry, { kind: 'z' });
}

/** The lines of several moves, one after the other. */
export function allSteps(from: Plan, moves: readonly Move[], geometry: PenGeometry, kind: PenKind): readonly Step[] {
  const steps: Step[] = [];
  let at = from;
  for (const move of moves) {
    steps.push(...moveSteps(at, move, geometry, kind));
    at = steps.at(-1)?.end ?? at;
  }
  return steps;
}
