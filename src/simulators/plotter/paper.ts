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

/** A way on the paper that is longer than this is a line, mm. */
const lineMinMm = 1e-6;

/** The tip of the pen: what it leaves where it touches the paper. */
export class Nib {
  private hasMarked = false;

  /** It touched the paper along a piece; it came down at its begin, and left at its end, as commanded. */
  touch(paper: Paper, piece: Ink, cameDown: boolean, left: boolean): void {
    if (cameDown) this.hasMarked = false;
    if (Math.hypot(piece.toX - piece.fromX, piece.toY - piece.fromY) > lineMinMm) {
      paper.ink.push(piece);
      this.hasMarked = true;
    }
    if (!left) return;
    if (!this.hasMarked) paper.dots.push(piece);
    this.hasMarked = false;
  }
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
