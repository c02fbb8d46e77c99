import type { PlannedStroke } from '../domain/move.ts';
import type { PlotterResult } from '../domain/plotter.ts';
import { startLines, userLines } from './due-lines.ts';
import { plotterFaults } from './faults.ts';
import { allSteps } from './gcode.ts';
import {
  able,
  ableAlone,
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
import type { PlotterState } from './plotter-state.ts';

/** So many strokes are drawn between two times that a planner of unknown size runs empty. */
const unprovenMax = 8;

/** Draws a stroke: resolves when its lines are accepted and looked at. */
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
  const steps = allSteps(plan, planned.moves, geometry, state.settings.pen);
  state.lastStroke = planned.stroke;
  const { certaintyLosses } = state;
  const result = await carry(state, link, plan, steps, planned.stroke);
  if (result.kind !== 'done') return result;
  // Doubted in the instant in which its last line was proven.
  if (state.certaintyLosses !== certaintyLosses) return interrupted(plotterFaults.stopped());
  state.handOver(planned.stroke);
  // Where nobody knows what the planner holds, only one that ran empty proves anything.
  return state.depth === null && state.unproven >= unprovenMax ? settle(state, link) : done;
}

/** Waits until all is executed; then all that was handed over is certain. */
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
  const fault = state.save({ parked: { xMm, yMm, zMm, epoch: state.record.epoch } });
  return fault === null ? done : refused(fault);
}

/** Raises the pen if it is not up. */
export async function raise(state: PlotterState): Promise<PlotterResult> {
  const ready = able(state, true);
  if (isFault(ready)) return refused(ready);
  // Whatever becomes of the user's lines: the pen does not stay on the paper.
  const begun = await startLines(state, ready.link);
  const raised = await go(state, ready.link, ready.geometry, [{ kind: 'pen', to: 'up' }]);
  if (raised.kind !== 'done') return raised;
  state.raiseDue = false;
  return begun;
}
