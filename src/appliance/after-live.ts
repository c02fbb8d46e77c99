import type { Cancel, Clock } from '../domain/clock.ts';
import type { LiveEvent } from '../domain/live-event.ts';
import type { LedgerReader } from '../ledger/ledger.ts';

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
  /** The service ends: nothing is waited for any more. */
  stop(): void;
}

/**
 * Watches the end of lives; without any live the pen never rests. `changed` is called when the time has run out.
 * `endedAtMs` is when the live that was heard last ended, wall time: a restart at night is no reason to draw on. Null
 * when there was none or it may still be on.
 */
export function createAfterLive(
  clock: Clock,
  settings: AfterLiveSettings,
  endedAtMs: number | null,
  changed: () => void,
): AfterLive {
  const drawMs = settings.draw ? settings.maxMinutes * 60_000 : 0;
  let restsFromMs: number | null = null;
  let cancel: Cancel = () => {};
  const forget = () => {
    cancel();
    restsFromMs = null;
  };
  const restAfter = (ms: number) => {
    restsFromMs = clock.nowMs() + ms;
    cancel = clock.after(ms, changed);
  };
  // A clock that was set back must not make it longer than it is.
  if (endedAtMs !== null) restAfter(Math.min(drawMs, Math.max(0, endedAtMs + drawMs - clock.wallMs())));
  return {
    heard({ kind, source }) {
      if (source !== 'tiktok') return;
      if (kind === 'connected') forget();
      if (kind !== 'stream-end') return;
      forget();
      restAfter(drawMs);
    },
    released: forget,
    rests: () => restsFromMs !== null && clock.nowMs() >= restsFromMs,
    stop: () => cancel(),
  };
}

/** Of so many sessions the newest of a live is looked for. */
const sessionsLookedAt = 20;

/** When the live that was heard last ended; null when there was none or it may still be on. */
export function lastLiveEnd({ questions }: LedgerReader): number | null {
  const last = questions.sessions(sessionsLookedAt, null)?.items.find(({ source }) => source === 'live');
  return last?.ended === true ? last.closedAtMs : null;
}
