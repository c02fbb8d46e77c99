import type { Fault } from '../../domain/fault.ts';
import type { Move, PlannedStroke } from '../../domain/motion.ts';
import type { PersonsOrder, PlotterResult } from '../../domain/plotter.ts';
import type { PenGeometry, Point, StrokeRef } from '../../domain/sheet.ts';
import { plotterFaults } from '../faults.ts';
import { type Link, sendUntilAccepted } from '../wire/link.ts';
import { samePlace } from '../wire/replies.ts';
import { allSteps, type Plan, penSteps, type Step } from './gcode.ts';
import { missed } from './mismatch.ts';
import type { PlotterState } from './plotter-state.ts';
import { checkPositionSurely, readAtRest, stream } from './stream.ts';
import { isMove } from './user-lines.ts';

export const done: PlotterResult = { kind: 'done' };

export function refused(fault: Fault): PlotterResult {
  return { kind: 'refused', fault };
}

export function interrupted(fault: Fault): PlotterResult {
  return { kind: 'interrupted', fault, strayMarks: [] };
}

/** What an order needs to move the pen: a session, a proven end of the plan, and the heights of the pen. */
export interface Able {
  readonly link: Link;
  readonly plan: Plan;
  readonly geometry: PenGeometry;
  readonly park: Point;
}

/**
 * What an order needs while a person watches; a fault where it is missing. Only what brings the pen to rest may be done
 * while the disk fails.
 */
export function able(state: PlotterState, whileDiskFails = false): Able | Fault {
  const { link, plan, geometry, park } = state;
  if (state.phase !== 'ready' || link === null || plan === null) return plotterFaults.notReady();
  if (state.fault !== null && !(whileDiskFails && state.fault.code === 'memory-failed')) return state.fault;
  if (geometry === null || park === null) return plotterFaults.noGeometry();
  return { link, plan, geometry, park };
}

/** The same for an order that nobody watches, which also needs a known origin. */
export function ableAlone(state: PlotterState, whileDiskFails = false): Able | Fault {
  const ready = able(state, whileDiskFails);
  if (isFault(ready)) return ready;
  if (state.waitsForPark || state.record.hover !== null) return plotterFaults.hoverUnconfirmed();
  return state.record.originKnown ? ready : plotterFaults.originUnknown();
}

export function isFault(value: Able | Fault): value is Fault {
  return 'code' in value;
}

/** Notes on disk, before the first move, that the pen is not where it was parked any more. */
export function leavePark(state: PlotterState): Fault | null {
  return state.record.parked === null ? null : state.keeper.save({ parked: null });
}

/** The fault of steps that would leave the bed; null when none does. */
export function strays(state: PlotterState, steps: readonly { readonly end: Point }[]): Fault | null {
  const { xMinMm, xMaxMm, yMinMm, yMaxMm } = state.settings.bed;
  for (const { end } of steps) {
    if (end.xMm < xMinMm || end.xMm > xMaxMm || end.yMm < yMinMm || end.yMm > yMaxMm) {
      return plotterFaults.outsideBed(end.xMm, end.yMm);
    }
  }
  return null;
}

/** Where Z is known: whether a jog would take the tip lower than it ever goes to draw. At Z0 it touches the paper. */
export function presses({ plan, geometry }: Able, dzMm: number): boolean {
  return dzMm < 0 && plan.zMm + dzMm < Math.min(0, geometry.downMm);
}

/** Carries out moves that draw nothing, from wherever the plan ends. */
export async function go(
  state: PlotterState,
  link: Link,
  geometry: PenGeometry,
  moves: readonly Move[],
): Promise<PlotterResult> {
  const { plan } = state;
  if (plan === null) return refused(plotterFaults.notReady());
  const steps = allSteps(plan, moves, geometry, state.settings.pen);
  if (steps.length === 0) return done;
  const travels = steps.filter(({ end }) => !samePlace(end, { ...plan, zMm: end.zMm }));
  const fault = strays(state, travels) ?? leavePark(state);
  return fault === null ? carry(state, link, plan, steps, null) : refused(fault);
}

