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
  /** Nobody listens to this channel any more: whether its live is on is not known, and keeps the pen from no rest. */
  left(channel: Pick<LiveEvent, 'platform' | 'channel'>): void;
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
  /** Channels whose lives are on, as far as anyone knows. */
  const onAir = new Set<string>();
  const forget = () => {
    cancel();
    restsFromMs = null;
  };
  const restAfter = (ms: number) => {
    restsFromMs = clock.nowMs() + ms;
    cancel = clock.after(ms, changed);
  };
  const nameOf = ({ platform, channel }: Pick<LiveEvent, 'platform' | 'channel'>) =>
    JSON.stringify([platform, channel]);
  // A clock that was set back must not make it longer than it is.
  if (endedAtMs !== null) restAfter(Math.min(drawMs, Math.max(0, endedAtMs + drawMs - clock.wallMs())));
  return {
    heard(event) {
      const { kind, origin } = event;
      if (origin !== 'live') return;
      const name = nameOf(event);
      if (kind === 'connected') {
        onAir.add(name);
        forget();
      }
      if (kind !== 'stream-end') return;
      onAir.delete(name);
      if (onAir.size > 0) return;
      forget();
      restAfter(drawMs);
    },
    left(channel) {
      onAir.delete(nameOf(channel));
    },
    released: forget,
    rests: () => restsFromMs !== null && clock.nowMs() >= restsFromMs,
    stop: () => cancel(),
  };
}

/** Of so many sessions the newest of each channel is looked for. */
const sessionsLookedAt = 20;

/** When the last of the lives that were heard ended; null when there was none or one of them may still be on. */
export function lastLiveEnd({ questions }: LedgerReader): number | null {
  const lives = (questions.sessions(sessionsLookedAt, null)?.items ?? []).filter(({ origin }) => origin === 'live');
  // Of lives from before channels were written down only the newest says anything.
  const newest = lives.filter(
    ({ platform, channel }, index) =>
      lives.findIndex((other) => other.platform === platform && other.channel === channel) === index &&
      (platform !== '' || index === 0),
  );
  if (newest.some(({ ended }) => !ended)) return null;
  return newest.reduce<number | null>((last, { closedAtMs }) => Math.max(last ?? 0, closedAtMs ?? 0), null);
}
