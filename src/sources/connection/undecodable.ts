import { originalOf } from '../../domain/cause.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';

/** A frame or message that could not be decoded, kept for inspection: a gift may be in it. */
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

/** Counts what did not decode, keeps the last of it, and writes some of it down. */
export class UndecodableFrames {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #keep: (frame: UndecodableFrame) => void;
  readonly #rate = new UndecodableRate();
  readonly #kept: UndecodableFrame[] = [];
  #count = 0;

  /** `keep` gets some of the frames too, for whoever keeps them on disk. */
  constructor(clock: Clock, log: Log, keep: (frame: UndecodableFrame) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#keep = keep;
  }

  get count(): number {
    return this.#count;
  }

  last(): readonly UndecodableFrame[] {
    return [...this.#kept];
  }

  add(frame: UndecodableFrame): void {
    const bounded = { ...frame, bytes: frame.bytes.slice(0, bytesMax) };
    this.#count += 1;
    this.#kept.push(bounded);
    if (this.#kept.length > keptMax) this.#kept.shift();
    const passedOver = this.#rate.take(this.#clock.nowMs());
    if (passedOver === null) return;
    this.#keep(bounded);
    const others = passedOver === 0 ? '' : ` Since the last one, ${passedOver} more were not written down.`;
    const sentence = `A message of the live could not be decoded: ${frame.what}. A gift may be lost.${others}`;
    this.#log.warn(sentence, { method: frame.method });
    if (frame.cause !== undefined) this.#log.debug(`The decoder said: ${originalOf(frame.cause)}`);
  }
}

const atOnceMax = 20;
const oneMoreMs = 10_000;

/**
 * How many of them are written down: some at once, and then one every ten seconds. A platform that changed its form
 * sends thousands that are all alike; they would wear out the card, fill the log, and hold up the gifts between them.
 */
class UndecodableRate {
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
