/** How bright a light is at a moment, from 0 to 1, and for how many ms at least that holds. */
export interface Beat {
  readonly level: number;
  readonly holdsMs: number;
}

/** Light that moves is drawn this often: no second holds more than 20 pictures, one of them kept for a finger. */
export const frameMs = 53;

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

/**
 * Up and down like breath within `breathMs`, then a rest in the dark for `restMs`. It is a staircase whose steps no eye
 * sees: each picture wakes the processor, and a smooth curve would need twice as many.
 */
export function breathe(nowMs: number, breathMs: number, restMs = 0): Beat {
  const atMs = nowMs % (breathMs + restMs);
  if (atMs >= breathMs) return { level: darkest, holdsMs: breathMs + restMs - atMs };
  const phase = atMs / breathMs;
  const stair = Math.round(((1 - Math.cos(2 * Math.PI * phase)) / 2) * breathSteps);
  const rises = phase < 0.5 && stair < breathSteps;
  const edge = Math.max(0, stair + (rises ? 0.5 : -0.5)) / breathSteps;
  const crossed = Math.acos(1 - 2 * edge) / (2 * Math.PI);
  return {
    level: darkest + (1 - darkest) * (stair / breathSteps),
    holdsMs: Math.max(1, ((rises ? crossed : 1 - crossed) - phase) * breathMs),
  };
}

/** Thirty-six in a breath of 6 s are 53 ms each where it is fastest, so that none is left out. */
const breathSteps = 36;

/** Breath never goes out: dark looks like broken. */
const darkest = 0.12;

/** Lit, and stays so. */
export const steady: Beat = { level: 1, holdsMs: Number.POSITIVE_INFINITY };
