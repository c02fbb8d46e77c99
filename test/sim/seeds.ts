import assert from 'node:assert/strict';
import { faultKinds } from './fault-makers.ts';
import { planOf } from './generate.ts';
import { runPlan } from './run-plan.ts';

/** So many seeds `npm test` runs, and mutants and faults are judged by. */
export const fixedSeeds = 200;

/** Seeds from `first` to `last` keep every rule. */
export async function holdSeeds(first: number, last: number): Promise<void> {
  for (let seed = first; seed <= last; seed += 1) {
    const { broken, last: lines } = await runPlan(planOf(seed, faultKinds));
    const what = `seed ${seed} (npm run sim -- --seed ${seed}) breaks "${broken?.rule}": ${broken?.what}`;
    assert.equal(broken, null, `${what}\n${lines.join('\n')}`);
  }
}
