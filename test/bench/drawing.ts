import { type Leg, legTimesMs } from '../../src/domain/motion.ts';
import type { Point, SheetLayout, StrokeStyle } from '../../src/domain/sheet.ts';
import { allStrokes, estimate, modelPace } from '../../src/drawing/forecast.ts';
import { nextOfLive, wayTimes } from '../../src/drawing/live-order.ts';
import { openLiveTurns } from '../../src/drawing/live-turns.ts';
import { inkPath } from '../../src/drawing/place.ts';
import type { DrawOrder } from '../../src/drawing/schedule.ts';
import { seededNumbers } from '../../src/drawing/shapes.ts';
import { giftKinds, recordedLive } from '../../src/simulators/live/script.ts';
import { inStyle, styles } from '../drawing/arbitrary.ts';
import { type Given, makeLife, type Played, play } from '../drawing/live-world.ts';
import { planOffline } from '../drawing/offline-plan.ts';
import { seedLegs } from '../drawing/seed-way.ts';
import { shippedSettings, sound } from '../drawing/settings.ts';

/*
 * Strokes a minute of each style and order, by the planner's model that the tests hold against the real firmware.
 * The lower bound is the same ink at the same feeds with the same hop, each way to the neighbour hidden in the lift,
 * in one flow without waits. "seed" is the seed's way (full lift at the plunge's feed, always from the foot) with lines;
 * "same ink" the seed's way with the ink of the style, which may be longer or shorter than a line.
 */

const strokesMeasured = 150;
const total = (times: readonly number[]) => times.reduce((sum, ms) => sum + ms, 0);
const perMinute = (strokes: number, ms: number) => (60_000 * strokes) / ms;
const print = (...cells: readonly (string | number)[]) => {
  const [first = '', ...rest] = cells;
  process.stdout.write(`${String(first).padEnd(30)}${rest.map((cell) => String(cell).padStart(12)).join('')}\n`);
};
const fixed = (value: number, digits = 1) => value.toFixed(digits);

/** Strokes a minute the seed's way: each from its foot, lifted fully and no faster than lowered. */
function seedWay(layout: SheetLayout, strokes: number): number {
  const { pen, rows } = layout;
  const legs = Array.from({ length: strokes }, (_, index): Leg[] => {
    const path = inkPath(layout, { row: rows[0]?.id ?? '', n: index + 1 });
    const [from, to] = [path[0], path.at(-1)];
    if (from === undefined || to === undefined) return [];
    return [
      { to: [from.xMm, from.yMm, pen.upMm], feedMmPerMin: pen.travelFeedMmPerMin },
      { to: [from.xMm, from.yMm, pen.downMm], feedMmPerMin: pen.downFeedMmPerMin },
      ...path
        .slice(1)
        .map(({ xMm, yMm }) => ({ to: [xMm, yMm, pen.downMm], feedMmPerMin: pen.inkFeedMmPerMin }) satisfies Leg),
      { to: [to.xMm, to.yMm, pen.upMm], feedMmPerMin: pen.downFeedMmPerMin },
    ];
  }).flat();
  return perMinute(strokes, total(legTimesMs([30, 257, pen.upMm], legs)));
}

const seedPerMinute = perMinute(strokesMeasured, total(legTimesMs([30, 257, 5], seedLegs(strokesMeasured))));

/** The least that a row of ink could take, written without the code that plans moves. */
function boundMs(layout: SheetLayout, strokes: number): number {
  const { pen, rows } = layout;
  const id = rows[0]?.id ?? '';
  const height = pen.hopMm - pen.downMm;
  const legs: Leg[] = [];
  let at: Point | null = null;
  for (let n = 1; n <= strokes; n++) {
    const path = inkPath(layout, { row: id, n });
    const [from, to] = [path[0], path.at(-1)];
    if (from === undefined || to === undefined) continue;
    const isBack: boolean = at !== null && distance(at, to) < distance(at, from);
    const points: readonly Point[] = isBack ? path.toReversed() : path;
    points.forEach(({ xMm, yMm }, index) => {
      const lift = at === null ? 0 : Math.hypot(distance(at, { xMm, yMm }), height) / height;
      if (index === 0 && n > 1) legs.push({ to: [xMm, yMm, pen.hopMm], feedMmPerMin: pen.upFeedMmPerMin * lift });
      const feedMmPerMin = index === 0 ? pen.downFeedMmPerMin : pen.inkFeedMmPerMin;
      legs.push({ to: [xMm, yMm, pen.downMm], feedMmPerMin });
    });
    at = points.at(-1) ?? null;
  }
  const first = inkPath(layout, { row: id, n: 1 })[0] ?? { xMm: 0, yMm: 0 };
  const up: Leg = { to: [at?.xMm ?? 0, at?.yMm ?? 0, pen.hopMm], feedMmPerMin: pen.upFeedMmPerMin };
  return total(legTimesMs([first.xMm, first.yMm, pen.hopMm], [...legs, up]));
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.xMm - b.xMm, a.yMm - b.yMm);
}

