import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DrawingPaths, packPaths } from '../../src/domain/drawing-paths.ts';
import type { DrawingTrack, PlateLayout } from '../../src/domain/sheet.ts';
import { drawingLeft, fitOnPlate, pathMs } from '../../src/drawing/fit-drawing.ts';
import { estimate, penAfter } from '../../src/drawing/forecast.ts';
import { planStroke } from '../../src/drawing/moves.ts';
import { shippedSettings, sound } from './settings.ts';

const plate: PlateLayout = { id: 'p', name: 'p', xMm: 40, yMm: 40, widthMm: 100, heightMm: 50 };
const large = { inkFeedMmPerMin: 9_000, pieceMs: 60_000 };
const fit = { ...large, scales: true };
const asIs = { ...large, scales: false };

function drawing(widthUm: number, heightUm: number, ...paths: number[][]): DrawingPaths {
  return { widthUm, heightUm, paths };
}

test('a drawing is made as large as its plate allows, or keeps its size, and lies in the middle', () => {
  const tall = drawing(10_000, 20_000, [0, 0, 10_000, 20_000]);
  assert.deepEqual(fitOnPlate(tall, plate, fit), drawing(100_000, 50_000, [37_500, 0, 62_500, 50_000]));
  assert.deepEqual(fitOnPlate(tall, plate, asIs), drawing(100_000, 50_000, [45_000, 15_000, 55_000, 35_000]));
});

test('it is turned by a quarter only where the plate allows that and it is larger so, or fits only so', () => {
  const tall = drawing(50_000, 100_000, [0, 0, 50_000, 0, 50_000, 100_000]);
  assert.equal(fitOnPlate(tall, plate, asIs), null);
  const turned = drawing(100_000, 50_000, [100_000, 0, 100_000, 50_000, 0, 50_000]);
  for (const fitting of [asIs, fit]) assert.deepEqual(fitOnPlate(tall, { ...plate, turn: true }, fitting), turned);
  const wide = drawing(100_000, 50_000, [0, 0, 100_000, 0]);
  assert.deepEqual(fitOnPlate(wide, { ...plate, turn: true }, asIs), wide);
});

test('points that fall together are one, and a drawing of which nothing is left fits nowhere', () => {
  const huge = drawing(2_000_000, 1_000_000, [0, 0, 5, 5, 2_000_000, 0], [0, 0, 9, 0]);
  assert.deepEqual(fitOnPlate(huge, plate, fit)?.paths, [[0, 0, 100_000, 0]]);
  assert.equal(fitOnPlate(drawing(2_000_000, 1_000_000, [0, 0, 9, 0]), plate, fit), null);
});

test('a long path is cut into pieces that meet, each of bounded length and points, and no ink is lost', () => {
  const anyPath = fc.array(fc.integer({ min: 0, max: 50_000 }), { minLength: 4, maxLength: 900 });
  fc.assert(
    fc.property(anyPath, fc.integer({ min: 50, max: 8_000 }), (numbers, pieceMs) => {
      const path = numbers.slice(0, 2 * Math.floor(numbers.length / 2));
      const moves = path.filter(
        (_, at) => at % 2 === 0 && (path[at] !== path[at - 2] || path[at + 1] !== path[at - 1]),
      );
      if (moves.length < 2) return;
      const placed = fitOnPlate(drawing(50_000, 50_000, path), plate, { ...asIs, pieceMs });
      assert.ok(placed !== null && packPaths(placed) !== null);
      const pieceUm = 150 * pieceMs;
      let [length, end] = [0, placed.paths[0]?.slice(0, 2)];
      for (const piece of placed.paths) {
        assert.deepEqual(piece.slice(0, 2), end);
        end = piece.slice(-2);
        const its = lengthUm(piece);
        assert.ok(its <= pieceUm + 5 * piece.length && piece.length <= 302, `${its} of ${pieceUm}`);
        length += its;
      }
      assert.ok(Math.abs(length - lengthUm(path)) <= 2 * placed.paths.reduce((sum, piece) => sum + piece.length, 0));
    }),
  );
});

function lengthUm(path: readonly number[]): number {
  let length = 0;
  for (let at = 2; at < path.length; at += 2)
    length += Math.hypot((path[at] ?? 0) - (path[at - 2] ?? 0), (path[at + 1] ?? 0) - (path[at - 1] ?? 0));
  return length;
}

/** A track of so many lines on a plate of a layout. */
function hatched(lines: number) {
  const track: DrawingTrack = {
    id: '@drawing-1',
    plate: 'p',
    count: lines,
    pathOf: (n) => [
      { xMm: 40, yMm: 40 + n * 0.4 },
      { xMm: 40 + (n % 7) * 9 + 5, yMm: 40 + n * 0.4 },
    ],
  };
  const settings = { ...shippedSettings, rows: [], plates: [{ ...plate, heightMm: 120 }] };
  return { ...sound(settings), drawings: [track] };
}

test('between near paths of a drawing the pen hops, from elsewhere it comes at full height', () => {
  const layout = hatched(9);
  const from = { xMm: 40, yMm: 40.4, pen: 'hop' } as const;
  const [hop] = planStroke(layout, { sheet: 1, row: '@drawing-1', n: 2 }, from).moves;
  assert.ok(hop?.kind === 'travel' && hop.pen === 'hop');
  const [lift] = planStroke(layout, { sheet: 1, row: '@drawing-1', n: 2 }, { ...from, xMm: 30 }).moves;
  assert.deepEqual(lift, { kind: 'pen', to: 'up' });
  const { moves } = planStroke(layout, { sheet: 1, row: '@drawing-1', n: 2 }, from);
  assert.equal(penAfter(moves, from).pen, 'hop');
  assert.throws(() => planStroke(layout, { sheet: 1, row: '@drawing-2', n: 1 }, from), /no drawing "@drawing-2"/);
});

test('what is left of a drawing is foreseen within a tenth of what its moves take', () => {
  const layout = hatched(200);
  const [track] = layout.drawings;
  assert.ok(track !== undefined);
  const strokes = Array.from({ length: 200 }, (_, index) => ({ sheet: 1, row: track.id, n: index + 1 }));
  const { ms, inkMm } = estimate(layout, strokes);
  const left = drawingLeft(layout, track, 0);
  assert.ok(Math.abs(left.ms - ms) <= ms / 10, `${left.ms} and ${ms}`);
  assert.ok(Math.abs(left.inkMm - inkMm) < 1e-6);
  assert.deepEqual(drawingLeft(layout, track, 200), { ms: 0, inkMm: 0 });
  assert.ok(pathMs(layout, track.pathOf(6)) > pathMs(layout, track.pathOf(1)));
});
