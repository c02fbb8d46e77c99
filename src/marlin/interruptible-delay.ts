import type { Cancel, Clock } from '../domain/clock.ts';

/** A pause that can be cut short. */
export class InterruptibleDelay {
  private readonly clock: Clock;
  private wakeUp: (() => void) | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Resolves after `ms`, or when it is woken. One at a time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      let cancel: Cancel = () => {};
      this.wakeUp = () => {
        cancel();
        this.wakeUp = null;
        resolve();
      };
      cancel = this.clock.after(ms, this.wakeUp);
    });
  }

  wake(): void {
    this.wakeUp?.();
  }
}
