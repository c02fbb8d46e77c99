import type { Random } from '../../domain/clock.ts';
import type { StrayMark } from '../../domain/plotter.ts';
import type { Point } from '../../domain/sheet.ts';
import { plotterFaults } from '../faults.ts';
import { line, penSteps } from '../motion/gcode.ts';
import { judgeFlight, marksOfUnheard } from '../motion/mismatch.ts';
import { startLines } from '../motion/orders.ts';
import type { PlotterState } from '../motion/plotter-state.ts';
import { checkPositionSurely, comeToRest, readAtRest, stream } from '../motion/stream.ts';
import { type Board, boardId, boardOf } from '../wire/board.ts';
import { boardIn, isSameBoard } from '../wire/choose-port.ts';
import { isRenamed, rested } from '../wire/counts.ts';
import { type Link, sendAllUntilAccepted, sendUntilAccepted, unitsAndMode, waitForRest } from '../wire/link.ts';
import type { PortInfo } from '../wire/port.ts';
import { type Place, type Position, samePlace } from '../wire/replies.ts';
import { type Found, isSameNumbering, judgeOrigin, newLineBase, type OriginVerdict } from './origin.ts';

/** Whether a session is ready; `stranger`: it is another board than the one that was used before. */
type Established = 'ready' | 'failed' | 'stranger';

/** What a session needs of the world. */
interface Outside {
  readonly random: Random;
  readonly sheetIsEmpty: () => boolean;
  /** A board that is not the one that was used before waits for a person. */
  readonly strangerWaits: boolean;
}

/** What the handshake showed, and what is known of the port. */
export interface HandshakeResult extends Pick<Found, 'lastLine' | 'unheardMs' | 'wasUp'> {
  readonly port: PortInfo;
  /** No other port could have the name that the plotter was remembered by. */
  readonly isAlone: boolean;
}

/** How often M115 is sent. */
const triesMax = 20;
/** Below every base of line numbers, and not that of a board that began anew. */
const strangersLine = 1;

/**
 * Begins a session with a Marlin whose last line is known: reads its place, judges the origin, numbers the lines, and
 * sets units, mode, motors, and how often it reports that it is busy (a silent one is taken for dead). What must
 * survive a power cut is on disk before the line that makes it true.
 */
export async function establish(
  state: PlotterState,
  link: Link,
  found: HandshakeResult,
  outside: Outside,
): Promise<Established> {
  link.adopt(found.lastLine);
  const place = await checkPositionSurely(link);
  if (place === null) return 'failed';
  const { identity } = state.record;
  // Before anything is written down: what is known about the right board must survive that another one is plugged in.
  const visitor = identity === null ? null : await readBoard(link, boardIn(identity));
  const visitorId = visitor === null ? null : boardId(visitor);
  if (identity !== null && visitor === null) return 'failed';
  const sameNumbering = isSameNumbering(state.record, found.lastLine);
  const sameBoard = isSameBoard(identity, found.port, visitorId, { sameNumbering, isAlone: found.isAlone });
  if (!sameBoard && outside.strangerWaits) return 'stranger';
  const looked = sameNumbering && sameBoard ? await lookForNewName(state, link, place) : notRenamed;
  if (looked === null) return 'failed';
  const verdict = judgeOrigin({
    record: state.record,
    lastLine: found.lastLine,
    place,
    settings: state.settings,
    sheetIsEmpty: outside.sheetIsEmpty(),
    unheardMs: found.unheardMs,
    wasUp: found.wasUp,
    sameBoard,
    renamed: looked.renamed,
  });
  // It has forgotten what it had accepted, or has drawn it in an unknown place.
  if (verdict.kind !== 'goes-on') state.progress.loseCertainty();
  if (!recordVerdict(state, verdict, sameBoard, found.lastLine, outside.random)) {
    if (sameNumbering && !state.record.originKnown) await forgetNumbering(link);
    return 'failed';
  }
  // Not before the disk has taken that the origin is lost: a session that fails at that would report them again.
  state.reportStrayMarks(looked.marks);
  const { lineBase } = state.record;
  if (lineBase !== null && !isSameNumbering(state.record, link.lastLine)) {
    link.adopt(lineBase - 1);
    const numbered = await link.send(`M110 N${lineBase}`);
    if (numbered.kind !== 'accepted') return 'failed';
  }
  if (!(await sendAllUntilAccepted(link, [...unitsAndMode, 'M84 S0']))) return 'failed';
  const keepalive = await sendUntilAccepted(link, 'M113 S2');
  if (keepalive === null) return 'failed';
  link.saysBusy = !keepalive.unknown;
  const board = visitor ?? (await readBoard(link, null));
  if (board === null) return 'failed';
  state.inSession({ board });
  state.stand(place);
  const taken = await takeOver(state, link, verdict, place, sameBoard);
  state.progress.landed();
  // Strokes that it had accepted wait for proof: a session that ends before that leaves the next one this place to
  // judge by.
  if (taken === 'ready' && state.progress.unproven > 0 && state.plan !== null) state.progress.watch(state.plan, null);
  return taken;
}

