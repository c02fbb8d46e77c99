import * as v from 'valibot';
import type { Appliance } from '../appliance/contract.ts';
import { type GoalStanding, goalUnits, targetOf } from '../domain/goals.ts';
import { ms } from './forms.ts';
import { type Route, route } from './route.ts';

const amount = (what: string) => v.pipe(v.number(), v.description(what));

/** How far goals are, as it is sent. */
export const goalsForm = v.array(
  v.object({
    name: v.string(),
    of: v.picklist(goalUnits),
    currency: v.nullable(v.string()),
    per: v.picklist(['live', 'lasting']),
    target: amount('Of money in its large unit, as is the amount.'),
    amount: amount('Of the live that is on, or of the last one; where several are on, of the one that has most.'),
    reachedAtMs: v.pipe(v.nullable(ms()), v.description('Once it is reached it stays so, whatever is taken back.')),
  }),
);

/** A goal as it is sent. */
export function goalShown(goal: GoalStanding): v.InferOutput<typeof goalsForm>[number] {
  const { name, of, currency, per, reachedAtMs } = goal;
  const target = targetOf(goal);
  return { name, of, currency, per, target, amount: targetOf({ ...goal, target: goal.amount }), reachedAtMs };
}

/** The route about goals: it exists where the config has some. */
export function goalRoutes({ views }: Appliance): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/goals',
      summary: 'How far the goals are that viewers reach together',
      admits: 'owner',
      answer: v.object({ goals: goalsForm }),
      handle: () => ({ goals: views.goals().map(goalShown) }),
    }),
  ];
}
