import { fstatSync } from 'node:fs';
import { type Log, type LogDetails, type LogLevel, logLevels } from '../domain/log.ts';
import { escapeUnprintable, timeOfDay } from '../domain/plain-text.ts';
import { sourcePlaces } from './trace.ts';

/** Priorities of syslog, as journald reads them at the start of a line (sd-daemon(3)). */
const priorities: Readonly<Record<LogLevel, string>> = { debug: '<7>', info: '<6>', warn: '<4>', error: '<3>' };
const words: Readonly<Record<LogLevel, string>> = { debug: 'debug: ', info: '', warn: 'warning: ', error: 'error: ' };

/** What viewers call themselves can be long; a line of the log is not. */
const lineCharsMax = 2_000;

export interface LogOptions {
  /** Takes one line with its newline. */
  readonly write: (line: string) => void;
  /** Text is for people and shows the sentence; JSON shows the details too. */
  readonly format: 'text' | 'json';
  /** Wall time in ms, null where the reader stamps the lines itself. */
  readonly wallMs: (() => number) | null;
  /** Whether lines begin with the priority that journald reads. */
  readonly journald: boolean;
  /** What is less than this is not written; `info` unless said. */
  readonly level?: () => LogLevel;
}

/** A log of one line per sentence, in which nothing that came from outside can begin a line or drive a terminal. */
export function createLog(options: LogOptions): Log {
  const line = options.format === 'json' ? jsonLine : textLine;
  const { level: least = () => 'info' } = options;
  const at = (level: LogLevel) => (sentence: string, details?: LogDetails) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(least())) return;
    const shown = level === 'error' ? sourcePlaces(sentence) : sentence;
    const priority = options.journald ? priorities[level] : '';
    options.write(`${priority}${line(options, level, shown, details)}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function textLine(options: LogOptions, level: LogLevel, sentence: string): string {
  const time = options.wallMs === null ? '' : `${timeOfDay(options.wallMs())} `;
  const word = options.journald ? '' : words[level];
  return `${time}${word}${escapeUnprintable(shorten(sentence))}`;
}

function jsonLine(options: LogOptions, level: LogLevel, sentence: string, details?: LogDetails): string {
  const time = options.wallMs === null ? {} : { time: new Date(options.wallMs()).toISOString() };
  const head = { ...time, level, message: shorten(sentence) };
  return escapeUnprintable(JSON.stringify({ ...head, ...shortenAll(details), ...head }));
}

function shorten(text: string): string {
  return text.length <= lineCharsMax ? text : `${text.slice(0, lineCharsMax - 1)}…`;
}

function shortenAll(details: LogDetails = {}): LogDetails {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [key, typeof value === 'string' ? shorten(value) : value]),
  );
}

/**
 * Whether `stderr` ends in journald. JOURNAL_STREAM names the device and inode of the stream; it is inherited by
 * everything that a desktop starts, so that it is there says nothing yet (systemd.exec(5)).
 */
export function isJournal(
  journalStream: string | undefined,
  stderr: { readonly dev: number; readonly ino: number },
): boolean {
  return journalStream === `${stderr.dev}:${stderr.ino}`;
}

/** A log of which the level is known only once the config was read. */
interface LevelledLog extends Log {
  /** The level of the config; LOG_LEVEL in the environment goes before it. */
  setLevel(level: LogLevel): void;
}

/**
 * The log of a command: lines on stderr, in the form that journald wants where it reads them. LOG_LEVEL in the
 * environment says what is written.
 */
export function stderrLog(wallMs: () => number, format: 'text' | 'json'): LevelledLog {
  const asked = process.env.LOG_LEVEL?.toLowerCase();
  const ofEnvironment = logLevels.find((each) => each === asked) ?? null;
  let level: LogLevel = ofEnvironment ?? 'info';
  const journald = isJournal(process.env.JOURNAL_STREAM, fstatSync(2));
  process.stderr.on('error', () => {
    // The reader has gone. There is nobody left to tell, and drawing goes on.
  });
  const log = createLog({
    write: (line) => process.stderr.write(line),
    format,
    wallMs: journald ? null : wallMs,
    journald,
    level: () => level,
  });
  if (asked !== undefined && asked !== '' && ofEnvironment === null) {
    log.warn(`LOG_LEVEL = "${asked}" is none of ${logLevels.join(', ')}; it is passed over.`);
  }
  return {
    ...log,
    setLevel(ofConfig) {
      level = ofEnvironment ?? ofConfig;
    },
  };
}