/** Sends steps and judges how that ended, with the marks that a mismatch in `stroke` may have left. */
export async function carry(
  state: PlotterState,
  link: Link,
  from: Plan,
  steps: readonly Step[],
  stroke: StrokeRef | null,
): Promise<PlotterResult> {
  const { certaintyLosses } = state.progress;
  const unwritten = state.progress.noteUnderWay(
    from,
    steps.map(({ end }) => end),
  );
  // Lifting and parking draw nothing, so nothing has to be on disk: they are done although the disk fails.
  if (unwritten !== null && (stroke !== null || !state.progress.noteHolds)) return refused(unwritten);
  const end = await stream(link, from, steps, state.progress.watch(from, stroke));
  if (end.kind === 'lost')
    return interrupted(end.why === 'stopped' ? plotterFaults.stopped() : plotterFaults.lost(end.why));
  if (state.progress.certaintyLosses !== certaintyLosses) return interrupted(plotterFaults.stopped());
  if (end.kind === 'done') return done;
  if (end.kind === 'mismatch') return missed(state, link, end, stroke);
  const { servoAstray, unknownCommand } = plotterFaults;
  const refusal = interrupted(state.fail((end.kind === 'servo-astray' ? servoAstray : unknownCommand)(end.text)));
  await leavePaper(state, link, from);
  return refusal;
}

/** The pen cannot get where it was meant to go: it is raised, in one try, so that it does not rest on the paper. */
async function leavePaper(state: PlotterState, link: Link, from: Plan): Promise<void> {
  const { geometry, settings, record } = state;
  if (geometry === null || !record.originKnown) return;
  const at = state.plan ?? from;
  await stream(link, at, penSteps(at, 'up', geometry, settings.pen), state.progress.watch(at, null));
}

/** Waits until all that was accepted is executed: then all strokes that were sent are certain. */
export async function settle(state: PlotterState, link: Link): Promise<PlotterResult> {
  const { plan } = state;
  if (plan === null) return refused(plotterFaults.notReady());
  const wait: Step = { text: 'M400', end: plan, checksPosition: true, block: false };
  // Twice: if noise turned one into another command with the same checksum, it waits for nothing, and no position check
  // shows that.
  const result = await carry(state, link, plan, [{ ...wait, checksPosition: false }, wait], null);
  if (result.kind !== 'done') return result;
  state.progress.proveAll();
  const seen = await readAtRest(link);
  if (seen === null) return interrupted(plotterFaults.lost(link.lost ?? 'stuck'));
  if (state.plan !== null && samePlace(seen, state.plan)) state.keeper.restsAt(seen);
  return result;
}

/**
 * Sends the user's start lines once in a session, before its first move. Lines that move the pen wait until its
 * position is known and it is clear of the paper.
 */
export function startLines(state: PlotterState, link: Link): Promise<PlotterResult> {
  const waits = state.settings.startLines.some(isMove) && (!state.record.originKnown || state.isLow);
  return waits ? Promise.resolve(done) : userLines(state, link, 'start');
}

/**
 * Sends the user's own lines that are due. They may move the pen, so the plan's end is read again afterwards. They stay
 * due until all were accepted: one that the firmware does not know is a fault that a person has to mend.
 */
export async function userLines(
  state: PlotterState,
  link: Link,
  which: 'start' | 'sheet' | 'end',
): Promise<PlotterResult> {
  const { settings } = state;
  const lines = { start: settings.startLines, sheet: settings.sheetLines, end: settings.endLines }[which];
  if (which !== 'end' && !state.isDue(which)) return done;
  if (lines.length > 0) {
    const sent = await sendAll(state, link, lines);
    if (sent.kind !== 'done') return sent;
  }
  if (which !== 'end') state.sentLines(which);
  return done;
}

async function sendAll(state: PlotterState, link: Link, lines: readonly string[]): Promise<PlotterResult> {
  const lost = (): PlotterResult => ({
    kind: 'interrupted',
    fault: plotterFaults.lost(link.lost ?? 'stuck'),
    strayMarks: [],
  });
  await link.catchUp();
  for (const text of [...lines, 'M400']) {
    const answer = await sendUntilAccepted(link, text);
    if (answer === null) return lost();
    if (answer.unknown) {
      return interrupted(state.fail(plotterFaults.unknownCommand(text)));
    }
  }
  const seen = await checkPositionSurely(link);
  if (seen === null) return lost();
  state.stand(seen);
  return done;
}

/** With a planner of unknown size, so many strokes are drawn before it is left to run empty. */
const unprovenMax = 8;

