import type { Random } from '../domain/random.ts';
import type { Point } from '../domain/sheet.ts';
import { type Board, boardOf } from './board.ts';
import type { Body } from './body.ts';
import { boardIn, isSameBoard } from './choose-port.ts';
import { startLines } from './due-lines.ts';
import { faults } from './faults.ts';
import { line, penSteps } from './gcode.ts';
import type { Link } from './link.ts';
import { judgeFlight } from './missed.ts';
import { type Found, isSameTalk, judgeOrigin, newLineBase, type OriginVerdict } from './origin.ts';
import { lookSurely, type Place, samePlace, stream } from './stream.ts';
import { tell, tellAll, unitsAndMode } from './tell.ts';

/** Whether a session stands; `stranger`: it is another board than the one that was used before. */
export type Established = 'ready' | 'failed' | 'stranger';

/** What a session needs of the world. */
export interface Outside {
  readonly random: Random;
  readonly sheetIsEmpty: () => boolean;
  /** A board that is not the one that was used before waits for a person. */
  readonly strangerWaits: boolean;
}

/** What the greeting told, and what is known of the port. */
export interface Told extends Pick<Found, 'lastLine' | 'unheardMs' | 'wasUp'> {
  readonly device: string;
}

/** How often it is asked who it is. */
const mostTries = 20;
/** Below every base of line numbers, and not that of a board that began anew. */
const strangersLine = 1;

/**
 * Begins a session with a Marlin whose last line is known: looks, judges the origin, numbers the lines, sets units,
 * mode, motors, and how often it says that it is busy (a silent one is taken for dead). What must survive a power cut
 * is on disk before the line that makes it true.
 */
export async function establish(body: Body, link: Link, told: Told, outside: Outside): Promise<Established> {
  link.adopt(told.lastLine);
  const place = await lookSurely(link);
  if (place === null) return 'failed';
  const { identity } = body.record;
  // Before anything is written down: what is known about the right board must outlive a visit of another.
  const visitor = identity === null ? null : await readBoard(link, boardIn(identity));
  if (identity !== null && visitor === null) return 'failed';
  const sameTalk = isSameTalk(body.record, told.lastLine);
  const sameBoard = isSameBoard(identity, told.device, visitor?.uuid ?? null, sameTalk);
  if (!sameBoard && outside.strangerWaits) return 'stranger';
  const verdict = judgeOrigin({
    record: body.record,
    lastLine: told.lastLine,
    place,
    settings: body.settings,
    sheetIsEmpty: outside.sheetIsEmpty(),
    unheardMs: told.unheardMs,
    wasUp: told.wasUp,
    sameBoard,
  });
  if (!recordVerdict(body, verdict, told.lastLine, outside.random)) {
    if (sameTalk && !body.record.originKnown) await endTalk(link);
    return 'failed';
  }
  const { lineBase } = body.record;
  if (lineBase !== null && !isSameTalk(body.record, link.lastLine)) {
    link.adopt(lineBase - 1);
    const numbered = await link.send(`M110 N${lineBase}`);
    if (numbered.kind !== 'accepted') return 'failed';
  }
  if (!(await tellAll(link, [...unitsAndMode, 'M84 S0']))) return 'failed';
  const keepalive = await tell(link, 'M113 S2');
  if (keepalive === null) return 'failed';
  link.saysBusy = !keepalive.unknown;
  const board = visitor ?? (await readBoard(link, null));
  if (board === null) return 'failed';
  body.board = board;
  body.stand(place);
  const taken = await takeOver(body, link, verdict, place);
  body.landed();
  return taken;
}

/** Writes down what the verdict ends, together with the new line base; begins nothing yet. */
function recordVerdict(body: Body, verdict: OriginVerdict, lastLine: number, random: Random): boolean {
  const { record } = body;
  const lineBase = isSameTalk(record, lastLine) ? record.lineBase : newLineBase(random());
  if (verdict.kind === 'goes-on' || verdict.kind === 'still-unknown') {
    return (!record.leftInOrder && !body.isUnwritten) || body.save({ leftInOrder: false }) === null;
  }
  const wasKnown = record.originKnown;
  const keepsPark = verdict.kind === 'restore' || verdict.kind === 'ask-park';
  const { parked } = record;
  const fault = body.save({
    lineBase,
    originKnown: false,
    // Kept until the place is restored; a session that fails before that asks a person.
    parked: keepsPark ? parked : null,
    hover: keepsPark && parked !== null ? { xMm: parked.xMm, yMm: parked.yMm } : null,
    liftDone: wasKnown ? parked !== null : record.liftDone,
    leftInOrder: false,
  });
  return fault === null;
}

