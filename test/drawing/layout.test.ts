import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOut } from '../../src/drawing/layout.ts';
import { shippedSettings } from './settings.ts';

function placesOf(settings: Parameters<typeof layOut>[0]): string[] {
  const result = layOut(settings);
  return result.ok ? [] : result.problems.map(({ place }) => place);
}

test('the shipped sheet has ten rows of 151 strokes, the first at the top', () => {
  const result = layOut(shippedSettings);
  assert.ok(result.ok);
  assert.deepEqual(
    result.layout.rows.map(({ capacity }) => capacity),
    Array.from({ length: 10 }, () => 151),
  );
  assert.deepEqual([result.layout.rows[0]?.yMm, result.layout.rows[9]?.yMm], [257, 32]);
  assert.deepEqual(result.layout.park, { xMm: 0, yMm: 0 });
});

test('a stroke that stands exactly at xMax fits, whatever the last bits of the sum', () => {
  for (const spacingMm of [0.1, 0.3, 0.7, 1.1]) {
    for (const strokes of [1, 3, 40, 90]) {
      const xMaxMm = 40 + spacingMm * (strokes - 1);
      const result = layOut({
        ...shippedSettings,
        rows: [{ id: 'a', name: 'a', yMm: 100, xMm: 40, xMaxMm, spacingMm }],
      });
      assert.ok(result.ok);
      assert.equal(result.layout.rows[0]?.capacity, strokes, `${strokes} of ${spacingMm}`);
    }
  }
});

test('the paper lies where its offset says, and the rows with it', () => {
  const paper = { ...shippedSettings.paper, offsetXMm: 12, offsetYMm: -4 };
  const result = layOut({ ...shippedSettings, paper });
  assert.ok(result.ok);
  assert.deepEqual(result.layout.paper.corner, { xMm: 12, yMm: -4 });
  assert.deepEqual([result.layout.rows[0]?.xMm, result.layout.rows[0]?.yMm], [42, 253]);
});

test('a row whose strokes would leave the bed is refused with its place, its value and the rule', () => {
  const bed = { ...shippedSettings.bed, yMaxMm: 260 };
  const result = layOut({ ...shippedSettings, bed });
  assert.ok(!result.ok);
  assert.deepEqual(result.problems, [
    {
      place: 'rows[0].yMm',
      value: '257',
      rule: 'must be from 0 to 250, so that strokes of 10 mm stay within the bed',
    },
  ]);
});

test('all problems come at once', () => {
  const rows = [
    { id: 'a', name: 'a', yMm: 100 },
    { id: 'a', name: 'twice', yMm: 105 },
    { id: 'b', name: 'in the margin', yMm: 5 },
    { id: 'c', name: 'no room', yMm: 200, xMaxMm: 20 },
    { id: '@d', name: 'reserved', yMm: 150, maxStrokes: 1.5 },
  ];
  assert.deepEqual(placesOf({ ...shippedSettings, pen: { ...shippedSettings.pen, hopMm: 0 }, rows }), [
    'pen.hopMm',
    'rows[1].id',
    'rows[2].yMm',
    'rows[3].xMaxMm',
    'rows[4].id',
    'rows[4].maxStrokes',
    'rows[1].yMm',
  ]);
});

test('a number that is none is a problem, not a crash', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1e300]) {
    assert.ok(!layOut({ ...shippedSettings, stroke: { ...shippedSettings.stroke, spacingMm: bad } }).ok);
    assert.ok(!layOut({ ...shippedSettings, paper: { ...shippedSettings.paper, widthMm: bad } }).ok);
    assert.ok(!layOut({ ...shippedSettings, bed: { ...shippedSettings.bed, xMaxMm: bad } }).ok);
    assert.ok(!layOut({ ...shippedSettings, park: { xMm: bad, yMm: 0 } }).ok);
    assert.ok(!layOut({ ...shippedSettings, rows: [{ id: 'a', name: 'a', yMm: bad }] }).ok);
  }
});

test('rows may stand side by side or touch, but not lie over each other', () => {
  const beside = [
    { id: 'a', name: 'a', yMm: 100, xMaxMm: 90 },
    { id: 'b', name: 'b', yMm: 105, xMm: 100 },
    { id: 'c', name: 'c', yMm: 115 },
  ];
  assert.deepEqual(placesOf({ ...shippedSettings, rows: beside }), []);
  const over = [
    { id: 'a', name: 'a', yMm: 100 },
    { id: 'b', name: 'b', yMm: 109 },
  ];
  assert.deepEqual(placesOf({ ...shippedSettings, rows: over }), ['rows[1].yMm']);
});
