import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Candidate, nextStroke } from '../../src/drawing/schedule.ts';
import { shippedSettings, sound } from './settings.ts';

const layout = sound(shippedSettings);
const origin = { xMm: 0, yMm: 0 };

function candidate(row: string, creditSequence: number, n = 1): Candidate {
  return { row, n, creditSequence, creditedAtMs: creditSequence * 1000, giver: null, live: false };
}

const candidates = [candidate('row-9', 2), candidate('row-2', 3, 40), candidate('row-2', 1, 41), candidate('row-5', 4)];

test('order "row" goes by the config, and within a row by the credit', () => {
  assert.equal(nextStroke(candidates, origin, 'row', layout)?.creditSequence, 1);
  assert.equal(nextStroke(candidates.toSpliced(1, 2), origin, 'row', layout)?.row, 'row-5');
});

test('order "oldest" draws first what was credited first', () => {
  assert.equal(nextStroke(candidates, origin, 'oldest', layout)?.creditSequence, 1);
});

test('order "nearest" takes the shortest way, to either end of a stroke', () => {
  assert.equal(nextStroke(candidates, origin, 'nearest', layout)?.row, 'row-9');
  assert.equal(nextStroke(candidates, { xMm: 69, yMm: 242 }, 'nearest', layout)?.n, 40);
  const above = [candidate('row-3', 1), candidate('row-2', 2)];
  assert.equal(nextStroke(above, { xMm: 30, yMm: 218 }, 'nearest', layout)?.row, 'row-3');
});

test('the choice does not depend on the order in which candidates are offered', () => {
  for (const order of ['row', 'oldest', 'nearest'] as const) {
    const there = nextStroke(candidates, origin, order, layout);
    assert.deepEqual(nextStroke(candidates.toReversed(), origin, order, layout), there);
  }
});

test('nothing owed, nothing next', () => {
  assert.equal(nextStroke([], origin, 'oldest', layout), null);
});
