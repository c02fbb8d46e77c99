import { originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Decision, Ledger } from '../ledger/ledger.ts';

/** Decisions of a person that hold until they are changed, such as a pause. */
export interface OperatorDecisions {
  holds(about: Decision): boolean;
  /** Takes effect at once; it survives a restart once the disk has taken it. */
  set(about: Decision, holds: boolean): void;
  /** Writes a last time what the disk has not taken, and logs what it refuses. */
  close(): void;
}

const all = ['pause', 'change-paper', 'stop'] as const;
/** A decision that the disk did not take is written again after so long. */
const retryMs = 1_000;

/** The decisions that a ledger keeps. */
export function openDecisions(ledger: Ledger, log: Log, clock: Clock): OperatorDecisions {
  const held = new Set<Decision>(all.filter((about) => ledger.decision(about) !== null));
  const unwritten = new Set<Decision>();
  let cancel: Cancel | null = null;
  let closed = false;

  /** Writes a decision; null when the disk has taken it. */
  function write(about: Decision): Fault | null {
    try {
      ledger.decide(about, held.has(about) ? 'asked' : null);
    } catch (error) {
      const fault = diskFault(error);
      if (fault === null) throw error;
      log.debug(`What a person decided was not written: ${originalOf(error)}`);
      unwritten.add(about);
      retry();
      return fault;
    }
    unwritten.delete(about);
    return null;
  }

  function retry(): void {
    if (closed) return;
    cancel ??= clock.after(retryMs, () => {
      cancel = null;
      for (const about of [...unwritten]) write(about);
    });
  }

  return {
    holds: (about) => held.has(about),
    set(about, holds) {
      if (held.has(about) === holds) return;
      if (holds) held.add(about);
      else held.delete(about);
      const fault = write(about);
      if (fault === null) return;
      log.warn(`A decision (${about}) could not be saved yet. ${fault.what} ${fault.remedy}`);
    },
    close() {
      closed = true;
      cancel?.();
      for (const about of [...unwritten]) {
        const fault = write(about);
        if (fault !== null) log.warn(`A decision (${about}) could not be saved and is lost. ${fault.what}`);
      }
    },
  };
}
