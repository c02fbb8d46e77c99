import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Log } from '../../domain/log.ts';
import type { RecallStreaks } from '../../domain/past-streak.ts';

/** Recalls nothing, and says so, when the disk cannot be read: that must not cost the gift that asked. */
export function safeRecall(recall: RecallStreaks | undefined, log: Log): RecallStreaks {
  return (event) => {
    try {
      return recall?.(event) ?? [];
    } catch (error) {
      log.warn(`The last run's streaks cannot be read: ${causeInWords(error)}. One without a group may count twice.`);
      log.debug(`The last run's streaks were not read: ${originalOf(error)}`);
      return [];
    }
  };
}
