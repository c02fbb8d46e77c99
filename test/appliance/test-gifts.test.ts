import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWords } from '../../src/appliance/test-gifts.ts';
import { layoutOf } from '../ledger/world.ts';

test('a test gift says how much it is: strokes, rows, and sheets when they are many', () => {
  const { rows } = layoutOf({ a: 10, b: 30 });
  const worth = { rows: ['a', 'b'], strokes: 30, per: 1 };
  assert.equal(inWords(worth, 1000, rows), '30000 strokes in row a (when it is full: b), which fill 750 sheets');
  assert.equal(inWords({ rows: ['a'], strokes: 1, per: 1 }, 1, rows), '1 stroke in row a');
  const many = { rows: ['a', 'b', 'c', 'd', 'e'], strokes: 1, per: 1 };
  assert.equal(inWords(many, 2, rows), '2 strokes in row a (when it is full: b, c, 2 more)');
  assert.equal(
    inWords(worth, 2, rows, 10),
    '10 strokes (it would be 60, but debt.maxStrokesPerGift is 10) in row a (when it is full: b)',
  );
  assert.equal(inWords({ rows: ['a'], strokes: 1, per: 100 }, 99, rows), '0 strokes');
});
