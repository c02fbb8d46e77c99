import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultKinds } from './fault-makers.ts';
import { planOf } from './generate.ts';
import { runPlan } from './run-plan.ts';
import { fixedSeeds, holdSeeds } from './seeds.ts';

test('the same seed gives the same world, to the last byte', async () => {
  const plan = planOf(7, faultKinds);
  const [one, other] = [await runPlan(plan), await runPlan(plan)];
  assert.equal(one.hash, other.hash);
  assert.ok(one.lines > 100);
});

test('whatever goes wrong, ink is debt: the first half of the fixed seeds', () => holdSeeds(1, fixedSeeds / 2));
