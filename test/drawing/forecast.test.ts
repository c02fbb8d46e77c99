import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate, forecast, modelPace } from '../../src/drawing/forecast.ts';
import { shippedSettings, sound } from './settings.ts';

const layout = sound(shippedSettings);
const second = { msPerStroke: 1_000, lettersLeftMs: 0, lettersPerSheetMs: 0 };

test('what fits on the open sheet is forecast by what comes before it', () => {
  const backlog = [{ id: 'row-1', taken: 100, pending: 51 }];
  const standing = { row: 'row-1', aheadInRow: 51, aheadInAll: 120 };
  assert.deepEqual(forecast(layout, 3, backlog, standing, second), { sheet: 3, minutes: 2 });
});

test('what does not fit waits until the sheets before it are full of all rows', () => {
  const backlog = [
    { id: 'row-1', taken: 100, pending: 400 },
    { id: 'row-2', taken: 0, pending: 200 },
    { id: 'row-3', taken: 150, pending: 1 },
  ];
  const next = { row: 'row-1', aheadInRow: 52, aheadInAll: 52 };
  assert.deepEqual(forecast(layout, 3, backlog, next, second), { sheet: 4, minutes: (51 + 151 + 1 + 1) / 60 });
  const later = { row: 'row-1', aheadInRow: 400, aheadInAll: 400 };
  assert.deepEqual(forecast(layout, 3, backlog, later, second), { sheet: 6, minutes: (353 + 200 + 1 + 47) / 60 });
});

test('what is left of the lettering comes first, and all of it again on every sheet', () => {
  const backlog = [{ id: 'row-1', taken: 100, pending: 400 }];
  const pace = { ...second, lettersLeftMs: 6_000, lettersPerSheetMs: 30_000 };
  const now = { row: 'row-1', aheadInRow: 51, aheadInAll: 51 };
  assert.deepEqual(forecast(layout, 3, backlog, now, pace), { sheet: 3, minutes: 57 / 60 });
  const later = { row: 'row-1', aheadInRow: 400, aheadInAll: 400 };
  assert.deepEqual(forecast(layout, 3, backlog, later, pace), { sheet: 6, minutes: (400 + 6 + 90) / 60 });
});

test('a row that the sheet does not have has no forecast', () => {
  assert.equal(forecast(layout, 1, [], { row: 'gone', aheadInRow: 1, aheadInAll: 1 }, second), null);
});

test('the pace of the shipped rows is about a stroke a second', () => {
  const ms = modelPace(layout).msPerStroke([]);
  assert.ok(ms > 900 && ms < 1_100, `${ms}`);
});

test('the pace of what is owed is that of its strokes drawn row after row, ways between rows with them', () => {
  const pace = modelPace(layout);
  const taken = 3;
  for (const pending of [1, 7, 40]) {
    const backlog = layout.rows.filter((_, index) => index % 3 === 0).map(({ id }) => ({ id, taken, pending }));
    const strokes = backlog.flatMap(({ id }) =>
      Array.from({ length: pending }, (_, index) => ({ sheet: 1, row: id, n: taken + index + 1 })),
    );
    const ratio = (pace.msPerStroke(backlog) * strokes.length) / estimate(layout, strokes).ms;
    assert.ok(ratio > 0.95 && ratio < 1.05, `${pending} a row: ${ratio}`);
  }
});
