/** Details of a log line for machines; the sentence must be readable without them. Never put a secret here. */
export type LogDetails = Readonly<Record<string, string | number | boolean | null>>;

/** From the most to the least that is written. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One readable sentence per line. */
export interface Log {
  /** For who mends the program: what a library or a server said, word for word. */
  debug(sentence: string, details?: LogDetails): void;
  info(sentence: string, details?: LogDetails): void;
  warn(sentence: string, details?: LogDetails): void;
  error(sentence: string, details?: LogDetails): void;
}

/** A log that nobody reads. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
