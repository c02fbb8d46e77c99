import { causeInWords, originalOf } from '../domain/cause.ts';
import type { Console } from './command.ts';

/** Why something failed, for a person, to stand after a colon; what was said word for word comes first at debug. */
export function whyOf(error: unknown, console: Console): string {
  tellOriginal(error, console);
  return causeInWords(error);
}

/** Shows what a library or the system said word for word, where LOG_LEVEL asks for it. */
export function tellOriginal(error: unknown, console: Console): void {
  if (console.env.LOG_LEVEL?.toLowerCase() === 'debug') console.err(`debug: ${originalOf(error)}`);
}
