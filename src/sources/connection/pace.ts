import type { Random } from '../../domain/clock.ts';

/** How often a connection that was lost is tried anew; all platforms go by it. */

const firstRetryMs = 1_000;
const retryMaxMs = 60_000;
/** After so long without a fault the next one is the first again. */
export const stableMs = 60_000;
/** What only a person can mend is tried this often, ms, in case it was mended elsewhere. */
export const mendRetryMs = 15 * 60_000;
export const clockRetryMs = 10_000;
/** A service that asks for a longer pause than a day is taken to be mistaken, ms. */
const obeyedMaxMs = 24 * 60 * 60_000;

/** How long to wait after so many losses in a row: from 1 s to 60 s, doubling, ±20 %. */
export function backoff(losses: number, random: Random): number {
  return jitter(Math.min(retryMaxMs, firstRetryMs * 2 ** Math.min(losses, 16)), random);
}

/** How long to wait where a service asks for so long, ms; never less than after a loss. */
export function asked(retryAfterMs: number, losses: number, random: Random): number {
  return Math.max(Math.min(retryAfterMs, obeyedMaxMs), backoff(losses, random));
}

/** ±20 %. */
export function jitter(ms: number, random: Random): number {
  return ms * (0.8 + 0.4 * random());
}
