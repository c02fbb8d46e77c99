import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applianceStates } from '../../src/domain/appliance-state.ts';
import { holdMs } from '../../src/panel/gesture.ts';
import type { LedColour } from '../../src/panel/light/ws281x.ts';
import {
  type Answers,
  breathe,
  darkScene,
  deadScene,
  firstFacts,
  frameMs,
  noAnswers,
  noMs,
  type PanelFacts,
  palette,
  scene,
  sparkleEveryMs,
  sparkleMs,
} from '../../src/panel/scene.ts';

const shown: readonly PanelFacts[] = [
  ...applianceStates.map((state) => ({ ...firstFacts, state, fill: 0.4 })),
  { ...firstFacts, state: 'origin-unknown', hover: true },
];
const nameOf = ({ state, hover }: PanelFacts) => `${state}${hover ? ' hover' : ''}`;
const luminance = ([red, green, blue]: LedColour) => Math.max(red, green, blue) / 255;

/** The state's part of the strip over 42 s, as brightness alone: what someone sees who sees no colours. */
function grey(facts: PanelFacts, leds = 8): string {
  const frames: string[] = [];
  let brightest = 0.01;
  for (let atMs = 0; atMs < 42_000; atMs += 50) {
    const rest = scene(facts, noAnswers, atMs, leds).colours.slice(1).map(luminance);
    brightest = Math.max(brightest, ...rest);
    frames.push(rest.map((level) => Math.round((level / brightest) * 3)).join(''));
  }
  return frames.join('|');
}

test('every state can be told from every other without seeing colours, on strips long and short', () => {
  for (const leds of [3, 8, 60]) {
    const seen = new Map<string, string>();
    for (const facts of shown) {
      const picture = grey(facts, leds);
      assert.equal(seen.get(picture), undefined, `${nameOf(facts)} looks like ${seen.get(picture)} with ${leds} LEDs`);
      seen.set(picture, nameOf(facts));
    }
  }
});

test('the colours keep the four promises', () => {
  const hue: Readonly<Record<string, readonly LedColour[]>> = {
    starting: [palette.white],
    fault: [palette.red],
    'no-plotter': [palette.amber],
    'origin-unknown': [palette.violet],
    'origin-unknown hover': [palette.violet],
    'needs-sheet': [palette.amber],
    paused: [palette.amber],
    drawing: [palette.green],
    'off-air': [palette.blue],
    ready: [palette.green],
  };
  for (const facts of shown) {
    const brightest = Array.from({ length: 200 }, (_, index) => scene(facts, noAnswers, index * 50, 8))
      .flatMap(({ colours }) => colours.slice(1))
      .reduce((best, colour) => (luminance(colour) > luminance(best) ? colour : best));
    const [wanted] = hue[nameOf(facts)] ?? [];
    assert.ok(
      wanted !== undefined && brightest.every((channel, index) => Math.abs(channel - (wanted[index] ?? 0)) <= 8),
      nameOf(facts),
    );
  }
});

const answer: fc.Arbitrary<Answers> = fc.record({
  touchedAtMs: fc.option(fc.integer({ min: 0, max: 5_000 })),
  noAtMs: fc.option(fc.integer({ min: 0, max: 5_000 })),
  motionAtMs: fc.option(fc.integer({ min: 0, max: 9_000 })),
  giftsAtMs: fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 5 }),
});
const anyFacts = fc.record({
  state: fc.constantFrom(...applianceStates),
  heard: fc.boolean(),
  hover: fc.boolean(),
  parked: fc.boolean(),
  inked: fc.boolean(),
  fill: fc.double({ min: 0, max: 1, noNaN: true }),
  motionInMs: fc.constant(0),
});
const anyTime = fc.integer({ min: 5_000, max: 1e9 });
const anyLength = fc.integer({ min: 2, max: 300 });

