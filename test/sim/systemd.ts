import type { Clock } from '../../src/domain/clock.ts';
import { type ServiceManager, serviceManagerOf } from '../../src/system/systemd.ts';
import type { Fail } from './broken.ts';
import type { Process } from './process.ts';

/** WatchdogSec of the unit, in ms. */
const watchdogMs = 90_000;
/** How late systemd reads what it is sent: on an idle machine, a busy one, one that hardly gets along. */
const readsAfterMs = [1, 2_000, 20_000] as const;

/**
 * A systemd that takes its time to read, and that would abort a service from which it reads no sign of life. A process
 * that stands still in a write gives none: that is what the watchdog is for, and no fault of the service.
 */
export function simulatedSystemd(world: Clock, process: Process, seed: number, fail: Fail): ServiceManager {
  const lateMs = readsAfterMs[seed % readsAfterMs.length] ?? 0;
  let signs = 0;

  function signOfLife(): void {
    signs += 1;
    const [seen, stalledMs] = [signs, process.stalledMs];
    world.after(watchdogMs, () => {
      const isStalled = process.stalledMs > stalledMs;
      if (!process.alive || signs > seen || isStalled) return;
      fail('life', 'systemd aborts a service whose event loop turns');
    });
  }
  return serviceManagerOf(
    { NOTIFY_SOCKET: 'systemd', WATCHDOG_USEC: String(watchdogMs * 1_000) },
    (message, done) => {
      world.after(lateMs, () => {
        if (/^(READY|WATCHDOG)=1$/m.test(message)) signOfLife();
        process.enter(() => done(null));
      });
    },
    () => {},
  );
}
