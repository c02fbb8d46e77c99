import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrawingPaths } from '../../src/domain/drawing-paths.ts';
import { forecast, modelPace } from '../../src/drawing/forecast.ts';
import { type LayoutSettings, layOut } from '../../src/drawing/layout.ts';
import { drawSheet } from '../../src/drawing/picture.ts';
import { boxOf, strokePath } from '../../src/drawing/place.ts';
import { picturePieces } from '../../src/ledger/pictures.ts';
import { shippedSettings, sound } from './settings.ts';

const rose = { id: 'rose', name: 'A rose', picture: 'rose.svg', xMm: 50, yMm: 100, widthMm: 80, heightMm: 60 };
const alone: LayoutSettings = { ...shippedSettings, rows: [rose] };
const steps: DrawingPaths = {
  widthUm: 80_000,
  heightUm: 60_000,
  paths: [
    [0, 0, 20_000, 1],
    [20_000, 1, 20_000, 30_000],
    [79_000, 59_000, 80_000, 60_000, 70_000, 60_000],
  ],
};
const read = new Map([['rose', picturePieces(steps) ?? assert.fail()]]);

function problemsOf(settings: LayoutSettings): string[] {
  const result = layOut(settings);
  return result.ok ? [] : result.problems.map(({ place, value, rule }) => `${place} | ${value} | ${rule}`);
}
const problemsOfRow = (row: object) => problemsOf({ ...alone, rows: [{ ...rose, ...row }] });

test('stroke n of a row with a picture is piece n of it, in its box on the paper', () => {
  const paper = { ...shippedSettings.paper, offsetXMm: 0.5, offsetYMm: -4 };
  const [row] = sound({ ...alone, paper }, null, read).rows;
  assert.ok(row !== undefined);
  assert.deepEqual(boxOf(row), { xMinMm: 50.5, xMaxMm: 130.5, yMinMm: 96, yMaxMm: 156 });
  assert.equal(row.capacity, 3);
  assert.deepEqual(strokePath(row, 3), [
    { xMm: 129.5, yMm: 155 },
    { xMm: 130.5, yMm: 156 },
    { xMm: 120.5, yMm: 156 },
  ]);
  for (const n of [0, 4]) assert.throws(() => strokePath(row, n), /places 1 to 3/);
});

test('a layout as JSON names a picture by its digest, and holds none of its pieces', () => {
  const text = JSON.stringify(sound(alone, null, read));
  assert.deepEqual(JSON.parse(text).rows[0].picture, { widthMm: 80, digest: read.get('rose')?.digest });
});

test('before a picture is read its row has its box and no stroke, and nobody forecasts anything there', () => {
  const layout = sound(alone);
  assert.equal(layout.rows[0]?.capacity, 0);
  const standing = { row: 'rose', aheadInRow: 1, aheadInAll: 1 };
  const pace = { msPerStroke: modelPace(layout).msPerStroke([]), lettersLeftMs: 0, lettersPerSheetMs: 0 };
  assert.equal(pace.msPerStroke, 0);
  assert.equal(forecast(layout, 1, [], standing, pace), null);
  assert.match(drawSheet(layout, { sheet: 1, rows: [] }), /^<svg/);
});

test('a picture over a row, beyond margin or bed, without a size or too small for anything is refused', () => {
  const over = { id: 'under', name: 'u', yMm: 155 };
  assert.deepEqual(problemsOf({ ...alone, rows: [rose, over] }), [
    'rows[1].yMm | 155 | must not lie over row "rose" (rows[0]), whose strokes reach from 100 to 160',
  ]);
  assert.deepEqual(problemsOfRow({ xMm: 120, heightMm: 300 }), [
    "rows[0].xMm | 120 | must be from 30 to 100, so that the picture stays within the paper's margin of 30 mm",
    "rows[0].yMm | 100 | a picture of 300 mm does not fit within the paper's margin of 30 mm",
  ]);
  assert.deepEqual(problemsOfRow({ widthMm: 4, heightMm: undefined }), [
    'rows[0].widthMm | 4 | must be from 5 to 2000',
    'rows[0].heightMm |  | is missing: a picture has a box',
  ]);
  const wide = { xMinMm: 0, xMaxMm: 5_000, yMinMm: 0, yMaxMm: 5_000 };
  const paper = { ...shippedSettings.paper, widthMm: 4_000, heightMm: 4_000 };
  assert.deepEqual(problemsOf({ ...alone, bed: wide, paper, rows: [{ ...rose, widthMm: 2_001 }] }), [
    'rows[0].widthMm | 2001 | must be from 5 to 2000',
  ]);
  const plates = [{ id: 'p', name: 'p', xMm: 60, yMm: 120, widthMm: 20, heightMm: 20 }];
  assert.deepEqual(problemsOf({ ...alone, plates }), ['plates[0].yMm | 120 | must not lie over row "rose"']);
});

