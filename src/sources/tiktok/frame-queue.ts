import type { Clock } from '../../domain/clock.ts';

/** Messages that are handled in one turn of the event loop: a few milliseconds of work, and one transaction for all. */
const mostPerTurn = 20;
/** So many frames wait at most before the socket is told to wait too. */
const mostWaiting = 400;

export interface FrameQueueDeps {
  readonly clock: Clock;
  /** Handles a frame; tells how many messages it had. */
  readonly handle: (frame: Uint8Array) => number;
  /** Stops or goes on with reading from the socket. */
  readonly flow: (reading: boolean) => void;
}

/**
 * Frames in the order in which they came. A frame that comes alone is handled at once; a burst is handled a piece a
 * turn, so that it neither holds everything else up nor pays for a transaction of its own for each gift.
 */
export class FrameQueue {
  readonly #deps: FrameQueueDeps;
  #waiting: Uint8Array[] = [];
  #handled = 0;
  #turning = false;
  #reading = true;

  constructor(deps: FrameQueueDeps) {
    this.#deps = deps;
  }

  push(frame: Uint8Array): void {
    if (this.#waiting.length === 0 && this.#handled < mostPerTurn) {
      this.#handle(frame);
    } else {
      this.#waiting.push(frame);
      if (this.#waiting.length >= mostWaiting) this.#flow(false);
    }
    this.#turn();
  }

  /** Handles all that waits, now. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const frame of waiting) this.#handle(frame);
  }

  #handle(frame: Uint8Array): void {
    this.#handled += Math.max(1, this.#deps.handle(frame));
  }

  /** The next turn begins when everything else had its chance. */
  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    this.#deps.clock.after(0, () => {
      this.#turning = false;
      this.#handled = 0;
      let taken = 0;
      while (taken < this.#waiting.length && this.#handled < mostPerTurn) {
        const frame = this.#waiting[taken];
        taken += 1;
        if (frame !== undefined) this.#handle(frame);
      }
      this.#waiting.splice(0, taken);
      if (this.#waiting.length > 0) this.#turn();
      else this.#flow(true);
    });
  }

  #flow(reading: boolean): void {
    if (this.#reading === reading) return;
    this.#reading = reading;
    this.#deps.flow(reading);
  }
}
