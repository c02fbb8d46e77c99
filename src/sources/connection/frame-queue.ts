import type { Cancel, Clock } from '../../domain/clock.ts';

/**
 * Acknowledges frames when what they held is on disk: acknowledgements wait for `settled`, many for one. When it
 * rejects they are never sent, as if the frames had not arrived. Without it they go out at once.
 */
export class Acks {
  readonly #settled: (() => Promise<void>) | null;
  readonly #together: (send: () => void) => void;
  #waiting: (() => void)[] = [];
  #settling = false;

  /**
   * `together` joins all that is sent within it into one write: single writes would cost as much as handling the gifts.
   */
  constructor(settled: (() => Promise<void>) | null, together: (send: () => void) => void) {
    this.#settled = settled;
    this.#together = together;
  }

  /** Sends this acknowledgement when it is due. */
  add(send: () => void): void {
    if (this.#settled === null) {
      send();
      return;
    }
    this.#waiting.push(send);
    if (!this.#settling) void this.#settle(this.#settled);
  }

  async #settle(settled: () => Promise<void>): Promise<void> {
    this.#settling = true;
    while (this.#waiting.length > 0) {
      const acks = this.#waiting;
      this.#waiting = [];
      try {
        await settled();
        this.#together(() => {
          for (const ack of acks) ack();
        });
      } catch {
        // What is not on disk is not acknowledged; the inbox logs why.
      }
    }
    this.#settling = false;
  }
}

/** In one turn of the event loop messages are handled for so long, and so many at most. */
const turnMs = 2;
const perTurnMax = 100;
/** So many frames, or bytes of frames, wait at most before reading from the socket stops. */
const waitingMax = 400;
const waitingBytesMax = 16 << 20;
/** So many messages are handled ahead of the disk; more of them wait in the queue, and in the end at the server. */
const unsettledMax = 2_000;
/** When the disk did not take what was handled, it is checked again after so long, ms. */
const askAgainMs = 1_000;

interface FrameQueueDeps<Frame> {
  readonly clock: Clock;
  /** Handles a frame; returns how many messages it had. */
  readonly handle: (frame: Frame) => number;
  /** How long a frame is; nothing where frames are bounded otherwise. */
  readonly bytesOf?: (frame: Frame) => number;
  /** Stops reading from the socket, or goes on. */
  readonly flow: (reading: boolean) => void;
  /** Resolves when all that was handled is on disk, rejects when some of it never will be. Without it nothing waits. */
  readonly settled?: (() => Promise<void>) | null;
}

/**
 * Frames in the order in which they came. A frame that comes alone is handled at once; a burst is handled a piece a
 * turn, so that it neither holds everything else up nor pays for a transaction of its own for each gift. Nothing is
 * handled far ahead of the disk: while it fails the socket waits, and with it the server.
 */
export class FrameQueue<Frame> {
  readonly #deps: FrameQueueDeps<Frame>;
  #waiting: Frame[] = [];
  #waitingBytes = 0;
  #handled = 0;
  /** When the first message of this turn was handled. */
  #turnAtMs: number | null = null;
  #unsettled = 0;
  #settling = false;
  #turning = false;
  #reading = true;
  #closed = false;
  #stopAsking: Cancel = () => {};

  constructor(deps: FrameQueueDeps<Frame>) {
    this.#deps = deps;
  }

  /** Whether frames wait, here or where they come from: mostly because the disk has not taken those before them. */
  get isHeld(): boolean {
    return this.#mustWait || this.#waiting.length > 0 || !this.#reading;
  }

  /** Whether to wait until the disk has taken what was handled. */
  get #mustWait(): boolean {
    return this.#unsettled >= unsettledMax;
  }

  push(frame: Frame): void {
    if (this.#waiting.length === 0 && this.#mayHandle()) {
      this.#handle(frame);
    } else {
      this.#waiting.push(frame);
      this.#waitingBytes += this.#bytesOf(frame);
      if (this.#waiting.length >= waitingMax || this.#waitingBytes >= waitingBytesMax) this.#flow(false);
    }
    this.#turn();
  }

  #mayHandle(): boolean {
    if (this.#handled >= perTurnMax || this.#mustWait) return false;
    const nowMs = this.#deps.clock.nowMs();
    this.#turnAtMs ??= nowMs;
    return nowMs - this.#turnAtMs < turnMs;
  }

  /** Handles all that waits, now: the connection is gone or will be. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const frame of waiting) this.#handle(frame);
  }

  /** Nothing that waits is handled any more. */
  close(): void {
    this.#closed = true;
    this.#stopAsking();
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #handle(frame: Frame): void {
    const messages = Math.max(1, this.#deps.handle(frame));
    this.#handled += messages;
    const { settled = null } = this.#deps;
    if (settled === null) return;
    this.#unsettled += messages;
    if (!this.#settling) void this.#settle(settled);
  }

  #bytesOf(frame: Frame): number {
    return this.#deps.bytesOf?.(frame) ?? 0;
  }

  async #settle(settled: () => Promise<void>): Promise<void> {
    this.#settling = true;
    while (this.#unsettled > 0 && !this.#closed) {
      const upTo = this.#unsettled;
      try {
        await settled();
        this.#unsettled -= upTo;
        if (this.#waiting.length > 0) this.#turn();
      } catch {
        // The inbox logs why.
        await new Promise<void>((resolve) => {
          this.#stopAsking = this.#deps.clock.after(askAgainMs, resolve);
        });
      }
    }
    this.#settling = false;
  }

  /**
   * Handles frames in another turn of the event loop, after everything else had a turn, and not while the disk is
   * behind.
   */
  #turn(): void {
    if (this.#turning || this.#closed) return;
    this.#turning = true;
    this.#deps.clock.after(0, () => {
      this.#turning = false;
      this.#handled = 0;
      this.#turnAtMs = null;
      let taken = 0;
      while (taken < this.#waiting.length && this.#mayHandle()) {
        const frame = this.#waiting[taken];
        taken += 1;
        if (frame === undefined) continue;
        this.#waitingBytes -= this.#bytesOf(frame);
        this.#handle(frame);
      }
      this.#waiting.splice(0, taken);
      if (this.#waiting.length === 0) this.#turnAtMs = null;
      if (this.#waiting.length === 0) this.#flow(true);
      else if (!this.#mustWait) this.#turn();
    });
  }

  #flow(reading: boolean): void {
    if (this.#reading === reading) return;
    this.#reading = reading;
    this.#deps.flow(reading);
  }
}
