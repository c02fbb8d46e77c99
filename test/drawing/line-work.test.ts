import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hatchArea } from '../../src/drawing/hatch.ts';
import {
  joinLines,
  joinNeighbours,
  type Polyline,
  simplifyLine,
  sortLines,
  turned,
} from '../../src/drawing/line-work.ts';
import { seededNumbers } from '../../src/drawing/shapes.ts';

const place = fc.integer({ min: 0, max: 60 });
const anyLine = fc.array(fc.tuple(place, place), { minLength: 2, maxLength: 8 }).map((points) => points.flat());
const anyLines = fc.array(anyLine, { maxLength: 25 });

/** Ends of a line, whichever way it goes. */
const lengthOf = (line: Polyline) =>
  line.reduce(
    (sum, x, at) =>
      at % 2 === 1 || at < 2
        ? sum
        : sum + Math.hypot(x - (line[at - 2] ?? 0), (line[at + 1] ?? 0) - (line[at - 1] ?? 0)),
    0,
  );
const inkOf = (lines: readonly Polyline[]) => lines.reduce((sum, line) => sum + lengthOf(line), 0);
const waysOf = (lines: readonly Polyline[]) =>
  lines.reduce((sum, line, n) => {
    const last = lines[n - 1];
    return last === undefined
      ? sum
      : sum + Math.hypot((line[0] ?? 0) - (last.at(-2) ?? 0), (line[1] ?? 0) - (last.at(-1) ?? 0));
  }, 0);

/** How far a point is from the nearest part of a line. */
function awayFrom(line: Polyline, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 2; at < line.length; at += 2) {
    const [ax = 0, ay = 0, bx = 0, by = 0] = line.slice(at - 2, at + 2);
    const square = (bx - ax) ** 2 + (by - ay) ** 2;
    const share = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / square));
    least = Math.min(least, Math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay)));
  }
  return least;
}

test('joining loses no ink and adds none, and no two ends that are left could be joined', () => {
  fc.assert(
    fc.property(anyLines, (lines) => {
      const joined = joinLines(lines, 0.5);
      assert.ok(Math.abs(inkOf(joined) - inkOf(lines)) < 1e-9);
      const ends = joined.flatMap((line, n) => [
        [n, line[0] ?? 0, line[1] ?? 0] as const,
        [n, line.at(-2) ?? 0, line.at(-1) ?? 0] as const,
      ]);
      for (const [n, x, y] of ends) {
        assert.ok(ends.every(([other, otherX, otherY]) => other === n || Math.hypot(x - otherX, y - otherY) > 0.5));
      }
    }),
  );
});

test('900 squares as single edges, shuffled and turned, become 900 lines', () => {
  const random = seededNumbers('squares');
  const edges: Polyline[] = [];
  for (let n = 0; n < 900; n += 1) {
    const [x, y] = [(n % 30) * 6, Math.floor(n / 30) * 9];
    const corners = [x, y, x + 4, y, x + 4, y + 4, x, y + 4, x, y];
    for (let at = 0; at < 8; at += 2)
      edges.push(random() < 0.5 ? corners.slice(at, at + 4) : turned(corners.slice(at, at + 4)));
  }
  const shuffled = edges.map((edge) => [random(), edge] as const).sort(([a], [b]) => a - b);
  const joined = joinLines(
    shuffled.map(([, edge]) => edge),
    0.05,
  );
  assert.equal(joined.length, 900);
  assert.ok(joined.every((line) => line.length === 10 && line[0] === line.at(-2) && line[1] === line.at(-1)));
});

test('ends within the tolerance are joined, those further apart are not, and a gap keeps both its ends', () => {
  assert.deepEqual(
    joinLines(
      [
        [0, 0, 10, 0],
        [20, 0, 10.05, 0],
      ],
      0.051,
    ),
    [[0, 0, 10, 0, 10.05, 0, 20, 0]],
  );
  assert.equal(
    joinLines(
      [
        [0, 0, 10, 0],
        [20, 0, 10.06, 0],
      ],
      0.05,
    ).length,
    2,
  );
  assert.deepEqual(
    joinLines(
      [
        [10, 0, 20, 0],
        [10, 0, 0, 0],
      ],
      0.05,
    ),
    [[0, 0, 10, 0, 20, 0]],
  );
});

test('where the order is kept, only a line that goes on from the one before it is joined to it', () => {
  const lines = [
    [0, 0, 1, 0],
    [5, 5, 6, 6],
    [1, 0, 2, 0],
    [3, 0, 2, 0],
    [9, 9, 8, 8],
  ];
  assert.deepEqual(joinNeighbours(lines, 0.05), [
    [0, 0, 1, 0],
    [5, 5, 6, 6],
    [1, 0, 2, 0, 3, 0],
    [9, 9, 8, 8],
  ]);
});

/** The ways of an order that always takes the nearest end, whatever that costs later. */
function greedyWays(lines: readonly Polyline[], start: readonly [number, number]): number {
  const left = [...lines];
  let [x, y, ways] = [...start, 0];
  while (left.length > 0) {
    const ends = left.flatMap((line, n) =>
      [0, 1].map((end) => ({
        n,
        end,
        away: Math.hypot((line.at(-2 * end) ?? 0) - x, (line.at(1 - 2 * end) ?? 0) - y),
      })),
    );
    const nearest = ends.reduce((best, end) => (end.away < best.away ? end : best));
    const [line = []] = left.splice(nearest.n, 1);
    ways += nearest.away;
    [x, y] = nearest.end === 0 ? [line.at(-2) ?? 0, line.at(-1) ?? 0] : [line[0] ?? 0, line[1] ?? 0];
  }
  return ways;
}

