import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Leg, legTimesMs, type Triple } from '../../src/domain/motion.ts';
import { allStrokes, estimate } from '../../src/drawing/forecast.ts';
import type { LayoutSettings } from '../../src/drawing/layout.ts';
import { inStyle, styles } from './arbitrary.ts';
import { seedLegs } from './seed-way.ts';
import { shippedSettings, sound } from './settings.ts';

/** Moves from rest to rest as the real firmware took them, with its wait before a first block; ms. */
const measured: readonly (readonly [what: string, to: Triple, feedMmPerMin: number, ms: number])[] = [
  ['10 mm at 9000', [10, 0, 0], 9000, 560],
  ['1 mm at 9000', [1, 0, 0], 9000, 240],
  ['Z 5 mm at 300', [0, 0, 5], 300, 1160],
  ['Z 5 mm at 900', [0, 0, 5], 900, 610],
  ['Z 1.2 mm at 300', [0, 0, 1.2], 300, 400],
  ['Z 1.2 mm at 900', [0, 0, 1.2], 900, 330],
];

function near(actual: number, expected: number, share: number, what: string): void {
  assert.ok(Math.abs(actual / expected - 1) <= share, `${what}: ${actual.toFixed(1)} instead of ${expected}`);
}

const total = (times: readonly number[]) => times.reduce((sum, ms) => sum + ms, 0);

/** What the firmware waits for more moves before it begins a first one; measured, about 0.1 s. */
const firstMoveMs = 100;

/** Strokes a minute of the low hop as it was tried on the real firmware: serpentine, straight up, along, straight down. */
function hopsPerMinute(hopMm: number): number {
  const strokes = 100;
  const legs = Array.from({ length: strokes }, (_, x): Leg[] => {
    const [from, to] = x % 2 === 0 ? [0, 10] : [10, 0];
    return [
      { to: [x, from, hopMm], feedMmPerMin: 9000 },
      { to: [x, from, 0], feedMmPerMin: 300 },
      { to: [x, to, 0], feedMmPerMin: 9000 },
      { to: [x, to, hopMm], feedMmPerMin: 900 },
    ];
  });
  return (60_000 * strokes) / total(legTimesMs([0, 0, hopMm], legs.flat()));
}

test('single moves take as long as the real firmware took for them, within 3 %', () => {
  for (const [what, to, feedMmPerMin, ms] of measured) {
    near(firstMoveMs + total(legTimesMs([0, 0, 0], [{ to, feedMmPerMin }])), ms, 0.03, what);
  }
});

test('rows of strokes are drawn as fast as the real firmware drew them, within 3 %', () => {
  near(60_000 / (total(legTimesMs([30, 257, 5], seedLegs(100))) / 100), 20.7, 0.03, "the seed's shape");
  near(hopsPerMinute(1.2), 61.3, 0.03, 'hop 1.2 mm');
  near(hopsPerMinute(2), 50, 0.03, 'hop 2 mm');
});

test('a curve in short pieces is not stopped at every piece', () => {
  const pieces = (count: number): Leg[] =>
    Array.from({ length: count }, (_, index) => ({ to: [(20 * (index + 1)) / count, 0, 0], feedMmPerMin: 2400 }));
  near(total(legTimesMs([0, 0, 0], pieces(80))), total(legTimesMs([0, 0, 0], pieces(1))), 0.001, '80 pieces');
});

test('moves of no length take no time', () => {
  const there: Leg = { to: [1, 0, 0], feedMmPerMin: 600 };
  const times = legTimesMs([0, 0, 0], [there, there, there]);
  assert.deepEqual(times.slice(1), [0, 0]);
  assert.deepEqual(legTimesMs([0, 0, 0], []), []);
});

test('no leg is faster than its feed and its accelerations allow', () => {
  const legs: Leg[] = [
    { to: [10, 0, 0], feedMmPerMin: 600 },
    { to: [10, 3, 0], feedMmPerMin: 9000 },
    { to: [10, 3, 5], feedMmPerMin: 9000 },
    { to: [0, 0, 0], feedMmPerMin: 1200 },
  ];
  const [slow = 0, short = 0, lift = 0, back = 0] = legTimesMs([0, 0, 0], legs);
  assert.ok(slow >= 1000 && short >= 60 && lift >= 5000 / 15 && back >= (1000 * Math.hypot(10, 3, 5)) / 20);
});

test('an estimate tells ink and ways apart', () => {
  const layout = sound({ ...shippedSettings, rows: shippedSettings.rows.slice(0, 1) });
  const { strokes, ms, inkMs, travelMs, inkMm, travelMm } = estimate(layout, allStrokes(layout, 1));
  assert.equal(strokes, 151);
  assert.equal(inkMm, 1510);
  near(ms, inkMs + travelMs, 1e-9, 'the sum');
  near(travelMm, Math.hypot(30, 257) + 150, 0.001, 'the way');
});

test('in one row, each style is drawn at least 2.9 times as fast as the seed drew lines, slanted lines 3.8 times', () => {
  const seedMs = total(legTimesMs([30, 257, 5], seedLegs(100))) / 100;
  const rows = shippedSettings.rows.slice(0, 1);
  const faster = (settings: LayoutSettings) => {
    const layout = sound(settings);
    const { strokes, ms } = estimate(layout, allStrokes(layout, 1), { xMm: 30, yMm: 257, pen: 'hop' });
    return seedMs / (ms / strokes);
  };
  for (const style of styles) assert.ok(faster(inStyle(style, { rows })) >= 2.9, style);
  assert.ok(faster({ ...shippedSettings, rows, pen: { ...shippedSettings.pen, slantHopMm: 0.7 } }) >= 3.8);
});
