import assert from 'node:assert/strict';
import fc from 'fast-check';
import { giftOf, holdsFor, problemsIn, ruleWith } from './rule-events.ts';

const has = (name: string) => ({ var: name });

const operator = fc.constantFrom(
  '==',
  '!==',
  '<',
  '>=',
  '!',
  '!!',
  'and',
  'or',
  'if',
  'in',
  'var',
  '+',
  '/',
  'min',
  'cat',
  'substr',
  'map',
  'reduce',
  'method',
  '__proto__',
  'constructor',
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    'Rose',
    0,
    -1,
    1e308,
    [],
    {},
    { var: 'giftName' },
    { var: 'giftCoins' },
    { var: 'giftCount' },
    { var: 'constructor' },
    { var: 1 },
  ),
  fc.double(),
  fc.string(),
);
const { logic } = fc.letrec<{ logic: unknown }>((tie) => ({
  logic: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.tuple(operator, fc.array(tie('logic'), { maxLength: 4 })).map(([name, operands]) => ({ [name]: operands })),
  ),
}));

/** What may stand in a condition, well formed: it says itself what it comes to. */
const rose = { giftName: 'rose', giftCoins: 7 };
const sound = fc.letrec<{ flag: readonly [unknown, boolean]; number: readonly [unknown, number] }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: -20, max: 20 }).map((n): readonly [unknown, number] => [n, n]),
    fc.constant<readonly [unknown, number]>([has('giftCoins'), rose.giftCoins]),
    fc
      .tuple(tie('number'), tie('number'))
      .map(([a, b]): readonly [unknown, number] => [{ '+': [a[0], b[0]] }, a[1] + b[1]]),
    fc
      .tuple(tie('number'), tie('number'))
      .map(([a, b]): readonly [unknown, number] => [{ max: [a[0], b[0]] }, Math.max(a[1], b[1])]),
  ),
  flag: fc.oneof(
    { maxDepth: 4 },
    fc
      .constantFrom('rose', 'ROSE', 'lion')
      .map((name): readonly [unknown, boolean] => [{ '==': [has('giftName'), name] }, name.toLowerCase() === 'rose']),
    fc
      .tuple(tie('number'), tie('number'))
      .map(([a, b]): readonly [unknown, boolean] => [{ '>=': [a[0], b[0]] }, a[1] >= b[1]]),
    fc
      .tuple(tie('number'), tie('number'))
      .map(([a, b]): readonly [unknown, boolean] => [{ '==': [a[0], b[0]] }, a[1] === b[1]]),
    fc
      .tuple(tie('flag'), tie('flag'))
      .map(([a, b]): readonly [unknown, boolean] => [{ and: [a[0], b[0]] }, a[1] && b[1]]),
    fc
      .tuple(tie('flag'), tie('flag'))
      .map(([a, b]): readonly [unknown, boolean] => [{ or: [a[0], b[0]] }, a[1] || b[1]]),
    tie('flag').map((a): readonly [unknown, boolean] => [{ '!': a[0] }, !a[1]]),
  ),
}));

/** Whatever is sound comes to what it says, so many times; returns how often that was yes. */
export function soundConditionsHold(numRuns: number): number {
  let held = 0;
  fc.assert(
    fc.property(sound.flag, ([when, expected]) => {
      fc.pre(JSON.stringify(when).length < 2_000);
      held += expected ? 1 : 0;
      assert.equal(holdsFor(when, giftOf('Rose', rose.giftCoins)), expected);
    }),
    { numRuns },
  );
  return held;
}

/** Whatever stands as a condition is refused with place and rule, or judged without an error, so many times. */
export function anyConditionIsJudged(numRuns: number): void {
  fc.assert(
    fc.property(logic, (when) => {
      for (const { place, rule } of problemsOf(when)) {
        assert.match(place, /^rules\[0\]\.when/);
        assert.match(rule, /^(must|is|takes|stands|grows|")/);
      }
    }),
    { numRuns },
  );
}

function problemsOf(when: unknown) {
  try {
    holdsFor(when ?? undefined, giftOf('Rose', 1));
    return [];
  } catch {
    return problemsIn([ruleWith({ when })]);
  }
}
