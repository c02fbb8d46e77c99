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
  const waiting = new WaitingTasks(nowMs, factor);

  return {
    nowMs,
    wallMs: () => (factor === 1 ? Date.now() : Math.round(startedWallMs + nowMs() - startedMs)),
    after: (delayMs, task) => {
      if (Number.isNaN(delayMs)) throw new RangeError('the delay is NaN');
      return waiting.add({ dueMs: nowMs() + delayMs, run: task });
    },
  };
}

interface WaitingTask {
  readonly dueMs: number;
  readonly run: () => void;
}

/**
 * Tasks in the order of their times, and one timer for the first. A timer of Node may fire a fraction of a millisecond
 * early, or not reach far enough; of two timers, the one that had to look again would come after the other.
 */
class WaitingTasks {
  readonly #nowMs: () => number;
  readonly #factor: number;
  readonly #tasks: WaitingTask[] = [];
  /** Takes back what will look at the first task; null: nothing will. */
  #cancelLook: (() => void) | null = null;
  /** A task runs: what comes next is decided once it is done, since most of them ask for the next. */
  #isRunning = false;

  constructor(nowMs: () => number, factor: number) {
    this.#nowMs = nowMs;
    this.#factor = factor;
  }

  add(task: WaitingTask): Cancel {
    let place = this.#tasks.length;
    while (place > 0 && (this.#tasks[place - 1]?.dueMs ?? 0) > task.dueMs) place -= 1;
    this.#tasks.splice(place, 0, task);
    if (place === 0) this.#lookInTime();
    return () => {
      const at = this.#tasks.indexOf(task);
      if (at !== -1) this.#tasks.splice(at, 1);
      if (at === 0) this.#lookInTime();
    };
  }

  #lookInTime(): void {
    if (this.#isRunning) return;
    this.#cancelLook?.();
    this.#cancelLook = null;
    const [first] = this.#tasks;
    if (first === undefined) return;
    const realMs = Math.ceil((first.dueMs - this.#nowMs()) / this.#factor);
    // A timer of Node takes a millisecond at least, and many tasks may be due.
    if (realMs <= 0) {
      const immediate = setImmediate(() => this.#look());
      this.#cancelLook = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(() => this.#look(), Math.min(timerMaxMs, realMs));
      this.#cancelLook = () => clearTimeout(timer);
    }
  }

  /** One task a turn: promises that one settles go on before the next, as between two timers of Node. */
  #look(): void {
    const [first] = this.#tasks;
    if (first === undefined || this.#nowMs() < first.dueMs) {
      this.#lookInTime();
      return;
    }
    this.#tasks.shift();
    this.#isRunning = true;
    try {
      first.run();
    } finally {
      this.#isRunning = false;
      this.#lookInTime();
    }
  }
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
