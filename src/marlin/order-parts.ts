import type { Fault } from '../domain/fault.ts';
import type { Move } from '../domain/move.ts';
import type { Blemish, PlotterResult } from '../domain/plotter.ts';
import type { PenGeometry, Point, StrokeRef } from '../domain/sheet.ts';
import type { Body } from './body.ts';
import { faults } from './faults.ts';
import { allSteps, type Plan, penSteps, type Step } from './gcode.ts';
import type { Link } from './link.ts';
import { tellPlainly } from './session.ts';
import { lookSurely, type Place, type StreamEnd, samePlace, stream } from './stream.ts';

export const done: PlotterResult = { kind: 'done' };
/** Mismatches in a row, without a stroke becoming certain in between, that a person has to look at. */
const mostMisses = 3;

export function refused(fault: Fault): PlotterResult {
  return { kind: 'refused', fault };
}

export function interrupted(fault: Fault, blemishes: readonly Blemish[] = []): PlotterResult {
  return { kind: 'interrupted', fault, blemishes };
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
  const end = await stream(link, from, steps, (plan, blocks) => body.prove(plan, blocks));
  if (end.kind === 'lost') return interrupted(end.why === 'stopped' ? faults.stopped() : faults.lost(end.why));
  if (body.doubts !== doubts) return interrupted(faults.stopped());
  if (end.kind === 'done') return done;
  if (end.kind === 'mismatch') return missed(body, link, end, stroke);
  body.fault = faults.unknownCommand(end.text);
  body.changed();
  return interrupted(body.fault);
}

/** Waits until all that was accepted is executed; then all that was handed over is certain. */
export async function settle(body: Body, link: Link): Promise<PlotterResult> {
  const { plan } = body;
  if (plan === null) return refused(faults.notReady());
  const wait: Step = { text: 'M400', end: plan, look: true, block: false };
  const result = await carry(body, link, plan, [wait], null);
  if (result.kind === 'done') body.proveAll();
  return result;
}

/** Sends lines of the user's own that are due, once; they may move the pen, so the plan's end is read anew. */
export async function userLines(body: Body, link: Link, which: 'start' | 'sheet' | 'end'): Promise<PlotterResult> {
  const { settings, due } = body;
  const lines = { start: settings.startLines, sheet: settings.sheetLines, end: settings.endLines }[which];
  if (which !== 'end') {
    if (!due[which]) return done;
    due[which] = false;
  }
  if (lines.length === 0) return done;
  for (const text of [...lines, 'M400']) {
    if ((await tellPlainly(link, text)) === null) return interrupted(faults.lost(link.lost ?? 'stuck'));
  }
  const seen = await lookSurely(link);
  if (seen === null) return interrupted(faults.lost(link.lost ?? 'stuck'));
  body.stand(seen);
  return done;
}

/** The plan ends elsewhere: what could have left a mark is a blemish; the pen lifts; what came before is still true. */
async function missed(
  body: Body,
  link: Link,
  miss: Extract<StreamEnd, { kind: 'mismatch' }>,
  stroke: StrokeRef | null,
): Promise<PlotterResult> {
  const { geometry } = body;
  const { from, step, seen } = miss;
  const why = faults.mismatch(tell(step.end), tell(seen));
  body.log.warn(why.what);
  body.misses += 1;
  body.stand(seen);
  const lowest = Math.min(from.zMm, seen.zMm);
  const byZ = geometry !== null && lowest < geometry.hopMm - 0.05;
  const mayHaveMarked = body.settings.pen.kind === 'z' ? byZ : from.pen === 'down' || step.end.pen === 'down';
  const blemishes: Blemish[] = [];
  if (stroke !== null && mayHaveMarked) {
    blemishes.push({
      stroke,
      from: { xMm: from.xMm, yMm: from.yMm },
      to: { xMm: seen.xMm, yMm: seen.yMm },
      why: why.what,
    });
  }
  if (miss.renamed) {
    // Places and step counts moved apart: somebody gave the place a new name, so the origin is not known any more.
    body.loseOrigin();
    link.end('numbering');
    return interrupted(faults.originUnknown(), blemishes);
  }
  const lifted = await liftSurely(body, link);
  if (body.misses >= mostMisses || !lifted) {
    body.fault = faults.keepsMissing();
    body.changed();
  }
  return interrupted(why, blemishes);
}

/** Raises the pen from wherever the plan ends, after something went wrong; false when it cannot be seen to be up. */
async function liftSurely(body: Body, link: Link): Promise<boolean> {
  const { geometry } = body;
  for (let tries = 0; geometry !== null && tries < mostMisses; tries += 1) {
    const seen = await lookSurely(link);
    if (seen === null) return true;
    const from = body.stand(seen);
    const up = penSteps(from, 'up', geometry, body.settings.pen);
    const end = await stream(link, from, up, (plan, blocks) => body.prove(plan, blocks));
    if (end.kind === 'done' || end.kind === 'lost') return true;
  }
  return geometry === null;
}

function tell({ xMm, yMm, zMm }: Place): string {
  return `X ${xMm} Y ${yMm} Z ${zMm}`;
}
