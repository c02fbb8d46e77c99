import type { Random } from '../domain/clock.ts';

/** Numbers that differ on every run. */
export const systemRandom: Random = Math.random;

/**
 * The same numbers for the same seed, on every machine: mulberry32, which has a period of 2^32.
 * Only the lower 32 bits of the seed count. Throws a RangeError for a seed that is no integer.
 */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`the seed is ${seed}, not an integer`);
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
