import type { ApplianceStateName } from '../domain/appliance-state.ts';
import { holdMs } from './gesture.ts';
import type { LedColour } from './light/ws281x.ts';

/** What the panel shows, and what decides what a press means. */
export interface PanelFacts {
  readonly state: ApplianceStateName;
  readonly heard: boolean;
  /** The pen hovers over the last stroke and waits for a person's yes. */
  readonly hover: boolean;
  /** The pen rests at its park place with nothing in the planner. */
  readonly parked: boolean;
  /** The open sheet has ink. */
  readonly inked: boolean;
  /** How full the open sheet is, from 0 to 1. */
  readonly fill: number;
  /** Until motion may start after a person's command, in ms; 0 when it may. */
  readonly motionInMs: number;
}

/** Before the appliance was looked at. */
export const firstFacts: PanelFacts = {
  state: 'starting',
  heard: false,
  hover: false,
  parked: false,
  inked: false,
  fill: 0,
  motionInMs: 0,
};

/** What a person asks of the appliance by the button. */
const panelCommands = [
  'paper-changed',
  'change-paper',
  'pause',
  'resume',
  'confirm-origin',
  'confirm-hover',
  'try-now',
] as const;

export type PanelCommand = (typeof panelCommands)[number];

/** What the light shows of the facts; a press counts only for what has been shown for a while. */
export function shownKey({ state, hover }: PanelFacts): string {
  return state === 'origin-unknown' && hover ? 'hover' : state;
}

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
function dim([red, green, blue]: LedColour, level: number): LedColour {
  return [Math.round(red * level), Math.round(green * level), Math.round(blue * level)];
}

/** How bright a light is at a moment, from 0 to 1, and for how many ms at least that holds. */
interface Beat {
  readonly level: number;
  readonly holdsMs: number;
}

/** Light that moves is drawn this often: no second holds more than 20 pictures, one of them kept for a finger. */
export const frameMs = 53;

/** A rhythm of on and off, in ms, beginning with on; it repeats. */
function blink(nowMs: number, ...patternMs: readonly number[]): Beat {
  const periodMs = patternMs.reduce((sum, ms) => sum + ms, 0);
  let leftMs = nowMs % periodMs;
  for (const [index, ms] of patternMs.entries()) {
    if (leftMs < ms) return { level: index % 2 === 0 ? 1 : 0, holdsMs: ms - leftMs };
    leftMs -= ms;
  }
  return { level: 0, holdsMs: frameMs };
}

/** How long a breath is held, in ms: lit at its height, or in the dark after it. */
interface Rest {
  readonly litMs?: number;
  readonly darkMs?: number;
}

/**
 * Up and down like breath within `breathMs`, and a rest. It is a staircase whose steps no eye sees: each picture wakes
 * the processor, and a smooth curve would need twice as many.
 */
export function breathe(nowMs: number, breathMs: number, { litMs = 0, darkMs = 0 }: Rest = {}): Beat {
  const atMs = nowMs % (breathMs + litMs + darkMs);
  if (atMs >= breathMs + litMs) return { level: darkest, holdsMs: breathMs + litMs + darkMs - atMs };
  const topMs = breathMs / 2;
  const litLeftMs = Math.max(0, topMs + litMs - Math.max(topMs, atMs));
  const phase = (atMs < topMs ? atMs : Math.max(topMs, atMs - litMs)) / breathMs;
  const stair = Math.round(((1 - Math.cos(2 * Math.PI * phase)) / 2) * breathSteps);
  const rises = phase < 0.5 && stair < breathSteps;
  const edge = Math.max(0, stair + (rises ? 0.5 : -0.5)) / breathSteps;
  const crossed = Math.acos(1 - 2 * edge) / (2 * Math.PI);
  const onStairMs = ((rises ? crossed : 1 - crossed) - phase) * breathMs;
  return {
    level: darkest + (1 - darkest) * (stair / breathSteps),
    holdsMs: Math.max(1, stair === breathSteps ? onStairMs + litLeftMs : onStairMs),
  };
}

/** Thirty in a breath of 8 s are 85 ms each where it is fastest, and none is so large that eyes see it. */
const breathSteps = 30;

/** Breath never goes out: dark looks like broken. */
const darkest = 0.12;

/** Lit, and stays so. */
const steady: Beat = { level: 1, holdsMs: Number.POSITIVE_INFINITY };

/** The LEDs that show the state, first to last, and for how many ms at least they stay as they are. */
interface Picture {
  readonly colours: readonly LedColour[];
  readonly holdsMs: number;
}

