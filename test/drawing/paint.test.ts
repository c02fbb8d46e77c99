import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankCanvas, blankMask, type Canvas, dashesOf, drawLines, paintSheet } from '../../src/drawing/paint.ts';
import type { SheetInk } from '../../src/drawing/picture.ts';
import { strokePath } from '../../src/drawing/place.ts';
import { inStyle, styles } from './arbitrary.ts';
import { shippedSettings, sound } from './settings.ts';

const perMm = 4;
const rows = shippedSettings.rows.slice(0, 3);
const lettering = { label: '{row}', labelMm: 3, heading: 'Sheet {sheet}', headingMm: 5, marginMm: 5 };

function pixel({ width, rgba }: Canvas, x: number, y: number): number[] {
  return [...rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)];
}

/** How dark a place of the paper is, 0 to 1; mm from its lower left corner. */
function darkness(canvas: Canvas, xMm: number, yMm: number): number {
  const padMm = 210 * 0.06;
  const [red = 255] = pixel(canvas, Math.floor((xMm + padMm) * perMm), Math.floor((297 - yMm + padMm) * perMm));
  return 1 - red / 255;
}

function inkOf(change: Partial<SheetInk> = {}): SheetInk {
  return { sheet: 1, rows: [{ id: 'row-1', certain: 4, owedThatFit: 3, owedBeyond: 0 }], ...change };
}

test('every style has its ink in pixels where its strokes lie, and paper beside them', () => {
  for (const style of styles) {
    const layout = sound(inStyle(style, { rows, stroke: { ...shippedSettings.stroke, spacingMm: 4 } }));
    const [row] = layout.rows;
    assert.ok(row !== undefined);
    const canvas = paintSheet(layout, inkOf(), perMm);
    for (const n of [1, 2, 3, 4]) {
      for (const { xMm, yMm } of strokePath(row, n)) assert.ok(darkness(canvas, xMm, yMm) > 0.3, `${style} ${n}`);
    }
    for (const { xMm, yMm } of strokePath(row, 12)) assert.ok(darkness(canvas, xMm, yMm) < 0.05, style);
  }
});

test('what is owed is pale, what is spoiled is broken, and letters are there once they are drawn', () => {
  const layout = sound({ ...shippedSettings, rows, lettering }, { sheet: 1, date: '', user: '' });
  const owed = paintSheet(layout, inkOf(), perMm);
  assert.ok(darkness(owed, 34, 262) > 0.05 && darkness(owed, 34, 262) < 0.35);
  const spoiled = { id: 'row-1', certain: 4, spoiled: [2], owedThatFit: 0, owedBeyond: 0 };
  const broken = paintSheet(layout, inkOf({ rows: [spoiled] }), perMm);
  const along = Array.from({ length: 40 }, (_, index) => darkness(broken, 31, 257 + index / perMm));
  assert.ok(Math.max(...along) > 0.1 && Math.min(...along) < 0.05);
  const [letter] = layout.lettering?.[0] ?? [];
  assert.ok(letter !== undefined);
  const lettered = paintSheet(layout, inkOf({ lettered: layout.lettering?.length ?? 0 }), perMm);
  assert.ok(darkness(lettered, letter.xMm, letter.yMm) > 2 * darkness(owed, letter.xMm, letter.yMm));
});

test('the same sheet is the same pixels, opaque on the paper and clear in the corners', () => {
  const layout = sound({ ...shippedSettings, rows });
  const canvas = paintSheet(layout, inkOf(), perMm);
  assert.deepEqual(canvas.rgba, paintSheet(layout, inkOf(), perMm).rgba);
  assert.equal(pixel(canvas, canvas.width >> 1, canvas.height >> 1)[3], 255);
  assert.ok((pixel(canvas, 0, 0)[3] ?? 255) < 10);
});

test('an edge is soft, a thin line is pale, and lines that cross are no darker', () => {
  const canvas = blankCanvas(40, 40);
  const mask = blankMask(canvas);
  drawLines(
    canvas,
    mask,
    [
      [
        [5, 10.3],
        [35, 10.3],
      ],
    ],
    3,
    [0, 0, 0],
    1,
  );
  const column = Array.from({ length: 6 }, (_, y) => pixel(canvas, 20, 7 + y)[3] ?? 0);
  assert.deepEqual(
    column.map((alpha) => Math.round(alpha / 25.5)),
    [0, 2, 10, 10, 8, 0],
  );
  drawLines(
    canvas,
    mask,
    [
      [
        [5, 20.5],
        [35, 20.5],
      ],
    ],
    0.25,
    [0, 0, 0],
    1,
  );
  assert.equal(pixel(canvas, 20, 20)[3], 64);
  drawLines(
    canvas,
    mask,
    [
      [
        [5, 30.5],
        [35, 30.5],
      ],
      [
        [20.5, 25],
        [20.5, 35],
      ],
    ],
    3,
    [0, 0, 0],
    0.5,
  );
  assert.equal(pixel(canvas, 20, 30)[3], pixel(canvas, 12, 30)[3]);
  assert.equal(
    mask.cover.reduce((sum, covered) => sum + covered, 0),
    0,
  );
});

test('lines beyond the canvas are cut off', () => {
  const canvas = blankCanvas(4, 4);
  drawLines(
    canvas,
    blankMask(canvas),
    [
      [
        [-50, 2],
        [50, 2],
      ],
      [
        [-9, -9],
        [-8, -8],
      ],
    ],
    2,
    [0, 0, 0],
    1,
  );
  assert.equal(pixel(canvas, 0, 1)[3], 255);
});

test('a line is cut into dashes that go on around its corners, each line anew', () => {
  const corner = [
    { xMm: 0, yMm: 0 },
    { xMm: 1, yMm: 0 },
    { xMm: 1, yMm: 2 },
  ];
  const dashes = dashesOf(corner, 0.75, 0.5);
  assert.deepEqual(
    dashes.map((dash) => dash.map(({ xMm, yMm }) => [xMm, yMm])),
    [
      [
        [0, 0],
        [0.75, 0],
      ],
      [
        [1, 0.25],
        [1, 1],
      ],
      [
        [1, 1.5],
        [1, 2],
      ],
    ],
  );
  assert.deepEqual(dashesOf(corner, 0, 999), [[corner[0], corner[0]]]);
});
