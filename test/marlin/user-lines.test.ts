import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkUserLines } from '../../src/marlin/plotter.ts';

const bed = { xMinMm: -10, xMaxMm: 100, yMinMm: 0, yMaxMm: 50 };

test('ordinary lines pass', () => {
  assert.deepEqual(
    checkUserLines(['M106 S255', 'G4 P250', 'M117 S S1 S1', 'M280 P0 S90', 'M117 Hello there', 'G1 X10 Y20 F3000'], {
      bed,
    }),
    [],
  );
  assert.deepEqual(checkUserLines([], { bed }), []);
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
    ['M118 hello', /plotter answers/],
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
    const problems = checkUserLines(['M106', text], { bed });
    assert.equal(problems.length, 1, text);
    assert.match(problems[0] ?? '', reason);
    assert.match(problems[0] ?? '', /^line 2 /);
  }
});

test('what is not known to be harmless does not pass, whatever it is', () => {
  const refused: readonly string[] = [
    ...[
      'M81',
      'M85 S1',
      'T1',
      'T0',
      'M218 T1 X5',
      'G26',
      'M48',
      'M401',
      'M402',
      'M16 Printer',
      'M43 I',
      'M43 T',
      'M211 S0',
    ],
    ...['G2 X10 Y10 I5', 'G10', 'G92.1', 'G28.1', 'G0.1 X5', 'M42 P4 S1 I', 'M280 P0 S90 X', 'M502', 'M500', 'M119 X'],
    ...['M155 S1', 'M111 S8', 'M220 S50', 'M569 S0 X', 'M906 X100', 'M710', 'M9999', 'G1 X10 E5', 'G1 XX', 'G4 P1e9'],
    ...['M400 M84', 'G90 G91', 'G21 G20', 'M17 X', 'M3 S10 M5', 'G01 X5 G91', 'M84S0', 'M0', 'G4 S3600', 'G4 P3600000'],
    ...['G4 P-1', 'G4 S-1 P2000', 'G4 P1 P99999999', 'G1 X10 X9999', 'G1 Z5 Z-3', 'M106 S1 S2'],
  ];
  for (const text of refused) assert.equal(checkUserLines([text], { bed }).length, 1, text);
});

test('moves that leave the bed or touch the paper are refused, with the place', () => {
  const pass = ['G1 X100 Y0 Z3 F3000', 'G0X-10Y50', 'G00 Z.5', 'G1 F300'];
  assert.deepEqual(checkUserLines(pass, { bed }), []);
  const refused: readonly [string, RegExp][] = [
    ['G1 X500', /X 500 lies outside the bed \(-10 to 100\)/],
    ['G1 X-10.5', /X -10.5/],
    ['G0 Y51', /Y 51/],
    ['G01 Y-1', /Y -1/],
    ['G1 Z0', /paper/],
    ['G1 Z-3', /paper/],
  ];
  for (const [text, reason] of refused) assert.match(checkUserLines([text], { bed })[0] ?? '', reason);
});

test('lines of the pen may touch the paper, and may not leave the place', () => {
  assert.deepEqual(checkUserLines(['G1 Z0 F300', 'G1 Z-0.5', 'M42 P4 S255', 'G4 P150'], { bed, ofPen: true }), []);
  assert.match(checkUserLines(['G1 X5'], { bed, ofPen: true })[0] ?? '', /away from the place/);
  assert.match(checkUserLines(['G1 Z-30'], { bed, ofPen: true })[0] ?? '', /deeper/);
});

test('all problems come at once', () => {
  assert.equal(checkUserLines(['G28', 'M106', 'M84'], { bed }).length, 2);
  assert.equal(
    checkUserLines(
      Array.from({ length: 51 }, () => 'M106'),
      { bed },
    ).length,
    1,
  );
});
