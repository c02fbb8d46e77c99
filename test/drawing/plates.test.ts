import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LayoutSettings, layOut } from '../../src/drawing/layout.ts';
import { boxOfPlate, overlap } from '../../src/drawing/place.ts';
import { shippedSettings, sound } from './settings.ts';

const plate = { id: 'main', name: 'Main', xMm: 40, yMm: 40, widthMm: 100, heightMm: 120 };
const [row] = shippedSettings.rows;
const alone: LayoutSettings = { ...shippedSettings, rows: [], plates: [plate] };

function problemsOf(settings: LayoutSettings): string[] {
  const result = layOut(settings);
  return result.ok ? [] : result.problems.map(({ place, value, rule }) => `${place} | ${value} | ${rule}`);
}

test('a plate lies where the paper does, and is frozen with the layout; without one the layout has no such key', () => {
  const paper = { ...shippedSettings.paper, offsetXMm: 12, offsetYMm: -4 };
  assert.deepEqual(sound({ ...alone, paper, plates: [{ ...plate, turn: true }] }).plates, [
    { id: 'main', name: 'Main', xMm: 52, yMm: 36, widthMm: 100, heightMm: 120, turn: true },
  ]);
  assert.equal('plates' in sound(shippedSettings), false);
  assert.equal('plates' in sound({ ...shippedSettings, plates: [] }), false);
});

test('a sheet of plates alone is one; with neither rows nor plates it is none', () => {
  assert.deepEqual(sound(alone).rows, []);
  assert.deepEqual(problemsOf({ ...alone, plates: [] }), ['rows | none | there must be at least one row, or a plate']);
});

test('a plate over a row, over another plate, beyond margin or bed, or too small for anything is refused', () => {
  const rows = row === undefined ? [] : [{ ...row, yMm: 155 }];
  assert.deepEqual(problemsOf({ ...alone, rows }), ['plates[0].yMm | 40 | must not lie over row "row-1"']);
  assert.deepEqual(problemsOf({ ...alone, rows: rows.map((each) => ({ ...each, yMm: 160 })) }), []);
  const second = { ...plate, id: 'second', xMm: 70 };
  assert.deepEqual(problemsOf({ ...alone, plates: [plate, second] }), [
    'plates[1].yMm | 40 | must not lie over plate "main" (plates[0])',
  ]);
  assert.deepEqual(problemsOf({ ...alone, plates: [{ ...plate, xMm: 20, heightMm: 300 }] }), [
    "plates[0].xMm | 20 | must be from 30 to 80, so that the plate stays within the paper's margin of 30 mm",
    "plates[0].yMm | 40 | a plate of 300 mm does not fit within the paper's margin of 30 mm",
  ]);
  assert.deepEqual(problemsOf({ ...alone, bed: { ...alone.bed, xMaxMm: 130 } }), [
    'plates[0].xMm | 40 | must be from 0 to 30, so that the plate stays within the bed',
  ]);
  assert.deepEqual(problemsOf({ ...alone, plates: [{ ...plate, widthMm: 4.9, heightMm: Number.NaN }] }), [
    'plates[0].widthMm | 4.9 | must be 5 mm or more',
    'plates[0].heightMm | NaN | must be 5 mm or more',
  ]);
});

test('two plates of one id, and an id that is reserved, are refused', () => {
  const second = { ...plate, yMm: 170, heightMm: 50 };
  assert.deepEqual(problemsOf({ ...alone, plates: [plate, second, { ...second, id: '@', yMm: 230, heightMm: 20 }] }), [
    'plates[1].id | main | must differ from the id of plates[0]',
    'plates[2].id | @ | must not begin with "@"',
  ]);
});

test('words keep clear of plates: a label ends before one beside it, and the heading stands over them', () => {
  const lettering = { label: '{row}', labelMm: 3, heading: 'A heading', headingMm: 5, marginMm: 10 };
  const rows = [{ id: 'a', name: 'A row with a name that is far too long for its room', yMm: 100, xMaxMm: 90 }];
  const beside = { ...plate, xMm: 95, yMm: 90, widthMm: 80 };
  const layout = sound({ ...alone, rows, plates: [beside], lettering }, { sheet: 1, date: '', user: '' });
  const [box] = (layout.plates ?? []).map(boxOfPlate);
  assert.ok(box !== undefined && (layout.lettering ?? []).length > 20);
  for (const { xMm, yMm } of layout.lettering?.flat() ?? []) {
    assert.ok(!overlap({ xMinMm: xMm, xMaxMm: xMm + 0.1, yMinMm: yMm, yMaxMm: yMm + 0.1 }, box), `${xMm} ${yMm}`);
  }
  const high = { ...plate, yMm: 80, heightMm: 187 };
  const headed = { ...alone, plates: [high], lettering: { ...lettering, headingMm: 30 } };
  assert.match(problemsOf(headed).join(), /^lettering\.headingMm \| 30 \| leaves no room over the plates on the bed/);
});