test('sorting keeps every line, whichever way round, and its ways are no longer than to the nearest end each time', () => {
  fc.assert(
    fc.property(anyLines, (lines) => {
      const { lines: sorted, end } = sortLines(lines, [3, 4]);
      const key = (line: Polyline) =>
        isRing(line) ? ringKey(line) : [line.join(' '), turned(line).join(' ')].sort().at(-1);
      assert.deepEqual(sorted.map(key).sort(), lines.map(key).sort());
      assert.ok(Math.abs(inkOf(sorted) - inkOf(lines)) < 1e-9);
      if (!lines.some(isRing)) assert.ok(waysOf([[3, 4], ...sorted]) <= greedyWays(lines, [3, 4]) + 1e-9);
      assert.deepEqual(end, [...(sorted.at(-1)?.slice(-2) ?? [3, 4])]);
    }),
  );
});

test('ways that cross are untangled, where the nearest end each time is a trap', () => {
  // From 0 the nearest is 1, then -2, then 4, and so on, further each time.
  const dots = [1, -2, 4, -8, 16].map((x) => [x, 0, x, 0.001]);
  const { lines } = sortLines(dots, [0, 0]);
  assert.ok(greedyWays(dots, [0, 0]) > 45);
  assert.ok(waysOf([[0, 0], ...lines]) < 33);
});

const isRing = (line: Polyline) => line.length > 4 && line[0] === line.at(-2) && line[1] === line.at(-1);
const ringKey = (line: Polyline) =>
  line
    .slice(2)
    .toSorted((a, b) => a - b)
    .join(' ');

test('a ring begins where the pen comes nearest to it, and hatches one way are drawn back and forth', () => {
  const ring = [10, 10, 20, 10, 20, 20, 10, 20, 10, 10];
  assert.deepEqual(sortLines([ring, [0, 0, 21, 21]], [0, 0]).lines[1], [20, 20, 10, 20, 10, 10, 20, 10, 20, 20]);
  const hatch = Array.from({ length: 600 }, (_, n) => [0, n / 2, 100, n / 2]);
  assert.ok(waysOf(hatch) > 59_000);
  assert.ok(Math.abs(waysOf(sortLines(hatch, [0, 0]).lines) - 299.5) < 1e-6);
});

test('fewer points are never further than the tolerance from the line, nor the line from them', () => {
  const wild = fc.array(
    fc.tuple(fc.double({ min: 0, max: 3, noNaN: true }), fc.double({ min: 0, max: 3, noNaN: true })),
    { minLength: 2, maxLength: 40 },
  );
  fc.assert(
    fc.property(wild, fc.constantFrom(0.05, 0.4, 1), (points, tolerance) => {
      const line = points.flat();
      const less = simplifyLine(line, tolerance);
      assert.deepEqual([less.slice(0, 2), less.slice(-2)], [line.slice(0, 2), line.slice(-2)]);
      for (const [x, y] of points) assert.ok(awayFrom(less, x, y) <= tolerance + 1e-9);
      for (let at = 0; at < less.length; at += 2) assert.ok(awayFrom(line, less[at] ?? 0, less[at + 1] ?? 0) < 1e-9);
    }),
    { numRuns: 1_000 },
  );
});

test('an arc is drawn in the fewest chords that the tolerance allows', () => {
  for (const radius of [0.5, 5, 60, 400]) {
    const fine = Array.from({ length: 4001 }, (_, at) => [
      radius * Math.cos((Math.PI * at) / 4000),
      radius * Math.sin((Math.PI * at) / 4000),
    ]).flat();
    const fewest = Math.ceil(Math.PI / (2 * Math.acos(1 - 0.045 / radius)));
    const chords = simplifyLine(fine, 0.045).length / 2 - 1;
    assert.ok(chords <= fewest + 1, `${chords} of ${fewest} at ${radius}`);
  }
});

test('an area is hatched inside only, by either rule, and hatches of neighbours match', () => {
  const square = (x: number, size: number) => [x, 0, x + size, 0, x + size, size, x, size];
  const inside = [...square(2, 6)].map((value, at) => (at % 2 === 1 ? value + 2 : value));
  const even = hatchArea([square(0, 10), inside], 'evenodd', 0.5) ?? [];
  const full = hatchArea([square(0, 10), inside], 'nonzero', 0.5) ?? [];
  assert.ok(Math.abs(inkOf(even) * 0.5 - 64) < 2, `${inkOf(even)}`);
  assert.ok(Math.abs(inkOf(full) * 0.5 - 100) < 2);
  for (const [x = 0, y = 0, endX = 0, endY = 0] of even) {
    const [middleX, middleY] = [(x + endX) / 2, (y + endY) / 2];
    assert.ok(!(middleX > 2 && middleX < 8 && middleY > 2 && middleY < 8));
  }
  const both = [
    ...(hatchArea([square(0, 10)], 'nonzero', 0.5) ?? []),
    ...(hatchArea([square(10, 10)], 'nonzero', 0.5) ?? []),
  ];
  const one = hatchArea([[0, 0, 20, 0, 20, 10, 0, 10]], 'nonzero', 0.5) ?? [];
  assert.equal(joinLines(both, 1e-6).length, one.length);
});

test('hatching anything, however tangled, gives lines inside of its box; what is too much is null', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 6 }), fc.constantFrom('nonzero', 'evenodd'), (outlines, rule) => {
      for (const line of hatchArea(outlines, rule, 1.7) ?? assert.fail()) {
        assert.ok(line.every((value) => value > -1e-9 && value < 60 + 1e-9));
      }
    }),
  );
  assert.equal(hatchArea([[0, 0, 1e9, 0, 0, 1e9]], 'nonzero', 0.1), null);
});