function oneRow(style: StrokeStyle, hopMm: number, slantHopMm: number | null): void {
  const pen = { ...shippedSettings.pen, hopMm, slantHopMm };
  const layout = sound(inStyle(style, { pen, rows: shippedSettings.rows.slice(0, 1) }));
  const row = layout.rows[0];
  if (row === undefined) return;
  const strokes = Math.min(strokesMeasured, row.capacity);
  const refs = [...allStrokes(layout, 1)].slice(0, strokes);
  const start = inkPath(layout, { row: row.id, n: 1 })[0] ?? row;
  const { ms, travelMs } = estimate(layout, refs, { ...start, pen: 'hop' });
  const bound = boundMs(layout, strokes);
  const rate = perMinute(strokes, ms);
  const name = `${style}, hop ${slantHopMm ?? hopMm} mm${slantHopMm === null ? '' : ', slanted'}`;
  const ratios = [rate / seedPerMinute, rate / seedWay(layout, strokes)].map((ratio) => `${fixed(ratio, 2)} x`);
  const figures = [fixed(rate), ...ratios, `${fixed((100 * travelMs) / ms, 0)} %`];
  print(name, ...figures, fixed(perMinute(strokes, bound)), fixed(ms / bound, 3));
  if (ms / bound <= boundShareMax) return;
  print(`  more than ${boundShareMax}: the way to the next stroke takes longer than the lift that it is hidden in`);
}

/** Within so much of the lower bound a row shall be drawn; what is not says why. */
const boundShareMax = 1.1;

print('One row', 'strokes/min', 'seed', 'same ink', 'travel', 'bound/min', 'of bound');
print("seed's way, line, lift 5 mm", fixed(seedPerMinute), '1.00 x', '1.00 x');
for (const style of styles) oneRow(style, 1.2, null);
for (const style of styles) oneRow(style, 1.2, 0.7);
oneRow('line', 0.8, null);
oneRow('line', 1.2, 0.8);
oneRow('line', 1.2, 1.2);

// Rows that hold a whole live, so that waiting for paper does not blur whose turn it is.
const layout = sound({ ...shippedSettings, stroke: { ...shippedSettings.stroke, spacingMm: 0.2 } });
const rowBoundPerMinute = perMinute(strokesMeasured, boundMs(layout, strokesMeasured));
const lives = {
  'a quiet live, gifts of all kinds': { minutes: 20, giftsPerSecond: 0.15, givers: 40, oneKind: 0.2, strokesMax: 6 },
  'a live with mostly one gift': { minutes: 20, giftsPerSecond: 0.5, givers: 80, oneKind: 0.85, strokesMax: 10 },
  'a storm on 142,000 owed strokes': { minutes: 10, giftsPerSecond: 20, givers: 150, oneKind: 0.6, strokesMax: 3 },
} as const;

/** Half, 95 % and all of some waits are at most so long, in s. */
function waits(all: readonly number[]): string {
  const sorted = all.toSorted((a, b) => a - b);
  const atShare = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return sorted.length === 0 ? '-' : [0.5, 0.95, 1].map((share) => fixed(atShare(share) / 1000, 0)).join(' / ');
}

function printOrder(order: DrawOrder, played: Played): number {
  const { strokes, drawingMinutes, travelShare, firstWaitsMs, lastWaitsMs, unserved, debtsMax, rowWaitMaxMs } = played;
  const rate = strokes / drawingMinutes;
  const ratio = `${fixed(rate / seedPerMinute, 2)} x`;
  const ofBound = rowBoundPerMinute / rate;
  const travel = `${fixed(100 * travelShare, 0)} %`;
  const rowWaits = fixed(rowWaitMaxMs / 1000, 0);
  const people = [waits(firstWaitsMs), waits(lastWaitsMs), unserved, rowWaits, debtsMax];
  printRow(order, fixed(rate), ratio, travel, fixed(ofBound, 3), ...people);
  return ofBound;
}

function printRow(...cells: readonly (string | number)[]): void {
  const widths = [10, 12, 9, 9, 10, 16, 19, 10, 11, 11];
  process.stdout.write(`${cells.map((cell, index) => String(cell).padStart(widths[index] ?? 0)).join('')}\n`);
}

/** The recorded live as it falls into rows: each kind of gift has a row of its own, and a gift is a stroke. */
function recordedLife(): Given[] {
  const rowOf = (id: string) => {
    const kind = Object.values(giftKinds).findIndex((each) => each.id === id);
    return layout.rows[kind % layout.rows.length]?.id ?? '';
  };
  const given: Given[] = [];
  for (const [atMs, ...act] of recordedLive) {
    if (act[0] === 'gift') given.push({ atMs, giver: act[1].id, row: rowOf(act[2].id), strokes: act[3] });
    if (act[0] !== 'streak') continue;
    const [, giver, kind, counts, everyMs] = act;
    counts.forEach((count, index) => {
      const strokes = count - (counts[index - 1] ?? 0);
      given.push({ atMs: atMs + index * everyMs, giver: giver.id, row: rowOf(kind.id), strokes });
    });
  }
  return given.toSorted((a, b) => a.atMs - b.atMs);
}

