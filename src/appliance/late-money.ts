import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { givenBy } from '../domain/money.ts';
import { clockTime, counted } from '../domain/plain-text.ts';
import type { Recorded } from '../ledger/record.ts';

/** A platform takes some seconds of its own. */
const lateAfterMs = 120_000;
/** What a list brings after an absence is reported together. */
const gatherMs = 10_000;

/** Reports money that was given a while before it came, as while nobody listened: it is credited late. */
export class LateMoney {
  readonly #clock: Clock;
  readonly #log: Log;
  #count = 0;
  #oldestMs = Number.POSITIVE_INFINITY;
  #cancel: Cancel | null = null;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Takes what was written down just now. */
  add(records: readonly Recorded[]): void {
    for (const { event, isNew } of records) {
      if (!isNew || event.origin !== 'live' || givenBy(event) === null || event.atMs === null) continue;
      if (event.arrivedAtMs - event.atMs < lateAfterMs) continue;
      this.#count += 1;
      this.#oldestMs = Math.min(this.#oldestMs, event.atMs);
    }
    if (this.#count > 0) this.#cancel ??= this.#clock.after(gatherMs, () => this.report());
  }

  /** Reports at once what there is to report. */
  report(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#count === 0) return;
    const since = clockTime(this.#oldestMs, this.#clock.wallMs());
    const are = this.#count === 1 ? 'it is' : 'they are';
    this.#log.info(`${counted(this.#count, 'payment')} came late, given since ${since}; ${are} credited now.`);
    this.#count = 0;
    this.#oldestMs = Number.POSITIVE_INFINITY;
  }
}
