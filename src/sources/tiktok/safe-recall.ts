import type { Log } from '../../domain/log.ts';
import type { RecallStreaks } from '../../domain/past-streak.ts';
import { firstLine } from './webcast.ts';

/** Recalls nothing, and says so, when the disk cannot be read: that must not cost the gift that asked. */
export function safeRecall(recall: RecallStreaks | undefined, log: Log): RecallStreaks {
  return (event) => {
    try {
      return recall?.(event) ?? [];
    } catch (error) {
      const why = firstLine(error);
      log.warn(`The last run's streaks cannot be read: ${why}. One without a group may count twice.`);
      return [];
    }
  };
}