interface Live {
  readonly name: string;
  readonly life: readonly Given[];
  readonly oldPerRow: number;
  readonly minutes: number;
  /** Order "live" takes at most so much of the bound of one row; null: it is no slower than "nearest". */
  readonly ofBoundMax: number | null;
}

const all: Live[] = [
  { name: 'the recorded live of four minutes', life: recordedLife(), oldPerRow: 0, minutes: 30, ofBoundMax: 1.28 },
  ...Object.entries(lives).map(([name, shape]) => ({
    name,
    life: makeLife(layout, { seed: name, ...shape }),
    oldPerRow: name.includes('storm') ? 14_200 : 0,
    minutes: shape.minutes,
    ofBoundMax: name.includes('storm') ? 1.15 : name.includes('mostly') ? 1.2 : null,
  })),
];

/** So many plans of each length the search without surprises keeps. */
const plansKept = 40;
const boundOfFirstMs = 60_000;

for (const { name, life, oldPerRow, minutes, ofBoundMax } of all) {
  process.stdout.write(`\n${name}: ${life.length} gifts; waits in s, half / 95 % / longest\n`);
  printRow(
    'order',
    'strokes/min',
    'seed',
    'travel',
    'of bound',
    'first stroke',
    'last stroke',
    'unserved',
    'row waits',
    'in memory',
  );
  const untilMs = minutes * 60_000;
  const rules = { layout, life, oldPerRow, untilMs, boundMs: boundOfFirstMs };
  const orders = ['row', 'oldest', 'nearest', 'live'] as const;
  const [, , nearest = 0, live = 0] = orders.map((order) => printOrder(order, play({ ...rules, order })));
  const { strokes, drawingMs, late } = planOffline({ ...rules, width: plansKept });
  const rate = perMinute(strokes, drawingMs);
  printRow('offline', fixed(rate), '', '', fixed(rowBoundPerMinute / rate, 3), `${late} late`);
  const most = ofBoundMax ?? nearest;
  if (live <= most + 0.001) continue;
  process.exitCode = 1;
  process.stdout.write(`  order "live" takes more than ${fixed(most, 3)} of the bound\n`);
}

/** How long it takes to choose from as many debts as are kept, ms. */
function chooseTimes(): number[] {
  const random = seededNumbers('debts');
  const turns = openLiveTurns();
  const rows = layout.rows.map(({ id }) => id);
  for (let credit = 1; credit <= 30_000; credit += 1) {
    const debt = { row: rows[credit % rows.length] ?? '', giver: `viewer ${Math.floor(random() * 5_000)}` };
    turns.credited({ ...debt, credit, creditSequence: credit, creditedAtMs: credit }, 2, credit);
  }
  const places = new Map<string, number>();
  const nextPlace = (row: string) => (places.get(row) ?? 0) + 1;
  const strokeMs = modelPace(layout).msPerStroke([]);
  let [nowMs, run, lastRow]: [number, number, string | null] = [100_000, 0, null];
  return Array.from({ length: 2_000 }, () => {
    const beganMs = performance.now();
    const facts = {
      nowMs,
      boundMs: boundOfFirstMs,
      newcomers: turns.newcomers(nextPlace),
      lastRow,
      run,
      turnSinceMs: nowMs,
      owedSinceMs: () => nowMs - 1_000,
      endsSheet: () => false,
    };
    const ways = wayTimes(layout, (row) => places.get(row) ?? 0, layout.park, nextPlace, strokeMs);
    const next = nextOfLive(turns.choices(nextPlace), facts, ways);
    const tookMs = performance.now() - beganMs;
    if (next === null) throw new Error('something is owed');
    turns.handed({ row: next.row, giver: next.giver ?? '', credit: next.creditSequence }, nowMs);
    places.set(next.row, next.n % 700);
    run = next.row === lastRow ? run + 1 : 1;
    lastRow = next.row;
    nowMs += 1_000;
    return tookMs;
  });
}

const chosenInMs = chooseTimes().toSorted((a, b) => a - b);
const [half = 0, most = 0] = [0.5, 0.95].map((share) => chosenInMs[Math.floor(share * chosenInMs.length)]);
process.stdout.write(
  `\nA choice among 30,000 debts of 5,000 givers: ${fixed(half, 2)} ms, ${fixed(most, 2)} ms at p95 (at most 1)\n` +
    '\nThe bound of an order is one row from end to end: what is above it are ways between rows, which fairness costs and\n' +
    'gifts of many kinds need. "offline" knows every gift before it is given, and has the shortest of all ways. "unserved"\n' +
    'givers had no stroke when the live ended; "row waits" is how long something was owed in a row without a stroke there;\n' +
    '"in memory" is the most debts that the queue of the live ever held.\n',
);
