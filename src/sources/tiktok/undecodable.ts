/** A frame or message that did not decode, kept for a look: a gift may be in it. */
export interface UndecodableFrame {
  readonly wallMs: number;
  readonly room: string;
  /** The platform's type of the message, or `frame` for a whole frame. */
  readonly method: string;
  readonly what: string;
  /** The first bytes, at most 64 KiB. */
  readonly bytes: Uint8Array;
}

const mostKept = 20;
const mostBytes = 64 << 10;

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
    const bounded = { ...frame, bytes: frame.bytes.slice(0, mostBytes) };
    this.#count += 1;
    this.#kept.push(bounded);
    if (this.#kept.length > mostKept) this.#kept.shift();
    return bounded;
  }
}
