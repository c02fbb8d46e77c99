import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RowLayout } from '../../src/domain/sheet.ts';
import { strokePath } from '../../src/drawing/place.ts';
import { inStyle, laidOut, styles } from './arbitrary.ts';
import { sound } from './settings.ts';

/** How far X may be from where the stroke stands, told without the code that draws: half a spacing, with exceptions. */
function cellOf({ style, spacingMm, strokeMm, yMm, xMm }: RowLayout, n: number, atYMm: number): [number, number] {
  const x = xMm + (n - 1) * spacingMm;
  if (style === 'tally' && n % 5 === 0) return [x - 4.75 * spacingMm, x - 0.25 * spacingMm];
  const lean = style === 'hatch' ? (0.5 * strokeMm * (atYMm - yMm)) / strokeMm : 0;
  return [x + lean - spacingMm / 2, x + lean + spacingMm / 2];
}

const rows = laidOut.chain(({ layout, settings }) => fc.constantFrom(...layout.rows).map((row) => ({ row, settings })));

test('every stroke stays within its cell', () => {
  fc.assert(
    fc.property(rows, ({ row }) => {
      for (let n = 1; n <= row.capacity; n++) {
        for (const { xMm, yMm } of strokePath(row, n)) {
          const [left, right] = cellOf(row, n, yMm);
          assert.ok(xMm >= left - 0.002 && xMm <= right + 0.002, `stroke ${n}: X ${xMm} is not in ${left}..${right}`);
          assert.ok(yMm >= row.yMm - 0.002 && yMm <= row.yMm + row.strokeMm + 0.002, `stroke ${n}: Y ${yMm}`);
        }
      }
    }),
  );
});

test('every stroke keeps the margin of the paper', () => {
  fc.assert(
    fc.property(rows, ({ row, settings: { paper } }) => {
      for (let n = 1; n <= row.capacity; n++) {
        for (const { xMm, yMm } of strokePath(row, n)) {
          assert.ok(xMm - paper.offsetXMm >= paper.marginMm - 0.002);
          assert.ok(xMm - paper.offsetXMm <= paper.widthMm - paper.marginMm + 0.002);
          assert.ok(yMm - paper.offsetYMm >= paper.marginMm - 0.002);
          assert.ok(yMm - paper.offsetYMm <= paper.heightMm - paper.marginMm + 0.002);
        }
      }
    }),
  );
});

test('strokes of a row differ in place, whatever the style', () => {
  for (const style of styles) {
    const [row] = sound(inStyle(style)).rows;
    assert.ok(row !== undefined);
    const paths = Array.from({ length: row.capacity }, (_, index) => JSON.stringify(strokePath(row, index + 1)));
    assert.equal(new Set(paths).size, row.capacity);
  }
});

test('a jitter is the same for the same stroke and another for the next', () => {
  const settings = inStyle('line');
  const wandering = sound({ ...settings, stroke: { ...settings.stroke, jitterMm: 0.2 } });
  const again = JSON.parse(JSON.stringify(wandering));
  const [row] = wandering.rows;
  assert.ok(row !== undefined);
  const offset = (n: number) => (strokePath(row, n)[0]?.xMm ?? 0) - row.xMm - (n - 1) * row.spacingMm;
  assert.deepEqual(strokePath(row, 7), strokePath(again.rows[0], 7));
  assert.notEqual(offset(7).toFixed(3), offset(8).toFixed(3));
});

test('a jitter that could leave the cell is refused', async () => {
  const settings = inStyle('line');
  assert.throws(() => sound({ ...settings, stroke: { ...settings.stroke, jitterMm: 0.26 } }), /stroke\.jitterMm/);
});
