/** Without the noise of the last bits: a thousandth of a millimetre is less than a step of any plotter that we know. */
export function micrometres(mm: number): number {
  return Math.round(mm * 1000) / 1000;
}
