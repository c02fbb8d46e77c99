import type { Move } from '../domain/move.ts';
import type { PlotterResult } from '../domain/plotter.ts';
import type { Point } from '../domain/sheet.ts';
import type { Body } from './body.ts';
import { startLines } from './due-lines.ts';
import { faults } from './faults.ts';
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
  refused,
  settle,
  strays,
} from './order-parts.ts';
import { raise } from './orders.ts';
import { freeMotors, liftOnce, nameThisPlace, restorePark } from './session.ts';
import { tell } from './tell.ts';

const longestJogMm = 100;
/** The tip touches the paper: that is the height from which all others are measured. */
const contactMm = 0;

function lost({ link }: Able): PlotterResult {
  return interrupted(faults.lost(link.lost ?? 'stuck'));
}

/** A person says that the tip touches the paper on the corner mark; with end switches the plotter then homes. */
export async function confirmOrigin(body: Body, hoverOver: Point | null): Promise<PlotterResult> {
  const ready = able(body);
  if (isFault(ready)) return refused(ready);
  if (body.settings.origin === 'endstops') {
    const homed = await homeFrom(body, ready, hoverOver);
    return homed.kind === 'done' ? hover(body, ready, hoverOver) : homed;
  }
  body.doubtAll();
  const forgotten = body.loseOrigin();
  if (forgotten !== null) return refused(forgotten);
  const named = await nameThisPlace(body, ready.link, { xMm: 0, yMm: 0, zMm: contactMm }, false, hoverOver);
  return named ? hover(body, ready, hoverOver) : lost(ready);
}

/** Lifts, and goes above the place that a person has to look at, if there is one. */
async function hover(body: Body, { link, geometry }: Able, hoverOver: Point | null): Promise<PlotterResult> {
  const begun = await startLines(body, link);
  if (begun.kind !== 'done') return begun;
  const moves: Move[] = [{ kind: 'pen', to: 'up' }];
  if (hoverOver !== null) {
    moves.push({ kind: 'travel', ...hoverOver, pen: 'up', feedMmPerMin: geometry.travelFeedMmPerMin });
  }
  const went = await go(body, link, geometry, moves);
  return went.kind === 'done' ? settle(body, link) : went;
}

/** A person saw that the pen lies right over its place, or still rests where it was parked. */
export async function confirmHover(body: Body): Promise<void> {
  const { link } = body;
  if (body.phase !== 'ready' || link === null) return;
  if (body.waitsForPark) {
    if ((await restorePark(body, link)) === 'failed') link.end('stuck');
  } else if (body.record.originKnown && body.record.hover !== null) {
    body.save({ hover: null });
  }
}

/** A person stops the pen that hovers: it does not lie right. The epoch ends, and a hand can move the gantry. */
export async function rejectHover(body: Body): Promise<PlotterResult> {
  const ready = able(body);
  if (isFault(ready)) return refused(ready);
  const forgotten = body.loseOrigin();
  if (forgotten !== null) return refused(forgotten);
  return (await freeMotors(body, ready.link)) ? done : lost(ready);
}

/** Raises the pen; where it is does not need to be known, but then it is done once only. */
export async function lift(body: Body): Promise<PlotterResult> {
  const ready = able(body);
  if (isFault(ready)) return refused(ready);
  if (body.record.originKnown) return raise(body);
  if (body.record.liftDone) return refused(faults.liftDone());
  return (await liftOnce(body, ready.link)) ? done : lost(ready);
}

/** Moves by mm from where the pen is; while the origin is unknown only a person may ask for it. */
export async function jog(body: Body, dxMm: number, dyMm: number, dzMm: number): Promise<PlotterResult> {
  const ready = able(body);
  if (isFault(ready)) return refused(ready);
  if (![dxMm, dyMm, dzMm].every((mm) => Math.abs(mm) <= longestJogMm)) return refused(faults.jogTooFar());
  const { link, geometry } = ready;
  if (body.record.originKnown && presses(ready, dzMm)) return refused(faults.intoPaper());
  const begun = await startLines(body, link);
  if (begun.kind !== 'done') return begun;
  const known = body.record.originKnown;
  if (known && dzMm === 0) {
    const raised = await raise(body);
    if (raised.kind !== 'done') return raised;
  }
  const from = body.plan ?? ready.plan;
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
  const astray = known ? (strays(body, [step]) ?? leavePark(body)) : body.loseOrigin();
  if (astray !== null) return refused(astray);
  const moved = await carry(body, link, from, [step], null);
  if (moved.kind === 'done' && body.plan !== null) body.stand(body.plan);
  return moved;
}

/** Homes by the end switches; where Z has none, the tip touches the paper when this is asked for. */
export async function home(body: Body): Promise<PlotterResult> {
  const ready = able(body);
  if (isFault(ready)) return refused(ready);
  if (body.settings.origin !== 'endstops') return refused(faults.homingNotConfigured());
  const homed = await homeFrom(body, ready, null);
  return homed.kind === 'done' ? raise(body) : homed;
}

async function homeFrom(body: Body, ready: Able, hoverOver: Point | null): Promise<PlotterResult> {
  const { link, geometry, plan } = ready;
  const { homeAt, zHomesUp, pen } = body.settings;
  body.doubtAll();
  const forgotten = body.loseOrigin();
  if (forgotten !== null) return refused(forgotten);
  const begun = await startLines(body, link);
  if (begun.kind !== 'done') return begun;
  let { zMm } = homeAt;
  if (zHomesUp) {
    if ((await tell(link, 'G28 Z')) === null) return lost(ready);
  } else {
    for (const text of ['M17', `G92 Z${contactMm}`]) {
      if ((await tell(link, text)) === null) return lost(ready);
    }
    const from: Plan = { ...plan, zMm: contactMm, pen: null };
    const up = penSteps(from, 'up', geometry, pen);
    const raised = await carry(body, link, from, up, null);
    if (raised.kind !== 'done') return raised;
    zMm = up.at(-1)?.end.zMm ?? contactMm;
  }
  if ((await tell(link, 'G28 X Y')) === null) return lost(ready);
  const named = await nameThisPlace(body, link, { xMm: homeAt.xMm, yMm: homeAt.yMm, zMm }, false, hoverOver);
  return named ? done : lost(ready);
}
