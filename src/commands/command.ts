import type { ParseArgsOptionsConfig } from 'node:util';

/** Exit codes, so that scripts can tell what happened. */
export const exit = {
  ok: 0,
  /** Something went wrong. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** No service is running. */
  noService: 3,
  /** The service runs and refuses: it would hurt now, or the input is wrong. */
  refused: 4,
  /** The config or the gift map is not valid (EX_CONFIG of sysexits.h). */
  config: 78,
} as const;

/** Where a command speaks to its person. */
export interface Console {
  /** Lines of text; what could drive a terminal is left out of them. */
  out(text: string): void;
  err(text: string): void;
  /** Text that may drive the terminal: nothing in it comes from outside as it is. */
  drive(text: string): void;
  /** True when a person sits before a terminal that can redraw lines. */
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What was typed after the command's name. */
export interface Arguments {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** One command of the command line. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What stands after `livepen`. */
  readonly usage: string;
  /** More for `--help`, lines of at most 80 characters. */
  readonly details?: string;
  readonly options?: ParseArgsOptionsConfig;
  /** How many words it takes, at least and at most. */
  readonly words?: readonly [number, number];
  /** Resolves with the exit code. */
  run(args: Arguments, console: Console): Promise<number>;
}
