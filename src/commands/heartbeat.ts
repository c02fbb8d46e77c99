import { causeInWords, originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { ServiceManager } from '../system/systemd.ts';

interface HeartbeatDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly manager: ServiceManager;
  /** What does not do its work any more, as a sentence; null when all is well. It may throw: then all is not well. */
  readonly stuck: () => string | null;
}

/** Tells systemd that the service is alive, for as long as it really is; then systemd starts it anew. */
export function startHeartbeat({ clock, log, manager, stuck }: HeartbeatDeps): Cancel {
  const { heartbeatMs } = manager;
  if (heartbeatMs === null) return () => {};
  let told = false;

  function beat(): void {
    cancel = clock.after(heartbeatMs ?? 0, beat);
    const why = whyStuck();
    if (why === null) {
      told = false;
      manager.alive();
      return;
    }
    if (!told) log.error(`${why} The service is about to be started anew.`);
    told = true;
  }
  function whyStuck(): string | null {
    try {
      return stuck();
    } catch (error) {
      log.debug(`Whether the service works could not be told: ${originalOf(error)}`);
      return `Whether the service works cannot be told: ${causeInWords(error)}.`;
    }
  }

  let cancel = clock.after(heartbeatMs, beat);
  return () => cancel();
}
