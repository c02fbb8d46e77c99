import type { Fault } from '../domain/fault.ts';
import type { Move } from '../domain/move.ts';
import type { PlotterResult } from '../domain/plotter.ts';
import type { PenGeometry, Point, StrokeRef } from '../domain/sheet.ts';
import type { Body } from './body.ts';
import { faults } from './faults.ts';
import { allSteps, type Plan, penSteps, type Step } from './gcode.ts';
import type { Link } from './link.ts';
import { missed } from './missed.ts';
import { samePlace, stream } from './stream.ts';

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

/** What an order that a person watches needs. */
export function able(body: Body): Able | Fault {
  const { link, plan, geometry, park } = body;
  if (body.phase !== 'ready' || link === null || plan === null) return faults.notReady();
  if (body.fault !== null) return body.fault;
  if (geometry === null || park === null) return faults.noGeometry();
  return { link, plan, geometry, park };
}

/** What an order that nobody watches needs besides: a known origin. */
export function ableToDraw(body: Body): Able | Fault {
  const ready = able(body);
  if (isFault(ready)) return ready;
  if (body.waitsForPark || body.record.hover !== null) return faults.hoverUnconfirmed();
  return body.record.originKnown ? ready : faults.originUnknown();
}

export function isFault(value: Able | Fault): value is Fault {
  return 'code' in value;
}

/** From here on the pen is not where it was parked; on disk before the first move away. */
export function leavePark(body: Body): Fault | null {
  return body.record.parked === null ? null : body.save({ parked: null });
}

/** Whether any of these would leave the bed. */
export function strays(body: Body, steps: readonly { readonly end: Point }[]): Fault | null {
  const { xMinMm, xMaxMm, yMinMm, yMaxMm } = body.settings.bed;
  for (const { end } of steps) {
    if (end.xMm < xMinMm || end.xMm > xMaxMm || end.yMm < yMinMm || end.yMm > yMaxMm) {
      return faults.outsideBed(end.xMm, end.yMm);
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
  body: Body,
  link: Link,
  geometry: PenGeometry,
  moves: readonly Move[],
): Promise<PlotterResult> {
  const { plan } = body;
  if (plan === null) return refused(faults.notReady());
  const steps = allSteps(plan, moves, geometry, body.settings.pen);
  if (steps.length === 0) return done;
  const travels = steps.filter(({ end }) => !samePlace(end, { ...plan, zMm: end.zMm }));
  const fault = strays(body, travels) ?? leavePark(body);
  return fault === null ? carry(body, link, plan, steps, null) : refused(fault);
}

/** Sends steps; what their end means, with the marks that a mismatch may have left on account of `stroke`. */
export async function carry(
  body: Body,
  link: Link,
  from: Plan,
  steps: readonly Step[],
  stroke: StrokeRef | null,
): Promise<PlotterResult> {
  const { doubts } = body;
  const end = await stream(link, from, steps, body.watch(from, stroke));
  if (end.kind === 'lost') return interrupted(end.why === 'stopped' ? faults.stopped() : faults.lost(end.why));
  if (body.doubts !== doubts) return interrupted(faults.stopped());
  if (end.kind === 'done') return done;
  if (end.kind === 'mismatch') return missed(body, link, end, stroke);
  body.fault = end.kind === 'servo-astray' ? faults.servoAstray(end.text) : faults.unknownCommand(end.text);
  body.changed();
  const refusal = interrupted(body.fault);
  await leavePaper(body, link, from);
  return refusal;
}

/** The pen cannot be brought where it was meant to go: it is told to go up, once, lest it rests on the paper. */
async function leavePaper(body: Body, link: Link, from: Plan): Promise<void> {
  const { geometry, settings, record } = body;
  if (geometry === null || !record.originKnown) return;
  const at = body.plan ?? from;
  await stream(link, at, penSteps(at, 'up', geometry, settings.pen), body.watch(at, null));
}

/** Waits until all that was accepted is executed; then all that was handed over is certain. */
export async function settle(body: Body, link: Link): Promise<PlotterResult> {
  const { plan } = body;
  if (plan === null) return refused(faults.notReady());
  const wait: Step = { text: 'M400', end: plan, look: true, block: false };
  // Twice: one that became another command with the same checksum waits for nothing, and no look tells.
  const result = await carry(body, link, plan, [{ ...wait, look: false }, wait], null);
  if (result.kind === 'done') body.proveAll();
  return result;
}