test('keys of pictures in a row of strokes, and keys of strokes in a row with a picture, are refused', () => {
  assert.deepEqual(
    problemsOfRow({ xMaxMm: 150, maxStrokes: 3, style: 'wave', spacingMm: 2, strokeMm: 0.5, generator: 'spiral' }),
    [
      'rows[0].generator | spiral | stands beside picture; a row has one of the two',
      'rows[0].strokeMm | 0.5 | must be from 1 to 1000',
      'rows[0].xMaxMm | 150 | is not for a row with a generator',
      'rows[0].maxStrokes | 3 | is not for a row with a generator',
      'rows[0].style | wave | is not for a row with a generator',
    ],
  );
  assert.deepEqual(problemsOfRow({ spacingMm: 2 }), ['rows[0].spacingMm | 2 | is not for a row with a picture']);
  const strokes = { id: 'a', name: 'a', yMm: 100, widthMm: 4, order: 'left', seed: 's', hatchMm: 1 } as const;
  assert.deepEqual(
    problemsOf({ ...alone, rows: [strokes] }),
    [
      ['widthMm', 4],
      ['order', 'left'],
      ['seed', 's'],
      ['hatchMm', 1],
    ].map(([key, value]) => `rows[0].${key} | ${value} | is for a row with a picture or a generator`),
  );
});

test('a generator whose lines are too near or too far for its box is refused, and so are too many pictures', () => {
  const spiral = { picture: undefined, generator: 'spiral' };
  assert.deepEqual(problemsOfRow({ ...spiral, spacingMm: 0.5 }), [
    'rows[0].spacingMm | 0.5 | makes no picture: lines are 0.5 mm apart, not 0.8 to 20',
  ]);
  assert.deepEqual(problemsOfRow({ ...spiral, spacingMm: 19 }), [
    'rows[0].spacingMm | 19 | makes no picture: a box of 80 by 60 mm is too small for lines 19 mm apart',
  ]);
  const nine = Array.from({ length: 9 }, (_, n) => ({ ...rose, id: `r${n}`, yMm: 30 + 20 * n, heightMm: 15 }));
  assert.deepEqual(problemsOf({ ...alone, rows: nine }), ['rows | 9 | at most 8 of them can have a picture']);
});

test('what is still to come of a picture is pale, what is owed in pencil, what is drawn in ink', () => {
  const layout = sound(alone, null, read);
  const rows = [{ id: 'rose', certain: 1, owedThatFit: 1, owedBeyond: 0 }];
  const svg = drawSheet(layout, { sheet: 1, rows, titles: (_, n) => `piece ${n}` });
  const colourOf = (start: RegExp) =>
    [...svg.matchAll(/<path d="(M[^"m]*)[^>]*stroke="(#\w+)"/g)].find(([, d = '']) => start.test(d))?.[2];
  assert.deepEqual(
    [colourOf(/^M50 197/), colourOf(/^M70 197/), colourOf(/^M129 138/)],
    ['#262129', '#b3a691', '#ddd4c4'],
  );
  assert.match(svg, /pointer-events="stroke"><title>piece 1</);
});

test('over a picture stands how long the pen is still at it, in words of any language', () => {
  const layout = sound(alone, null, read);
  const captionOf = (minutesToWhole?: number) =>
    drawSheet(layout, { sheet: 1, rows: [{ id: 'rose', certain: 1, owedThatFit: 0, owedBeyond: 2, minutesToWhole }] })
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/ +/g, ' ');
  assert.match(captionOf(25.4), /\+2 1 \/ 3 ≈ 25 min /);
  assert.match(captionOf(130), /1 \/ 3 ≈ 2 h 10 min /);
  assert.doesNotMatch(captionOf(0.3) + captionOf(), /≈/);
});

test('the pace of a picture is that of pieces from all over it', () => {
  const line = (n: number, mm: number) => [0, 100 * n, mm * 1000, 100 * n];
  const paths = Array.from({ length: 400 }, (_, n) => line(n, n < 40 ? 1 : 70));
  const pieces = picturePieces({ ...steps, paths }) ?? assert.fail();
  const { msPerStroke } = modelPace(sound(alone, null, new Map([['rose', pieces]])));
  const long = picturePieces({ ...steps, paths: paths.slice(40) }) ?? assert.fail();
  const ofLong = modelPace(sound(alone, null, new Map([['rose', long]]))).msPerStroke([]);
  assert.ok(Math.abs(msPerStroke([]) / ofLong - 1) < 0.15, `${msPerStroke([])} ${ofLong}`);
});