/**
 * The disk does not take that the origin is lost: should the service die now, the next one must not know this board
 * again. So the board gets a line number of no base.
 */
async function endTalk(link: Link): Promise<void> {
  link.adopt(strangersLine - 1);
  await tell(link, `M110 N${strangersLine}`);
}

async function takeOver(body: Body, link: Link, verdict: OriginVerdict, place: Place): Promise<Established> {
  switch (verdict.kind) {
    case 'goes-on':
      judgeFlight(body, place);
      return 'ready';
    case 'ask-park':
      return 'ready';
    case 'restore':
      return restorePark(body, link);
    case 'power-on':
      return (await nameThisPlace(body, link, { xMm: 0, yMm: 0, zMm: 0 }, false)) ? 'ready' : 'failed';
    default:
      return letGo(body, link);
  }
}

/** The pen rests where it was parked: gives that place its name again and begins an epoch. */
export async function restorePark(body: Body, link: Link): Promise<Established> {
  const { parked } = body.record;
  if (parked === null) return 'failed';
  return (await nameThisPlace(body, link, parked, true)) ? 'ready' : 'failed';
}

/** Says that the pen stands at `place`, checks that the firmware agrees, and begins an epoch. */
export async function nameThisPlace(
  body: Body,
  link: Link,
  place: Place,
  parked: boolean,
  hover: Point | null = null,
): Promise<boolean> {
  // The motors hold before the place is named, so that nothing slips between the two.
  if ((await tell(link, 'M17')) === null) return false;
  if ((await tell(link, `G92 X${place.xMm} Y${place.yMm} Z${place.zMm}`)) === null) return false;
  // A new name for the place: what was learnt about counts and places does not hold across it.
  link.gauge = { ...link.gauge, reference: null };
  const seen = await lookSurely(link);
  if (seen === null) return false;
  if (!samePlace(seen, place)) {
    link.end('numbering');
    return false;
  }
  body.landed();
  const epoch = body.record.epoch + 1;
  const { xMm, yMm, zMm } = place;
  body.stand(place);
  return (
    body.save({
      epoch,
      originKnown: true,
      parked: parked ? { xMm, yMm, zMm, epoch } : null,
      hover,
      liftDone: false,
    }) === null
  );
}

/** The origin is unknown: raises the pen once, and lets go of the motors so that a hand can move the gantry. */
async function letGo(body: Body, link: Link): Promise<Established> {
  if (!body.record.liftDone && body.record.epoch > 0 && body.geometry !== null) {
    if (!(await liftOnce(body, link))) return 'failed';
  }
  return (await freeMotors(body, link)) ? 'ready' : 'failed';
}

/** Lets a hand move the gantry, unless the plotter finds its origin all by itself. */
export async function freeMotors({ settings }: Body, link: Link): Promise<boolean> {
  if (settings.origin === 'endstops' && settings.zHomesUp) return true;
  return (await tell(link, 'M84')) !== null;
}

/** The one lift of an unknown epoch, from wherever the pen is. */
export async function liftOnce(body: Body, link: Link): Promise<boolean> {
  const { geometry, plan } = body;
  if (geometry === null || plan === null) return false;
  await startLines(body, link);
  if (body.save({ liftDone: true }) !== null) return false;
  const { pen } = body.settings;
  const higher = { zMm: plan.zMm + geometry.upMm, pen: null };
  const up =
    pen.kind === 'z' ? [line(plan, higher, geometry.upFeedMmPerMin, true)] : penSteps(plan, 'up', geometry, pen);
  const end = await stream(link, plan, up, body.watch(plan, null));
  if (end.kind !== 'done') {
    body.log.warn(end.kind === 'lost' ? faults.lost(end.why).what : 'The pen could not be raised.');
    return false;
  }
  return true;
}

/**
 * Asks who it is. Answers carry no checksum: another id than the expected one has to be told twice, and none at all
 * more often, since a longer line is disturbed more easily.
 */
async function readBoard(link: Link, expectedUuid: string | null): Promise<Board | null> {
  const heard = new Map<string | null, number>();
  let board: Board | null = null;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const told = await tell(link, 'M115');
    if (told === null) return null;
    board = boardOf(told.said);
    const alike = (heard.get(board.uuid) ?? 0) + 1;
    heard.set(board.uuid, alike);
    if (board.uuid !== null && (board.uuid === expectedUuid || alike >= 2)) return board;
    if (board.uuid === null && expectedUuid === null && alike >= 3) return board;
  }
  return board;
}