/** Draws a stroke: resolves when its lines are accepted and position-checked, which is before it is drawn. */
export async function draw(state: PlotterState, planned: PlannedStroke): Promise<PlotterResult> {
  const ready = ableAlone(state);
  if (isFault(ready)) return refused(ready);
  const { link, geometry } = ready;
  const astray = strays(state, allSteps(ready.plan, planned.moves, geometry, state.settings.pen)) ?? leavePark(state);
  if (astray !== null) return refused(astray);
  if (state.isLow) {
    const raised = await raise(state);
    if (raised.kind !== 'done') return raised;
  }
  for (const which of ['start', 'sheet'] as const) {
    const sent = await userLines(state, link, which);
    if (sent.kind !== 'done') return sent;
  }
  const { plan } = state;
  if (plan === null) return refused(plotterFaults.notReady());
  // Raising the pen, or lines of the user's own, may have left it elsewhere: the planned moves would draw from there.
  const { from } = planned;
  if (from !== null && !samePlace({ ...from, zMm: 0 }, { ...plan, zMm: 0 })) {
    return interrupted(plotterFaults.movedBefore());
  }
  const steps = allSteps(plan, planned.moves, geometry, state.settings.pen);
  state.begin(planned.stroke);
  const { certaintyLosses } = state.progress;
  const result = await carry(state, link, plan, steps, planned.stroke);
  if (result.kind !== 'done') return result;
  // Certainty was lost at the moment in which its last line was proven.
  if (state.progress.certaintyLosses !== certaintyLosses) return interrupted(plotterFaults.stopped());
  state.handOver(planned.stroke);
  // With a planner of unknown size, only an empty one proves anything.
  return state.depth === null && state.progress.unproven >= unprovenMax ? settle(state, link) : done;
}

/** Waits until everything is executed: then all strokes that were sent are certain. */
export async function drain(state: PlotterState): Promise<PlotterResult> {
  const ready = able(state, true);
  return isFault(ready) ? refused(ready) : settle(state, ready.link);
}

/** Lifts, travels to the park place, waits, and writes down where the pen rests. */
export async function park(state: PlotterState): Promise<PlotterResult> {
  const ready = ableAlone(state, true);
  if (isFault(ready)) return refused(ready);
  const { link, geometry, park: place } = ready;
  const there = async (): Promise<PlotterResult> => {
    const begun = await startLines(state, link);
    if (begun.kind !== 'done') return begun;
    const travel = { kind: 'travel', ...place, pen: 'up', feedMmPerMin: geometry.travelFeedMmPerMin } as const;
    const went = await go(state, link, geometry, [{ kind: 'pen', to: 'up' }, travel]);
    return went.kind === 'done' ? settle(state, link) : went;
  };
  const settled = await there();
  if (settled.kind !== 'done') return settled;
  if (state.settings.endLines.length > 0) {
    const sent = await userLines(state, link, 'end');
    if (sent.kind !== 'done') return sent;
    const again = await there();
    if (again.kind !== 'done') return again;
  }
  if (state.plan === null) return refused(plotterFaults.notReady());
  const { xMm, yMm, zMm } = state.plan;
  const fault = state.keeper.save({ parked: { xMm, yMm, zMm, epoch: state.record.epoch } });
  return fault === null ? done : refused(fault);
}

/** Raises the pen if it is not up. */
export async function raise(state: PlotterState): Promise<PlotterResult> {
  const ready = able(state, true);
  if (isFault(ready)) return refused(ready);
  // The pen is raised even where the user's lines fail.
  const begun = await startLines(state, ready.link);
  const raised = await go(state, ready.link, ready.geometry, [{ kind: 'pen', to: 'up' }]);
  if (raised.kind !== 'done') return raised;
  state.risen();
  return begun;
}

/** Why a person's order would be refused if it were given now; null when it would be carried out. */
export function refusalOf(state: PlotterState, order: PersonsOrder): Fault | null {
  const ready = order.kind === 'park' ? ableAlone(state, true) : able(state);
  if (isFault(ready)) return ready;
  const known = state.record.originKnown;
  switch (order.kind) {
    case 'park':
    case 'origin':
      return null;
    case 'lift':
      return !known && state.record.liftDone ? plotterFaults.liftDone() : null;
    case 'home':
      return state.settings.origin === 'endstops' ? null : plotterFaults.homingNotConfigured();
    case 'jog': {
      const { xMm, yMm } = ready.plan;
      if (known && presses(ready, order.dzMm)) return plotterFaults.intoPaper();
      return known ? strays(state, [{ end: { xMm: xMm + order.dxMm, yMm: yMm + order.dyMm } }]) : null;
    }
  }
}
