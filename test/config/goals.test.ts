import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, problemsWith } from './parsed.ts';
import { smallestConfig } from './texts.ts';

test('without [[goals]] there are none; money is counted in its smallest unit', () => {
  assert.deepEqual(configOf(smallestConfig).goals, []);
  const text = `${smallestConfig}
[[goals]]
name = "A hundred euros"
of = "donations"
currency = "EUR"
target = 99.5
per = "lasting"
[[goals]]
name = "Ink"
of = "strokes"
target = 1000`;
  assert.deepEqual(configOf(text).goals, [
    { name: 'A hundred euros', of: 'donations', currency: 'EUR', target: 9_950, per: 'lasting' },
    { name: 'Ink', of: 'strokes', currency: null, target: 1_000, per: 'live' },
  ]);
});

test('goals that cannot be are refused with their place, their value and the rule', () => {
  const of = (...lines: readonly string[]) => problemsWith(['[[goals]]', 'name = "g"', ...lines].join('\n')).join('\n');
  assert.match(of('of = "likes"', 'target = 5'), /goals\[0\]\.of \| "likes" \| must be/);
  assert.match(of('of = "coins"', 'target = 0'), /goals\[0\]\.target \| 0 \| must be from 0.01/);
  assert.match(of('of = "coins"', 'target = 1.5'), /must have a whole number as target/);
  assert.match(of('of = "coins"', 'target = 5', 'currency = "EUR"'), /must have a currency where it counts donations/);
  assert.match(of('of = "donations"', 'target = 5'), /must have a currency where it counts donations/);
  assert.match(of('of = "coins"', 'target = 5', 'targets = 5'), /did you mean "target"/);
  const twice = '[[goals]]\nname = "g"\nof = "coins"\ntarget = 5\n';
  assert.match(problemsWith(`${twice}${twice}`).join(), /a name of its own for each goal/);
  assert.match(problemsWith('[goals]\nname = "g"').join(), /must be a list: each goal begins with \[\[goals\]\]/);
});
