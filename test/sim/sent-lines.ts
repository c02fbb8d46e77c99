const question = /^N2000000000 /;
/** So many of the newest lines are remembered, to tell what the firmware took from what was sent. */
const linesRemembered = 64;

/** What the host has written, and which of the firmware's commands came of it. */
export class SentLines {
  /** Lines that the host has written so far. */
  count = 0;
  /** How often the line that was written last was written; questions for the last line in between do not count. */
  repeats = 0;
  #repeated = '';
  readonly #sent: { readonly line: string; readonly order: number }[] = [];
  /** Commands that the firmware took from no line as it was sent, with the time; and where in the order of all lines the others stand. */
  readonly #wild = new Map<number, number>();
  readonly #orders = new Map<number, number>();
  /** The number of the last line that the firmware took; null while that cannot be told from its commands. */
  #taken: number | null = null;

  /** The host wrote this. */
  sent(text: string): void {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      this.count += 1;
      if (!question.test(line)) {
        this.repeats = this.#repeated === line ? this.repeats + 1 : 1;
        this.#repeated = line;
      }
      this.#sent.push({ line, order: this.count });
    }
    this.#sent.splice(0, this.#sent.length - linesRemembered);
  }

  /** The firmware begins a command, which it read as this line. */
  taken(line: string, command: number, nowMs: number): void {
    const sent = this.#sent.findLast((each) => each.line === line);
    if (sent === undefined) {
      this.#wild.set(command, nowMs);
      this.#taken = null;
      return;
    }
    this.#orders.set(command, sent.order);
    const number = /^N(\d+) /.exec(line)?.[1];
    if (number !== undefined) this.#taken = Number(number);
  }

  /** The firmware is off, or begins anew: what it had taken counts no more. */
  forgotten(): void {
    this.#taken = null;
  }

  /**
   * Whether the host may send this now: a move waits until the firmware has the lines before it. A question where the
   * pen is may be late: it changes nothing, and a late answer to the same question cannot be told from its own.
   */
  isInTurn(text: string): boolean {
    const number = Number(/^N(\d+) G1 /.exec(text)?.[1] ?? 0);
    const taken = this.#taken;
    if (number === 0 || taken === null) return true;
    return this.#sent.every(({ line }) => {
      const before = Number(/^N(\d+) (?!M114\b)/.exec(line)?.[1] ?? 0);
      return question.test(line) || before <= taken || before >= number;
    });
  }

  /** Whether no line as it was sent has asked for this command. */
  isWild(command: number): boolean {
    return this.#wild.has(command);
  }

  /** When the firmware took such a command. */
  wildMs(command: number): number {
    return this.#wild.get(command) ?? Number.NEGATIVE_INFINITY;
  }

  /** The how manieth line of the host asked for this command; none: 0. */
  orderOf(command: number): number {
    return this.#orders.get(command) ?? 0;
  }
}
