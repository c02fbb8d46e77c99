import * as v from 'valibot';
import { type Goal, goalUnits } from '../domain/goals.ts';
import type { LiveEventKind } from '../domain/live-event.ts';
import { decimalsOf } from '../domain/money.ts';
import { currencyCode, numberFrom, oneOf, textField } from './values.ts';

const nameLettersMax = 60;
const targetMax = 1_000_000_000;

/** The keys of a goal. */
export const goalKeys = {
  name: v.pipe(textField('a name'), v.maxLength(nameLettersMax, `must have at most ${nameLettersMax} letters`)),
  of: oneOf(...goalUnits),
  target: numberFrom(0.01, targetMax, 'of what it counts'),
  /** Of donations, in which currency they are counted; others are not. */
  currency: v.optional(currencyCode()),
  per: v.optional(oneOf('live', 'lasting'), 'live'),
};

const goalsMax = 10;
const goalBrackets = 'each goal begins with [[goals]], in double brackets';
const goal = v.pipe(
  v.object(goalKeys, 'must be a table: [[goals]]'),
  v.check(
    ({ of, currency }) => (of === 'donations') === (currency !== undefined),
    'must have a currency where it counts donations, and nowhere else: currency = "EUR"',
  ),
  v.check(({ of, target }) => of === 'donations' || Number.isInteger(target), 'must have a whole number as target'),
  v.transform(
    ({ currency = null, target, ...rest }): Goal => ({
      ...rest,
      currency,
      target: currency === null ? target : Math.max(1, Math.round(target * 10 ** decimalsOf(currency))),
    }),
  ),
);

/** All goals of a config. */
export const goalList = v.optional(
  v.pipe(
    v.array(goal, `must be a list: ${goalBrackets}`),
    v.maxLength(goalsMax, `must be at most ${goalsMax} goals`),
    v.check(
      (goals) => new Set(goals.map(({ name }) => name)).size === goals.length,
      'must have a name of its own for each goal',
    ),
  ),
  [],
);

/** Kinds of events that are written down one by one since a goal counts them, beside gifts and money. */
export function kindsThatCount(goals: readonly Goal[]): readonly LiveEventKind[] {
  return goals.some(({ of }) => of === 'follows') ? ['follow'] : [];
}
