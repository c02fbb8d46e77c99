import { createHash } from 'node:crypto';

/** What happened in a world, line by line, with the world's time. Two runs of one plan have the same hash. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #nowMs: () => number;
  readonly #kept: string[] = [];
  readonly #most: number;
  #count = 0;

  /** `most`: so many lines are kept, the last ones. */
  constructor(nowMs: () => number, most: number) {
    this.#nowMs = nowMs;
    this.#most = most;
  }

  add(line: string): void {
    const text = `${this.#nowMs().toFixed(3)} ${line}`;
    this.#hash.update(text);
    this.#hash.update('\n');
    this.#count += 1;
    this.#kept.push(text);
    if (this.#kept.length >= 2 * this.#most) this.#kept.splice(0, this.#kept.length - this.#most);
  }

  get count(): number {
    return this.#count;
  }

  /** The last lines. */
  last(lines: number): readonly string[] {
    return this.#kept.slice(-Math.min(lines, this.#most));
  }

  /** The hash of all lines; the trace is over then. */
  end(): string {
    return this.#hash.digest('hex').slice(0, 16);
  }
}
