import type { Cancel, Clock } from '../domain/clock.ts';
import type { LiveEvent } from '../domain/live-event.ts';

/** What happens with what is still owed when a live has ended. */
export interface AfterLiveSettings {
  /** Whether it is drawn at all. */
  readonly draw: boolean;
  /** For how long, at most. */
  readonly maxMinutes: number;
}

/** Lets the pen rest some time after a live, until the next live or until a person says so. */
export interface AfterLive {
  heard(event: LiveEvent): void;
  /** A person was there: go on until the next live has ended. */
  released(): void;
  rests(): boolean;
}

/** Watches the end of lives; without any live the pen never rests. `changed` is called when the time has run out. */
export function createAfterLive(clock: Clock, settings: AfterLiveSettings, changed: () => void): AfterLive {
  let restsFromMs: number | null = null;
  let cancel: Cancel = () => {};
  const forget = () => {
    cancel();
    restsFromMs = null;
  };
  return {
    heard({ kind, source }) {
      if (source !== 'tiktok') return;
      if (kind === 'connected') forget();
      if (kind !== 'stream-end') return;
      forget();
      const drawMs = settings.draw ? settings.maxMinutes * 60_000 : 0;
      restsFromMs = clock.nowMs() + drawMs;
      cancel = clock.after(drawMs, changed);
    },
    released: forget,
    rests: () => restsFromMs !== null && clock.nowMs() >= restsFromMs,
  };
}
