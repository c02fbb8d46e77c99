import { existsSync } from 'node:fs';
import type { Cancel, Clock } from '../domain/clock.ts';

/** Node's timers fire at once when asked for more than this. */
const timerMaxMs = 2 ** 31 - 1;

/**
 * The machine's clock. With a `factor` above 1 everything that uses it runs that much faster than real time:
 * delays shrink, `nowMs` and `wallMs` run ahead. Throws a RangeError for a factor that is no positive number.
 */
export function systemClock(factor = 1): Clock {
  if (!(factor > 0 && Number.isFinite(factor))) throw new RangeError(`the clock's factor is ${factor}`);
  const nowMs = () => performance.now() * factor;
  const startedMs = nowMs();
  const startedWallMs = Date.now();

  return {
    nowMs,
    wallMs: () => (factor === 1 ? Date.now() : Math.round(startedWallMs + nowMs() - startedMs)),
    after: (delayMs, task) => {
      if (Number.isNaN(delayMs)) throw new RangeError('the delay is NaN');
      return schedule(nowMs, factor, nowMs() + delayMs, task);
    },
  };
}

/** A timer of Node may fire a fraction of a millisecond early, and not reach far enough: look again each time. */
function schedule(nowMs: () => number, factor: number, dueMs: number, task: () => void): Cancel {
  let timer = setTimeout(look, realDelayMs());

  function realDelayMs(): number {
    return Math.min(timerMaxMs, Math.max(0, Math.ceil((dueMs - nowMs()) / factor)));
  }
  function look(): void {
    if (nowMs() >= dueMs) task();
    else timer = setTimeout(look, realDelayMs());
  }
  return () => clearTimeout(timer);
}

/** systemd-timesyncd, the time keeper of Raspberry Pi OS, makes this file once the network has set the time. */
const synchronizedFile = '/run/systemd/timesync/synchronized';

/** Every gift asks, and to look at a file costs more than to count the gift. */
const lookAgainMs = 1_000;
let looked = { atMs: Number.NEGATIVE_INFINITY, isThere: false };

/** Whether the wall time was heard from the network since the machine was switched on, as of the last second. */
export function clockIsSynchronized(): boolean {
  const nowMs = performance.now();
  if (!looked.isThere && nowMs - looked.atMs >= lookAgainMs)
    looked = { atMs: nowMs, isThere: existsSync(synchronizedFile) };
  return looked.isThere;
}
