/** Cancels what was scheduled; calling it again, or too late, does nothing. */
export type Cancel = () => void;

/**
 * The only source of time. `nowMs` measures, `wallMs` is for people and is never used to measure or to order:
 * a Pi has no clock of its own, so its wall time jumps when the network answers.
 */
export interface Clock {
  /** Milliseconds since an arbitrary start; never jumps, never goes back. */
  nowMs(): number;
  /** Whole milliseconds since 1970 as far as this machine knows. */
  wallMs(): number;
  /**
   * Runs `task` once, `delayMs` from now at the earliest; tasks run in the order of their times, those of the same time in
   * the order in which they were asked for.
   */
  after(delayMs: number, task: () => void): Cancel;
}

/** Waits on the given clock. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}

/** A number from 0 up to, not including, 1; seeded in tests. */
export type Random = () => number;
