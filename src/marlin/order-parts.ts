import type { Fault } from '../domain/fault.ts';
import type { Move } from '../domain/move.ts';
import type { PlotterResult } from '../domain/plotter.ts';
import type { PenGeometry, Point, StrokeRef } from '../domain/sheet.ts';
import { readAtRest } from './at-rest.ts';
import { plotterFaults } from './faults.ts';
import { allSteps, type Plan, penSteps, type Step } from './gcode.ts';
import type { Link } from './link.ts';
import { missed } from './missed.ts';
import { samePlace } from './place.ts';
import type { PlotterState } from './plotter-state.ts';
import { stream } from './stream.ts';

export const done: PlotterResult = { kind: 'done' };

export function refused(fault: Fault): PlotterResult {
  return { kind: 'refused', fault };
}

export function interrupted(fault: Fault): PlotterResult {
  return { kind: 'interrupted', fault, blemishes: [] };
}

/** What an order needs before it may move: a session, a proven plan's end, the heights of the pen. */
export interface Able {
  readonly link: Link;
  readonly plan: Plan;
  readonly geometry: PenGeometry;
  readonly park: Point;
}

/** What an order that a person watches needs. Only what brings the pen to rest may be done though the disk fails. */
export function able(state: PlotterState, whileDiskFails = false): Able | Fault {
  const { link, plan, geometry, park } = state;
  if (state.phase !== 'ready' || link === null || plan === null) return plotterFaults.notReady();
  if (state.fault !== null && !(whileDiskFails && state.fault.code === 'memory-failed')) return state.fault;
  if (geometry === null || park === null) return plotterFaults.noGeometry();
  return { link, plan, geometry, park };
}

/** What an order that nobody watches needs besides: a known origin. */
export function ableAlone(state: PlotterState, whileDiskFails = false): Able | Fault {
  const ready = able(state, whileDiskFails);
  if (isFault(ready)) return ready;
  if (state.waitsForPark || state.record.hover !== null) return plotterFaults.hoverUnconfirmed();
  return state.record.originKnown ? ready : plotterFaults.originUnknown();
}

export function isFault(value: Able | Fault): value is Fault {
  return 'code' in value;
}

/** From here on the pen is not where it was parked; on disk before the first move away. */
export function leavePark(state: PlotterState): Fault | null {
  return state.record.parked === null ? null : state.save({ parked: null });
}

/** Whether any of these would leave the bed. */
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

/** Sends steps; what their end means, with the marks that a mismatch may have left on account of `stroke`. */
export async function carry(
  state: PlotterState,
  link: Link,
  from: Plan,
  steps: readonly Step[],
  stroke: StrokeRef | null,
): Promise<PlotterResult> {
  const { certaintyLosses } = state;
  const unwritten = state.noteUnderWay(
    from,
    steps.map(({ end }) => end),
  );
  // What draws nothing makes nothing certain: on a failing disk the pen lifts and parks all the same.
  if (unwritten !== null && (stroke !== null || !state.noteHolds)) return refused(unwritten);
  const end = await stream(link, from, steps, state.watch(from, stroke));
  if (end.kind === 'lost')
    return interrupted(end.why === 'stopped' ? plotterFaults.stopped() : plotterFaults.lost(end.why));
  if (state.certaintyLosses !== certaintyLosses) return interrupted(plotterFaults.stopped());
  if (end.kind === 'done') return done;
  if (end.kind === 'mismatch') return missed(state, link, end, stroke);
  state.fault =
    end.kind === 'servo-astray' ? plotterFaults.servoAstray(end.text) : plotterFaults.unknownCommand(end.text);
  state.changed();
  const refusal = interrupted(state.fault);
  await leavePaper(state, link, from);
  return refusal;
}

/** The pen cannot be brought where it was meant to go: it is told to go up, once, lest it rests on the paper. */
async function leavePaper(state: PlotterState, link: Link, from: Plan): Promise<void> {
  const { geometry, settings, record } = state;
  if (geometry === null || !record.originKnown) return;
  const at = state.plan ?? from;
  await stream(link, at, penSteps(at, 'up', geometry, settings.pen), state.watch(at, null));
}

/** Waits until all that was accepted is executed; then all that was handed over is certain. */
export async function settle(state: PlotterState, link: Link): Promise<PlotterResult> {
  const { plan } = state;
  if (plan === null) return refused(plotterFaults.notReady());
  const wait: Step = { text: 'M400', end: plan, look: true, block: false };
  // Twice: one that became another command with the same checksum waits for nothing, and no look tells.
  const result = await carry(state, link, plan, [{ ...wait, look: false }, wait], null);
  if (result.kind !== 'done') return result;
  state.proveAll();
  const seen = await readAtRest(link);
  if (seen === null) return interrupted(plotterFaults.lost(link.lost ?? 'stuck'));
  if (state.plan !== null && samePlace(seen, state.plan)) state.restsAt(seen);
  return result;
}