test('the first LED tells the live, whatever the rest shows', () => {
  fc.assert(
    fc.property(anyFacts, answer, anyTime, anyLength, (facts, answers, atMs, leds) => {
      const [first] = scene({ ...facts, heard: true }, answers, atMs, leds).colours;
      assert.deepEqual(first, palette.green);
      const lit = [0, 1_000].map(
        (laterMs) => scene({ ...facts, heard: false }, answers, atMs + laterMs, leds).colours[0],
      );
      assert.deepEqual(lit.map((colour) => luminance(colour ?? palette.dark)).toSorted(), [0, 1]);
    }),
  );
});

test('a scene has as many colours as the strip has LEDs, and stays as it is for as long as it says', () => {
  fc.assert(
    fc.property(anyFacts, answer, anyTime, anyLength, (facts, answers, atMs, leds) => {
      const now = scene(facts, answers, atMs, leds);
      assert.equal(now.colours.length, leds);
      assert.ok(now.holdsMs > 0);
      assert.ok(now.colours.flat().every((channel) => Number.isInteger(channel) && channel >= 0 && channel <= 255));
      if (now.holdsMs <= frameMs) return;
      const untilMs = Math.min(now.holdsMs, 10_000);
      const later = scene(facts, answers, atMs + untilMs * 0.999, leds);
      assert.deepEqual(later.colours, now.colours);
    }),
    { numRuns: 300 },
  );
});

test('a breath of 8 s goes up and down in steps that no eye sees, with fewer pictures than 20 a second', () => {
  const levels: number[] = [];
  for (let atMs = 0; atMs < 8_000; ) {
    const { level, holdsMs } = breathe(atMs, 8_000);
    levels.push(level);
    atMs += Math.max(frameMs, Math.ceil(holdsMs));
  }
  assert.ok(levels.length * frameMs <= 8_000 * 0.5, `${levels.length} pictures`);
  const steps = levels.slice(1).map((level, index) => Math.abs(level - (levels[index] ?? 0)));
  assert.ok(Math.max(...steps) < 0.03, `a step of ${Math.max(...steps)}`);
  assert.ok(Math.min(...steps) > 0, 'a picture that changes nothing');
});

test('a breath that rests lies still meanwhile: lit at its height, or in the dark after it', () => {
  const rests = { litMs: 5_000, darkMs: 3_000 };
  const levelAt = (atMs: number) => breathe(atMs, 8_000, rests).level;
  assert.deepEqual([4_000, 6_500, 9_000].map(levelAt), [1, 1, 1]);
  const dark = levelAt(0);
  assert.deepEqual([13_000, 14_500, 15_999].map(levelAt), [dark, dark, dark]);
  for (const atMs of [500, 1_500, 3_000]) {
    assert.equal(levelAt(atMs), breathe(atMs, 8_000).level);
    assert.equal(levelAt(atMs + 9_000), breathe(atMs + 4_000, 8_000).level);
  }
  for (const resting of [rests, { litMs: 5_000 }, { darkMs: 3_000 }]) {
    const cycleMs = 8_000 + (resting.litMs ?? 0) + (resting.darkMs ?? 0);
    let pictures = 0;
    for (let atMs = 0; atMs < cycleMs; pictures++) {
      const { level, holdsMs } = breathe(atMs, 8_000, resting);
      assert.equal(breathe(atMs + holdsMs * 0.999, 8_000, resting).level, level);
      atMs += Math.max(frameMs, Math.ceil(holdsMs));
    }
    assert.ok(pictures <= 66, `${pictures} pictures, where a breath without a rest has 65`);
  }
});