/** The running dot goes on to the next LED after this. */
const dotStepMs = 120;
/** A short strip must not flicker: the dot comes by less than three times in a second. */
const lapMinMs = 360;
/** How bright that is which the dot runs over: the full part of the sheet, and the rest of it. */
const fullLevel = 0.35;
const emptyLevel = 0.08;

/** What the states look like. Each has a rhythm or a pattern that no other has, so colours need not be seen. */
const pictures: Readonly<Record<ApplianceStateName, (facts: PanelFacts, nowMs: number, leds: number) => Picture>> = {
  starting: (_facts, _nowMs, leds) => all(palette.white, steady, leds),
  fault: (_facts, nowMs, leds) => all(palette.red, blink(nowMs, 200, 200), leds),
  'no-plotter': (_facts, nowMs, leds) => all(palette.amber, blink(nowMs, 1_000, 1_500), leds),
  'origin-unknown': ({ hover }, nowMs, leds) =>
    hover ? all(palette.violet, thrice(nowMs), leds) : all(palette.violet, breathe(nowMs, 2_500), leds),
  'needs-sheet': (_facts, nowMs, leds) => all(palette.amber, twice(nowMs), leds),
  paused: (_facts, _nowMs, leds) => dotted(palette.amber, 2, leds),
  drawing: ({ fill }, nowMs, leds) => running(palette.green, fill, nowMs, leds),
  'off-air': (_facts, nowMs, leds) => all(palette.blue, breathe(nowMs, 4_000, { darkMs: 8_000 }), leds),
  ready: (_facts, nowMs, leds) => all(palette.green, breathe(nowMs, 8_000, { litMs: 4_000, darkMs: 4_000 }), leds),
};

/** Two quick blinks: press me. */
function twice(nowMs: number): Beat {
  return blink(nowMs, 180, 180, 180, 1_260);
}

/** Three: press to say yes. */
function thrice(nowMs: number): Beat {
  return blink(nowMs, 180, 180, 180, 180, 180, 1_100);
}

function all(colour: LedColour, { level, holdsMs }: Beat, leds: number): Picture {
  return { colours: new Array<LedColour>(leds).fill(dim(colour, level)), holdsMs };
}

/** A pattern that stands still: of every `period` LEDs one is lit. */
function dotted(colour: LedColour, period: number, leds: number): Picture {
  const colours = Array.from({ length: leds }, (_, led) => (led % period === 0 ? colour : palette.dark));
  return { colours, holdsMs: Number.POSITIVE_INFINITY };
}

function running(colour: LedColour, fill: number, nowMs: number, leds: number): Picture {
  const stepMs = Math.max(dotStepMs, lapMinMs / leds);
  const dot = Math.floor(nowMs / stepMs) % leds;
  const full = Math.round(fill * leds);
  const colours = Array.from({ length: leds }, (_, led) =>
    dim(colour, led === dot ? 1 : led < full ? fullLevel : emptyLevel),
  );
  return { colours, holdsMs: stepMs - (nowMs % stepMs) };
}

/** The picture of a state. */
function statePicture(facts: PanelFacts, nowMs: number, leds: number): Picture {
  return pictures[facts.state](facts, nowMs, leds);
}

/** The light's word for "that means nothing now": the halves of the strip take turns, like a shaken head. */
export const noMs = 1_080;
const shakeMs = 180;

/** The flash of a hold, lit and dimmed for so long each. */
const flashMs = 180;

/** A gift runs along the strip in this time. */
export const sparkleMs = 700;
/** Gifts that come faster than this share a sparkle. */
export const sparkleEveryMs = 350;

/**
 * The finger is on the button: white grows along the strip until the press has become a hold, then all of it flashes.
 */
function touchPicture(downMs: number, leds: number): Picture {
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
function noPicture(sinceMs: number, leds: number): Picture {
  const left = Math.floor(sinceMs / shakeMs) % 2 === 0;
  const colours = Array.from({ length: leds }, (_, led) => (led < leds / 2 === left ? palette.white : palette.dark));
  return { colours, holdsMs: shakeMs - (sinceMs % shakeMs) };
}

/** The pen is about to move: a white bar runs out from the far end towards the first LED. */
function countdownPicture(leftMs: number, wholeMs: number, leds: number): Picture {
  const stepMs = wholeMs / leds;
  const lit = Math.min(leds, Math.ceil(leftMs / stepMs));
  const colours = Array.from({ length: leds }, (_, led) => (led < lit ? palette.white : palette.dark));
  return { colours, holdsMs: Math.max(1, leftMs - (lit - 1) * stepMs) };
}

/** Lays a short white run over the picture for each gift; `ages` are the ms since each came. */
function sparkle(picture: Picture, ages: readonly number[], leds: number): Picture {
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
