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
  /** Commands that the firmware took from no line as it was sent; and where in the order of all lines the others stand. */
  readonly #wild = new Set<number>();
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
  taken(line: string, command: number): void {
    const sent = this.#sent.findLast((each) => each.line === line);
    if (sent === undefined) {
      this.#wild.add(command);
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

  /** Whether the host may send this now: a move waits until the firmware has the line before it. */
  isInTurn(text: string): boolean {
    const number = Number(/^N(\d+) G1 /.exec(text)?.[1] ?? 0);
    return number === 0 || this.#taken === null || this.#taken >= number - 1;
  }

  /** Whether no line as it was sent has asked for this command. */
  isWild(command: number): boolean {
    return this.#wild.has(command);
  }

  /** The how manieth line of the host asked for this command; none: 0. */
  orderOf(command: number): number {
    return this.#orders.get(command) ?? 0;
  }
}
