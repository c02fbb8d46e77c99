/** What the answers of a board tell of its planner: ADVANCED_OK gives the free places with each `ok`. */
export interface PlannerSize {
  /** Free places that were told at rest, and how often alike; answers carry no checksum. */
  readonly atRest: number;
  readonly alike: number;
}

export const unknownSize: PlannerSize = { atRest: 0, alike: 0 };

const believedAfter = 2;

/** An answer tells so many free places; `isAtRest`: it was given with an empty planner. */
export function hearFree(size: PlannerSize, free: number, isAtRest: boolean): PlannerSize {
  // Never more are free than at rest: what was believed was disturbed.
  if (free > size.atRest && size.alike > 0 && isRing(free + 1)) return { atRest: free, alike: isAtRest ? 1 : 0 };
  if (!isAtRest || !isRing(free + 1)) return size;
  return free === size.atRest
    ? { atRest: free, alike: size.alike + 1 }
    : { atRest: Math.max(free, size.atRest), alike: 1 };
}

/** How many moves the planner's ring has; null where that is not known. It holds one less. */
export function ringOf({ atRest, alike }: PlannerSize): number | null {
  return alike >= believedAfter ? atRest + 1 : null;
}

/** The firmware only builds with a power of two. */
function isRing(blocks: number): boolean {
  return blocks >= 4 && blocks <= 1024 && (blocks & (blocks - 1)) === 0;
}
