import { ChildProcess, spawn } from 'node:child_process';
import type { Cancel, Clock } from '../domain/clock.ts';

/** A child that ends is started again after this, twice as long each time it does not live long, up to the longest. */
const restartMs = 250;
const restartLongestMs = 10_000;
/** A child that lived this long was a good one. */
const goodLifeMs = 2_000;
/** So many bad ones in a row, and a person has to mend something. */
const badLivesMax = 3;
/** What a child says about its end is kept up to this. */
const lastWordsMax = 300;
/** A child that does not end when asked is killed after this. */
const endWithinMs = 1_000;

export interface KeptChildOptions {
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
}

/** A child process that is there all the time: when it dies, another one takes its place. */
export interface KeptChild {
  start(): void;
  /** Hands bytes to its standard input: `busy` when it has not taken the former ones yet, `gone` when it does not run. */
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
  const { clock, changed } = options;
  let child: ChildProcess | null = null;
  let beginning = false;
  let running = false;
  let wanted = false;
  let badLives = 0;
  let lastWords = '';
  let trouble: string | null = null;
  let again: Cancel = () => {};

  function setTrouble(why: string | null): void {
    if (why === trouble) return;
    trouble = why;
    changed();
  }

  async function begin(): Promise<void> {
    if (beginning) return;
    beginning = true;
    const command = await options.command();
    beginning = false;
    if (!wanted || child !== null) return;
    if (typeof command === 'string') {
      failed(command);
      return;
    }
    const [program, ...args] = command;
    const mine = bear(program, args);
    if (!(mine instanceof ChildProcess)) {
      failed(mine);
      return;
    }
    child = mine;
    lastWords = '';
    const bornMs = clock.nowMs();
    mine.stdin?.on('error', () => {
      // The child has gone; what that means is told by its end.
    });
    mine.stdout?.on('data', (bytes: Buffer) => options.heard?.(bytes));
    mine.stderr?.on('data', (bytes: Buffer) => {
      lastWords = `${lastWords}${bytes}`.slice(-lastWordsMax);
    });
    const grown = clock.after(goodLifeMs, () => {
      badLives = 0;
      setTrouble(null);
    });
    mine.once('spawn', () => {
      running = true;
      options.started?.();
    });
    let over = false;
    const end = (why: string) => {
      if (over) return;
      over = true;
      grown();
      child = null;
      running = false;
      options.ended?.();
      if (!wanted) return;
      if (clock.nowMs() - bornMs >= goodLifeMs) badLives = 0;
      failed(why);
    };
    mine.once('error', (error) => end(error.message));
    mine.once('close', (code, signal) => {
      end(lastWords.trim().split('\n').at(-1) || `${program} ended with ${signal ?? code}`);
    });
  }

  /** Most of what keeps a child from starting comes as an event; want of memory, or a loop of links, is thrown. */
  function bear(program: string, args: readonly string[]): ChildProcess | string {
    try {
      return spawn(program, args, { stdio: ['pipe', options.heard === undefined ? 'ignore' : 'pipe', 'pipe'] });
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  function failed(why: string): void {
    badLives += 1;
    if (badLives >= badLivesMax) setTrouble(why);
    again();
    again = clock.after(Math.min(restartLongestMs, restartMs * 2 ** (badLives - 1)), () => void begin());
  }

  return {
    start() {
      wanted = true;
      void begin();
    },
    write(bytes) {
      const stdin = child?.stdin;
      if (!running || !stdin || stdin.destroyed) return 'gone';
      if (stdin.writableLength > 0) return 'busy';
      stdin.write(bytes);
      return 'taken';
    },
    trouble: () => trouble,
    retry() {
      if (!wanted || child !== null) return;
      again();
      badLives = 0;
      void begin();
    },
    stop() {
      wanted = false;
      again();
      const last = child;
      if (last === null) return Promise.resolve();
      return new Promise((resolve) => {
        const kill = clock.after(endWithinMs, () => last.kill('SIGKILL'));
        last.once('close', () => {
          kill();
          resolve();
        });
        last.stdin?.end();
        if (options.heard !== undefined) last.kill('SIGTERM');
      });
    },
  };
}
