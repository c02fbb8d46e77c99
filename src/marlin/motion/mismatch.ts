import { sleep } from '../../domain/clock.ts';
import type { PlotterResult, Rest, StrayMark } from '../../domain/plotter.ts';
import type { StrokeRef } from '../../domain/sheet.ts';
import { plotterFaults } from '../faults.ts';
import { handshake } from '../session/handshake.ts';
import { placeByCounts, placeByRest } from '../wire/counts.ts';
import { type Link, type QuickStop, sendAllUntilAccepted, unitsAndMode } from '../wire/link.ts';
import { type Place, type Position, samePlace } from '../wire/replies.ts';
import { isMeant, lies, type Way, waysAskew } from './certainty.ts';
import { type Plan, penSteps } from './gcode.ts';
import type { PlotterState } from './plotter-state.ts';
import { checkPositionSurely, type StreamEnd, stream } from './stream.ts';

/** After M410 moves are dropped for a second; only then is M114 true. */
export const quietAfterStopMs = 1200;
const stopMaxMs = 8000;

/** Waits until a stopped firmware no longer drops moves and sends nothing more, or the link is lost. */
export async function becomeStill(link: Link, stop: QuickStop): Promise<void> {
  const { clock } = link;
  const stoppedMs = clock.nowMs();
  let quietMs = 0;
  const isStill = () => stop.isDone && quietMs >= quietAfterStopMs;
  while (!isStill() && clock.nowMs() - stoppedMs < stopMaxMs && link.lost === null) {
    await sleep(clock, Math.max(1, quietAfterStopMs - quietMs));
    quietMs = clock.nowMs() - Math.max(link.heardMs, stop.lastMs);
  }
  stop.end();
}

/**
 * Synchronises line numbers with a firmware that stands still, and reads where the pen is; null when the session is
 * lost.
 */
export async function regainLink(state: PlotterState, link: Link): Promise<Position | null> {
  const { personStops } = state;
  if (link.lost !== null) return null;
  const heard = await handshake(link, link.clock);
  if (heard.kind !== 'marlin') link.end('silent');
  else if (!isOurs(state, heard.lastLine)) link.end('numbering');
  if (heard.kind !== 'marlin' || link.lost !== null) return null;
  // Stopped again meanwhile: the later stop synchronises again.
  if (state.personStops !== personStops) return null;
  link.adopt(heard.lastLine);
  link.held = false;
  return checkPositionSurely(link);
}

function isOurs({ record }: PlotterState, lastLine: number): boolean {
  return record.lineBase !== null && lastLine >= record.lineBase;
}

/** How often a stop is tried before the wrong line is taken for executed. */
const stopsMax = 2;
/** M114 reports hundredths of a millimetre: a pen that stands further than this from the planned path has left it. */
const reportedMm = 0.01;
/** So exactly step counts show where a pen stands that has come a long way. */
const countedMm = 1;
/** How often lifting the pen is tried. */
const liftsMax = 8;

type Mismatch = Extract<StreamEnd, { kind: 'mismatch' }>;

/**
 * The plan ends elsewhere than meant. That is known before the wrong line is executed, usually by seconds: the plan is
 * dropped, so that it never is. What the pen had passed by then is executed; the rest is drawn again in its place.
 */
export async function missed(
  state: PlotterState,
  link: Link,
  miss: Mismatch,
  stroke: StrokeRef | null,
): Promise<PlotterResult> {
  const why = plotterFaults.mismatch(named(miss.step.end), named(miss.seen));
  state.log.warn(why.what);
  const isTooOften = state.missed();
  if (miss.renamed) {
    const marks = marksOfRenamed(state, link, miss, stroke);
    state.stand(miss.seen);
    state.progress.landed();
    // Places and step counts moved apart: somebody gave the same place other coordinates, so the origin is unknown.
    state.keeper.originIsLost();
    link.end('numbering');
    return { kind: 'interrupted', fault: plotterFaults.originUnknown(), strayMarks: marks };
  }
  const marks: StrayMark[] = [];
  const isDropped = await dropMiss(state, link, miss, stroke, marks);
  const lifted = isDropped ? await liftSurely(state, link, stroke, marks) : 'cut-short';
  if (isTooOften || lifted === 'failed') {
    state.fail(plotterFaults.keepsMissing());
  }
  const wasStopped = lifted === 'cut-short' && link.lost === null;
  return { kind: 'interrupted', fault: wasStopped ? plotterFaults.stopped() : why, strayMarks: marks };
}

