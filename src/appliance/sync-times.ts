import type { Clock } from '../domain/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Upper bounds in ms of what writes are sorted into; the last class has none. */
export const syncBoundsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000] as const;

/** How long durable writes of the ledger took since the start. */
export interface SyncTimes {
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
  /** How many took at most each of `syncBoundsMs`. */
  readonly within: readonly number[];
}

/** The same ledger, with its writes timed. */
export function timedLedger(ledger: Ledger, clock: Clock) {
  const within = syncBoundsMs.map(() => 0);
  let count = 0;
  let sumMs = 0;
  let maxMs = 0;

  function timed<Args extends readonly unknown[], Result>(write: (...args: Args) => Result) {
    return (...args: Args): Result => {
      const startedMs = clock.nowMs();
      try {
        return write(...args);
      } finally {
        const tookMs = clock.nowMs() - startedMs;
        count += 1;
        sumMs += tookMs;
        maxMs = Math.max(maxMs, tookMs);
        syncBoundsMs.forEach((boundMs, index) => {
          if (tookMs <= boundMs) within[index] = (within[index] ?? 0) + 1;
        });
      }
    };
  }

  const timedOne: Ledger = {
    ...ledger,
    record: timed(ledger.record),
    write: (work) => timed(() => ledger.write(work))(),
    turnSheet: timed(ledger.turnSheet),
    amend: (work) => timed(() => ledger.amend(work))(),
  };
  return { ledger: timedOne, times: (): SyncTimes => ({ count, sumMs, maxMs, within: [...within] }) };
}
