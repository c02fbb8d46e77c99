import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DrawingPaths, drawingMax, measurePaths, packPaths, unpackPaths } from '../../src/domain/drawing-paths.ts';
import { seededNumbers } from '../../src/drawing/shapes.ts';

const side = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: drawingMax.sideUm }));

/** Any drawing that keeps to the bounds. */
const anyDrawing: fc.Arbitrary<DrawingPaths> = fc.tuple(side, side).chain(([widthUm, heightUm]) => {
  const point = fc.tuple(fc.integer({ min: 0, max: widthUm }), fc.integer({ min: 0, max: heightUm }));
  const path = fc
    .array(point, { minLength: 2, maxLength: 12 })
    .map((points) => points.filter(([x, y], at) => at === 0 || x !== points[at - 1]?.[0] || y !== points[at - 1]?.[1]))
    .filter((points) => points.length > 1)
    .map((points) => points.flat());
  return fc.array(path, { maxLength: 12 }).map((paths) => ({ widthUm, heightUm, paths }));
});

function packed(drawing: DrawingPaths): Uint8Array {
  return packPaths(drawing) ?? assert.fail('too large');
}

/** Why these bytes are refused. */
function refusal(bytes: Uint8Array): string {
  const unpacked = unpackPaths(bytes);
  if (unpacked.ok) assert.fail('taken');
  assert.equal(unpacked.fault.code, 'drawing-damaged');
  return unpacked.fault.what;
}

const square: DrawingPaths = { widthUm: 100, heightUm: 100, paths: [[0, 0, 100, 0, 100, 100, 0, 100, 0, 0]] };

test('a drawing that is packed and unpacked is the same drawing', () => {
  fc.assert(
    fc.property(anyDrawing, (drawing) => assert.deepEqual(unpackPaths(packed(drawing)), { ok: true, drawing })),
  );
});

test('whatever bytes come, they are refused with a sentence, or are a drawing within its bounds with these bytes only', () => {
  const spoilt = fc.tuple(anyDrawing, fc.nat(), fc.nat(255), fc.nat()).map(([drawing, at, byte, cut]) => {
    const bytes = packed(drawing);
    bytes[at % bytes.length] = byte;
    return cut % 3 === 0 ? bytes.slice(0, cut % (bytes.length + 1)) : bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), spoilt), (bytes) => {
      const unpacked = unpackPaths(bytes);
      if (unpacked.ok) assert.deepEqual(packed(unpacked.drawing), bytes);
      else assert.match(unpacked.fault.what, /^The paths of this drawing cannot be read: .*\.$/);
    }),
    { numRuns: 3_000 },
  );
});

test('bytes that break off, go on, or have another version are refused', () => {
  const bytes = packed(square);
  for (let end = 1; end < bytes.length; end += 1) refusal(bytes.slice(0, end));
  assert.match(refusal(new Uint8Array()), /version is missing/);
  assert.match(refusal(new Uint8Array([2, ...bytes.slice(1)])), /version is 2/);
  assert.match(refusal(new Uint8Array([...bytes, 0])), /follows after the last path/);
  assert.match(refusal(new Uint8Array(drawingMax.bytes + 1)), /1048577 bytes/);
});

test('a count that promises more than the bytes hold costs nothing', () => {
  // A box of 1 by 1, one path of 200,001 points; then 20,001 paths.
  assert.match(refusal(new Uint8Array([1, 1, 1, 1, 0xc1, 0x9a, 0x0c])), /200000 points/);
  assert.match(refusal(new Uint8Array([1, 1, 1, 0xa1, 0x9c, 0x01])), /20001 paths/);
  assert.match(refusal(new Uint8Array([1, 1, 1, 1, 0xc0, 0x9a, 0x0c])), /break off/);
});

test('paths that leave the box, stand still, have one point or no whole numbers are packed by nobody', () => {
  const cases: readonly (readonly [RegExp, Partial<DrawingPaths>])[] = [
    [
      /path 2 leaves the box at point 2/,
      {
        paths: [
          [0, 0, 1, 1],
          [0, 0, 101, 0],
        ],
      },
    ],
    [/leaves the box/, { paths: [[0, 0, 0, -1]] }],
    [/stands still at point 3/, { paths: [[0, 0, 5, 5, 5, 5]] }],
    [/has 1 points/, { paths: [[0, 0]] }],
    [/has 1.5 points/, { paths: [[0, 0, 1]] }],
    [/no whole numbers/, { paths: [[0, 0, 0.5, 0]] }],
    [/no whole numbers/, { paths: [[0, 0, Number.NaN, 0]] }],
    [/side of the box is 0/, { widthUm: 0 }],
    [/side of the box is 2000001/, { heightUm: drawingMax.sideUm + 1 }],
    [/20001 paths/, { paths: Array.from({ length: drawingMax.paths + 1 }, () => [0, 0, 1, 1]) }],
    [/200000 points/, { paths: [Array.from({ length: 400_002 }, (_, at) => (at >> 1) % 2)] }],
  ];
  for (const [why, change] of cases) assert.throws(() => packPaths({ ...square, ...change }), why);
});

test('200,000 points a few millimetres apart fit; where each is far from the next they do not, and that is a value', () => {
  const random = seededNumbers('far');
  const far = (count: number, stepUm: number): DrawingPaths => {
    const path: number[] = [];
    for (let point = 0; point < count; point += 1) path.push(...[0, 0].map(() => Math.floor(random() * stepUm)));
    return { widthUm: drawingMax.sideUm, heightUm: drawingMax.sideUm, paths: [path] };
  };
  assert.ok(packed(far(drawingMax.points, 5_000)).length < drawingMax.bytes);
  assert.equal(packPaths(far(drawingMax.points, drawingMax.sideUm)), null);
});

test('ink, the ways between and the lifts are counted', () => {
  const drawing = { ...square, paths: [...square.paths, [30, 40, 30, 90]] };
  assert.deepEqual(measurePaths(drawing), { inkMm: 0.45, penUpMm: 0.05, lifts: 2 });
});
