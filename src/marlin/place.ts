/** M114 has two decimals; more than this apart is another place. mm */
const toleranceMm = 0.05;

/** Where the pen is, mm. */
export interface Place {
  readonly xMm: number;
  readonly yMm: number;
  readonly zMm: number;
}

/** Whether two places are the same, as far as M114 can tell. */
export function samePlace(a: Place, b: Place): boolean {
  const apart = Math.max(Math.abs(a.xMm - b.xMm), Math.abs(a.yMm - b.yMm), Math.abs(a.zMm - b.zMm));
  return apart <= toleranceMm + 1e-9;
}
