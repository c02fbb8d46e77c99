import type { Outcome } from './run-plan.ts';

/** What a hunt has run so far, and what it cost. */
export class Tally {
  seeds = 0;
  failures = 0;
  #strokes = 0;
  #worldMs = 0;
  readonly #began = process.cpuUsage();

  add({ broken, strokes, worldMs }: Outcome): void {
    this.seeds += 1;
    this.#strokes += strokes;
    this.#worldMs += worldMs;
    if (broken !== null) this.failures += 1;
  }

  /** One line: seeds, strokes, the world's time, and the pace by this process's CPU time. */
  line(lastSeed: number): string {
    const { user, system } = process.cpuUsage(this.#began);
    const cpuS = (user + system) / 1e6;
    const bad = this.failures === 0 ? '' : `${this.failures} broke a rule; `;
    const hours = Math.round(this.#worldMs / 3_600_000);
    const pace = `${Math.round(this.#strokes / cpuS)} strokes and ${(this.seeds / cpuS).toFixed(1)} seeds a CPU second`;
    return `${this.seeds} seeds up to ${lastSeed}: ${bad}${this.#strokes} strokes in ${hours} h of the world; ${pace}`;
  }
}
