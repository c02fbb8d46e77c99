import type { Rule } from './broken.ts';
import type { Plan } from './plan.ts';
import { runPlan } from './run-plan.ts';

const runsMax = 300;

/** A plan that still breaks the rule, with as few faults and gifts as can be found in so many runs. */
export async function shrink(plan: Plan, rule: Rule): Promise<Plan> {
  let best = plan;
  let runs = 0;
  const stillBreaks = async (smaller: Plan): Promise<boolean> => {
    runs += 1;
    const { broken } = await runPlan(smaller);
    return broken?.rule === rule;
  };
  for (const list of ['faults', 'gifts'] as const) {
    for (let size = Math.ceil(best[list].length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < best[list].length && runs < runsMax; ) {
        const smaller = { ...best, [list]: best[list].filter((_, index) => index < at || index >= at + size) };
        if (await stillBreaks(smaller)) best = smaller;
        else at += size;
      }
    }
  }
  return best;
}