/**
 * Whether the place was given other coordinates since the last rest, and the marks that the pen may have left on its
 * way.
 */
interface Looked {
  readonly renamed: boolean;
  readonly marks: readonly StrayMark[];
}

const notRenamed: Looked = { renamed: false, marks: [] };

/**
 * Checks whether the place was given other coordinates although the board did not reset. Null when the session is lost.
 */
async function lookForNewName(state: PlotterState, link: Link, seen: Position): Promise<Looked | null> {
  const { record, log } = state;
  const { rest } = record;
  if (rest === null || rest.epoch !== record.epoch || !record.originKnown || !isRenamed(rest, seen)) return notRenamed;
  // A board may count what its motors have done so far; and one answer may have been disturbed.
  const still = await comeToRest(link);
  if (still === null) return null;
  if (!isRenamed(rest, still)) return notRenamed;
  log.warn('The plotter was given another origin at its own display.');
  return { renamed: true, marks: marksOfUnheard(state, rest, still) };
}

/** Writes down what the verdict ends, together with the new line base; begins nothing yet. */
function recordVerdict(
  state: PlotterState,
  verdict: OriginVerdict,
  sameBoard: boolean,
  lastLine: number,
  random: Random,
): boolean {
  const { record } = state;
  const lineBase = isSameNumbering(record, lastLine) ? record.lineBase : newLineBase(random());
  // Another board is not known to have a pen on the paper. From now on it is remembered, and without this its pen would
  // be raised by itself.
  const liftDone = !sameBoard || record.liftDone;
  if (verdict.kind === 'goes-on' || verdict.kind === 'still-unknown') {
    const isNoted = !record.leftInOrder && !state.keeper.isUnwritten && liftDone === record.liftDone;
    return isNoted || state.keeper.save({ leftInOrder: false, liftDone }) === null;
  }
  const wasKnown = record.originKnown;
  const keepsPark = verdict.kind === 'restore' || verdict.kind === 'ask-park';
  const { parked } = record;
  const fault = state.keeper.save({
    lineBase,
    originKnown: false,
    // Kept until the place is restored; a session that fails before that asks a person.
    parked: keepsPark ? parked : null,
    hover: keepsPark && parked !== null ? { xMm: parked.xMm, yMm: parked.yMm } : null,
    liftDone: sameBoard && wasKnown ? parked !== null : liftDone,
    leftInOrder: false,
  });
  return fault === null;
}

/**
 * The disk does not take that the origin is lost: should the service die now, the next one must not know this board
 * again. So the board gets a line number of no base.
 */
async function forgetNumbering(link: Link): Promise<void> {
  link.adopt(strangersLine - 1);
  await sendUntilAccepted(link, `M110 N${strangersLine}`);
}

async function takeOver(
  state: PlotterState,
  link: Link,
  verdict: OriginVerdict,
  place: Place,
  sameBoard: boolean,
): Promise<Established> {
  switch (verdict.kind) {
    case 'goes-on':
      // The session ended before it was known how far a dropped plan had come.
      if (state.progress.wasStopped) state.progress.loseCertainty();
      judgeFlight(state, place, state.progress.stopWasCut);
      return 'ready';
    case 'ask-park':
      return 'ready';
    case 'restore':
      return restorePark(state, link);
    case 'power-on':
      return (await nameThisPlace(state, link, { xMm: 0, yMm: 0, zMm: 0 }, false)) ? 'ready' : 'failed';
    default:
      return letGo(state, link, sameBoard);
  }
}