/**
 * The stray mark of a line that was planned in shifted coordinates: where its step counts lead, if that is elsewhere.
 */
function marksOfRenamed(
  state: PlotterState,
  link: Link,
  { from, step, seen }: Mismatch,
  stroke: StrokeRef | null,
): readonly StrayMark[] {
  const place = placeByCounts(link.gauge, seen);
  return samePlace(place, step.end) || lies(place, from, step.end)
    ? []
    : strayMarks(state, from, [step.end], place, stroke);
}

/**
 * Drops the plan with the wrong line, and notes the mark that this line has left, if it was begun. False when
 * communication was interrupted: `judgeFlight` then judges the lines on their way later.
 */
async function dropMiss(
  state: PlotterState,
  link: Link,
  { from, step, seen: wrong }: Mismatch,
  stroke: StrokeRef | null,
  marks: StrayMark[],
): Promise<boolean> {
  for (let stops = 1; ; stops += 1) {
    const { personStops } = state;
    const stop = link.stop('M410', state.emergencyParser, true);
    state.progress.dropsPlan();
    await becomeStill(link, stop);
    if (state.personStops !== personStops) return false;
    const seen = await regainLink(state, link);
    if (seen === null || state.personStops !== personStops) return false;
    if (samePlace(seen, wrong) && stops < stopsMax) continue;
    const isOnWay = passedBy(state, seen);
    const hasBegun = lies(seen, from, wrong) && !passedBy(state, seen, reportedMm);
    if (!isOnWay || hasBegun) marks.push(...strayMarks(state, from, [step.end], seen, stroke));
    state.progress.dropped(seen, !isOnWay && lies(seen, from, wrong));
    state.progress.landed();
    state.stand(seen);
    return true;
  }
}

/** Whether the pen stands on the planned path, before the wrong line. */
function passedBy({ progress: { trail, flight } }: PlotterState, seen: Place, withinMm?: number): boolean {
  return flight !== null && isMeant({ ...flight, ends: [] }, seen, trail, withinMm);
}

/**
 * What lines may have left on the paper that were to end at `meant` and ended at `seen`; nothing where the pen was
 * clear of the paper, or where nobody knows where the paper lies.
 */
export function strayMarks(
  state: PlotterState,
  from: Plan,
  meant: readonly Plan[],
  seen: Place,
  stroke: StrokeRef | null,
): readonly StrayMark[] {
  const { geometry, settings, record } = state;
  if (!record.originKnown || geometry === null) return [];
  const byZ = Math.min(from.zMm, seen.zMm) < geometry.hopMm - 0.05;
  const low = settings.pen.kind === 'z' ? byZ : [from, ...meant].some(({ pen }) => pen === 'down');
  if (!low) return [];
  return [
    {
      stroke: stroke ?? state.lastStroke,
      from: { xMm: from.xMm, yMm: from.yMm },
      to: { xMm: seen.xMm, yMm: seen.yMm },
      why: plotterFaults.mismatch(named(meant.at(-1) ?? from), named(seen)).what,
    },
  ];
}

/**
 * Called when communication goes on after a lost link or a stop. Lines that no position check had proven may have gone
 * elsewhere: the marks that they left are reported, and then nothing that was accepted before becomes certain.
 * `isLate`: the second stop came after a waiting line may have begun, or not at all.
 */
export function judgeFlight(state: PlotterState, seen: Place, isLate = false): void {
  const { flight } = state.progress;
  if (flight === null) return;
  const askew = isLate
    ? waysAskew(flight, state.progress.trail, seen, state.settings.certainAfterMoves).flatMap((way) =>
        askewMark(state, way, flight.stroke),
      )
    : [];
  const meant = isMeant(flight, seen, state.progress.wasStopped ? state.progress.trail : null);
  if (!meant) state.progress.loseCertainty();
  const marks = meant || askew.length > 0 ? askew : strayMarks(state, flight.from, flight.ends, seen, flight.stroke);
  state.progress.landed();
  state.reportStrayMarks(marks);
}

