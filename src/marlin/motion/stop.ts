import { type Cancel, type Clock, sleep } from '../../domain/clock.ts';
import type { PlotterResult } from '../../domain/plotter.ts';
import { plotterFaults } from '../faults.ts';
import { freeMotors } from '../session/session.ts';
import type { Link, QuickStop } from '../wire/link.ts';
import type { Place } from '../wire/replies.ts';
import { rejectHover } from './manual.ts';
import { becomeStill, judgeFlight, quietAfterStopMs, regainLink } from './mismatch.ts';
import { done, interrupted, raise, refused } from './orders.ts';
import type { PlotterState } from './plotter-state.ts';

/** Keeps to the promise that a dead link is noticed within 6 s, also after a stop. */
const silenceMaxMs = 5500;
/** Bytes that are still with the driver when a port is closed may be lost. */
const onItsWayMs = 200;
/**
 * How long a stop without a session takes: sent twice at once, once more after the second in which the firmware drops
 * moves, and then another such second.
 */
export const blindStopMs = 1200 + quietAfterStopMs;

/** Stops at once; `ended` resolves when the order under way has ended, `alone` waits for the line to be free. */
export async function stopNow(
  state: PlotterState,
  link: Link,
  clock: Clock,
  ended: () => Promise<unknown>,
  alone: <T>(run: () => Promise<T>) => Promise<T>,
): Promise<PlotterResult> {
  let cancel: Cancel = () => {};
  try {
    // Before anything else: what follows may take long on a slow disk.
    const stop = link.stop(state.settings.stopWith, state.emergencyParser);
    state.cutShort();
    const stoppedMs = clock.nowMs();
    cancel = clock.after(Math.max(0, link.heardMs + silenceMaxMs - stoppedMs), () => {
      if (clock.nowMs() - link.heardMs >= silenceMaxMs) link.end('silent');
    });
    await ended();
    if (state.settings.stopWith === 'M112') {
      await sleep(clock, onItsWayMs);
      link.end('halted');
      const forgotten = state.keeper.originIsLost();
      return forgotten === null ? done : refused(forgotten);
    }
    await becomeStill(link, stop);
    return await alone(() => regain(state, link, stop));
  } finally {
    cancel();
  }
}

/**
 * After a stop: reads the last line and the place of the pen, and raises it; or releases the motors where these are
 * unknown.
 */
async function regain(state: PlotterState, link: Link, { wasLate }: QuickStop): Promise<PlotterResult> {
  const lost = () => refused(plotterFaults.lost(link.lost ?? 'stuck'));
  const seen = await regainLink(state, link);
  if (seen === null) return lost();
  judgeFlight(state, seen, wasLate);
  state.stand(seen);
  if (!state.record.originKnown) return (await freeMotors(state, link)) ? done : lost();
  const raised = isHigh(state, seen) ? done : await raise(state);
  if (raised.kind === 'interrupted') {
    // Nobody waits for this result but the one who wanted a stop.
    state.reportStrayMarks(raised.strayMarks);
    return interrupted(raised.fault);
  }
  state.risen();
  return state.record.hover === null ? raised : rejectHover(state);
}

/** A pen that a person was raising by hand is not lowered by a stop. */
function isHigh({ settings, geometry }: PlotterState, { zMm }: Place): boolean {
  return settings.pen.kind === 'z' && geometry !== null && zMm >= geometry.upMm;
}
