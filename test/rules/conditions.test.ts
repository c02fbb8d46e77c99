import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyConditionIsJudged, soundConditionsHold } from './any-condition.ts';
import { donationOf, followOf, giftOf, holdsFor, onlyRule, problemsIn, ruleWith } from './rule-events.ts';

const has = (name: string) => ({ var: name });
const rulesBroken = (when: unknown, on = 'gift') => problemsIn([ruleWith({ on, when })]).map(({ rule }) => rule);

test('a condition compares texts without regard to case, and numbers by their size', () => {
  const rose = giftOf('Rose', 1);
  assert.equal(holdsFor({ '==': [has('giftName'), 'ROSE'] }, rose), true);
  assert.equal(holdsFor({ '!=': [has('giftName'), 'rose'] }, rose), false);
  assert.equal(holdsFor({ '<': [has('giftCoins'), 5] }, rose), true);
  assert.equal(holdsFor({ '>': [{ '*': [has('giftCoins'), 3] }, 3] }, rose), false);
  assert.equal(holdsFor({ in: [has('giftName'), ['Lion', 'Rose']] }, rose), true);
  assert.equal(holdsFor({ in: ['moderator', has('roles')] }, rose), true);
  assert.equal(
    holdsFor({ or: [{ '==': [has('giftName'), 'Lion'] }, { '!': { '==': [has('giftCoins'), 2] } }] }, rose),
    true,
  );
});

test('the nine short operators ask the same as JsonLogic does', () => {
  const event = donationOf(2550, 'EUR', 'Hello from the sea');
  const cases: readonly (readonly [unknown, boolean])[] = [
    [['amount', '==', 25.5], true],
    [['amount', '!=', 25.5], false],
    [['amount', '>', 25.5], false],
    [['amount', '>=', 25.5], true],
    [['amount', '<', 25.51], true],
    [['amount', '<=', 25], false],
    [['message', 'contains', 'FROM'], true],
    [['message', 'startsWith', 'hello'], true],
    [['message', 'startsWith', 'sea'], false],
    [['message', 'endsWith', 'sea'], true],
    [['message', 'endsWith', 'hello'], false],
    [
      [
        ['amount', '>', 20],
        ['currency', '==', 'eur'],
      ],
      true,
    ],
    [
      [
        ['amount', '>', 20],
        ['currency', '==', 'usd'],
      ],
      false,
    ],
  ];
  for (const [when, expected] of cases) assert.equal(holdsFor(when, event), expected, JSON.stringify(when));
});

test('what an event does not have is never less than a number: the rule is refused, or does not hold', () => {
  assert.match(rulesBroken({ '<': [has('amount'), 100] })[0] ?? '', /^is nothing that gift has/);
  assert.equal(holdsFor({ '!=': [has('displayName'), 'x'] }, followOf(null)), false);
  assert.equal(holdsFor({ '!': { in: ['moderator', has('roles')] } }, followOf({ id: 'u', name: 'x' })), false);
  assert.equal(holdsFor({ '==': [has('isFirst'), true] }, followOf(), true), true);
  assert.equal(holdsFor(has('isFirst'), followOf(), false), false);
  assert.equal(holdsFor({ '!': has('isFirst') }, followOf(null), null), false);
});

test('what a streak makes grow is asked for with >= alone, and says from which count on', () => {
  const whole = onlyRule({ when: { and: [{ '>=': [has('coins'), 500] }, { '>=': [has('giftCount'), 3] }] } });
  assert.equal(whole.countNeeded(giftOf('Rose', 1)), 500);
  assert.equal(whole.countNeeded(giftOf('Lion', 300)), 3);
  assert.equal(whole.countNeeded(giftOf('Unpriced', 0)), 500, 'a price that is not known counts as one coin');
  assert.equal(onlyRule({ when: ['giftCount', '>=', 10] }).countNeeded(giftOf('Rose', 1)), 10);
  assert.equal(onlyRule({ when: { '<=': [10, has('giftCount')] } }).countNeeded(giftOf('Rose', 1)), 10);
  for (const when of [
    { '==': [has('giftCount'), 3] },
    { '<': [has('coins'), 3] },
    { '!': { '>=': [has('giftCount'), 3] } },
    { or: [{ '>=': [has('giftCount'), 3] }, { '==': [has('giftName'), 'Rose'] }] },
    { '>=': [10, has('giftCount')] },
    { '>=': [{ '%': [has('giftCount'), 3] }, 0] },
    ['giftCount', '==', 3],
  ])
    assert.match(rulesBroken(when).join(), /grows while a streak goes on/, JSON.stringify(when));
});

test('operators, facts and types come from lists', () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ map: [[1], { var: '' }] }, /is no operator here/],
    [{ log: 'x' }, /is no operator here/],
    [{ constructor: ['x'] }, /is no operator here/],
    [{ toString: [] }, /is no operator here/],
    [{ '==': [has('constructor'), 'x'] }, /is nothing that gift has/],
    [{ '==': [has('__proto__'), 'x'] }, /is nothing that gift has/],
    [{ '==': [has('giftName.length'), 4] }, /is nothing that gift has/],
    [{ '==': [has('points'), 4] }, /needs points, which are there with \[points\]/],
    [{ '==': [{ var: ['giftName', 'x'] }, 'x'] }, /must name one fact/],
    [{ '==': [has('giftName'), 4] }, /must compare two of a kind/],
    [{ '<': [has('giftName'), 4] }, /must be a number/],
    [{ '==': [has('giftName'), null] }, /must be one operator/],
    [{ and: [] }, /takes 1 to 50 operands/],
    [{ '/': [has('giftCoins'), 0] }, /and not 0/],
    [has('giftName'), /must be a question/],
    [{ '>': [1] }, /takes 2 operands/],
    [['giftName', 'like', 'x'], /must be a fact, one of/],
    [['giftName', 'contains', ''], /must be a text of one letter or more/],
    [[], /must not be empty/],
  ];
  for (const [when, rule] of cases) assert.match(rulesBroken(when).join(), rule, JSON.stringify(when));
});

test('a condition is bounded in depth, parts and letters when it is read', () => {
  let deep: unknown = { '==': [has('giftName'), 'x'] };
  for (let depth = 0; depth < 25; depth++) deep = { '!': deep };
  assert.match(rulesBroken(deep).join(), /nested too deep/);
  const wide = { or: Array.from({ length: 50 }, () => ({ in: [has('giftName'), ['a', 'b', 'c']] })) };
  assert.match(rulesBroken(wide).join(), /is too long/);
  assert.match(rulesBroken(['giftName', '==', 'x'.repeat(201)]).join(), /at most 200 letters/);
});

test('whatever is sound comes to what it says, by the glance at its parts as by the whole of it', () => {
  const held = soundConditionsHold(200);
  assert.ok(held > 20, `only ${held} held`);
});

test('whatever stands as a condition is refused with place and rule, or judged without an error', () => {
  anyConditionIsJudged(200);
});
