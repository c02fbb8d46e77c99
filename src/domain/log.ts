/** Details of a log line for machines; the sentence must be readable without them. Never put a secret here. */
export type LogDetails = Readonly<Record<string, string | number | boolean | null>>;

/** One readable sentence per line. */
export interface Log {
  info(sentence: string, details?: LogDetails): void;
  warn(sentence: string, details?: LogDetails): void;
  error(sentence: string, details?: LogDetails): void;
}

/** A log that nobody reads. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
