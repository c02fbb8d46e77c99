import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { counted } from '../domain/plain-text.ts';

/** The first that is left out is logged at once, those that follow within a minute together. */
const gatherMs = 60_000;

/** Counts texts that were left out because too many waited, and logs them. */
export class LeftOut {
  readonly #clock: Clock;
  readonly #log: Log;
  #unsaid = 0;
  #cancel: Cancel | null = null;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  add(): void {
    this.#unsaid += 1;
    if (this.#cancel !== null) return;
    this.report();
    this.#cancel = this.#clock.after(gatherMs, () => this.report());
  }

  report(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#unsaid === 0) return;
    const many = `As many texts of gifts wait for a plate as may: ${counted(this.#unsaid, 'more was', 'more were')}`;
    this.#log.warn(`${many} left out. The gifts are credited all the same.`);
    this.#unsaid = 0;
  }
}
