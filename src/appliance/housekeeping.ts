import { originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { counted } from '../domain/plain-text.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** How often it is checked whether something is due, ms; the ledger knows when its last backup was. */
const lookEveryMs = 10 * 60_000;

interface HousekeepingDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  /** Names of viewers who were last seen so many days ago are replaced with pseudonyms. */
  readonly viewerDays: number;
  /** Whether the wall time is right; without it no days are counted. */
  readonly clockIsRight: () => boolean;
}

/**
 * Work that is due now and then: backups of the ledger, and replacing names of viewers who have not been seen for long.
 */
export interface Housekeeping {
  start(): void;
  /** A sheet was closed: a backup is made. */
  sheetTurned(): void;
  stop(): void;
}

/** The housekeeping of one ledger. */
export function createHousekeeping(deps: HousekeepingDeps): Housekeeping {
  const { clock, log, ledger, viewerDays, clockIsRight } = deps;
  let cancel: Cancel | null = null;

  async function backUp(due: 'now' | 'when due'): Promise<void> {
    const nowMs = clock.nowMs();
    const result = await (due === 'now' ? ledger.backup(nowMs) : ledger.backupIfDue(nowMs));
    if (result.kind === 'failed') {
      log.warn(`The ledger was not backed up. ${result.fault.what} ${result.fault.remedy}`);
    }
  }

  function retireNames(): void {
    if (!clockIsRight()) return;
    try {
      const retired = ledger.privacy.retire(viewerDays, clock.wallMs());
      if (retired > 0)
        log.info(
          `The names of ${counted(retired, 'viewer')} were replaced by pseudonyms after ${counted(viewerDays, 'day')}.`,
        );
      const fault = ledger.privacy.retireInBackup(viewerDays, clock.wallMs());
      if (fault !== null) log.warn(`Viewer names stay in a backup for now. ${fault.what}`);
    } catch (error) {
      const fault = diskFault(error);
      if (fault === null) throw error;
      log.warn(`Viewer names are kept for now. ${fault.what}`);
      log.debug(`Names were not retired: ${originalOf(error)}`);
    }
  }

  function look(): void {
    cancel = clock.after(lookEveryMs, look);
    void backUp('when due');
    retireNames();
  }

  return {
    start() {
      cancel ??= clock.after(lookEveryMs, look);
    },
    sheetTurned: () => void backUp('now'),
    stop: () => cancel?.(),
  };
}
