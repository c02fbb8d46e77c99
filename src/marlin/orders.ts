import type { PlannedStroke } from '../domain/move.ts';
import type { PlotterResult } from '../domain/plotter.ts';
import type { Body } from './body.ts';
import { startLines, userLines } from './due-lines.ts';
import { faults } from './faults.ts';
import { allSteps } from './gcode.ts';
import {
  able,
  ableToDraw,
  carry,
  done,
  go,
  interrupted,
  isFault,
  leavePark,
  refused,
  settle,
  strays,
} from './order-parts.ts';

/** Draws a stroke: resolves when its lines are accepted and looked at. */
export async function draw(body: Body, planned: PlannedStroke): Promise<PlotterResult> {
  const ready = ableToDraw(body);
  if (isFault(ready)) return refused(ready);
  const { link, geometry } = ready;
  const astray = strays(body, allSteps(ready.plan, planned.moves, geometry, body.settings.pen)) ?? leavePark(body);
  if (astray !== null) return refused(astray);
  if (body.isLow) {
    const raised = await raise(body);
    if (raised.kind !== 'done') return raised;
  }
  for (const which of ['start', 'sheet'] as const) {
    const sent = await userLines(body, link, which);
    if (sent.kind !== 'done') return sent;
  }
  const { plan } = body;
  if (plan === null) return refused(faults.notReady());
  const steps = allSteps(plan, planned.moves, geometry, body.settings.pen);
  body.lastStroke = planned.stroke;
  const { doubts } = body;
  const result = await carry(body, link, plan, steps, planned.stroke);
  if (result.kind !== 'done') return result;
  // Doubted in the instant in which its last line was proven.
  if (body.doubts !== doubts) return interrupted(faults.stopped());
  body.handOver(planned.stroke);
  return done;
}

/** Waits until all is executed; then all that was handed over is certain. */
export async function drain(body: Body): Promise<PlotterResult> {
  const ready = able(body);
  return isFault(ready) ? refused(ready) : settle(body, ready.link);
}

/** Lifts, travels to the park place, waits, and writes down where the pen rests. */
export async function park(body: Body): Promise<PlotterResult> {
  const ready = ableToDraw(body);
  if (isFault(ready)) return refused(ready);
  const { link, geometry, park: place } = ready;
  const there = async (): Promise<PlotterResult> => {
    const begun = await startLines(body, link);
    if (begun.kind !== 'done') return begun;
    const travel = { kind: 'travel', ...place, pen: 'up', feedMmPerMin: geometry.travelFeedMmPerMin } as const;
    const went = await go(body, link, geometry, [{ kind: 'pen', to: 'up' }, travel]);
    return went.kind === 'done' ? settle(body, link) : went;
  };
  const settled = await there();
  if (settled.kind !== 'done') return settled;
  if (body.settings.endLines.length > 0) {
    const sent = await userLines(body, link, 'end');
    if (sent.kind !== 'done') return sent;
    const again = await there();
    if (again.kind !== 'done') return again;
  }
  if (body.plan === null) return refused(faults.notReady());
  const { xMm, yMm, zMm } = body.plan;
  const fault = body.save({ parked: { xMm, yMm, zMm, epoch: body.record.epoch } });
  return fault === null ? done : refused(fault);
}

/** Raises the pen if it is not up. */
export async function raise(body: Body): Promise<PlotterResult> {
  const ready = able(body);
  if (isFault(ready)) return refused(ready);
  // Whatever becomes of the user's lines: the pen does not stay on the paper.
  const begun = await startLines(body, ready.link);
  const raised = await go(body, ready.link, ready.geometry, [{ kind: 'pen', to: 'up' }]);
  if (raised.kind !== 'done') return raised;
  body.raiseDue = false;
  return begun;
}
