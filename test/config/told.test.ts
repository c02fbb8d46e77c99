import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { giftMapFault } from '../../src/appliance/gift-book.ts';
import { checkPlotter } from '../../src/commands/settings.ts';
import { formatProblems, parseConfig } from '../../src/config/load.ts';
import { asPeopleCount } from '../../src/domain/problems.ts';
import { layOut } from '../../src/drawing/layout.ts';
import { parseGiftMap } from '../../src/gifts/gift-map.ts';

const shipped = readFileSync(join(import.meta.dirname, '../../config/livepen.toml'), 'utf8');

function checkLayout(input: Parameters<typeof layOut>[0]) {
  const laid = layOut(input);
  return laid.ok ? [] : laid.problems;
}

/** What a person reads about the shipped config after some of its lines were changed. */
function toldAfter(...changes: readonly (readonly [from: string, to: string])[]): {
  readonly lines: readonly string[];
  /** The number of the line that begins so, from 1. */
  readonly lineOf: (begin: string, nth?: number) => number;
} {
  const text = changes.reduce((written, [from, to]) => {
    assert.ok(written.includes(from), from);
    return written.replace(from, to);
  }, shipped);
  const parsed = parseConfig(text, 'livepen.toml', { checkLayout });
  assert.ok(!parsed.ok);
  const lineOf = (begin: string, nth = 1) => {
    const found = text.split('\n').flatMap((line, index) => (line.startsWith(begin) ? [index + 1] : []));
    return found[nth - 1] ?? assert.fail(`${begin} does not stand there ${nth} times`);
  };
  return { lines: formatProblems(parsed.problems).split('\n'), lineOf };
}

test('every problem of a config is told with the line on which it stands, in the order of the file', () => {
  const { lines, lineOf } = toldAfter(
    ['port = 8420', 'port = 84200'],
    ['baudRate = 250000', 'baudRate = "fast"'],
    ['id = "2"', 'id = "2"\nflavour = "blue"'],
    ['[sheet]', '[sheets]'],
  );
  assert.deepEqual(lines, [
    'livepen.toml has 4 problems:',
    `  line ${lineOf('baudRate')}: plotter.baudRate = "fast" must be a number (baud), without quotes`,
    `  line ${lineOf('[sheets]')}: sheets = {"full":"all-rows"} is unknown; did you mean "sheet"?`,
    `  line ${lineOf('port', 2)}: api.port = 84200 must be a whole number from 0 to 65535 (0 takes a free port)`,
    `  line ${lineOf('flavour')}: row 2, flavour = "blue" is unknown; known here are id, name, yMm, xMm, xMaxMm, maxStrokes, strokeMm, spacingMm, style, picture, generator, widthMm, heightMm, order, seed, hatchMm`,
  ]);
});

test('what is missing is told with the line of what it is missing in, and rows are counted from 1', () => {
  const { lines, lineOf } = toldAfter(['name = "GG"\nyMm = 207', 'name = "GG"'], ['id = "5"', 'id = "1"']);
  assert.deepEqual(lines.slice(1), [
    `  line ${lineOf('[[rows]]', 3)}: row 3, yMm is missing`,
    `  line ${lineOf('id = "1"', 2)}: row 5, id = "1" must differ from the id of row 1`,
  ]);
});

test('a misspelt key is told once: not also as the missing one that was meant', () => {
  assert.deepEqual(toldAfter(['[live]', '[lives]']).lines.length, 2);
  const { lines } = toldAfter(['user = ""', 'usr = ""']);
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? '', /: live\.usr = "" is unknown; did you mean "user"\?$/);
});

for (const [cause, from, to, told] of [
  [
    'a bed that is too short',
    'yMaxMm = 400',
    'yMaxMm = 100',
    /: row 1, yMm = 257 must be from 0 to 90, .* bed; the same in lines /,
  ],
  [
    'a paper that is too short',
    'heightMm = 297',
    'heightMm = 200',
    /: row 1, yMm = 257 must be .* margin .*; the same in lines /,
  ],
] as const) {
  test(`${cause} is told in one line, with the lines of all rows that it concerns`, () => {
    const { lines, lineOf } = toldAfter([from, to]);
    assert.equal(lines[0], 'livepen.toml has a problem:');
    assert.equal(lines.length, 2);
    assert.match(lines[1] ?? '', told);
    assert.ok(lines[1]?.includes(`, ${lineOf('yMm = 182')}`), lines[1]);
    assert.match(lines[1] ?? '', /: look for the one cause of all \d+$/);
  });
}

test('a row that is gone is told once of a gift map, however many gifts name it', () => {
  const gifts = Array.from({ length: 30 }, (_, index) => ({ name: `gift ${index}`, rows: ['1', '3'] }));
  const told = (text: string) => {
    const read = parseGiftMap(text, ['1', '2']);
    assert.ok(!read.ok);
    assert.equal(read.problems.length, 30);
    return giftMapFault(read.problems).what;
  };
  const begin =
    'The gift map is not valid: line 1: gift 1, rows, entry 2 ("3") is not a row of the config; it has 1, 2';
  const onOneLine = told(JSON.stringify({ version: 1, gifts }));
  assert.ok(onOneLine.startsWith(`${begin}; the same in gift 2, gift 3, `), onOneLine);
  assert.match(onOneLine, / and 17 more: look for the one cause of all 30\.$/);
  const onLines = told(`{"gifts": [${gifts.map((gift) => JSON.stringify(gift)).join(',\n')}]}`);
  assert.ok(onLines.startsWith(`${begin}; the same in lines 2, 3, `), onLines);
});

