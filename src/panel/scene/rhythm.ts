/** How bright a light is at a moment, from 0 to 1, and for how many ms at least that holds. */
export interface Beat {
  readonly level: number;
  readonly holdsMs: number;
}

/** Light that moves is drawn this often: 20 pictures a second. */
export const frameMs = 50;

/** A rhythm of on and off, in ms, beginning with on; it repeats. */
export function blink(nowMs: number, ...patternMs: readonly number[]): Beat {
  const periodMs = patternMs.reduce((sum, ms) => sum + ms, 0);
  let leftMs = nowMs % periodMs;
  for (const [index, ms] of patternMs.entries()) {
    if (leftMs < ms) return { level: index % 2 === 0 ? 1 : 0, holdsMs: ms - leftMs };
    leftMs -= ms;
  }
  return { level: 0, holdsMs: frameMs };
}

/** Up and down like breath within `breathMs`, then a rest in the dark for `restMs`. */
export function breathe(nowMs: number, breathMs: number, restMs = 0): Beat {
  const atMs = nowMs % (breathMs + restMs);
  if (atMs >= breathMs) return { level: darkest, holdsMs: breathMs + restMs - atMs };
  const level = (1 - Math.cos((2 * Math.PI * atMs) / breathMs)) / 2;
  return { level: darkest + (1 - darkest) * level, holdsMs: frameMs };
}

/** Breath never goes out: dark looks like broken. */
const darkest = 0.12;

/** Lit, and stays so. */
export const steady: Beat = { level: 1, holdsMs: Number.POSITIVE_INFINITY };
