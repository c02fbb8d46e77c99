import { escapeUnprintable } from '../../domain/plain-text.ts';

/** What one look found. `remedy` is what a person can do; null where all is well. */
export interface Check {
  readonly about: string;
  readonly verdict: 'ok' | 'warning' | 'problem';
  readonly what: string;
  readonly remedy: string | null;
}

export const ok = (about: string, what: string): Check => ({ about, verdict: 'ok', what, remedy: null });
export const warning = (about: string, what: string, remedy: string): Check => ({
  about,
  verdict: 'warning',
  what,
  remedy,
});
export const problem = (about: string, what: string, remedy: string): Check => ({
  about,
  verdict: 'problem',
  what,
  remedy,
});

/** A check as it is printed. */
export function checkLine({ about, verdict, what, remedy }: Check): string {
  const first = `${verdict.padEnd(8)} ${about.padEnd(9)} ${what}`;
  return remedy === null ? first : `${first}\n${' '.repeat(19)}-> ${remedy}`;
}

/** A check as a machine reads it: an object on one line. */
export function jsonOf({ about, verdict, what, remedy }: Check): string {
  return escapeUnprintable(JSON.stringify({ check: about, verdict, what, remedy }));
}
