import { holdMs } from '../gesture.ts';
import type { LedColour } from '../light/ws281x.ts';
import { dim, palette } from './palette.ts';
import { frameMs } from './rhythm.ts';
import type { Picture } from './states.ts';

/** The light's word for "that means nothing now": the halves of the strip take turns, like a shaken head. */
export const noMs = 1_080;
const shakeMs = 180;

/** The flash of a hold, lit and dimmed for so long each. */
const flashMs = 180;

/** A gift runs along the strip in this time. */
export const sparkleMs = 700;
/** Gifts that come faster than this share a sparkle. */
export const sparkleEveryMs = 350;

/** The finger is on the button: white grows along the strip until the press has become a hold, then all of it flashes. */
export function touchPicture(downMs: number, leds: number): Picture {
  if (downMs >= holdMs) {
    const phaseMs = (downMs - holdMs) % (2 * flashMs);
    const level = phaseMs < flashMs ? 1 : 0.4;
    const colours = Array.from({ length: leds }, () => dim(palette.white, level));
    return { colours, holdsMs: flashMs - (phaseMs % flashMs) };
  }
  const stepMs = holdMs / leds;
  const lit = Math.min(leds, 1 + Math.floor(downMs / stepMs));
  const colours = Array.from({ length: leds }, (_, led) => (led < lit ? palette.white : palette.dark));
  return { colours, holdsMs: Math.min(holdMs, lit * stepMs) - downMs };
}

/** No: this press does nothing here. */
export function noPicture(sinceMs: number, leds: number): Picture {
  const left = Math.floor(sinceMs / shakeMs) % 2 === 0;
  const colours = Array.from({ length: leds }, (_, led) => (led < leds / 2 === left ? palette.white : palette.dark));
  return { colours, holdsMs: shakeMs - (sinceMs % shakeMs) };
}

/** The pen is about to move: a white bar runs out from the far end towards the first LED. */
export function countdownPicture(leftMs: number, wholeMs: number, leds: number): Picture {
  const stepMs = wholeMs / leds;
  const lit = Math.min(leds, Math.ceil(leftMs / stepMs));
  const colours = Array.from({ length: leds }, (_, led) => (led < lit ? palette.white : palette.dark));
  return { colours, holdsMs: Math.max(1, leftMs - (lit - 1) * stepMs) };
}

/** Lays a short white run over the picture for each gift; `ages` are the ms since each came. */
export function sparkle(picture: Picture, ages: readonly number[], leds: number): Picture {
  const running = ages.filter((ageMs) => ageMs >= 0 && ageMs < sparkleMs);
  if (running.length === 0) return picture;
  const glowOf = (led: number) => Math.max(...running.map((ageMs) => glow(led, ageMs, leds)));
  const colours = picture.colours.map((colour, led) => lighten(colour, glowOf(led)));
  return { colours, holdsMs: Math.min(picture.holdsMs, frameMs) };
}

/** A bright head with a tail of three LEDs. */
function glow(led: number, ageMs: number, leds: number): number {
  const head = (ageMs / sparkleMs) * (leds + tailLeds);
  const behind = head - led;
  return behind < 0 || behind >= tailLeds ? 0 : 1 - behind / tailLeds;
}

const tailLeds = 3;

function lighten([red, green, blue]: LedColour, glow: number): LedColour {
  const mix = (channel: number, white: number) => Math.round(channel + (white - channel) * glow);
  return [mix(red, palette.white[0]), mix(green, palette.white[1]), mix(blue, palette.white[2])];
}
