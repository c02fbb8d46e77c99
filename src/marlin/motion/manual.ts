import type { Move } from '../../domain/motion.ts';
import type { PlotterResult } from '../../domain/plotter.ts';
import type { Point } from '../../domain/sheet.ts';
import { plotterFaults } from '../faults.ts';
import { freeMotors, liftOnce, nameThisPlace, restorePark } from '../session/session.ts';
import { sendUntilAccepted } from '../wire/link.ts';
import { line, type Plan, penSteps } from './gcode.ts';
import {
  type Able,
  able,
  carry,
  done,
  go,
  interrupted,
  isFault,
  leavePark,
  presses,
  raise,
  refused,
  settle,
  startLines,
  strays,
} from './orders.ts';
import type { PlotterState } from './plotter-state.ts';

const jogMaxMm = 100;
/** The tip touches the paper: that is the height from which all others are measured. */
const contactMm = 0;

function lost({ link }: Able): PlotterResult {
  return interrupted(plotterFaults.lost(link.lost ?? 'stuck'));
}

/** A person says that the tip touches the paper on the corner mark; with end switches the plotter then homes. */
export async function confirmOrigin(state: PlotterState, hoverOver: Point | null): Promise<PlotterResult> {
  const ready = able(state);
  if (isFault(ready)) return refused(ready);
  if (state.settings.origin === 'endstops') {
    const homed = await homeFrom(state, ready, hoverOver);
    return homed.kind === 'done' ? hover(state, ready, hoverOver) : homed;
  }
  state.progress.loseCertainty();
  const forgotten = state.keeper.loseOrigin();
  if (forgotten !== null) return refused(forgotten);
  const named = await nameThisPlace(state, ready.link, { xMm: 0, yMm: 0, zMm: contactMm }, false, hoverOver);
  return named ? hover(state, ready, hoverOver) : lost(ready);
}

/** Lifts, and goes above the place that a person has to look at, if there is one. */
async function hover(state: PlotterState, { link, geometry }: Able, hoverOver: Point | null): Promise<PlotterResult> {
  const begun = await startLines(state, link);
  if (begun.kind !== 'done') return begun;
  const moves: Move[] = [{ kind: 'pen', to: 'up' }];
  if (hoverOver !== null) {
    moves.push({ kind: 'travel', ...hoverOver, pen: 'up', feedMmPerMin: geometry.travelFeedMmPerMin });
  }
  const went = await go(state, link, geometry, moves);
  return went.kind === 'done' ? settle(state, link) : went;
}

/** A person has seen that the pen hovers exactly over its place, or still rests where it was parked. */
export async function confirmHover(state: PlotterState): Promise<void> {
  const { link } = state;
  if (state.phase !== 'ready' || link === null) return;
  if (state.waitsForPark) {
    if ((await restorePark(state, link)) === 'failed') link.end('stuck');
  } else if (state.record.originKnown && state.record.hover !== null) {
    state.keeper.save({ hover: null });
  }
}

/**
 * A person says that the hovering pen is in the wrong place: the epoch ends, and the motors are released so that a hand
 * can move the gantry.
 */
export async function rejectHover(state: PlotterState): Promise<PlotterResult> {
  const ready = able(state);
  if (isFault(ready)) return refused(ready);
  const forgotten = state.keeper.loseOrigin();
  if (forgotten !== null) return refused(forgotten);
  return (await freeMotors(state, ready.link)) ? done : lost(ready);
}

/** Raises the pen. It may be done without a known origin, but then only once. */
export async function lift(state: PlotterState): Promise<PlotterResult> {
  const ready = able(state);
  if (isFault(ready)) return refused(ready);
  if (state.record.originKnown) return raise(state);
  if (state.record.liftDone) return refused(plotterFaults.liftDone());
  return (await liftOnce(state, ready.link)) ? done : lost(ready);
}

/** Moves by mm from where the pen is; while the origin is unknown only a person may ask for it. */
export async function jog(state: PlotterState, dxMm: number, dyMm: number, dzMm: number): Promise<PlotterResult> {
  const ready = able(state);
  if (isFault(ready)) return refused(ready);
  if (![dxMm, dyMm, dzMm].every((mm) => Math.abs(mm) <= jogMaxMm)) return refused(plotterFaults.jogTooFar());
  const { link, geometry } = ready;
  if (state.record.originKnown && presses(ready, dzMm)) return refused(plotterFaults.intoPaper());
  const begun = await startLines(state, link);
  if (begun.kind !== 'done') return begun;
  const known = state.record.originKnown;
  if (known && dzMm === 0) {
    const raised = await raise(state);
    if (raised.kind !== 'done') return raised;
  }
  const from = state.plan ?? ready.plan;
  const step = line(
    from,
    {
      ...(dxMm === 0 ? {} : { xMm: from.xMm + dxMm }),
      ...(dyMm === 0 ? {} : { yMm: from.yMm + dyMm }),
      ...(dzMm === 0 ? {} : { zMm: from.zMm + dzMm }),
      pen: dzMm === 0 ? from.pen : null,
    },
    dzMm === 0 ? geometry.travelFeedMmPerMin : geometry.downFeedMmPerMin,
    true,
  );
  const astray = known ? (strays(state, [step]) ?? leavePark(state)) : state.keeper.loseOrigin();
  if (astray !== null) return refused(astray);
  const moved = await carry(state, link, from, [step], null);
  if (moved.kind === 'done' && state.plan !== null) state.stand(state.plan);
  return moved;
}

/** Homes by the end switches; where Z has none, the tip touches the paper when this is asked for. */
export async function homePlotter(state: PlotterState): Promise<PlotterResult> {
  const ready = able(state);
  if (isFault(ready)) return refused(ready);
  if (state.settings.origin !== 'endstops') return refused(plotterFaults.homingNotConfigured());
  const homed = await homeFrom(state, ready, null);
  return homed.kind === 'done' ? raise(state) : homed;
}

async function homeFrom(state: PlotterState, ready: Able, hoverOver: Point | null): Promise<PlotterResult> {
  const { link, geometry, plan } = ready;
  const { homeAt, zHomesUp, pen } = state.settings;
  state.progress.loseCertainty();
  const forgotten = state.keeper.loseOrigin();
  if (forgotten !== null) return refused(forgotten);
  const begun = await startLines(state, link);
  if (begun.kind !== 'done') return begun;
  let { zMm } = homeAt;
  if (zHomesUp) {
    if ((await sendUntilAccepted(link, 'G28 Z')) === null) return lost(ready);
  } else {
    for (const text of ['M17', `G92 Z${contactMm}`]) {
      if ((await sendUntilAccepted(link, text)) === null) return lost(ready);
    }
    const from: Plan = { ...plan, zMm: contactMm, pen: null };
    const up = penSteps(from, 'up', geometry, pen);
    const raised = await carry(state, link, from, up, null);
    if (raised.kind !== 'done') return raised;
    zMm = up.at(-1)?.end.zMm ?? contactMm;
  }
  if ((await sendUntilAccepted(link, 'G28 X Y')) === null) return lost(ready);
  const named = await nameThisPlace(state, link, { xMm: homeAt.xMm, yMm: homeAt.yMm, zMm }, false, hoverOver);
  return named ? done : lost(ready);
}
