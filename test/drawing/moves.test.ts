import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PenPosition } from '../../src/domain/motion.ts';
import { isPaidFor, letteringOf, type StrokeRef } from '../../src/domain/sheet.ts';
import { penAfter } from '../../src/drawing/forecast.ts';
import { planStroke } from '../../src/drawing/moves.ts';
import { boxOf, inkPath } from '../../src/drawing/place.ts';
import { allSteps } from '../../src/marlin/motion/gcode.ts';
import { drawings } from './arbitrary.ts';
import { cross, follow } from './follow.ts';
import { shippedSettings, sound } from './settings.ts';

const shipped = sound(shippedSettings);
const parked: PenPosition = { xMm: 0, yMm: 0, pen: 'up' };

test('a stroke is drawn with the pen raised on the way and down for the line; it rises straight, then to the neighbour', () => {
  const feedMmPerMin = Math.floor((900 * Math.hypot(1, 0.6)) / 0.6);
  assert.deepEqual(planStroke(shipped, { sheet: 1, row: 'row-1', n: 3 }, parked).moves, [
    { kind: 'travel', xMm: 32, yMm: 257, pen: 'up', feedMmPerMin: 9000 },
    { kind: 'pen', to: 'down' },
    { kind: 'ink', xMm: 32, yMm: 267, feedMmPerMin: 9000 },
    { kind: 'travel', xMm: 33, yMm: 267, pen: 'hop', feedMmPerMin, riseToMm: 0.6 },
  ]);
});

test('the pen hops to a neighbour and comes back down it, and rises in place after the last of a row', () => {
  const before = { xMm: 180, yMm: 267, pen: 'hop' } as const;
  const last = { sheet: 1, row: 'row-1', n: 151 };
  const ink = [
    { kind: 'pen', to: 'down' },
    { kind: 'ink', xMm: 180, yMm: 257, feedMmPerMin: 9000 },
    { kind: 'pen', to: 'hop' },
  ];
  assert.deepEqual(planStroke(shipped, last, before).moves, ink);
  assert.deepEqual(planStroke(shipped, last, { ...before, xMm: 179 }).moves, [
    { kind: 'travel', xMm: 180, yMm: 267, pen: 'hop', feedMmPerMin: 9000 },
    ...ink,
  ]);
});

test('a hop that is too low to be clear of the paper halfway up, and no slant, is a lift in place', () => {
  const low = sound({ ...shippedSettings, pen: { ...shippedSettings.pen, hopMm: 0.5 } });
  assert.deepEqual(planStroke(low, { sheet: 1, row: 'row-1', n: 3 }, parked).moves.at(-1), { kind: 'pen', to: 'hop' });
  const pressed = sound({ ...shippedSettings, pen: { ...shippedSettings.pen, downMm: -0.5 } });
  const leaves = planStroke(pressed, { sheet: 1, row: 'row-1', n: 3 }, parked).moves.at(-1);
  assert.ok(leaves?.kind === 'travel' && leaves.riseToMm === 0.6);
});

test('the pen rises over no ink of its row on its way to a neighbour', () => {
  fc.assert(
    fc.property(drawings, ({ layout, strokes }) => {
      for (const stroke of strokes) {
        const leaves = planStroke(layout, stroke, { ...layout.park, pen: 'up' }).moves.slice(-2);
        const [ink, way] = leaves;
        if (way?.kind !== 'travel' || ink?.kind !== 'ink' || !isPaidFor(stroke.row)) continue;
        for (let n = Math.max(1, stroke.n - 8); n < stroke.n; n++) {
          const path = inkPath(layout, { row: stroke.row, n });
          path.slice(1).forEach((to, index) => {
            const from = path[index] ?? to;
            assert.ok(!cross(ink, way, from, to), `over stroke ${n} on the way on from ${stroke.n}`);
          });
        }
      }
    }),
  );
});

test('the pen is lifted fully on the way to another row and over many strokes of the same', () => {
  const after = { xMm: 32, yMm: 267, pen: 'hop' } as const;
  for (const ref of [
    { sheet: 1, row: 'row-2', n: 3 },
    { sheet: 1, row: 'row-1', n: 40 },
  ]) {
    const [lift, travel] = planStroke(shipped, ref, after).moves;
    assert.deepEqual(lift, { kind: 'pen', to: 'up' });
    assert.ok(travel?.kind === 'travel' && travel.pen === 'up');
  }
});

test('a pen that was left down is raised before it travels', () => {
  const [lift] = planStroke(shipped, { sheet: 1, row: 'row-1', n: 1 }, { xMm: 30, yMm: 260, pen: 'down' }).moves;
  assert.deepEqual(lift, { kind: 'pen', to: 'up' });
});

test('where slanting is allowed, the pen rises on the way to the neighbour, no faster than its own feed', () => {
  const slanted = sound({ ...shippedSettings, pen: { ...shippedSettings.pen, slantHopMm: 0.7 } });
  const { moves } = planStroke(slanted, { sheet: 1, row: 'row-1', n: 4 }, { xMm: 33, yMm: 267, pen: 'hop' });
  const feedMmPerMin = Math.floor((900 * Math.hypot(1, 0.7)) / 0.7);
  assert.deepEqual(moves, [
    { kind: 'pen', to: 'down' },
    { kind: 'ink', xMm: 33, yMm: 257, feedMmPerMin: 9000 },
    { kind: 'travel', xMm: 34, yMm: 257, pen: 'hop', feedMmPerMin },
  ]);
  assert.deepEqual(planStroke(slanted, { sheet: 1, row: 'row-1', n: 151 }, parked).moves.at(-1), {
    kind: 'pen',
    to: 'hop',
  });
});

