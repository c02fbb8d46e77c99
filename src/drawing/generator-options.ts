import { drawingMax } from '../domain/drawing-paths.ts';

/** A picture that needs no file: the same seed in the same box is the same picture. */
export interface GeneratorOptions {
  readonly widthMm: number;
  readonly heightMm: number;
  /** How far lines lie from each other. */
  readonly spacingMm: number;
  readonly seed: string;
}

/** How far lines of a generated picture may be from each other. */
export const generatorRange = { spacingMinMm: 0.8, spacingMaxMm: 20 } as const;

/** So many squares of the spacing a box may hold: more take seconds to fill. */
const areaMax = 20_000;

/** Why no picture can be made with these options, in words; null when one can. */
export function wrongOfGenerator({ widthMm, heightMm, spacingMm }: Omit<GeneratorOptions, 'seed'>): string | null {
  const { spacingMinMm, spacingMaxMm } = generatorRange;
  if (!(spacingMm >= spacingMinMm && spacingMm <= spacingMaxMm)) {
    return `lines are ${spacingMm} mm apart, not ${spacingMinMm} to ${spacingMaxMm}`;
  }
  const box = `a box of ${widthMm} by ${heightMm} mm`;
  if (!(Math.min(widthMm, heightMm) >= 4 * spacingMm)) return `${box} is too small for lines ${spacingMm} mm apart`;
  const isLarge =
    Math.max(widthMm, heightMm) * 1000 > drawingMax.sideUm || widthMm * heightMm > areaMax * spacingMm ** 2;
  return isLarge ? `${box} is too large for lines ${spacingMm} mm apart` : null;
}