/**
 * The marks of a pen that was moved while the plotter was not connected, and whose place was given other coordinates:
 * from where it stood to where its step counts lead. To be called before it is written down that the origin is lost.
 */
export function marksOfUnheard(state: PlotterState, rest: Rest, named: Position): readonly StrayMark[] {
  const place = placeByRest(rest, named);
  const stroke = state.progress.flight?.stroke ?? null;
  const why =
    'While nobody heard the plotter, the pen was taken elsewhere and given another origin at its own display.';
  return stoodAt(state, rest, named, place).flatMap((from) =>
    strayMarks(state, from, [from], place, stroke).map((mark) => ({ ...mark, why })),
  );
}

/**
 * Where the pen may have stood before it was moved to `place`, as low as it may have been; none where it stands there.
 */
function stoodAt({ progress, record }: PlotterState, rest: Rest, named: Place, place: Place): readonly Plan[] {
  const { flight, trail, wasStopped } = progress;
  const { parked } = record;
  if (parked !== null) return samePlace(place, parked, countedMm) ? [] : [{ ...parked, pen: 'up' }];
  if (flight === null) {
    const [xMm, yMm, zMm] = rest.placeMm;
    const rested = { xMm, yMm, zMm, pen: 'down' } as const;
    if (samePlace(place, rested, countedMm)) return [];
    // How far it came since is unknown, and whoever moves it may also keep the coordinates of where it was.
    const kept = { ...rested, xMm: named.xMm, yMm: named.yMm };
    return samePlace(kept, rested) ? [rested] : [rested, { ...kept, zMm: place.zMm }];
  }
  const sent = [flight.from, ...flight.ends];
  const kept = sent.filter((end) => samePlace(end, named));
  const [first] = kept;
  if (first !== undefined) return [kept.find(({ pen }) => pen === 'down') ?? first];
  const way = wasStopped ? trail : null;
  if (isMeant(flight, place, way, countedMm)) return [];
  const { xMm, yMm } = isMeant(flight, named, way) ? named : flight.from;
  const pen = sent.some((end) => end.pen === 'down') ? 'down' : flight.from.pen;
  return [{ xMm, yMm, zMm: Math.min(...sent.map((end) => end.zMm)), pen }];
}

/** The stray mark of a line that was planned from where a stop had found the pen. */
function askewMark(state: PlotterState, { from, to }: Way, stroke: StrokeRef | null): readonly StrayMark[] {
  const why = 'After a stop the plotter may have gone on with a line that was waiting, from where it stood.';
  return strayMarks(state, from, [from], to, stroke).map((mark) => ({ ...mark, why }));
}

/**
 * Raises the pen from wherever the plan ends, after something went wrong; `failed` when no position check shows it up.
 */
async function liftSurely(
  state: PlotterState,
  link: Link,
  stroke: StrokeRef | null,
  marks: StrayMark[],
): Promise<'up' | 'failed' | 'cut-short'> {
  const { geometry, personStops } = state;
  // The wrong line may have been read as one that changes units or mode.
  if (!(await sendAllUntilAccepted(link, unitsAndMode))) return 'cut-short';
  for (let tries = 0; geometry !== null && tries < liftsMax; tries += 1) {
    const seen = await checkPositionSurely(link);
    if (seen === null || state.personStops !== personStops) return 'cut-short';
    const from = state.stand(seen);
    const up = penSteps(from, 'up', geometry, state.settings.pen);
    const end = await stream(link, from, up, state.progress.watch(from, stroke));
    if (end.kind === 'done') return 'up';
    if (end.kind === 'lost') return 'cut-short';
    if (end.kind === 'mismatch' && !(await dropMiss(state, link, end, stroke, marks))) return 'cut-short';
  }
  return geometry === null ? 'up' : 'failed';
}

function named({ xMm, yMm, zMm }: Place): string {
  return `X ${xMm} Y ${yMm} Z ${zMm}`;
}
