import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DrawingPaths, measurePaths, packPaths, unpackPaths } from '../../src/domain/drawing-paths.ts';
import { type GeneratorName, generatorNames } from '../../src/domain/drawing-reader.ts';
import { generatorRange, wrongOfGenerator } from '../../src/drawing/generator-options.ts';
import { generators } from '../../src/drawing/generators.ts';

const options = fc
  .record({
    widthMm: fc.integer({ min: 20, max: 120 }),
    heightMm: fc.integer({ min: 20, max: 120 }),
    spacingMm: fc.constantFrom(1, 1.5, 2.5, 5),
    seed: fc.string({ maxLength: 8 }),
  })
  .filter((each) => wrongOfGenerator(each) === null);

function generate(name: GeneratorName, given = { widthMm: 80, heightMm: 80, spacingMm: 2, seed: 'a' }): DrawingPaths {
  const drawing = generators[name](given);
  assert.deepEqual(unpackPaths(packPaths(drawing) ?? assert.fail()), { ok: true, drawing });
  return drawing;
}

test('whatever box and seed, a picture lies in its box, is never empty, and is the same each time', () => {
  for (const name of generatorNames) {
    fc.assert(
      fc.property(options, (given) => {
        const drawing = generate(name, given);
        assert.ok(measurePaths(drawing).inkMm > 20);
        assert.deepEqual(generate(name, given), drawing);
      }),
      { numRuns: 12 },
    );
    const other = generators[name]({ widthMm: 80, heightMm: 80, spacingMm: 2, seed: 'b' });
    assert.notDeepEqual(generate(name).paths, other.paths);
  }
});

test('a spiral is one line from the middle that fills its box, in turns that keep half of the spacing at least', () => {
  for (const seed of ['a', 'b', 'c', 'd']) {
    const { paths } = generate('spiral', { widthMm: 80, heightMm: 90, spacingMm: 2, seed });
    const [path = [], ...more] = paths;
    assert.equal(more.length, 0);
    assert.deepEqual(path.slice(0, 2), [40_000, 45_000]);
    let farthest = 0;
    let last = Number.NEGATIVE_INFINITY;
    let turns = 0;
    for (let at = 2; at < path.length; at += 2) {
      const [x, y] = [(path[at] ?? 0) - 40_000, (path[at + 1] ?? 0) - 45_000];
      farthest = Math.max(farthest, Math.hypot(x, y));
      const angle = Math.atan2(y, x);
      if (angle < last - 3) turns += 1;
      last = angle;
    }
    assert.ok(Math.abs(farthest - 40_000) < 60, `${farthest}`);
    assert.ok(turns >= 19 && turns <= 21, `${turns}`);
    assert.ok(nearestOfOthers(paths, 12_000, 8_000) > 900, `${nearestOfOthers(paths, 12_000, 8_000)}`);
  }
});

/** How near lines come to each other, or to themselves beyond so much of their own way; outside of the middle. */
function nearestOfOthers(paths: DrawingPaths['paths'], alongMin: number, middle: number): number {
  const dots: (readonly [x: number, y: number, path: number, along: number])[] = [];
  for (const [n, path] of paths.entries()) {
    let along = 0;
    for (let at = 2; at < path.length; at += 2) {
      const [x = 0, y = 0, toX = 0, toY = 0] = path.slice(at - 2, at + 2);
      const length = Math.hypot(toX - x, toY - y);
      const steps = Math.ceil(length / 300);
      for (let step = 0; step < steps; step += 1) {
        dots.push([x + ((toX - x) * step) / steps, y + ((toY - y) * step) / steps, n, along + (length * step) / steps]);
      }
      along += length;
    }
  }
  const byX = dots.filter(([x, y]) => Math.hypot(x - 40_000, y - 45_000) > middle).sort((a, b) => a[0] - b[0]);
  let least = Number.POSITIVE_INFINITY;
  for (const [index, [x, y, path, along]] of byX.entries()) {
    for (let other = index + 1; other < byX.length; other += 1) {
      const [otherX, otherY, otherPath, otherAlong] = byX[other] ?? [0, 0, 0, 0];
      if (otherX - x > least) break;
      if (path === otherPath && Math.abs(along - otherAlong) < alongMin) continue;
      least = Math.min(least, Math.hypot(otherX - x, otherY - y));
    }
  }
  return least;
}

test('lines of a flow fill their box side by side, and nowhere touch each other', () => {
  for (const seed of ['a', 'b', 'c']) {
    const given = { widthMm: 80, heightMm: 90, spacingMm: 2, seed };
    const drawing = generate('flow', given);
    const { inkMm, penUpMm, lifts } = measurePaths(drawing);
    // As much ink as lines of that spacing have in the box, less what their ends leave free.
    assert.ok(inkMm > (0.8 * 80 * 90) / 2 && inkMm < (1.4 * 80 * 90) / 2, `${inkMm}`);
    assert.ok(penUpMm < 15 * lifts, `${penUpMm}`);
    assert.ok(nearestOfOthers(drawing.paths, 12_000, 0) > 1_000, `${nearestOfOthers(drawing.paths, 12_000, 0)}`);
  }
});

test('a box or a spacing of which no picture can be made is a mistake that can be asked for before', () => {
  const wrong = { widthMm: 80, heightMm: 80, spacingMm: 2, seed: 'a' };
  for (const [change, why] of [
    [{ spacingMm: generatorRange.spacingMinMm / 2 }, /^lines are 0.4 mm apart, not 0.8 to 20$/],
    [{ heightMm: 7 }, /too small/],
    [{ widthMm: Number.NaN }, /too small/],
    [{ widthMm: 1_900, heightMm: 1_900 }, /too large/],
  ] as const) {
    assert.match(wrongOfGenerator({ ...wrong, ...change }) ?? '', why);
    for (const draw of Object.values(generators)) assert.throws(() => draw({ ...wrong, ...change }), RangeError);
  }
});
