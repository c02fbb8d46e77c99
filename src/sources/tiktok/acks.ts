/**
 * Acknowledges frames when what they told is on disk: acknowledgements wait for `settled`, many for one. When it
 * rejects they are never sent, as if the frames had not arrived. Without it they go out at once.
 */
export class Acks {
  readonly #settled: (() => Promise<void>) | null;
  #waiting: (() => void)[] = [];
  #settling = false;

  constructor(settled: (() => Promise<void>) | null) {
    this.#settled = settled;
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
        for (const ack of acks) ack();
      } catch {
        // What is not on disk is not acknowledged; whoever keeps the disk tells why.
      }
    }
    this.#settling = false;
  }
}
