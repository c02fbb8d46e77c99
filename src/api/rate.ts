import type { Clock } from '../domain/clock.ts';

/** So many callers are remembered; those who called longest ago are forgotten first. */
const callersMax = 1_000;

interface Rate {
  readonly perSecond: number;
  /** So many at once, after a rest. */
  readonly burst: number;
}

/** Says whether a caller may go on; if not, after how many seconds to try again. */
type RateLimit = (caller: string) => { readonly ok: true } | { readonly ok: false; readonly retryAfterS: number };

/** A bucket for each caller that fills at a rate and holds a burst. */
export function rateLimit(clock: Clock, { perSecond, burst }: Rate): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return (caller) => {
    const nowMs = clock.nowMs();
    const known = buckets.get(caller) ?? { tokens: burst, atMs: nowMs };
    const tokens = Math.min(burst, known.tokens + ((nowMs - known.atMs) / 1000) * perSecond);
    buckets.delete(caller);
    if (buckets.size >= callersMax) {
      const [oldest] = buckets.keys();
      if (oldest !== undefined) buckets.delete(oldest);
    }
    const isFull = tokens < 1;
    buckets.set(caller, { tokens: isFull ? tokens : tokens - 1, atMs: nowMs });
    return isFull ? { ok: false, retryAfterS: Math.max(1, Math.ceil((1 - tokens) / perSecond)) } : { ok: true };
  };
}