test('no LED blinks more than three times in a second: it could harm people', () => {
  const gifts = Array.from({ length: 40 }, (_, index) => index * sparkleEveryMs);
  const lives: readonly (readonly [name: string, facts: PanelFacts, answersAt: (atMs: number) => Answers])[] = [
    ...shown.map((facts) => [nameOf(facts), facts, () => noAnswers] as const),
    ['a finger that stays', { ...firstFacts, state: 'paused' }, () => ({ ...noAnswers, touchedAtMs: 0 })],
    ['no', { ...firstFacts, state: 'paused' }, () => ({ ...noAnswers, noAtMs: 0 })],
    [
      'gifts',
      { ...firstFacts, state: 'paused' },
      (atMs) => ({ ...noAnswers, giftsAtMs: gifts.filter((giftMs) => giftMs <= atMs) }),
    ],
  ];
  for (const [name, facts, answersAt] of lives) {
    for (const leds of [3, 4, 8, 16]) {
      const rises = Array.from({ length: leds }, (): number[] => []);
      let before: readonly number[] = [];
      for (let atMs = 0; atMs < 10_000; atMs += 10) {
        const now = scene(facts, answersAt(atMs), atMs, leds).colours.map(luminance);
        for (const [led, level] of now.entries()) {
          if (level > 0.5 && (before[led] ?? 1) <= 0.5) rises[led]?.push(atMs);
        }
        before = now;
      }
      for (const [led, times] of rises.entries()) {
        const close = times.find((atMs, index) => (times[index + 3] ?? Number.POSITIVE_INFINITY) - atMs < 1_000);
        assert.equal(close, undefined, `${name}: LED ${led} of ${leds} rises at ${times.join(' ')}`);
      }
    }
  }
});

test('the finger sees at once that it was felt, and when the press has become a hold', () => {
  const facts = { ...firstFacts, state: 'paused' } as const;
  const at = (ms: number) =>
    scene(facts, { ...noAnswers, touchedAtMs: 10_000 }, 10_000 + ms, 9)
      .colours.slice(1)
      .map((colour) => luminance(colour) > 0.5);
  const lit = (ms: number) => at(ms).filter(Boolean).length;
  assert.deepEqual([0, 249, 250, 1_000, 1_999, holdMs].map(lit), [1, 1, 2, 5, 8, 8]);
  assert.deepEqual(
    [0, 179, 180].map((ms) => lit(holdMs + ms)),
    [8, 8, 0],
  );
});

test('a press that means nothing is answered with a shaken head, and then the state is back', () => {
  const facts = { ...firstFacts, state: 'starting' } as const;
  const at = (ms: number) =>
    scene(facts, { ...noAnswers, noAtMs: 10_000 }, 10_000 + ms, 5)
      .colours.slice(1)
      .map((colour) => (luminance(colour) > 0 ? '#' : '.'))
      .join('');
  assert.deepEqual([0, 180, 360, noMs].map(at), ['##..', '..##', '##..', '####']);
});

test('a countdown of white runs out before the pen moves', () => {
  const facts = { ...firstFacts, state: 'drawing' } as const;
  const at = (ms: number) =>
    scene(facts, { ...noAnswers, motionAtMs: 13_000 }, 10_000 + ms, 7)
      .colours.slice(1)
      .filter((colour) => luminance(colour) > 0.8).length;
  assert.deepEqual([0, 499, 500, 1_500, 2_999].map(at), [6, 6, 5, 3, 1]);
});

test('a gift runs along the strip from the first LED to the last and leaves the picture as it was', () => {
  const facts = { ...firstFacts, state: 'needs-sheet' } as const;
  const brightestAt = (ms: number) => {
    const levels = scene(facts, { ...noAnswers, giftsAtMs: [10_800] }, 10_800 + ms, 21)
      .colours.slice(1)
      .map((colour) => Math.min(...colour));
    return levels.indexOf(Math.max(...levels));
  };
  const path = [50, 200, 350, 500].map(brightestAt);
  assert.deepEqual(
    path,
    path.toSorted((a, b) => a - b),
  );
  assert.ok(new Set(path).size === 4, String(path));
  assert.deepEqual(
    scene(facts, { ...noAnswers, giftsAtMs: [10_000] }, 10_000 + sparkleMs, 21),
    scene(facts, noAnswers, 10_000 + sparkleMs, 21),
  );
});

test('a dead service leaves a red pattern that stands still, a clean stop leaves the dark', () => {
  const { dark, red } = palette;
  assert.deepEqual(deadScene(6), [dark, red, dark, dark, red, dark]);
  assert.deepEqual(darkScene(2), [palette.dark, palette.dark]);
});
