import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as v from 'valibot';
import { readJson, withGift } from '../../src/gifts/json.ts';

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
  assert.match(withGift(text, '5655', ['1']), /\{"id":"5655","rows": \["1"\]\}/);
});

test('a gift that the map does not have is added, by id when it is digits', () => {
  assert.deepEqual(parse(withGift('{"version":1}', 'GG', ['1'])), {
    version: 1,
    gifts: [{ name: 'GG', rows: ['1'] }],
  });
  assert.deepEqual(parse(withGift('{"gifts":[]}', '7', ['1'])), { gifts: [{ id: '7', rows: ['1'] }] });
});

test('the short form stays short, and names are the same in any case', () => {
  assert.deepEqual(parse(withGift('{"Rose":"1"}', 'ROSE', ['2'])), { Rose: ['2'] });
  assert.deepEqual(parse(withGift('{"Rose":"1"}', 'GG', ['2', '3'])), { Rose: '1', GG: ['2', '3'] });
});

test('notes, order and the look of a gift map stay when a gift is put into it', () => {
  const long = `{
  // What pays on Fridays
  "version": 1,
  "gifts": [
    { "name": "Rose", "row": "1" }, // the cheapest
    { "name": "GG", "strokes": 2, "rows": ["2"] } // two each
  ],
}
`;
  assert.equal(
    withGift(long, 'Lion', ['3']),
    `{
  // What pays on Fridays
  "version": 1,
  "gifts": [
    { "name": "Rose", "row": "1" }, // the cheapest
    { "name": "GG", "strokes": 2, "rows": ["2"] }, // two each
    { "name": "Lion", "rows": ["3"] }
  ],
}
`,
  );
  assert.equal(
    withGift(long, 'ROSE', ['2', '3']),
    long.replace('{ "name": "Rose", "row": "1" }', '{ "name": "Rose", "rows": ["2", "3"] }'),
  );
  assert.equal(withGift('{}', 'Rose', ['1']), '{\n  "gifts": [\n    { "name": "Rose", "rows": ["1"] }\n  ]\n}');
  assert.equal(
    withGift('{\n  "Rose": "1", // mine\n}\n', 'GG', ['2']),
    '{\n  "Rose": "1", // mine\n  "GG": ["2"]\n}\n',
  );
});

test('whatever a gift map looks like, the gift pays after it and nothing else changes', () => {
  const name = fc.constantFrom('Rose', 'GG', 'Lion', '5655', 'Café', 'a "b" {c}');
  const rows = fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 });
  const line = fc.tuple(name, rows).map(([gift, list]) => ({ [/^\d+$/.test(gift) ? 'id' : 'name']: gift, rows: list }));
  const gifts = fc.uniqueArray(line, { selector: (each) => JSON.stringify(Object.values(each)[0]) });
  const blank = fc.constantFrom('', ' ', '\n', '\r\n', ' // note, with "quotes" and [ {\n', ' /* note */ ');
  const written = fc.tuple(gifts, blank, fc.boolean()).map(([list, gap, trailing]) => {
    const end = trailing && list.length > 0 ? ',' : '';
    return `{"version": 1,${gap}"gifts":${gap}[${gap}${list.map((each) => JSON.stringify(each)).join(`,${gap}`)}${end}${gap}]${gap}}`;
  });
  fc.assert(
    fc.property(written, name, rows, (text, gift, to) => {
      const before = readJson(text);
      const after = readJson(withGift(text, gift, to));
      assert.ok(before.ok && after.ok, text);
      const listed = (json: { value: unknown }) =>
        v.parse(v.object({ gifts: v.array(v.record(v.string(), v.unknown())) }), json.value).gifts;
      const isIt = (each: Record<string, unknown>) => each.name === gift || each.id === gift;
      assert.deepEqual(
        listed(after)
          .filter(isIt)
          .map((each) => each.rows),
        [to],
      );
      assert.deepEqual(
        listed(after).filter((each) => !isIt(each)),
        listed(before).filter((each) => !isIt(each)),
      );
    }),
  );
});