test('a stroke that the sheet does not have cannot be planned', () => {
  for (const [row, n] of [
    ['row-1', 0],
    ['row-1', 152],
    ['row-1', 1.5],
    ['row-11', 1],
    ['@lettering', 1],
  ] as const) {
    assert.throws(() => planStroke(shipped, { sheet: 1, row, n }, parked));
  }
});

test('drawing any strokes again in any order lies on the same ink', () => {
  fc.assert(
    fc.property(drawings, ({ layout, strokes }) => {
      const { ink } = follow(layout, strokes);
      strokes.forEach((stroke, index) => {
        const drawn = ink[index] ?? [];
        const path = inkPath(layout, stroke);
        const isForwards = JSON.stringify(drawn) === JSON.stringify(path);
        assert.ok(isForwards || JSON.stringify(drawn) === JSON.stringify(path.toReversed()));
      });
    }),
  );
});

test('the pen is down for ink and for nothing else', () => {
  fc.assert(
    fc.property(drawings, ({ layout, strokes }) => {
      for (const { move, from, to } of follow(layout, strokes).steps) {
        if (move.kind === 'ink') assert.equal(from.pen, 'down');
        if (move.kind === 'travel') {
          const isClear = move.riseToMm !== undefined && move.riseToMm >= Math.max(0, layout.pen.downMm) + 0.3;
          const rises = (layout.pen.slant === true || isClear) && from.pen === 'down' && to.pen === 'hop';
          assert.ok(rises || from.pen !== 'down', 'travel with the pen down');
        }
      }
      for (const stroke of strokes) {
        const { moves } = planStroke(layout, stroke, { ...layout.park, pen: 'up' });
        assert.notEqual(penAfter(moves, { ...layout.park, pen: 'up' }).pen, 'down');
      }
    }),
  );
});

test('before each ink the plan comes to an end over its start, so that it can be looked at', () => {
  fc.assert(
    fc.property(drawings, ({ layout, strokes }) => {
      const { steps } = follow(layout, strokes);
      steps.forEach(({ move, from, to }) => {
        if (move.kind !== 'pen' || move.to !== 'down') return;
        assert.deepEqual([from.xMm, from.yMm], [to.xMm, to.yMm]);
      });
    }),
  );
});

test('where nothing is known of the ink, the pen crosses no place of another row below full height', () => {
  fc.assert(
    fc.property(drawings, ({ layout, strokes }) => {
      for (const { stroke, move, from, to } of follow(layout, strokes).steps) {
        if (move.kind !== 'travel' || (from.pen === 'up' && to.pen === 'up')) continue;
        for (const row of layout.rows) {
          const { xMinMm, xMaxMm, yMinMm, yMaxMm } = boxOf(row);
          // Where the pen comes from, it leaves its own ink: what lies beside that is the business of ways.test.ts.
          const comesFrom =
            from.xMm >= xMinMm - 0.002 &&
            from.xMm <= xMaxMm + 0.002 &&
            from.yMm >= yMinMm - 0.002 &&
            from.yMm <= yMaxMm + 0.002;
          if (row.id === stroke.row || comesFrom) continue;
          for (let n = 1; n <= row.capacity; n += 1) {
            const path = inkPath(layout, { row: row.id, n });
            path.slice(1).forEach((end, index) => {
              const begin = path[index] ?? end;
              assert.ok(!cross(from, to, begin, end), `low over ${row.id} ${n} by ${stroke.row} ${stroke.n}`);
            });
          }
        }
      }
    }),
  );
});

test('from label to label the pen hops within a word and is lifted fully over the row between', () => {
  const rows = [0, 1].map((index) => ({ id: `r${index}`, name: 'Ah', yMm: 100 + 9 * index, strokeMm: 2 }));
  const lettering = { label: '{row}', labelMm: 2, heading: '', headingMm: 4, marginMm: 3 };
  const layout = sound({ ...shippedSettings, rows, lettering }, { sheet: 1, date: '', user: '' });
  const { id, count } = letteringOf(layout);
  const letters = Array.from({ length: count }, (_, index): StrokeRef => ({ sheet: 1, row: id, n: index + 1 }));
  const ways = follow(layout, letters).steps.filter(({ move }) => move.kind === 'travel');
  assert.equal(ways.filter(({ to }) => to.pen === 'up').length, 2, 'to the first label and to the second');
  for (const { from, to } of ways.filter((way) => way.to.pen === 'hop')) {
    assert.ok(Math.abs(from.yMm - to.yMm) < 4, 'low over a row');
  }
});

test('no line of G-code leaves the bed or goes below the paper, whatever the valid config', () => {
  fc.assert(
    fc.property(drawings, ({ layout, settings: { bed, pen }, strokes }) => {
      const moves = follow(layout, strokes).steps.map(({ move }) => move);
      const from = { ...layout.park, zMm: pen.upMm, pen: 'up' } as const;
      for (const { text } of allSteps(from, moves, layout.pen, { kind: 'z' })) {
        assert.match(text, /^G1( X-?[\d.]+)?( Y-?[\d.]+)?( Z-?[\d.]+)? F[\d.]+$/);
        const word = (letter: string) => Number(new RegExp(`${letter}(-?[\\d.]+)`).exec(text)?.[1] ?? Number.NaN);
        assert.ok(!(word('X') < bed.xMinMm - 0.002 || word('X') > bed.xMaxMm + 0.002), text);
        assert.ok(!(word('Y') < bed.yMinMm - 0.002 || word('Y') > bed.yMaxMm + 0.002), text);
        assert.ok(!(word('Z') < pen.downMm || word('Z') > pen.upMm), text);
      }
    }),
  );
});