/** The pen rests where it was parked: sets the coordinates of that place again (G92) and begins an epoch. */
export async function restorePark(state: PlotterState, link: Link): Promise<Established> {
  const { parked } = state.record;
  if (parked === null) return 'failed';
  return (await nameThisPlace(state, link, parked, true)) ? 'ready' : 'failed';
}

/** Sets the coordinates of the pen to `place` (G92), checks that the firmware has taken them, and begins an epoch. */
export async function nameThisPlace(
  state: PlotterState,
  link: Link,
  place: Place,
  parked: boolean,
  hover: Point | null = null,
): Promise<boolean> {
  // Nothing may move, and the motors must hold, before the coordinates are set, so that nothing slips meanwhile.
  if (!(await waitForRest(link))) return false;
  if ((await sendUntilAccepted(link, 'M17')) === null) return false;
  if ((await sendUntilAccepted(link, `G92 X${place.xMm} Y${place.yMm} Z${place.zMm}`)) === null) return false;
  // With other coordinates, what was learnt about step counts and places does not hold any more.
  link.gauge = { ...link.gauge, reference: null };
  link.checkedCounts = null;
  const seen = await readAtRest(link);
  if (seen === null) return false;
  if (!samePlace(seen, place)) {
    link.end('numbering');
    return false;
  }
  state.progress.landed();
  const epoch = state.record.epoch + 1;
  const { xMm, yMm, zMm } = place;
  state.stand(place);
  return (
    state.keeper.save({
      epoch,
      originKnown: true,
      parked: parked ? { xMm, yMm, zMm, epoch } : null,
      hover,
      liftDone: false,
      rest: rested(null, epoch, seen),
    }) === null
  );
}

/**
 * The origin is unknown: raises the pen once, and releases the motors so that a hand can move the gantry. A board that
 * may be another machine is not moved.
 */
async function letGo(state: PlotterState, link: Link, sameBoard: boolean): Promise<Established> {
  if (sameBoard && !state.record.liftDone && state.record.epoch > 0 && state.geometry !== null) {
    if (!(await liftOnce(state, link))) return 'failed';
  }
  return (await freeMotors(state, link)) ? 'ready' : 'failed';
}

/** Lets a hand move the gantry, unless the plotter finds its origin all by itself. */
export async function freeMotors({ settings }: PlotterState, link: Link): Promise<boolean> {
  if (settings.origin === 'endstops' && settings.zHomesUp) return true;
  return (await sendUntilAccepted(link, 'M84')) !== null;
}

/** Raises the pen from wherever it is, which is done once while the origin is unknown. */
export async function liftOnce(state: PlotterState, link: Link): Promise<boolean> {
  const { geometry, plan } = state;
  if (geometry === null || plan === null) return false;
  await startLines(state, link);
  if (state.keeper.save({ liftDone: true }) !== null) return false;
  const { pen } = state.settings;
  const higher = { zMm: plan.zMm + geometry.upMm, pen: null };
  const up =
    pen.kind === 'z' ? [line(plan, higher, geometry.upFeedMmPerMin, true)] : penSteps(plan, 'up', geometry, pen);
  const end = await stream(link, plan, up, state.progress.watch(plan, null));
  if (end.kind !== 'done') {
    state.log.warn(end.kind === 'lost' ? plotterFaults.lost(end.why).what : 'The pen could not be raised.');
    return false;
  }
  return true;
}

/**
 * Asks the board for its name (M115). Answers carry no checksum: another id than the expected one has to come twice,
 * and none at all more often, since a longer line is disturbed more easily.
 */
async function readBoard(link: Link, expectedId: string | null): Promise<Board | null> {
  const heard = new Map<string | null, number>();
  let board: Board | null = null;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const answer = await sendUntilAccepted(link, 'M115');
    if (answer === null) return null;
    board = boardOf(answer.said);
    const id = boardId(board);
    const alike = (heard.get(id) ?? 0) + 1;
    heard.set(id, alike);
    if (id !== null && (id === expectedId || alike >= 2)) return board;
    if (id === null && expectedId === null && alike >= 3) return board;
  }
  return board;
}
