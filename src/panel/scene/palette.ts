import type { LedColour } from '../light/ws281x.ts';

/** Green: leave it. Blue: it does not hear the live. Amber and violet: your hands. Red: broken. White: an answer. */
export const palette = {
  green: [0, 255, 60],
  blue: [0, 90, 255],
  amber: [255, 165, 0],
  violet: [175, 0, 255],
  red: [255, 0, 0],
  white: [230, 230, 230],
  dark: [0, 0, 0],
} as const satisfies Record<string, LedColour>;

/** The colour at a level from 0 to 1. */
export function dim([red, green, blue]: LedColour, level: number): LedColour {
  return [Math.round(red * level), Math.round(green * level), Math.round(blue * level)];
}
