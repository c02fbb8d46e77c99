import type { Clock } from '../domain/clock.ts';

/** More rounds of setImmediate than this between two timers, and something spins. */
const settleRoundsMax = 10_000;

/**
 * Time that moves only when `advance` or `runUntil` moves it. Timers run one by one in the order of their time (then of
 * their making); before the first and after each one, all promise jobs and setImmediate callbacks run until nothing is
 * left.
 */
export interface VirtualClock extends Clock {
  /** Moves time on by `ms`, running what falls due. What a task throws comes out here. */
  advance(ms: number): Promise<void>;
  /**
   * Runs timer after timer until `predicate` holds, and resolves with the time that took, in ms.
   * Throws when `limitMs` have passed or no timer is left, naming `what` was waited for.
   */
  runUntil(predicate: () => boolean, limitMs: number, what?: string): Promise<number>;
  /** Lets promise jobs and setImmediate callbacks run; time stands still. */
  settle(): Promise<void>;
  /** Shifts the wall time alone, as when a Pi hears the time from the network. */
  shiftWall(ms: number): void;
  /** When the next timer is due, null when there is none. */
  nextDueMs(): number | null;
}

/** Makes a virtual clock at 0 ms. `wallStartMs` is the wall time then: 2026-01-01 by default. */
export function virtualClock(wallStartMs = Date.UTC(2026, 0, 1)): VirtualClock {
  const timers = new TimerHeap();
  let nowMs = 0;
  let wallOffsetMs = wallStartMs;
  let made = 0;
  let running = false;

  /** Runs timers up to `untilMs` until `done` holds; returns whether it did. */
  async function run(untilMs: number, done: () => boolean): Promise<boolean> {
    if (running) throw new Error('the virtual clock is being moved already');
    running = true;
    try {
      await settle();
      while (!done()) {
        const next = timers.peek();
        if (next === undefined || next.dueMs > untilMs) return false;
        timers.pop();
        nowMs = Math.max(nowMs, next.dueMs);
        next.task();
        await settle();
      }
      return true;
    } finally {
      running = false;
    }
  }

  return {
    nowMs: () => nowMs,
    wallMs: () => Math.round(wallOffsetMs + nowMs),
    after: (delayMs, task) => {
      if (Number.isNaN(delayMs)) throw new RangeError('the delay is NaN');
      made += 1;
      const timer: Timer = { dueMs: nowMs + Math.max(0, delayMs), order: made, task, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
    advance: async (ms) => {
      if (!(ms >= 0)) throw new RangeError(`time does not move by ${ms} ms`);
      const untilMs = nowMs + ms;
      await run(untilMs, () => false);
      nowMs = untilMs;
    },
    runUntil: async (predicate, limitMs, what = 'what was waited for') => {
      const startMs = nowMs;
      if (await run(startMs + limitMs, predicate)) return nowMs - startMs;
      const left = timers.peek();
      if (left === undefined) throw new Error(`${what} cannot happen any more: no timer is left at ${nowMs} ms`);
      nowMs = Math.max(nowMs, startMs + limitMs);
      throw new Error(`${what} did not happen within ${limitMs} ms`);
    },
    settle,
    shiftWall: (ms) => {
      wallOffsetMs += ms;
    },
    nextDueMs: () => timers.peek()?.dueMs ?? null,
  };
}

/** An immediate runs after all promise jobs; one that made another is waited for again. */
async function settle(): Promise<void> {
  for (let round = 0; round < settleRoundsMax; round++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    if (!process.getActiveResourcesInfo().includes('Immediate')) return;
  }
  throw new Error(`setImmediate callbacks made new ones ${settleRoundsMax} times in a row`);
}

/** A task with its time; `order` keeps those of the same time in the order in which they were asked for. */
interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly task: () => void;
  cancelled: boolean;
}

function before(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** A binary heap of timers, the earliest on top. Cancelled ones are dropped when they surface. */
class TimerHeap {
  readonly #timers: Timer[] = [];

  push(timer: Timer): void {
    const timers = this.#timers;
    let index = timers.length;
    timers.push(timer);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = timers[parentIndex];
      if (parent === undefined || before(parent, timer)) break;
      timers[index] = parent;
      index = parentIndex;
    }
    timers[index] = timer;
  }

  /** The earliest timer that still counts, undefined when there is none. */
  peek(): Timer | undefined {
    while (this.#timers[0]?.cancelled) this.#dropTop();
    return this.#timers[0];
  }

  /** Takes the earliest timer out. */
  pop(): Timer | undefined {
    const top = this.peek();
    if (top !== undefined) this.#dropTop();
    return top;
  }

  #dropTop(): void {
    const timers = this.#timers;
    const last = timers.pop();
    if (last === undefined || timers.length === 0) return;
    let index = 0;
    for (;;) {
      const leftIndex = 2 * index + 1;
      const left = timers[leftIndex];
      if (left === undefined) break;
      const right = timers[leftIndex + 1];
      const [childIndex, child] =
        right !== undefined && before(right, left) ? [leftIndex + 1, right] : [leftIndex, left];
      if (before(last, child)) break;
      timers[index] = child;
      index = childIndex;
    }
    timers[index] = last;
  }
}
