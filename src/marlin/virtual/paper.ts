import type { Triple } from './physics.ts';

/** Ink that was really laid, in mm on the bed; a dot has both ends in one place. */
export interface Ink {
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
  /** When its end was reached, on the plotter's clock. */
  readonly atMs: number;
  /** The command that asked for it, counted over the board's whole life. */
  readonly command: number;
}

/** A sheet of paper under the pen. */
export interface Paper {
  readonly ink: Ink[];
  /** Places where the pen touched down and left without moving along the paper. */
  readonly dots: Ink[];
}

export function emptyPaper(): Paper {
  return { ink: [], dots: [] };
}

const touchTolerance = 1e-6;

/** The part of a straight path (as shares 0..1) on which `height` is at or below `contact`; null where nowhere. */
export function touchingPart(fromZ: number, toZ: number, contact: number): readonly [number, number] | null {
  const limit = contact + touchTolerance;
  if (fromZ <= limit && toZ <= limit) return [0, 1];
  if (fromZ > limit && toZ > limit) return null;
  const at = (limit - fromZ) / (toZ - fromZ);
  return fromZ <= limit ? [0, at] : [at, 1];
}

/** The place at `share` (0..1) of the way between two places. */
export function between(from: Triple, to: Triple, share: number): Triple {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}
