import type { Random } from '../../domain/clock.ts';
import { asked, backoff, clockRetryMs, jitter, mendRetryMs, stableMs } from '../connection/pace.ts';
import type { Ending } from './ending.ts';

/** For so long, ms, a first connection that answers counts as admitted without proof: its room may be quiet. */
const believedMs = 90_000;
/** The answer takes one way there and back; a live with one viewer says something every few seconds. */
const hastyEntryLimitMs = 30_000;
/** With this and the longest wait, a room that never answers costs about twelve signatures an hour. */
const patientEntryLimitMs = 4 * 60_000;
/** So many attempts in a row that were not let in are chance or a fault that passes. */
const hastyEntries = 6;
const offAirCheckMs = { min: 30_000, max: 60_000 };
const idleCheckMs = 180_000;
/** How long after power-on or after a live the next live is likely. */
const likelyMs = 2 * 60 * 60_000;

/** What the pace of attempts depends on; times are monotonic. */
export interface Pace {
  /** Attempts lost in a row. */
  readonly losses: number;
  /** Power-on, or when a live was last heard. */
  readonly likelySinceMs: number;
}

/** The pace at power-on. */
export function startPace(nowMs: number): Pace {
  return { losses: 0, likelySinceMs: nowMs };
}

/**
 * When to try again after an ending, and the pace from then on. `heardForMs` is how long the connection held, null
 * when there was none. Lost connections back off from 1 s to 60 s, doubling, ±20 %, from the start again after a
 * stable minute.
 */
export function nextAttempt(pace: Pace, ending: Ending, heardForMs: number | null, nowMs: number, random: Random) {
  const since: Pace = heardForMs === null ? pace : { ...pace, likelySinceMs: nowMs };
  const steady: Pace = heardForMs !== null && heardForMs >= stableMs ? { ...since, losses: 0 } : since;
  const calm: Pace = { ...since, losses: 0 };
  switch (ending.kind) {
    case 'not-live':
    case 'unknown-user':
    case 'stream-end':
      return { pace: calm, delayMs: offAirDelay(nowMs - calm.likelySinceMs, random) };
    case 'mend':
      return { pace: calm, delayMs: jitter(mendRetryMs, random) };
    case 'no-clock':
      return { pace: calm, delayMs: jitter(clockRetryMs, random) };
    case 'rate-limited':
      return { pace: lostOnce(steady), delayMs: asked(ending.retryAfterMs, steady.losses, random) };
    case 'lost':
    case 'not-entered':
      return { pace: lostOnce(steady), delayMs: backoff(steady.losses, random) };
  }
}

/**
 * How long a connection may wait for the first sign of its room, in ms, after so many in a row that waited in vain.
 * Sign services count by the hour and the day (docs/decisions/0011): the seventh and later ones wait longer, listening.
 */
export function entryLimitMs(inVain: number): number {
  if (inVain === 0) return believedMs;
  return inVain < hastyEntries ? hastyEntryLimitMs : patientEntryLimitMs;
}

function offAirDelay(unlikelyMs: number, random: Random): number {
  if (unlikelyMs >= likelyMs) return jitter(idleCheckMs, random);
  return offAirCheckMs.min + random() * (offAirCheckMs.max - offAirCheckMs.min);
}

function lostOnce(pace: Pace): Pace {
  return { ...pace, losses: pace.losses + 1 };
}
