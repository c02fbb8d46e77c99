import type { Console } from './command.ts';

/** A whole number from 1 on that was typed; null when it is none, and it has been said with this example. */
export function countIn(text: string | undefined, example: string, console: Console): number | null {
  if (text !== undefined && /^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  console.err(`"${text ?? ''}" is not a count. Give a whole number from 1 on, as in \`${example}\`.`);
  return null;
}
