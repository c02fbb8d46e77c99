import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkUserLines } from '../../src/marlin/plotter.ts';

test('ordinary lines pass', () => {
  assert.deepEqual(checkUserLines(['M106 S255', 'G4 P250', 'M280 P0 S90', 'M117 Hello there', 'G1 X10 Y20 F3000']), []);
  assert.deepEqual(checkUserLines([]), []);
});

test('lines that move the origin, let go of motors, count or stop are refused, each with its place and reason', () => {
  const refused: readonly [string, RegExp][] = [
    ['G92 X0', /moves the origin/],
    ['G28', /homes/],
    ['G28 X Y', /homes/],
    ['G54', /moves the origin/],
    ['M206 X5', /moves the origin/],
    ['M84', /motors/],
    ['M18', /motors/],
    ['M84 S60', /motors/],
    ['G91', /mode/],
    ['G20', /units/],
    ['M92 X80', /millimetre/],
    ['M110 N5', /line numbers/],
    ['N5 G1 X1', /line numbers/],
    ['M117 M110', /M110/],
    ['M118 hello', /talks/],
    ['M112', /stops/],
    ['M410', /stops/],
    ['M0', /waits/],
    ['G1 X1 ; go', /checksum/],
    ['G1 X1*33', /checksum/],
    ['M117 a\\b', /checksum/],
    ['g1 x1', /capital/],
    ['', /empty/],
    ['M117 Grüße', /ASCII/],
    ['G1 X1\nG92 X0', /ASCII/],
    [`M117 ${'x'.repeat(80)}`, /85 characters, 79/],
  ];
  for (const [text, reason] of refused) {
    const problems = checkUserLines(['M106', text]);
    assert.equal(problems.length, 1, text);
    assert.match(problems[0] ?? '', reason);
    assert.match(problems[0] ?? '', /^line 2 /);
  }
});

test('all problems come at once', () => {
  assert.equal(checkUserLines(['G28', 'M106', 'M84']).length, 2);
  assert.equal(checkUserLines(Array.from({ length: 51 }, () => 'M106')).length, 1);
});
