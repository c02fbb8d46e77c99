import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawSheet, type RowInk, type SheetInk } from '../../src/drawing/picture.ts';
import { shippedSettings, sound } from './settings.ts';

const layout = sound(shippedSettings);

function row(id: string, ink: Partial<RowInk> = {}): RowInk {
  return { id, certain: 0, owedThatFit: 0, owedBeyond: 0, ...ink };
}

function draw(ink: Partial<SheetInk> = {}): string {
  return drawSheet(layout, { sheet: 3, rows: [row('row-1', { certain: 5, owedThatFit: 2, owedBeyond: 9 })], ...ink });
}

/** Every tag is closed and every entity known; enough to know that it parses. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, closing, name, rest] of svg.matchAll(/<(\/?)([a-zA-Z]+)([^>]*)>/g)) {
    if (closing === '/') assert.equal(open.pop(), name);
    else if (!rest?.endsWith('/')) open.push(name ?? '');
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(svg, /&(?!#\d+;)/);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
}

test('certain ink lies where the plotter drew it, with Y upwards', () => {
  const svg = draw({ rows: [row('row-1', { certain: 2 })] });
  assert.match(svg, / d="m30 40v-10m1 10v-10" stroke="#262129"/);
  assertWellFormed(svg);
});

test('strokes of a row are one path, so that a full sheet stays under 60 kB', () => {
  const svg = draw({ rows: layout.rows.map(({ id, capacity }) => row(id, { certain: capacity })) });
  assert.ok(svg.length < 60_000, `${svg.length}`);
});

test('the sheet is told in one sentence for those who do not see it', () => {
  const rows = [row('row-1', { certain: 5, spoiled: [2], owedThatFit: 2, owedBeyond: 9 })];
  assert.match(draw({ rows }), /aria-label="Sheet 3: 4 of 1510 strokes drawn, 12 owed"/);
});

test('rows show their name, how full they are, and what waits for the next sheet', () => {
  const svg = draw();
  for (const shown of ['>Row 1<', '>5<', '>/ 151<', '>+9<', '>Sheet 3<', '>5 strokes, +9 for the next sheet<'])
    assert.ok(svg.includes(shown));
});

test('names and titles cannot break out of the picture', () => {
  const evil = '</title><script>alert("1")</script>&\u0000\u0007\uD800';
  const rows = [{ ...shippedSettings.rows[0], id: 'row-1', name: evil, yMm: 257 }];
  const svg = drawSheet(sound({ ...shippedSettings, rows }), {
    sheet: 1,
    title: evil,
    rows: [row('row-1', { certain: 3 })],
    titles: () => evil,
    strayMarks: [
      { stroke: { sheet: 1, row: 'row-1', n: 4 }, from: { xMm: 33, yMm: 257 }, to: { xMm: 33, yMm: 260 }, why: evil },
    ],
  });
  assert.doesNotMatch(svg, /<script|alert\("/);
  assert.ok(svg.isWellFormed());
  assertWellFormed(svg);
});

test('strokes of one payer share one hover title', () => {
  const svg = draw({ titles: (_, n) => (n <= 3 ? 'first' : n <= 6 ? 'second' : null) });
  assert.deepEqual(
    [...svg.matchAll(/<title>(\w+)/g)].map(([, title]) => title),
    ['first', 'second'],
  );
});

test('counts that do not fit the layout are cut to it, and unknown rows are left out', () => {
  const svg = draw({ rows: [row('row-1', { certain: 900, owedThatFit: 900 }), row('gone', { certain: 5 })] });
  assert.ok(svg.includes('>151<'));
  assertWellFormed(svg);
});

test('the same arguments give the same picture', () => {
  assert.equal(draw({ now: { sheet: 3, row: 'row-1', n: 6 } }), draw({ now: { sheet: 3, row: 'row-1', n: 6 } }));
});

test('lettering is ink once it is drawn, pencil before, and replaces the printed names', () => {
  const lettering = { label: '{row}', labelMm: 2.6, heading: '', headingMm: 4, marginMm: 10 };
  const lettered = sound({ ...shippedSettings, lettering }, { sheet: 1, date: '', user: '' });
  const svg = drawSheet(lettered, { sheet: 1, rows: [], lettered: 3 });
  assert.doesNotMatch(svg, />Row 1</);
  assert.match(svg, /stroke="#262129"/);
  assert.match(svg, /stroke="#b3a691"/);
});
