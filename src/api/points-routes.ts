import * as v from 'valibot';
import type { Appliance } from '../appliance/contract.ts';
import type { Fault } from '../domain/fault.ts';
import { levelOf, type PointsTerms } from '../domain/points.ts';
import { answered, refusesInput } from './command-routes.ts';
import { amount, count, ms, reason, saidForm } from './forms.ts';
import { Refusal, type Route, route } from './route.ts';

const peopleMax = 500;
const person = {
  person: v.pipe(
    v.string(),
    v.description("What names a person here: made of the platform's id with a secret of this ledger."),
  ),
  name: v.string(),
  points: count(),
  xp: count(),
  level: count(),
};
const entry = v.object({
  seq: count(),
  kind: v.picklist(['points', 'xp']),
  change: count(),
  balance: count(),
  xp: v.pipe(count(), v.description('The experience that came along.')),
  source: v.string(),
  why: v.string(),
  event: v.nullable(count()),
  atMs: ms(),
});
const limit = (most: string) => v.object({ limit: v.optional(v.pipe(v.string(), v.transform(Number), amount), most) });
const personId = v.pipe(v.string(), v.maxLength(100));
const adding = v.strictObject({
  person: v.pipe(v.optional(personId), v.description('Whom it is for; without one, all who have points.')),
  kind: v.optional(v.picklist(['points', 'xp'], 'must be "points" or "xp"'), 'points'),
  change: v.pipe(
    v.number('must be a number'),
    v.safeInteger('must be a whole number'),
    v.description('Below 0 it is taken: from one no more than there is, from all as much as each has.'),
  ),
  why: reason,
  id: v.pipe(
    v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
    v.description('A name of your own for it: sent again with the same one, it is not done again.'),
  ),
});
const noPerson: Fault = {
  code: 'unknown-person',
  what: 'There is nobody of this id.',
  remedy: 'See GET /people, or `livepen points`.',
};

/** Routes about points: they exist where the config has `[points]`, and are open to the owner alone. */
export function pointsRoutes(appliance: Appliance, terms: PointsTerms): readonly Route[] {
  const { views, operator } = appliance;
  const withLevel = <T extends { readonly xp: number }>(found: T) => ({ ...found, level: levelOf(found.xp, terms) });
  return [
    route({
      method: 'get',
      path: '/people',
      summary: 'Who has saved most',
      admits: 'owner',
      query: limit('100'),
      answer: v.object({ people: v.array(v.object(person)) }),
      handle: ({ query }) => ({ people: views.people(Math.min(query.limit, peopleMax)).map(withLevel) }),
    }),
    route({
      method: 'get',
      path: '/people/{id}/points',
      summary: 'What somebody has saved, and the newest entries of it, the newest first',
      admits: 'owner',
      params: v.object({ id: personId }),
      query: limit('100'),
      answer: v.object({ ...person, entries: v.array(entry) }),
      refuses: { 404: noPerson.what },
      handle({ params: { id }, query }) {
        const found = views.person(id, query.limit);
        return found === null ? new Refusal(404, noPerson) : withLevel(found);
      },
    }),
    route({
      method: 'post',
      path: '/points',
      summary: 'Give points or experience by hand, or take them, of one person or of all, with the reason',
      admits: 'owner',
      body: adding,
      example: { change: 50, why: 'a birthday' },
      answer: saidForm,
      refuses: refusesInput,
      handle: ({ body: { person: whom = null, kind, change, why, id = null } }) =>
        answered(appliance, operator.addPoints({ person: whom, kind, change, why, ownId: id })),
    }),
  ];
}
