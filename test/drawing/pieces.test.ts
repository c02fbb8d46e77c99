import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DrawingPaths, drawingMax, measurePaths, packPaths, unpackPaths } from '../../src/domain/drawing-paths.ts';
import { type PieceOrder, pieceOrders, pieceRange } from '../../src/domain/drawing-reader.ts';
import { cutPieces } from '../../src/drawing/pieces.ts';

const place = fc.integer({ min: 0, max: 100_000 });
const anyPath = fc
  .array(fc.tuple(place, place), { minLength: 2, maxLength: 12 })
  .map((points) => points.filter(([x, y], at) => at === 0 || x !== points[at - 1]?.[0] || y !== points[at - 1]?.[1]))
  .filter((points) => points.length > 1)
  .map((points) => points.flat());
const anyDrawing: fc.Arbitrary<DrawingPaths> = fc
  .array(anyPath, { maxLength: 8 })
  .map((paths) => ({ widthUm: 100_000, heightUm: 100_000, paths }));

function cut(drawing: DrawingPaths, strokeMm: number, order: PieceOrder = 'file', seed = 's'): DrawingPaths['paths'] {
  const result = cutPieces(drawing, { strokeMm, order, seed });
  if (!result.ok) assert.fail(result.fault.what);
  const packed = packPaths(result.pieces) ?? assert.fail();
  assert.deepEqual(unpackPaths(packed), { ok: true, drawing: result.pieces });
  return result.pieces.paths;
}

const lengthMm = (path: readonly number[]) => measurePaths({ widthUm: 1, heightUm: 1, paths: [path] }).inkMm;
const box = { widthUm: 100_000, heightUm: 100_000 };

test('pieces are all the ink of a drawing, each a part of one path, and about as long as was asked for', () => {
  fc.assert(
    fc.property(anyDrawing, fc.constantFrom(1, 7, 20, 300), (drawing, strokeMm) => {
      const pieces = cut(drawing, strokeMm);
      const ink = measurePaths(drawing).inkMm;
      assert.ok(Math.abs(pieces.reduce((sum, piece) => sum + lengthMm(piece), 0) - ink) < 0.002 * pieces.length + 1e-6);
      // One after another they run along the paths: where a path ends, a piece ends, and begins where the next begins.
      let next = 0;
      for (const path of drawing.paths) {
        const count = Math.max(1, Math.round(lengthMm(path) / strokeMm));
        assert.deepEqual(pieces[next]?.slice(0, 2), path.slice(0, 2));
        let [x, y] = path;
        let along = 0;
        const end = path.slice(-2).join();
        while (along < lengthMm(path) - 0.01 - 0.002 * count || end !== [x, y].join()) {
          const piece = pieces[next++] ?? assert.fail();
          assert.deepEqual(piece.slice(0, 2), [x, y]);
          [x, y] = piece.slice(-2);
          along += lengthMm(piece);
          assert.ok(lengthMm(piece) <= 1.91 * strokeMm + 0.01, `${lengthMm(piece)} of ${strokeMm}`);
          if (count > 1) assert.ok(lengthMm(piece) >= 0.26 * strokeMm - 0.01, `${lengthMm(piece)} of ${strokeMm}`);
        }
        assert.ok(along < lengthMm(path) + 0.01 + 0.002 * count);
      }
      assert.equal(next, pieces.length);
    }),
  );
});

test('a cut moves to a corner that is near, and nowhere else', () => {
  const straight = { ...box, paths: [[0, 0, 60_000, 0]] };
  assert.deepEqual(cut(straight, 20), [
    [0, 0, 20_000, 0],
    [20_000, 0, 40_000, 0],
    [40_000, 0, 60_000, 0],
  ]);
  const corner = { ...box, paths: [[0, 0, 23_000, 0, 23_000, 17_000]] };
  assert.deepEqual(cut(corner, 20), [
    [0, 0, 23_000, 0],
    [23_000, 0, 23_000, 17_000],
  ]);
  const far = { ...box, paths: [[0, 0, 30_000, 0, 30_000, 10_000]] };
  assert.deepEqual(cut(far, 20), [
    [0, 0, 20_000, 0],
    [20_000, 0, 30_000, 0, 30_000, 10_000],
  ]);
  const bend = { ...box, paths: [[0, 0, 23_000, 0, 40_000, 5_000]] };
  assert.deepEqual(cut(bend, 20)[0]?.slice(2), [20_360, 0]);
  assert.deepEqual(
    cut(
      {
        ...box,
        paths: [
          [0, 0, 500, 0],
          [9, 9, 9, 700],
        ],
      },
      20,
    ).length,
    2,
  );
});

test('pieces come in the order that was asked for, and each order has the same pieces', () => {
  const bars = { ...box, paths: [70, 10, 50, 90].map((x) => [x * 1000, 0, x * 1000, 100_000]) };
  const xs = (order: PieceOrder, seed = 's') => cut(bars, 100, order, seed).map(([x = 0]) => x / 1000);
  assert.deepEqual(xs('file'), [70, 10, 50, 90]);
  assert.deepEqual(xs('left'), [10, 50, 70, 90]);
  assert.deepEqual(xs('centre'), [50, 70, 10, 90]);
  assert.deepEqual(xs('shuffle', '1'), xs('shuffle', '1'));
  assert.ok(['1', '2', '3', '4'].some((seed) => xs('shuffle', seed).join() !== xs('shuffle', '5').join()));
  fc.assert(
    fc.property(anyDrawing, fc.constantFrom(...pieceOrders), fc.string(), (drawing, order, seed) => {
      const sorted = (paths: DrawingPaths['paths']) => paths.map((path) => path.join(' ')).sort();
      assert.deepEqual(sorted(cut(drawing, 20, order, seed)), sorted(cut(drawing, 20)));
    }),
  );
});

test('a picture that would have too many pieces is refused, a length that no piece can have is a mistake', () => {
  const side = drawingMax.sideUm;
  const long = { widthUm: side, heightUm: side, paths: Array.from({ length: 20 }, (_, n) => [0, n, side, n]) };
  const refused = cutPieces(long, { strokeMm: 1, order: 'file', seed: '' });
  assert.ok(!refused.ok);
  assert.equal(refused.fault.code, 'drawing-too-many-pieces');
  assert.equal(cut(long, 10).length, 4_000);
  for (const strokeMm of [0, Number.NaN, pieceRange.maxMm + 1]) {
    assert.throws(() => cutPieces(long, { strokeMm, order: 'file', seed: '' }), RangeError);
  }
});

test('no piece begins or ends with a line that a plotter would leave out', () => {
  // Cuts would fall a tenth of a millimetre before a point, or behind it.
  for (const away of [100, -100]) {
    const bar = Array.from({ length: 9 }, (_, n) => [n % 8 === 0 ? 10_000 * n : 10_000 * n + away, 100 * (n % 2)]);
    const pieces = cut({ ...box, paths: [bar.flat()] }, 10);
    assert.equal(pieces.length, 8);
    for (const [x = 0, y = 0, toX = 0, toY = 0] of pieces)
      assert.ok(Math.hypot(toX - x, toY - y) >= 9_000, `${x} ${toX}`);
  }
});
