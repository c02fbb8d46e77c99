import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PenPosition } from '../../src/domain/motion.ts';
import { isPaidFor, type Point, type SheetLayout, type StrokeRef } from '../../src/domain/sheet.ts';
import { penAfter, planInOrder } from '../../src/drawing/forecast.ts';
import { planStroke } from '../../src/drawing/moves.ts';
import { inkPath } from '../../src/drawing/place.ts';
import { wayOverBlank, wayTimeMs, wayTimeUpMs } from '../../src/drawing/ways.ts';
import { drawings } from './arbitrary.ts';
import { cross } from './follow.ts';
import { shippedSettings, sound } from './settings.ts';

const shipped = sound(shippedSettings);
/** Above the second place of the first row, which is the uppermost. */
const after = { xMm: 31, yMm: 257, pen: 'hop' } as const;
const inked = (rows: Readonly<Record<string, number>>) => (row: string) => rows[row] ?? 0;

test('to another row the pen stays as low as between neighbours where no ink lies on the way', () => {
  const { moves } = planStroke(shipped, { sheet: 1, row: 'row-3', n: 5 }, after, inked({ 'row-1': 1, 'row-3': 4 }));
  assert.deepEqual(moves.slice(0, 2), [
    { kind: 'travel', xMm: 34, yMm: 217, pen: 'hop', feedMmPerMin: 9000 },
    { kind: 'pen', to: 'down' },
  ]);
});

test('around the end of a row it goes low where that is quicker than over it, and at full height where not', () => {
  const short = wayOverBlank(shipped, inked({ 'row-1': 1, 'row-2': 9 }), after, { xMm: 31, yMm: 217 });
  assert.ok(short !== null && short.length > 1, 'around');
  assert.ok(short.every(({ xMm }) => xMm >= 31) && Math.max(...short.map(({ xMm }) => xMm)) > 38);
  const long = inked({ 'row-1': 1, 'row-2': 140 });
  assert.equal(wayOverBlank(shipped, long, after, { xMm: 31, yMm: 217 }), null);
  const [lift, travel] = planStroke(shipped, { sheet: 1, row: 'row-3', n: 2 }, after, long).moves;
  assert.deepEqual(lift, { kind: 'pen', to: 'up' });
  assert.ok(travel?.kind === 'travel' && travel.pen === 'up');
});

test('over a plate the pen goes at full height: a drawing may lie there', () => {
  const plate = { id: 'a', name: 'a', xMm: 60, yMm: 150, widthMm: 40, heightMm: 60 };
  const rows = shippedSettings.rows.slice(0, 1);
  const layout = sound({ ...shippedSettings, rows, plates: [plate] });
  const [from, to] = [
    { xMm: 80, yMm: 256 },
    { xMm: 80, yMm: 120 },
  ];
  assert.equal(wayOverBlank(layout, inked({}), from, to), null);
  assert.deepEqual(wayOverBlank(sound({ ...shippedSettings, rows }), inked({}), from, to), [to]);
  assert.deepEqual(wayOverBlank(layout, inked({}), { ...from, xMm: 59 }, { ...to, xMm: 59 }), [{ ...to, xMm: 59 }]);
});

test('where nothing is known of the ink, rows count as full', () => {
  const { moves } = planStroke(shipped, { sheet: 1, row: 'row-3', n: 5 }, after);
  assert.deepEqual(moves[0], { kind: 'pen', to: 'up' });
});

test('from the midst of ink the pen goes low only to where none lies', () => {
  const rows = inked({ 'row-1': 9, 'row-2': 5, 'row-3': 9 });
  const amidst = { xMm: 34, yMm: 232 };
  assert.deepEqual(wayOverBlank(shipped, rows, amidst, { xMm: 34, yMm: 217 }), [{ xMm: 34, yMm: 217 }]);
  const [first] = wayOverBlank(shipped, inked({ 'row-1': 1, 'row-2': 9 }), amidst, { xMm: 31, yMm: 257 }) ?? [];
  assert.notDeepEqual(first, { xMm: 31, yMm: 257 });
});

/** The low ways from row to row of a drawing, and up to where its rows were inked by then. */
function lowWays(layout: SheetLayout, strokes: readonly StrokeRef[]) {
  let at: PenPosition = { ...layout.park, pen: 'up' };
  const upTo = new Map<string, number>();
  const ways: { readonly from: Point; readonly to: Point; readonly inked: ReadonlyMap<string, number> }[] = [];
  let lastRow = '';
  for (const { stroke, moves } of planInOrder(layout, strokes)) {
    let isApproach = stroke.row !== lastRow;
    for (const move of moves) {
      const next = penAfter([move], at);
      isApproach &&= move.kind === 'travel';
      if (isApproach && at.pen === 'hop' && next.pen === 'hop') ways.push({ from: at, to: next, inked: new Map(upTo) });
      at = next;
    }
    lastRow = stroke.row;
    if (isPaidFor(stroke.row)) upTo.set(stroke.row, Math.max(upTo.get(stroke.row) ?? 0, stroke.n));
  }
  return ways;
}

/** A little after its begin: where a pen comes from or goes to, ink may end. */
function onTheWay(from: Point, to: Point): Point {
  const share = Math.min(1, 0.06 / Math.hypot(to.xMm - from.xMm, to.yMm - from.yMm));
  return { xMm: from.xMm + share * (to.xMm - from.xMm), yMm: from.yMm + share * (to.yMm - from.yMm) };
}

test('whatever is drawn in whatever order, no low way from row to row crosses a place that may be inked', () => {
  let checked = 0;
  fc.assert(
    fc.property(drawings, ({ layout, strokes }) => {
      for (const way of lowWays(layout, strokes)) {
        const { inked: upTo } = way;
        const [from, to] = [onTheWay(way.from, way.to), onTheWay(way.to, way.from)];
        checked += 1;
        for (const [row, most] of upTo) {
          for (let n = 1; n <= most; n += 1) {
            const path = inkPath(layout, { row, n });
            path.slice(1).forEach((end, index) => {
              const begin = path[index] ?? end;
              assert.ok(!cross(from, to, begin, end), `over stroke ${n} of row ${row}`);
            });
          }
        }
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(checked > 100, `${checked} ways`);
});

test('the quicker of both ways is taken, by the model of the planner', () => {
  fc.assert(
    fc.property(fc.nat(150), fc.nat(150), fc.nat(150), fc.nat(9), (n1, n2, n3, toRow) => {
      const rows = inked({ 'row-1': n1, 'row-2': n2, 'row-3': n3, 'row-5': n2, 'row-8': n3 });
      const to = { xMm: 30 + n2, yMm: 257 - 25 * toRow };
      const from = { xMm: 30 + n1, yMm: 267 };
      assert.ok(wayTimeMs(shipped, rows, from, to) <= wayTimeUpMs(shipped, from, to) + 1e-6);
    }),
  );
});