test('a row that is too long, or moved, is told once, however many rows it lies over', () => {
  for (const [from, to, place, rule] of [
    [
      'yMm = 32',
      'yMm = 32\nstrokeMm = 80',
      'row 10, strokeMm = 80',
      'must be at most 25: else it lies over row "9" (row 9), row "8" (row 8) and row "7" (row 7)',
    ],
    [
      'yMm = 132',
      'yMm = 132\nstrokeMm = 30',
      'row 6, strokeMm = 30',
      'must be at most 25: else it lies over row "5" (row 5)',
    ],
  ] as const) {
    const { lines, lineOf } = toldAfter([from, to]);
    const line = lineOf(to.split('\n')[1] ?? '');
    assert.deepEqual(lines, ['livepen.toml has a problem:', `  line ${line}: ${place} ${rule}`]);
  }
  // Listed from the bottom to the top, too.
  const heights = Array.from({ length: 6 }, (_, index) => 40 + index * 25);
  for (const [order, said] of [
    [heights, 1],
    [heights.toReversed(), 6],
  ] as const) {
    const rows = order.map(
      (yMm, index) => `[[rows]]\nid = "r${index}"\nyMm = ${yMm}\n${yMm === 40 ? 'strokeMm = 90\n' : ''}`,
    );
    const parsed = parseConfig(`[live]\nuser = ""\n${rows.join('')}`, 'f', { checkLayout });
    assert.ok(!parsed.ok);
    assert.deepEqual(
      parsed.problems.map(({ place }) => place),
      [`rows[${said - 1}].strokeMm`],
    );
  }
});

test('strokes that are longer than the rows stand apart are told once, where their length stands', () => {
  const { lines, lineOf } = toldAfter(['lengthMm = 10', 'lengthMm = 28'], ['heightMm = 297', 'heightMm = 330']);
  assert.deepEqual(lines, [
    'livepen.toml has a problem:',
    `  line ${lineOf('lengthMm')}: stroke.lengthMm = 28 must be at most 25, as far as row "2" (row 2) and row "1" (row 1) stand apart: 9 rows lie over others`,
  ]);
});

test('a row that lies over two others is told once, where it stands', () => {
  const { lines, lineOf } = toldAfter(['yMm = 132', 'yMm = 118'], ['yMm = 107', 'yMm = 112']);
  assert.equal(lines.length, 2, lines.join('\n'));
  const dense = [100, 112, 124, 118].map((yMm, index) => `[[rows]]\nid = "r${index}"\nyMm = ${yMm}\n`);
  const parsed = parseConfig(`[live]\nuser = ""\n${dense.join('')}`, 'f', { checkLayout });
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.problems.map(({ place, rule }) => `${place} ${rule}`),
    ['rows[3].yMm must not lie over row "r1" (rows[1]) and row "r2" (rows[2])'],
  );
  assert.match(lines[1] ?? '', new RegExp(`line ${lineOf('yMm = 112')}: row 7, yMm = 112 must not lie over row "6"`));
});

test('a row whose own length leaves the paper is told so once, and not to stand elsewhere', () => {
  const { lines, lineOf } = toldAfter(['yMm = 207', 'yMm = 207\nstrokeMm = 300']);
  const rule = "must be at most 60, to stay within the paper's margin of 30 mm";
  assert.deepEqual(lines.slice(1), [`  line ${lineOf('strokeMm = 300')}: row 3, strokeMm = 300 ${rule}`]);
});

for (const [pen, places] of [
  ['[penLines]\ndown = ["M280 P0 S30"]\nhop = ["M280 P0 S50"]\nup = []', ['penLines.up']],
  ['[penLines]\ndown = ["M280 P0 S30"]', ['penLines.hop', 'penLines.up']],
  ['[penLines]\ndown = []\nhop = []\nup = ["M280 P0 S90"]', ['penLines.down', 'penLines.hop']],
  ['[servo]\ndownDegrees = 30\nhopDegrees = 50', ['servo.upDegrees']],
  ['[servo]\ndownDegrees = 30\nhopDegrees = 30\nupDegrees = 90', ['servo.hopDegrees']],
  ['[servo]\ndownDegrees = 30\nhopDegrees = 50\nupDegrees = 30', ['servo.upDegrees']],
  ['[servo]\ndownDegrees = 90\nhopDegrees = 50\nupDegrees = 50', []],
] as const) {
  test(`a pen that is set by half is told what is missing: ${pen.replaceAll('\n', ', ')}`, () => {
    const parsed = parseConfig(`${pen}\n${shipped}`.replace('version = 1', ''), 'f', { checkLayout, checkPlotter });
    assert.deepEqual(parsed.ok ? [] : parsed.problems.map(({ place }) => place), places);
  });
}

test('entries of lists are counted as people count', () => {
  for (const [place, told] of [
    ['rows[0].yMm', 'row 1, yMm'],
    ['rows[11]', 'row 12'],
    ['api.allowOrigins[2]', 'api.allowOrigins, entry 3'],
    ['gifts[3].rows[0]', 'gift 4, rows, entry 1'],
    ['coinRanges[1].maxCoins', 'coin range 2, maxCoins'],
    ['must not lie over row "3" (rows[2]), whose strokes', 'must not lie over row "3" (row 3), whose strokes'],
    ['line 4, column 7', 'line 4, column 7'],
  ] as const)
    assert.equal(asPeopleCount(place), told);
});
