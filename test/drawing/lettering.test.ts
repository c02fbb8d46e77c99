import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { letteringOf } from '../../src/domain/sheet.ts';
import { type LayoutSettings, layOut } from '../../src/drawing/layout.ts';
import { isWritable, write } from '../../src/drawing/lettering.ts';
import { planStroke } from '../../src/drawing/moves.ts';
import { shippedSettings, sound } from './settings.ts';

const lettering = {
  label: '{row}',
  labelMm: 2.6,
  heading: '{user}, {date}, sheet {sheet}',
  headingMm: 4.5,
  marginMm: 10,
};
const settings: LayoutSettings = { ...shippedSettings, lettering };
const occasion = { sheet: 7, date: '20 November 2026', user: 'somebody' };

function placesOf(change: Partial<typeof lettering>, rows = settings.rows): string[] {
  const result = layOut({ ...settings, rows, lettering: { ...lettering, ...change } });
  return result.ok ? [] : result.problems.map(({ place }) => place);
}

test('Latin letters with their marks are drawn as letters of the same width', () => {
  for (const letter of 'àáâãäåçèéêëìíîïñòóôõöøùúûüýÿąćęłńśźżőűčďěňřšťůžğışĐĦŧếộữẤơưẹĀķ') {
    assert.ok(isWritable(letter), letter);
    const bare = letter.normalize('NFD')[0] ?? letter;
    const plain = write(bare, 10);
    if (plain.lines.length > 0) assert.equal(write(letter, 10).widthMm, plain.widthMm, letter);
  }
});

test('other letters fall back gracefully', () => {
  assert.deepEqual(write('𝓡𝓸𝓼𝓮', 5), write('Rose', 5));
  assert.deepEqual(write('Ｒｏｓｅ ﬁ', 5), write('Rose fi', 5));
  assert.deepEqual(write('Rose 🌹🌹 日本 x', 5), write('Rose x', 5));
  assert.ok(!isWritable('日本🌹'));
  assert.deepEqual(write('\u0000\uD800', 5).lines, []);
});

test('a row whose name cannot be drawn is labelled with its id, else with its number', () => {
  const named = (id: string, name: string) =>
    sound({ ...settings, rows: [{ id, name, yMm: 200 }], lettering: { ...lettering, heading: '' } }, occasion)
      .lettering;
  assert.deepEqual(named('ten', '🌹'), named('x', 'ten'));
  assert.deepEqual(named('日', '🌹'), named('x', '1'));
});

test('without an occasion nothing is written, and nothing without settings', () => {
  assert.equal(sound(settings).lettering, undefined);
  assert.equal(sound({ ...settings, lettering: null }, occasion).lettering, undefined);
});

test('whatever the names, letters stay within their margin and off the strokes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ maxLength: 300 }), (name, user) => {
      const rows = settings.rows.map((row) => ({ ...row, name }));
      const { lettering: lines = [], rows: drawn } = sound({ ...settings, rows }, { ...occasion, user });
      for (const { xMm, yMm } of lines.flat()) {
        assert.ok(xMm >= 10 - 0.002 && xMm <= 200.002 && yMm >= 10 - 0.002 && yMm <= 287.002, `${xMm} ${yMm}`);
        assert.ok(drawn.every((row) => yMm > row.yMm + row.strokeMm || yMm < row.yMm));
      }
    }),
  );
});

test('a line of lettering is drawn like a stroke', () => {
  const layout = sound(settings, occasion);
  const [first = []] = layout.lettering ?? [];
  const { moves } = planStroke(layout, { sheet: 7, row: letteringOf(layout).id, n: 1 }, { xMm: 0, yMm: 0, pen: 'up' });
  assert.deepEqual(
    moves.map(({ kind }) => kind),
    ['travel', 'pen', ...first.slice(1).map(() => 'ink'), 'pen'],
  );
});

test('lettering that has no room, or names what is not known, is refused with its place', () => {
  assert.deepEqual(placesOf({}), []);
  assert.deepEqual(placesOf({ labelMm: 9 }), ['lettering.labelMm', 'lettering.headingMm']);
  assert.deepEqual(placesOf({ headingMm: 12 }), ['lettering.headingMm']);
  assert.deepEqual(placesOf({ marginMm: 28 }), ['lettering.labelMm', 'lettering.headingMm']);
  assert.deepEqual(placesOf({ heading: '{coins}' }), ['lettering.heading']);
  assert.deepEqual(placesOf({ labelMm: Number.NaN, headingMm: -1 }), ['lettering.labelMm', 'lettering.headingMm']);
});
