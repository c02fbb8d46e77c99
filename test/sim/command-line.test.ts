import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsOf } from './command-line.ts';

const wrong = [
  [['--seed', 'abc'], /--seed abc: a whole number from 1/],
  [['--seed', '0'], /--seed 0: a whole number from 1/],
  [['--seed', '1.5'], /--seed 1\.5: a whole number/],
  [['--from', '-1'], /'--from'|--from -1/],
  [['--seeds', '1e3'], /--seeds 1e3: a whole number/],
  [['--minutes', 'soon'], /--minutes soon: a number above 0/],
  [['--minutes', '0'], /--minutes 0: a number above 0/],
  [['--faults', 'reset,rain'], /there is no fault "rain", but: .*reset/],
  [['--scene', 'a quiet day'], /there is no such scene, but: /],
  [['--plan', 'nowhere.json'], /--plan nowhere\.json: .*ENOENT/],
  [['--plan', 'package.json'], /--plan package\.json: that is no plan/],
  [['--seed', '1', '--fixed'], /--seed and --fixed name different worlds/],
  [['--faults', 'reset', '--fixed'], /--faults is for seeds/],
  [['--sead', '1'], /--sead/],
  [['1'], /'1'/],
] as const;

for (const [args, says] of wrong) {
  test(`a wrong command line is told in a sentence: ${args.join(' ')}`, () => {
    const told = optionsOf(args);
    assert.match(typeof told === 'string' ? told : 'it was taken', says);
  });
}

test('seeds, faults and minutes are taken as they are given', () => {
  const options = optionsOf(['--from', '5', '--seeds', '2', '--faults', 'reset', '--minutes', '0.5']);
  assert.ok(typeof options !== 'string' && options.what.kind === 'many');
  assert.equal(options.minutes, 0.5);
  const plans = [...options.what.plans];
  assert.deepEqual(plans.map(options.again), ['--seed 5 --faults reset', '--seed 6 --faults reset']);
  assert.deepEqual(
    plans.map(({ seed }) => seed),
    [5, 6],
  );
  assert.ok(plans.flatMap(({ faults }) => faults).every(({ kind }) => kind === 'reset'));
});
