import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packPaths, unpackPaths } from '../../src/domain/drawing-paths.ts';
import { textLettersMax } from '../../src/domain/ink-text.ts';
import { isWritable, unwritten, write } from '../../src/drawing/lettering.ts';
import { capitalRange, planText, rounded, type TextSize } from '../../src/drawing/plan-text.ts';

const russian = 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ';
const ukrainian = 'АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ';
const greek = 'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏΪΫ';
const box: TextSize = { widthMm: 80, heightMm: 15 };

function written(text: string, size: TextSize = box) {
  const plan = planText(text, size);
  if (!plan.ok) assert.fail(plan.fault.what);
  assert.deepEqual(unpackPaths(packPaths(plan.paths) ?? assert.fail()), { ok: true, drawing: plan.paths });
  return plan;
}

function refusedText(text: string, size: TextSize = box): string {
  const plan = planText(text, size);
  if (plan.ok) assert.fail('it was written');
  for (const sentence of [plan.fault.what, plan.fault.remedy]) assert.match(sentence, /^[A-Z].*\.$/);
  return plan.fault.code;
}

test('every letter of Russian, Ukrainian, Belarusian and Greek is drawn, great and small, and no two alike', () => {
  for (const alphabet of [russian, ukrainian, `${russian}Ў`, greek]) {
    for (const letters of [alphabet, `${alphabet.toLowerCase()}${alphabet === greek ? 'ςΐΰ' : ''}`]) {
      const { changed, left } = unwritten(letters);
      assert.deepEqual([changed, left], [[], []]);
      const drawn = [...letters].map((letter) => JSON.stringify(write(letter, 10).lines));
      assert.equal(new Set(drawn).size, drawn.length, letters);
    }
  }
});

test('letters stand on the line, as high as their kind, and their ink stays within their width', () => {
  const inkOf = (letter: string) => {
    const { lines, widthMm } = write(letter, 42);
    const [xs, ys] = [lines.flat().map(({ xMm }) => xMm), lines.flat().map(({ yMm }) => yMm)];
    return {
      width: widthMm,
      left: Math.min(...xs),
      right: Math.max(...xs),
      low: Math.min(...ys),
      high: Math.max(...ys),
    };
  };
  for (const letter of `${russian}${ukrainian}ΓΔΘΛΞΠΣΦΨΩ`) {
    const { width, left, right, low, high } = inkOf(letter);
    assert.ok(left >= 0 && right <= width, letter);
    assert.equal(low, 'ДЦЩ'.includes(letter) ? (letter === 'Д' ? -8 : -9) : 0, letter);
    assert.ok('ЁЙҐЇ'.includes(letter) ? high > 42 : high === 42, letter);
  }
  for (const letter of 'вгджзиклмнптцчшщъыьэюяєαγεηικμνοπρσςτυχω') {
    const { width, left, right, high } = inkOf(letter);
    assert.ok(left >= 0 && right <= width, letter);
    assert.equal(high, 28, letter);
  }
});

test('letters that look alike in two scripts are one letter of ink', () => {
  for (const [own = '', latin = ''] of ['АA', 'ВB', 'еe', 'рp', 'сc', 'уy', 'ΗH', 'οo']) {
    assert.deepEqual(write(own, 10), write(latin, 10));
  }
});

test('what has no form of its own is written with other letters, or left out, and both are told', () => {
  const { changed, left } = written('Æther Љубав Өмір 🌹 日本');
  assert.deepEqual(changed, [
    { from: 'Æ', to: 'AE' },
    { from: 'Љ', to: 'Lj' },
    { from: 'Ө', to: 'О' },
  ]);
  assert.deepEqual(left, ['🌹', '日', '本']);
  const same = written('„Łukasz“ – Đặng, ĦŁŦ… Ｒｏｓｅ');
  assert.deepEqual([same.changed, same.left], [[], []]);
  assert.equal(refusedText('🌹 日本'), 'text-empty');
  assert.equal(refusedText(' \n'), 'text-empty');
});

