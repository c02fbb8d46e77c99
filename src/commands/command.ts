import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import type { ParseArgsOptionsConfig } from 'node:util';
import * as v from 'valibot';
import { causeInWords, originalOf } from '../domain/cause.ts';
import type { Clock } from '../domain/clock.ts';

/** Why something failed, for a person, to stand after a colon; what was said word for word comes first at debug. */
export function whyOf(error: unknown, console: Console): string {
  logOriginal(error, console);
  return causeInWords(error);
}

/** Shows what a library or the system said word for word, where LOG_LEVEL asks for it. */
export function logOriginal(error: unknown, console: Console): void {
  if (console.env.LOG_LEVEL?.toLowerCase() === 'debug') console.err(`debug: ${originalOf(error)}`);
}

/** A length of time in words: "12 s", "4 min", "1 h 20 min". */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The version of this program, as its package names it. */
export function programVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return v.parse(v.object({ version: v.string() }), JSON.parse(text)).version;
}

/** Where a file is that is shipped beside the config: in the repository, or where the package puts it. */
export function shippedFile(name: string): string {
  const here = fileURLToPath(new URL(`../../config/${name}`, import.meta.url));
  return existsSync(here) ? here : `/usr/share/livepen/${name}`;
}

/** What every terminal shows on one line. */
export const columns = 80;

/** Letters that take two columns: of East Asian scripts, full-width ones, and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/gu;
const withoutColumn = /[\p{M}\p{Cf}]/gu;
const narrow = /^[ -~]*$/;

/** How many columns of a terminal a text takes. */
export function columnsOf(text: string): number {
  if (narrow.test(text)) return text.length;
  return [...text.replace(withoutColumn, '')].length + (text.match(wide)?.length ?? 0);
}

/** As much of a text as fits into so many columns. */
export function cutTo(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let kept = '';
  for (const cluster of text.match(/\P{M}\p{M}*/gu) ?? []) {
    if (columnsOf(`${kept}${cluster}…`) > width) break;
    kept += cluster;
  }
  return `${kept}…`;
}

/** A text with blanks after it up to so many columns. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columnsOf(text)));
}

/** What stands in a column of its own, such as an option, and its text from the next column on. */
const entryForm = /^( *\S+(?: \S+)* {2,})(\S.*)$/;
/** Goes on with the text of the entry above. */
const goesOn = /^ {6,}\S/;

/**
 * The text of a help in lines that every terminal can show: sentences filled, and the text of an entry (`--url URL   …`)
 * kept in its column.
 */
export function wrapHelp(text: string): string {
  const blocks: { readonly head: string; words: string[] }[] = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const [, head, rest = ''] = entryForm.exec(line) ?? [];
    const last = blocks.at(-1);
    if (line.trim() === '') blocks.push({ head: '', words: [] });
    else if (head !== undefined && !goesOn.test(line)) blocks.push({ head, words: rest.split(' ') });
    else if (isOpen && last !== undefined) last.words.push(...line.trim().split(' '));
    else blocks.push({ head: '', words: line.trim().split(' ') });
    isOpen = line.trim() !== '';
  }
  return blocks.flatMap(({ head, words }) => fill(head, words)).join('\n');
}

/** An entry in lines that every terminal can show: `head`, and the text in a column beside it. */
export function wrapEntry(head: string, text: string): string[] {
  return fill(head, text.split(' '));
}

/** Lines that every terminal can show whole; one that is longer goes on below itself. */
export function wrapLines(text: string): string {
  return text
    .split('\n')
    .flatMap((line) =>
      columnsOf(line) <= columns ? [line] : fill(/^ */.exec(line)?.[0] ?? '', line.trim().split(' ')),
    )
    .join('\n');
}

function fill(head: string, words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = head;
  let isEmpty = true;
  for (const word of words.flatMap((each) => pieces(each, columns - columnsOf(head)))) {
    if (!isEmpty && columnsOf(line) + 1 + columnsOf(word) > columns) {
      lines.push(line);
      line = ' '.repeat(head.length);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}

/** A word that is longer than a line, such as a name without blanks, in pieces that are not; addresses stay whole. */
function pieces(word: string, width: number): string[] {
  if (columnsOf(word) <= width || word.includes('/')) return [word];
  const [parts, last] = [...word].reduce<[string[], string]>(
    ([done, open], letter) => (columnsOf(open + letter) > width ? [[...done, open], letter] : [done, open + letter]),
    [[], ''],
  );
  return [...parts, last];
}

/** npm hands a Ctrl-C on that the terminal has given us already: so soon, it is the same one. */
const sameSignalMs = 1_000;

/**
 * Resolves when the process is asked to end (SIGINT, SIGTERM). Being asked again later ends it at once:
 * nothing is lost by that, since what is not certain stays owed.
 */
export function untilSignal(
  clock: Clock,
  { hangup = () => {} }: { readonly hangup?: () => void } = {},
): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    let askedAtMs: number | null = null;
    const end = (signal: 'SIGINT' | 'SIGTERM') => () => {
      askedAtMs ??= clock.nowMs();
      if (clock.nowMs() - askedAtMs > sameSignalMs) process.exit(signal === 'SIGINT' ? 130 : 143);
      resolve(signal);
    };
    process.on('SIGINT', end('SIGINT'));
    process.on('SIGTERM', end('SIGTERM'));
    process.on('SIGHUP', hangup);
  });
}

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

/** A person's yes; nobody there is a no. */
export async function askPerson(question: string): Promise<boolean> {
  return (await askPersonOrNobody(question)) ?? false;
}

/** A person's yes or no; null where the question was ended (Ctrl-C, Ctrl-D) or nobody is there. */
export async function askPersonOrNobody(question: string): Promise<boolean | null> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await new Promise<string | null>((resolve) => {
    reader.once('close', () => resolve(null));
    // Ctrl-C is thrown, and closes too.
    reader.question(`${question} [y/N] `).then(resolve, () => resolve(null));
  });
  reader.close();
  return answer === null ? null : /^y/i.test(answer.trim());
}
