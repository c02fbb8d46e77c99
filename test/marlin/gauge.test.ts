import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consistent, learnSteps, newGauge } from '../../src/marlin/wire/counts.ts';
import type { Position } from '../../src/marlin/wire/replies.ts';

function at(xMm: number, countX: number): Position {
  return { xMm, yMm: 0, zMm: 0, hasZ: true, count: [countX, 0, 0] };
}

test('places and counts that move alike are one origin; a new name for the place is told', () => {
  const gauge = learnSteps(learnSteps(newGauge, at(0, 0)), at(10, 1000));
  assert.equal(consistent(gauge, at(180, 18_000)), true);
  assert.equal(consistent(gauge, at(0, 1000)), false);
});

test('one disturbed count teaches nothing, so that what comes after is judged rightly', () => {
  const gauge = learnSteps(learnSteps(learnSteps(newGauge, at(0, 0)), at(10, 1000)), at(20, 9000));
  assert.equal(consistent(gauge, at(180, 18_000)), true);
  assert.equal(consistent(gauge, at(0, 1000)), false);
});

test('a count that was disturbed while nothing was known is unlearnt', () => {
  let gauge = learnSteps(learnSteps(newGauge, at(0, 0)), at(10, 7000));
  for (const xMm of [20, 30, 40]) gauge = learnSteps(gauge, at(xMm, xMm * 100));
  assert.equal(consistent(gauge, at(180, 18_000)), true);
  assert.equal(consistent(gauge, at(0, 4000)), false);
});
