import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withGift } from '../../src/gifts/edit.ts';

const parse = (text: string): unknown => JSON.parse(text);

test('a gift that the map has gets new rows and keeps what else it says', () => {
  const text =
    '\uFEFF{"version":1,"gifts":[{"name":"Rose","row":"1","strokes":5},{"id":"5655","rows":["2"]}],"otherGifts":{"row":"3"}}';
  assert.deepEqual(parse(withGift(text, 'rose', ['4', '5'])), {
    version: 1,
    gifts: [
      { name: 'Rose', strokes: 5, rows: ['4', '5'] },
      { id: '5655', rows: ['2'] },
    ],
    otherGifts: { row: '3' },
  });
  assert.match(withGift(text, '5655', ['1']), /\{ "id": "5655", "rows": \["1"\] \}/);
});

test('a gift that the map does not have is added, by id when it is digits', () => {
  assert.deepEqual(parse(withGift('{"version":1}', 'GG', ['1'])), {
    version: 1,
    gifts: [{ name: 'GG', rows: ['1'] }],
  });
  assert.deepEqual(parse(withGift('{"gifts":[]}', '7', ['1'])), { version: 1, gifts: [{ id: '7', rows: ['1'] }] });
});

test('the short form stays short, and names are the same in any case', () => {
  assert.deepEqual(parse(withGift('{"Rose":"1"}', 'ROSE', ['2'])), { Rose: ['2'] });
  assert.deepEqual(parse(withGift('{"Rose":"1"}', 'GG', ['2', '3'])), { Rose: '1', GG: ['2', '3'] });
});
