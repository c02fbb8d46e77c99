import { ChildProcess, spawn } from 'node:child_process';
import { causeCode, causeInWords, originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';

/** A child that ends is started again after this, twice as long each time it does not live long, up to the longest. */
const restartMs = 250;
const restartLongestMs = 10_000;
/** A child that lived this long was a good one. */
const goodLifeMs = 2_000;
/** So many bad ones in a row, and a person has to mend something. */
const badLivesMax = 3;
/** What a child says about its end is kept up to this. */
const outputCharsMax = 300;
/** A child that does not end when asked is killed after this. */
const endWithinMs = 1_000;

interface KeptChildOptions {
  readonly clock: Clock;
  /** What to run, looked up anew for each start; or why it cannot be, in words for a person. */
  readonly command: () => Promise<readonly [program: string, ...args: string[]] | string>;
  /** A new child runs. Only now may something be written to it. */
  readonly started?: () => void;
  readonly heard?: (bytes: Buffer) => void;
  /** It ended and is started again. */
  readonly ended?: () => void;
  /** `trouble()` changed. */
  readonly changed: () => void;
  /** Called with the original message of the system or the child at its end. */
  readonly said?: (original: string) => void;
}

/** A child process that is there all the time: when it dies, another one takes its place. */
interface KeptChild {
  start(): void;
  /**
   * Hands bytes to its standard input: `busy` when it has not taken the former ones yet, `gone` when it does not run.
   */
  write(bytes: Uint8Array): 'taken' | 'busy' | 'gone';
  /** Why it cannot be kept running, null when it can. */
  trouble(): string | null;
  /** Start at once, if it is waiting to. */
  retry(): void;
  /** Ends it: its input is closed first, so that it can finish what it has. */
  stop(): Promise<void>;
}

/** Keeps a child process. Nothing runs before `start`. */
export function keepChild(options: KeptChildOptions): KeptChild {
  return new ChildKeeper(options);
}

class ChildKeeper implements KeptChild {
  readonly #options: KeptChildOptions;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #child: ChildProcess | null = null;
  #beginning = false;
  #running = false;
  #wanted = false;
  #badLives = 0;
  #lastOutput = '';
  #trouble: string | null = null;
  #again: Cancel = () => {};

  constructor(options: KeptChildOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#changed = options.changed;
  }

  start(): void {
    this.#wanted = true;
    void this.#begin();
  }

  write(bytes: Uint8Array): 'taken' | 'busy' | 'gone' {
    const stdin = this.#child?.stdin;
    if (!this.#running || !stdin || stdin.destroyed) return 'gone';
    if (stdin.writableLength > 0) return 'busy';
    stdin.write(bytes);
    return 'taken';
  }

  trouble(): string | null {
    return this.#trouble;
  }

  retry(): void {
    if (!this.#wanted || this.#child !== null) return;
    this.#again();
    this.#badLives = 0;
    void this.#begin();
  }

  stop(): Promise<void> {
    this.#wanted = false;
    this.#again();
    const last = this.#child;
    if (last === null) return Promise.resolve();
    return new Promise((resolve) => {
      const kill = this.#clock.after(endWithinMs, () => last.kill('SIGKILL'));
      last.once('close', () => {
        kill();
        resolve();
      });
      last.stdin?.end();
      if (this.#options.heard !== undefined) last.kill('SIGTERM');
    });
  }

  #setTrouble(why: string | null): void {
    if (why === this.#trouble) return;
    this.#trouble = why;
    this.#changed();
  }

  async #begin(): Promise<void> {
    if (this.#beginning) return;
    this.#beginning = true;
    const command = await this.#options.command();
    this.#beginning = false;
    if (!this.#wanted || this.#child !== null) return;
    if (typeof command === 'string') {
      this.#failed(command);
      return;
    }
    const [program, ...args] = command;
    const mine = this.#spawn(program, args);
    if (!(mine instanceof ChildProcess)) {
      this.#failed(this.#ofStart(program, mine));
      return;
    }
    this.#child = mine;
    this.#lastOutput = '';
    const startedMs = this.#clock.nowMs();
    mine.stdin?.on('error', () => {
      // The child has gone; what that means is handled at its end.
    });
    mine.stdout?.on('data', (bytes: Buffer) => this.#options.heard?.(bytes));
    mine.stderr?.on('data', (bytes: Buffer) => {
      this.#lastOutput = `${this.#lastOutput}${bytes}`.slice(-outputCharsMax);
    });
    const grown = this.#clock.after(goodLifeMs, () => {
      this.#badLives = 0;
      this.#setTrouble(null);
    });
    mine.once('spawn', () => {
      this.#running = true;
      this.#options.started?.();
    });
    let over = false;
    const end = (why: string) => {
      if (over) return;
      over = true;
      grown();
      this.#child = null;
      this.#running = false;
      this.#options.ended?.();
      if (!this.#wanted) return;
      if (this.#clock.nowMs() - startedMs >= goodLifeMs) this.#badLives = 0;
      this.#failed(why);
    };
    mine.once('error', (error) => end(this.#ofStart(program, error)));
    mine.once('close', (code, signal) => {
      const words = this.#lastOutput.trim().split('\n').at(-1) ?? '';
      this.#options.said?.(originalOf(`${program} ended with ${signal ?? code}: ${words}`));
      end(`${program} ended: ${causeInWords(words)}`);
    });
  }

  /** Most of what keeps a child from starting comes as an event; want of memory, or a loop of links, is thrown. */
  #spawn(program: string, args: readonly string[]): ChildProcess | Error {
    try {
      return spawn(program, args, { stdio: ['pipe', this.#options.heard === undefined ? 'ignore' : 'pipe', 'pipe'] });
    } catch (error) {
      return error instanceof Error ? error : new Error('no child', { cause: error });
    }
  }

  #ofStart(program: string, error: Error): string {
    this.#options.said?.(originalOf(error));
    const isMissing = causeCode(error) === 'ENOENT';
    return isMissing ? `the program ${program} is not installed` : `${program} does not start: ${causeInWords(error)}`;
  }

  #failed(why: string): void {
    this.#badLives += 1;
    if (this.#badLives >= badLivesMax) this.#setTrouble(why);
    this.#again();
    this.#again = this.#clock.after(
      Math.min(restartLongestMs, restartMs * 2 ** (this.#badLives - 1)),
      () => void this.#begin(),
    );
  }
}
