import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rest } from '../../src/domain/plotter.ts';
import { type CheckedCounts, countsChecked, isRenamed, restByChecks, rested } from '../../src/marlin/wire/counts.ts';
import type { Position } from '../../src/marlin/wire/replies.ts';

type Counts = (xMm: number, yMm: number, zMm: number) => readonly [number, number, number];

/** Machines by what they count at a place. */
const machines = {
  plain: (x, y, z) => [x * 100, y * 100, z * 400],
  'unlike axes': (x, y, z) => [x * -80, y * 25, z * 800],
  'two motors for both axes': (x, y, z) => [(x + y) * 80, (x - y) * 80, z * 400],
  'a frame that is not square': (x, y, z) => [(x + y * 0.02) * 100, y * 100, z * 400],
  'a bed that is not level': (x, y, z) => [x * 100, y * 100, (z + x * 0.004 - y * 0.002) * 400],
  'nothing at all': () => [0, 0, 0],
} satisfies Record<string, Counts>;

function at(counts: Counts, xMm: number, yMm: number, zMm: number): Position {
  const [x, y, z] = counts(xMm, yMm, zMm);
  return { xMm, yMm, zMm, hasZ: true, count: [Math.round(x), Math.round(y), Math.round(z)] };
}

/** Where a pen comes to rest: at the mark, after a stroke or two, parked, in another row. */
const rests: readonly (readonly [number, number, number])[] = [
  [0, 0, 5],
  [31, 40, 1.2],
  [32, 30, 1.2],
  [5, 5, 5],
  [120, 30, 1.2],
  [33, 40, 1.2],
];

function restsOf(counts: Counts): Rest {
  return rests.reduce<Rest | null>((before, place) => rested(before, 1, at(counts, ...place)), null) as Rest;
}

for (const [name, counts] of Object.entries<Counts>(machines)) {
  test(`no place of a machine has another name because it counts ${name}`, () => {
    const rest = restsOf(counts);
    for (let x = 0; x <= 400; x += 40) {
      for (let y = 0; y <= 400; y += 50) {
        for (const z of [0, 0.6, 5]) assert.equal(isRenamed(rest, at(counts, x, y, z)), false, `${x}, ${y}, ${z}`);
      }
    }
  });
}

for (const name of ['plain', 'unlike axes'] as const) {
  test(`another name for a place is told by what a machine with ${name} counts, wherever it is`, () => {
    const rest = restsOf(machines[name]);
    assert.equal(rest.steps, 'borne-out');
    for (const [dx, dy, dz] of [
      [30, 0, 0],
      [0, -8, 0],
      [0, 0, 5],
    ] as const) {
      const { count } = at(machines[name], 60 + dx, 80 + dy, 1 + dz);
      assert.equal(isRenamed(rest, { ...at(machines[name], 60, 80, 1), count }), true, `${dx}, ${dy}, ${dz}`);
    }
  });
}

test('the place of the last rest is known again by its counts, whatever the machine, and a board without sense tells nothing', () => {
  const first = rested(null, 1, at(machines['two motors for both axes'], 5, 5, 5));
  assert.equal(isRenamed(first, at(machines['two motors for both axes'], 5, 5, 5)), false);
  const { count } = at(machines['two motors for both axes'], 9, 5, 5);
  assert.equal(isRenamed(first, { ...at(machines.plain, 5, 5, 5), count }), true);
  const senseless = rested(first, 1, { ...at(machines.plain, 5, 5, 5), count });
  assert.equal(isRenamed(senseless, { ...at(machines.plain, 5, 5, 5), count: [1, 2, 3] }), false);
});

/** Looks of a pen that draws strokes side by side. */
function looksOf(counts: Counts): CheckedCounts {
  let looks: CheckedCounts | null = countsChecked(null, at(counts, 0, 0, 5));
  for (let n = 0; n < 6; n += 1) {
    looks = countsChecked(looks, at(counts, 20 + n, 40 + (n % 2) * 10, 0));
    looks = countsChecked(looks, at(counts, 20 + n, 50 - (n % 2) * 10, 1.2));
  }
  return looks;
}

test('looks stand for a rest only where many of them agree', () => {
  const first = rested(null, 1, at(machines.plain, 0, 0, 5));
  const shown = restByChecks(looksOf(machines.plain), first, 1);
  assert.deepEqual(shown?.count, at(machines.plain, 25, 40, 1.2).count);
  assert.equal(restByChecks(looksOf(machines.plain), first, 2), null, 'of another epoch');
  for (const name of ['two motors for both axes', 'nothing at all'] as const) {
    assert.equal(restByChecks(looksOf(machines[name]), rested(null, 1, at(machines[name], 0, 0, 5)), 1), null, name);
  }
  // Counts that lag behind the plan.
  let lag = 0;
  const late: Counts = (x, y, z) => {
    lag = (lag + 0.37) % 3;
    return [(x - lag) * 100, (y - lag) * 100, z * 400];
  };
  assert.equal(restByChecks(looksOf(late), first, 1), null);
});

test('one look whose counts were disturbed is none of those that stand for a rest', () => {
  const first = rested(null, 1, at(machines.plain, 0, 0, 5));
  const disturbed = countsChecked(looksOf(machines.plain), {
    ...at(machines.plain, 26, 40, 0),
    count: [9600, 4000, 0],
  });
  assert.equal(restByChecks(disturbed, first, 1), null);
});
