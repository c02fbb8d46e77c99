import type { Cancel, Clock } from '../domain/clock.ts';
import type { LiveEvent } from '../domain/live-event.ts';
import type { LedgerReader } from '../ledger/ledger.ts';

/** What happens with what is still owed when a live has ended. */
export interface AfterLiveSettings {
  /** Whether the pen goes on drawing after a live at all. */
  readonly draw: boolean;
  /** For how many minutes it does, at most. */
  readonly maxMinutes: number;
}

/** Decides when the pen rests after a live: some time after its end, until the next live begins or a person resumes. */
export interface AfterLive {
  heard(event: LiveEvent): void;
  /**
   * This channel is not listened to any more. Whether its live is on is then not known, so the pen may rest all the
   * same.
   */
  left(channel: Pick<LiveEvent, 'platform' | 'channel'>): void;
  /** A person resumed: the pen draws on until the next live has ended. */
  released(): void;
  rests(): boolean;
  /** The service ends: the timer is cancelled. */
  stop(): void;
}

/**
 * Follows when lives begin and end; where there never was one, the pen does not rest. `changed` is called when the time
 * is over. `endedAtMs` is the wall time at which the last live ended, so that a restart at night does not set the pen
 * going again; null when there was none, or it may still be on.
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
  /** Channels whose live is on, as far as is known. */
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
  // A clock that was set back must not make the time longer than configured.
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

/** Among so many of the newest sessions the last live of each channel is looked for. */
const sessionsLookedAt = 20;

/** The wall time in ms at which the last live ended; null when there was none, or one may still be on. */
export function lastLiveEnd({ questions }: LedgerReader): number | null {
  const lives = (questions.sessions(sessionsLookedAt, null)?.items ?? []).filter(({ origin }) => origin === 'live');
  // Old ledgers have no channels: of their lives only the newest counts.
  const newest = lives.filter(
    ({ platform, channel }, index) =>
      lives.findIndex((other) => other.platform === platform && other.channel === channel) === index &&
      (platform !== '' || index === 0),
  );
  if (newest.some(({ ended }) => !ended)) return null;
  return newest.reduce<number | null>((last, { closedAtMs }) => Math.max(last ?? 0, closedAtMs ?? 0), null);
}
