import assert from 'node:assert/strict';
import { faultKinds } from './fault-makers.ts';
import { planOf } from './generate.ts';
import { nameOf, type Plan } from './plan.ts';
import { runPlan } from './run-plan.ts';
import { scenes } from './scenes.ts';

/** So many seeds `npm test` runs, and all scenes: mutants and faults are judged by both. */
export const fixedSeeds = 200;

/** The plans of the fixed seeds, and the scenes. */
export function fixedPlans(): readonly Plan[] {
  return [...Array.from({ length: fixedSeeds }, (_, index) => planOf(index + 1, faultKinds)), ...scenes()];
}

/** Seeds from `first` to `last` keep every rule. */
export async function holdSeeds(first: number, last: number): Promise<void> {
  for (let seed = first; seed <= last; seed += 1) await hold(planOf(seed, faultKinds));
}

/** A plan keeps every rule. */
export async function hold(plan: Plan): Promise<void> {
  const { broken, last } = await runPlan(plan);
  const again = plan.scene === undefined ? `--seed ${plan.seed}` : `--scene "${plan.scene}"`;
  const what = `${nameOf(plan)} (npm run sim -- ${again}) breaks "${broken?.rule}": ${broken?.what}`;
  assert.equal(broken, null, `${what}\n${last.join('\n')}`);
}