test('a text from right to left, with signs that turn it, or too long is refused with a sentence', () => {
  for (const text of ['שלום', 'Ali علي', 'ܐ', '\ufb2a', '\u{10900}', '\u{1e900}']) {
    assert.equal(refusedText(text), 'text-right-to-left', text);
  }
  for (const control of '\u061c\u200e\u200f\u202a\u202e\u2066\u2069') {
    assert.equal(refusedText(`Ro${control}se`), 'text-turned');
  }
  assert.equal(refusedText('a'.repeat(textLettersMax + 1)), 'text-too-long');
  // Counted as people count: a letter with its accent is one.
  written('e\u0301'.repeat(textLettersMax), { widthMm: 900, heightMm: 15 });
  assert.equal(refusedText('й\u0301'.repeat(31)), 'text-too-long');
  assert.equal(refusedText('a long name', { widthMm: 4, heightMm: 4 }), 'text-too-small');
  assert.throws(() => planText('a', { widthMm: 0, heightMm: 4 }), RangeError);
  assert.throws(() => planText('a', { capitalMm: capitalRange.maxMm + 1 }), RangeError);
});

test('a text fills its box in one direction and stands in its middle, or has capitals of the height that was asked for', () => {
  const extent = (paths: readonly (readonly number[])[]) => {
    const [xs, ys] = [0, 1].map((odd) => paths.flat().filter((_, at) => at % 2 === odd));
    return [Math.min(...(xs ?? [])), Math.max(...(xs ?? [])), Math.min(...(ys ?? [])), Math.max(...(ys ?? []))];
  };
  const [left = 0, right = 0, low = 0, high = 0] = extent(written('Наталія').paths.paths);
  const isWide = right - left >= 79_970;
  const isHigh = high - low >= 14_970;
  assert.ok(isWide || isHigh);
  // Round letters may end as much before the edge as their curves may differ.
  assert.ok(Math.abs(left - (80_000 - right)) <= 31 && Math.abs(low - (15_000 - high)) <= 31);
  const { widthUm, heightUm, paths } = written('НН', { capitalMm: 7 }).paths;
  assert.deepEqual(extent(paths), [0, widthUm, 0, heightUm]);
  assert.ok(Math.abs(heightUm - 7_000) <= 1);
  const small = written('Наталія', { ...box, capitalMaxMm: 3 });
  assert.ok(
    Math.abs(
      Math.max(...extent(small.paths.paths).slice(3)) - Math.min(...extent(small.paths.paths).slice(2, 3)) - 3_000,
    ) < 600,
  );
});

test('round letters are rounder than their points, straight ones and corners stay as they are', () => {
  const [ring = []] = write('О', 1).lines;
  const points = ring.flatMap(({ xMm, yMm }) => [xMm, yMm]);
  const round = rounded(points);
  assert.ok(round.length > 3 * points.length);
  for (let at = 0; at < points.length; at += 2) {
    assert.ok(round.some((x, other) => other % 2 === 0 && x === points[at] && round[other + 1] === points[at + 1]));
  }
  for (const letter of 'НАХПИЖ') {
    for (const line of write(letter, 1).lines) {
      const straight = line.flatMap(({ xMm, yMm }) => [xMm, yMm]);
      assert.deepEqual(rounded(straight), straight, letter);
    }
  }
});

test('whatever text comes, it is ink within its box or a fault, in letters that are few enough', () => {
  const script = fc.constantFrom(...russian, ...greek.toLowerCase(), 'a', ' ', '🌹', 'ש', '\u202e', 'é');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(script, { maxLength: 70 }).map((all) => all.join('')),
        fc.string({ unit: 'binary', maxLength: 70 }),
      ),
      (text) => {
        const plan = planText(text, box);
        if (plan.ok) written(text);
        else refusedText(text);
        if (plan.ok) assert.ok(isWritable(text.normalize('NFC')) && plan.lifts < 700);
      },
    ),
    { numRuns: 500 },
  );
});
