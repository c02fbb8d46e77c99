import { createHash } from 'node:crypto';

/** What happened in a world, line by line, with the world's time. Two runs of one plan have the same hash. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #course = createHash('sha256');
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
    const text = this.#keep(line);
    this.#course.update(text);
  }

  /** Part of the world's course, but nothing to be read. */
  silently(what: string): void {
    this.#course.update(what);
  }

  /** A fault happens: no part yet of what the world does about it. */
  fault(line: string): void {
    this.#keep(line);
  }

  #keep(line: string): string {
    const text = `${this.#nowMs().toFixed(3)} ${line}\n`;
    this.#hash.update(text);
    this.#count += 1;
    this.#kept.push(text.trimEnd());
    if (this.#kept.length >= 2 * this.#most) this.#kept.splice(0, this.#kept.length - this.#most);
    return text;
  }

  get count(): number {
    return this.#count;
  }

  /** The last lines. */
  last(lines: number): readonly string[] {
    return this.#kept.slice(-Math.min(lines, this.#most));
  }

  /** The hash of all lines, and of all but the faults themselves; the trace is over then. */
  end(): { readonly hash: string; readonly course: string } {
    const [hash, course] = [this.#hash, this.#course].map((each) => each.digest('hex').slice(0, 16));
    return { hash: hash ?? '', course: course ?? '' };
  }
}
