import { originalOf } from '../domain/cause.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { diskFault } from '../ledger/faults.ts';

/**
 * How a person's command ended. Refused for `now`: it cannot be done at this moment, or the disk does not take it.
 * Refused for `input`: what was asked for makes no sense. A refused command has changed nothing.
 */
export type CommandResult = { readonly ok: true; readonly said: string } | CommandRefused;

export interface CommandRefused {
  readonly ok: false;
  readonly refused: 'now' | 'input';
  readonly fault: Fault;
}

/** The result of a command that was carried out, or is about to be; the sentence says what was done. */
export function said(sentence: string): CommandResult {
  return { ok: true, said: sentence };
}

/** The result of a command that cannot be carried out now. */
export function notNow(code: string, what: string, remedy: string): CommandRefused {
  return { ok: false, refused: 'now', fault: { code, what, remedy } };
}

/** The result of a command whose input makes no sense. */
export function wrongInput(code: string, what: string, remedy: string): CommandRefused {
  return { ok: false, refused: 'input', fault: { code, what, remedy } };
}

/** Runs a command that writes to the ledger; a disk that does not take it is a refusal, anything else a bug. */
export function onDisk(log: Log, write: () => CommandResult): CommandResult {
  try {
    return write();
  } catch (error) {
    const fault = diskFault(error);
    if (fault === null) throw error;
    log.debug(`What a person asked for was not written: ${originalOf(error)}`);
    return { ok: false, refused: 'now', fault };
  }
}
