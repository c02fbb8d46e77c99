import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RowRoom } from '../../src/domain/worth.ts';
import { allot } from '../../src/gifts/gift-map.ts';

/** The meaning of "filled in that order", stroke by stroke. */
function strokeByStroke(
  rows: readonly string[],
  strokes: number,
  rooms: ReadonlyMap<string, RowRoom>,
): Map<string, number> {
  const given = new Map<string, number>();
  for (let sheet = 1, left = strokes; left > 0; sheet += 1) {
    for (const row of rows) {
      const room = rooms.get(row);
      assert.ok(room !== undefined);
      const limit = (room.capacity ?? 0) * sheet;
      while (left > 0 && room.taken + (given.get(row) ?? 0) < limit) {
        given.set(row, (given.get(row) ?? 0) + 1);
        left -= 1;
      }
    }
  }
  return given;
}

const anyRooms = fc.array(
  fc.record({ capacity: fc.integer({ min: 1, max: 12 }), taken: fc.integer({ min: 0, max: 40 }) }),
  { minLength: 1, maxLength: 6 },
);

test('strokes go to the same rows as if each were placed by hand, sheet by sheet and row by row', () => {
  fc.assert(
    fc.property(anyRooms, fc.integer({ min: 0, max: 300 }), (list, strokes) => {
      const rooms = new Map(list.map((room, index) => [String(index + 1), room]));
      const rows = [...rooms.keys()];
      const shares = allot(rows, strokes, (row) => rooms.get(row) ?? { capacity: null, taken: 0 });
      assert.deepEqual(new Map(shares.map(({ row, strokes }) => [row, strokes])), strokeByStroke(rows, strokes, rooms));
    }),
    { numRuns: 500 },
  );
});

test('no stroke is lost or made, however many, however full, whatever is unknown', () => {
  const room = fc.record({ capacity: fc.option(fc.nat(1000)), taken: fc.nat(1_000_000) });
  fc.assert(
    fc.property(fc.array(room, { minLength: 1, maxLength: 12 }), fc.nat(1_000_000_000), (list, strokes) => {
      const rows = list.map((_, index) => `row ${index}`);
      const shares = allot(rows, strokes, (row) => list[rows.indexOf(row)] ?? { capacity: null, taken: 0 });
      assert.equal(
        shares.reduce((total, share) => total + share.strokes, 0),
        strokes,
      );
      assert.ok(shares.every((share) => Number.isSafeInteger(share.strokes) && share.strokes > 0));
      assert.equal(new Set(shares.map(({ row }) => row)).size, shares.length);
    }),
  );
});

test('a long list overflows row by row on this sheet, then on the next', () => {
  const room = () => ({ capacity: 40, taken: 0 });
  assert.deepEqual(allot(['1', '2'], 50, room), [
    { row: '1', strokes: 40 },
    { row: '2', strokes: 10 },
  ]);
  assert.deepEqual(allot(['1', '2'], 100, room), [
    { row: '1', strokes: 60 },
    { row: '2', strokes: 40 },
  ]);
});

test('a row that this sheet does not have waits for the next one', () => {
  const room = (row: string) => ({ capacity: row === 'new' ? null : 10, taken: 4 });
  assert.deepEqual(allot(['new', '1'], 6, room), [{ row: '1', strokes: 6 }]);
  assert.deepEqual(allot(['new', '1'], 9, room), [
    { row: 'new', strokes: 3 },
    { row: '1', strokes: 6 },
  ]);
});
