/** A frame or message that did not decode, kept for a look: a gift may be in it. */
export interface UndecodableFrame {
  readonly wallMs: number;
  readonly room: string;
  /** The platform's type of the message, or `frame` for a whole frame. */
  readonly method: string;
  readonly what: string;
  /** What the decoder threw, if it did. */
  readonly cause?: unknown;
  /** The first bytes, at most 64 KiB. */
  readonly bytes: Uint8Array;
}

const keptMax = 20;
const bytesMax = 64 << 10;

/** Counts what did not decode and keeps the last of it. */
export class UndecodableFrames {
  readonly #kept: UndecodableFrame[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  last(): readonly UndecodableFrame[] {
    return [...this.#kept];
  }

  add(frame: UndecodableFrame): UndecodableFrame {
    const bounded = { ...frame, bytes: frame.bytes.slice(0, bytesMax) };
    this.#count += 1;
    this.#kept.push(bounded);
    if (this.#kept.length > keptMax) this.#kept.shift();
    return bounded;
  }
}

const atOnceMax = 20;
const oneMoreMs = 10_000;

/**
 * How many of them are written down: some at once, and then one every ten seconds. A platform that changed its form
 * sends thousands that are all alike; they would wear out the card, fill the log, and hold up the gifts between them.
 */
export class UndecodableRate {
  #left = atOnceMax;
  #filledAtMs = Number.NEGATIVE_INFINITY;
  #passedOver = 0;

  /** How many were passed over since the last one that was written down; null: this one is passed over too. */
  take(nowMs: number): number | null {
    const more = Math.floor((nowMs - this.#filledAtMs) / oneMoreMs);
    if (more > 0) {
      this.#left = Math.min(atOnceMax, this.#left + more);
      this.#filledAtMs = this.#left === atOnceMax ? nowMs : this.#filledAtMs + more * oneMoreMs;
    }
    if (this.#left === 0) {
      this.#passedOver += 1;
      return null;
    }
    this.#left -= 1;
    const passedOver = this.#passedOver;
    this.#passedOver = 0;
    return passedOver;
  }
}
