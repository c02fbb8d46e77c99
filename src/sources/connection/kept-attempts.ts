import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Cancel, Clock } from '../../domain/clock.ts';
import type { LiveFacts, LiveSink } from '../../domain/live-source.ts';
import type { Log } from '../../domain/log.ts';
import { clockTime } from '../../domain/plain-text.ts';
import { connectionFaults, type WhySilent } from './ending.ts';

/** An attempt to connect, as `KeptAttempts` sees it. */
interface KeptAttempt {
  /** Reports that listening ends here because we want it to. */
  leave(why: string): void;
  /** Resolves when nothing of it is left. */
  close(isPolite: boolean): Promise<void>;
}

interface KeptAttemptsDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** What the platform is called. */
  readonly name: string;
  /** What is connected to, in a sentence: the platform, or a live of it. */
  readonly what: string;
  /** After so many attempts in a row that received nothing, no further ones are made; 0 never gives up. */
  readonly reconnectMaxAttempts: number;
  /** What is said until the first attempt has ended. */
  readonly silence: WhySilent;
}

/**
 * What connections to all platforms share: one attempt at a time, of which nothing is left before the next one begins,
 * the wait between two, and what is logged and shown of it.
 */
export class KeptAttempts<Attempt extends KeptAttempt> {
  readonly #deps: KeptAttemptsDeps;
  #sink: LiveSink | null = null;
  #attempt: Attempt | null = null;
  #closing: Promise<void> = Promise.resolve();
  #cancelWait: Cancel = () => {};
  #limitedUntilMs = 0;
  /** In a row. */
  #inVain = 0;
  readonly #said = new Set<string>();
  #facts: LiveFacts = {
    heard: false,
    phase: 'stopped',
    room: null,
    nextAttemptAtMs: null,
    problem: null,
    reconnects: 0,
    undecodable: 0,
  };
  /** Why nothing is received, while nothing is. */
  silence: WhySilent;

  constructor(deps: KeptAttemptsDeps) {
    this.#deps = deps;
    this.silence = deps.silence;
  }

  get sink(): LiveSink | null {
    return this.#sink;
  }

  /** The attempt of now; null while none is under way. */
  get current(): Attempt | null {
    return this.#attempt;
  }

  /** Resolves when nothing is left of the attempt before. */
  get closed(): Promise<void> {
    return this.#closing;
  }

  /** How long the platform still asks for a pause, ms; below 0 it does not. */
  get limitedForMs(): number {
    return this.#limitedUntilMs - this.#deps.clock.nowMs();
  }

  /** Throws where it was started already. */
  start(sink: LiveSink): void {
    if (this.#sink !== null) throw new Error('the source was started already');
    this.#sink = sink;
    this.#inVain = 0;
  }

  /** The wall time of the next attempt is that of the clock of now: it may have been set since. */
  facts(silence = this.silence): LiveFacts {
    const { heard, nextAttemptAtMs } = this.#facts;
    if (heard) return { ...this.#facts, silence: null };
    const nextAtMs = nextAttemptAtMs === null ? null : this.wallTimeOf(nextAttemptAtMs);
    return { ...this.#facts, silence: { ...silence, nextAtMs } };
  }

  set(change: Partial<LiveFacts>): void {
    this.#facts = { ...this.#facts, ...change };
    this.#sink?.changed();
  }

  /** Wall time, whole ms. */
  wallTimeOf(monotonicMs: number): number {
    const { clock } = this.#deps;
    return Math.round(clock.wallMs() + monotonicMs - clock.nowMs());
  }

  /** From now on this one is the attempt of now. */
  take(attempt: Attempt): void {
    this.#attempt = attempt;
  }

  /** Runs a task later, unless the next attempt is planned otherwise before. */
  wait(delayMs: number, task: () => void): void {
    this.#cancelWait();
    this.#cancelWait = this.#deps.clock.after(delayMs, task);
  }

  stopWaiting(): void {
    this.#cancelWait();
  }

  /** Gives up the attempt of now and what is planned; the next one waits until nothing of it is left. */
  drop(isPolite: boolean): void {
    this.#cancelWait();
    const attempt = this.#attempt;
    this.#attempt = null;
    if (attempt === null) return;
    const { log, what } = this.#deps;
    this.#closing = attempt.close(isPolite).catch((error: unknown) => {
      log.warn(`The old connection to ${what} did not close cleanly: ${causeInWords(error)}.`);
      log.debug(`The old connection did not close: ${originalOf(error)}`);
    });
  }

  /** Resolves when nothing is open any more. */
  async stop(why: string): Promise<void> {
    this.#attempt?.leave(why);
    this.drop(true);
    this.#sink = null;
    this.#facts = { ...this.#facts, phase: 'stopped', heard: false, nextAttemptAtMs: null };
    await this.#closing;
  }

  /** The platform asks for a pause of so long, ms. */
  limit(delayMs: number): void {
    this.#limitedUntilMs = this.#deps.clock.nowMs() + delayMs;
  }

  /** The platform admitted the connection: its pause is over, and failed attempts are counted from 0 again. */
  letIn(): void {
    this.#limitedUntilMs = 0;
    this.#inVain = 0;
  }

  /** Attempts are counted anew: a person has done something, or the platform has answered. */
  countAnew(): void {
    this.#inVain = 0;
  }

  /** Another attempt received nothing. Returns whether no further ones are made until a person asks for one. */
  givesUp(): boolean {
    const { log, name, reconnectMaxAttempts } = this.#deps;
    this.#inVain += 1;
    if (reconnectMaxAttempts === 0 || this.#inVain < reconnectMaxAttempts) return false;
    const fault = connectionFaults.gaveUp(name, this.#inVain);
    this.silence = { code: 'refused', what: fault.what, todo: fault.remedy };
    log.warn(`${fault.what} ${fault.remedy}`);
    this.set({ phase: 'waiting', heard: false, nextAttemptAtMs: null, problem: fault });
    return true;
  }

  /**
   * Whether this was not logged yet since the last connection: a night without a network shall be one line, not a
   * thousand.
   */
  isNews(matter: string): boolean {
    if (this.#said.has(matter)) return false;
    this.#said.add(matter);
    return true;
  }

  /** There is a connection: everything may be logged again. */
  forgetNews(): void {
    this.#said.clear();
  }

  /** When the next attempt is, in words. */
  next(delayMs: number): string {
    const wallMs = this.#deps.clock.wallMs();
    if (delayMs < 60_000) return `Next attempt in ${Math.round(delayMs / 1_000)} s.`;
    return `Next attempt at ${clockTime(wallMs + delayMs, wallMs)}.`;
  }
}
