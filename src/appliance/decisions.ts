import type { Log } from '../domain/log.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Decision, Ledger } from '../ledger/ledger.ts';

/** What a person decided for longer than a moment. */
export interface Decisions {
  holds(about: Decision): boolean;
  /** Acts at once, whatever the disk says; it outlives a restart once the disk has it. */
  set(about: Decision, holds: boolean): void;
}

const all = ['pause', 'change-paper'] as const;

/** The decisions that a ledger keeps. */
export function openDecisions(ledger: Ledger, log: Log): Decisions {
  const held = new Set<Decision>(all.filter((about) => ledger.decision(about) !== null));
  return {
    holds: (about) => held.has(about),
    set(about, holds) {
      if (held.has(about) === holds) return;
      if (holds) held.add(about);
      else held.delete(about);
      try {
        ledger.decide(about, holds ? 'asked' : null);
      } catch (error) {
        const fault = diskFault(error);
        if (fault === null) throw error;
        log.warn(`A decision (${about}) holds until the next restart only. ${fault.what} ${fault.remedy}`);
      }
    },
  };
}
