import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom, systemRandom } from '../../src/system/random.ts';

test('the same seed gives the same numbers, another seed others', () => {
  const take = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
});

test('numbers lie from 0 up to, not including, 1, and are spread evenly', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = seededRandom(seed);
      const numbers = Array.from({ length: 1_000 }, random);
      assert.ok(numbers.every((number) => number >= 0 && number < 1));
      const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
      assert.ok(Math.abs(mean - 0.5) < 0.06, `the mean is ${mean}`);
    }),
    { seed: 1, numRuns: 50 },
  );
  const number = systemRandom();
  assert.ok(number >= 0 && number < 1);
});

test('a seed that is no integer is a bug and throws', () => {
  for (const seed of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => seededRandom(seed), RangeError);
});
