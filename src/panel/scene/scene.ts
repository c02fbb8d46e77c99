import type { PanelFacts } from '../facts.ts';
import type { LedColour } from '../light/ws281x.ts';
import { countdownPicture, noMs, noPicture, sparkle, touchPicture } from './answers.ts';
import { dim, palette } from './palette.ts';
import { blink, steady } from './rhythm.ts';
import { dotted, type Picture, statePicture } from './states.ts';

/** What the light answers to fingers and gifts, beside the state. Moments are on the clock of the scene. */
export interface Answers {
  /** Since when a finger is on the button, null when none is. */
  readonly touchedAtMs: number | null;
  /** When the last press that meant nothing ended. */
  readonly noAtMs: number | null;
  /** When motion may start after a press, null when no press was taken lately. */
  readonly motionAtMs: number | null;
  /** When gifts came, the latest few. */
  readonly giftsAtMs: readonly number[];
}

/** Nobody touches anything, nothing comes. */
export const noAnswers: Answers = { touchedAtMs: null, noAtMs: null, motionAtMs: null, giftsAtMs: [] };

/** Motion starts this long after a press; the bar of the countdown is full then. */
export const countdownMs = 3_000;

/** The whole strip at a moment, and for how many ms at least it stays so (for ever when nothing moves). */
export function scene(facts: PanelFacts, answers: Answers, nowMs: number, leds: number): Picture {
  const live = facts.heard ? steady : blink(nowMs, 1_000, 1_000);
  const first: LedColour = dim(facts.heard ? palette.green : palette.blue, live.level);
  const rest = restOf(facts, answers, nowMs, leds - 1);
  return { colours: [first, ...rest.colours], holdsMs: Math.min(live.holdsMs, rest.holdsMs) };
}

/** All but the first LED. An answer to a finger goes before everything; a countdown warns hands. */
function restOf(facts: PanelFacts, answers: Answers, nowMs: number, leds: number): Picture {
  const { touchedAtMs, noAtMs, motionAtMs, giftsAtMs } = answers;
  if (touchedAtMs !== null) return touchPicture(Math.max(0, nowMs - touchedAtMs), leds);
  if (noAtMs !== null && nowMs - noAtMs < noMs) return noPicture(Math.max(0, nowMs - noAtMs), leds);
  const ages = giftsAtMs.map((atMs) => nowMs - atMs);
  const leftMs = (motionAtMs ?? nowMs) - nowMs;
  const picture = leftMs > 0 ? countdownPicture(leftMs, countdownMs, leds) : statePicture(facts, nowMs, leds);
  return sparkle(picture, ages, leds);
}

/** What a strip shows whose service is gone: nothing moves it any more, so it is a pattern that stands still. */
export function deadScene(leds: number): readonly LedColour[] {
  return [palette.dark, ...dotted(palette.red, 3, leds - 1).colours];
}

/** All out. */
export function darkScene(leds: number): readonly LedColour[] {
  return Array.from({ length: leds }, () => palette.dark);
}
