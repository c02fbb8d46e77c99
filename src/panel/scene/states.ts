import type { ApplianceStateName } from '../../domain/appliance-state.ts';
import type { PanelFacts } from '../facts.ts';
import type { LedColour } from '../light/ws281x.ts';
import { dim, palette } from './palette.ts';
import { type Beat, blink, breathe, steady } from './rhythm.ts';

/** The LEDs that show the state, first to last, and for how many ms at least they stay as they are. */
export interface Picture {
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
  'off-air': (_facts, nowMs, leds) => all(palette.blue, breathe(nowMs, 4_000, 3_000), leds),
  ready: (_facts, nowMs, leds) => all(palette.green, breathe(nowMs, 6_000), leds),
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
  return { colours: Array.from({ length: leds }, () => dim(colour, level)), holdsMs };
}

/** A pattern that stands still: of every `period` LEDs one is lit. */
export function dotted(colour: LedColour, period: number, leds: number): Picture {
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
export function statePicture(facts: PanelFacts, nowMs: number, leds: number): Picture {
  return pictures[facts.state](facts, nowMs, leds);
}
