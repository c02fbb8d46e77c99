/**
 * What reading a drawing costs: the ways of the pen beside those of vpype's `linemerge linesort`, and the loop's delay of
 * the process that draws while its child reads the largest drawing that there may be.
 *
 *     npm run bench:svg
 *
 * vpype's own rules are written out here once more, without an index: always the nearest end, from the first line on.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openDrawingReader } from '../../src/commands/drawing-reader.ts';
import { drawingMax } from '../../src/domain/drawing-paths.ts';
import type { DrawingOptions } from '../../src/domain/drawing-reader.ts';
import { write } from '../../src/drawing/lettering.ts';
import { seededNumbers } from '../../src/drawing/shapes.ts';
import { planDrawing } from '../../src/drawing/svg/plan-drawing.ts';
import { systemClock } from '../../src/system/clock.ts';
import { figure, shown } from './budgets.ts';

type Lines = readonly (readonly number[])[];

const options: DrawingOptions = {
  boxWidthMm: 297,
  boxHeightMm: 297,
  mode: 'mm',
  mayTurn: false,
  keepOrder: false,
  hatchMm: null,
};

const random = seededNumbers('drawings');
const spread = (mm: number) => random() * mm;

function shuffled(lines: Lines): Lines {
  return lines
    .map((line) => [random(), line] as const)
    .sort(([a], [b]) => a - b)
    .map(([, line]) => line);
}

function randomLines(): Lines {
  return Array.from({ length: 2_000 }, () => {
    const [x, y] = [spread(200), spread(287)];
    return [x, y, x + spread(10), y + spread(10)];
  });
}

function hatch(): Lines {
  return Array.from({ length: 600 }, (_, n) => [0, n * 0.45, 100, n * 0.45]);
}

function squareEdges(): Lines {
  const edges: number[][] = [];
  for (let n = 0; n < 900; n += 1) {
    const [x, y] = [(n % 30) * 7, Math.floor(n / 30) * 9];
    const corners = [x, y, x + 5, y, x + 5, y + 5, x, y + 5, x, y];
    for (let at = 0; at < 8; at += 2) edges.push(corners.slice(at, at + 4));
  }
  return shuffled(edges);
}

/** Text in reading order; where a letter's lines meet, they are written as two. */
function text(): Lines {
  const lines: number[][] = [];
  const words = 'Every gift is a stroke of ink and the pen will pay its debt exactly once ';
  for (let row = 0; row < 6; row += 1) {
    for (const line of write(words.repeat(2).slice(row, row + 64), 4).lines) {
      const points = line.flatMap(({ xMm, yMm }) => [xMm, yMm + 100 - row * 9]);
      const half = 2 * Math.floor(points.length / 4);
      if (half >= 2) lines.push(points.slice(0, half + 2));
      if (half + 2 < points.length) lines.push(points.slice(half));
    }
  }
  return lines;
}

/** Eight flowers, of each of which one petal is drawn after the other. */
function objects(): Lines {
  const places = Array.from({ length: 8 }, () => [30 + spread(150), 30 + spread(200)] as const);
  return Array.from({ length: 60 }, (_, layer) =>
    places.map(([x, y], n) => {
      const angle = layer * 0.7 + n;
      const [near, far] = [2 + (layer % 5), 8 + layer / 4];
      return [near, far].flatMap((r) => [x + r * Math.cos(angle), y + r * Math.sin(angle)]);
    }),
  ).flat();
}

const ways = (lines: Lines) =>
  lines.reduce((sum, [x = 0, y = 0], n) => {
    const last = lines[n - 1];
    return last === undefined ? 0 : sum + Math.hypot(x - (last.at(-2) ?? 0), y - (last.at(-1) ?? 0));
  }, 0);

function flipped(line: readonly number[]): readonly number[] {
  return line.flatMap((_, at) => (at % 2 === 0 ? line.slice(line.length - 2 - at, line.length - at) : []));
}

/** The line whose beginning, or else whose end, is nearest to a place, and is not further away than `reach`. */
function takeNearest(left: (readonly number[])[], x: number, y: number, reach: number): readonly number[] | null {
  let [best, least, isEnd] = [-1, Number.POSITIVE_INFINITY, false];
  for (const [n, line] of left.entries()) {
    for (const at of [0, line.length - 2]) {
      const distance = Math.hypot(x - (line[at] ?? 0), y - (line[at + 1] ?? 0));
      if (distance < least && distance <= reach) [best, least, isEnd] = [n, distance, at > 0];
    }
  }
  if (best < 0) return null;
  const [line = []] = left.splice(best, 1);
  return isEnd ? flipped(line) : line;
}

function mergedAsVpype(lines: Lines): Lines {
  const left = [...lines];
  const merged: (readonly number[])[] = [];
  while (true) {
    let line = left.shift();
    if (line === undefined) return merged;
    for (let tries = 0; tries < 2; ) {
      const next = takeNearest(left, line.at(-2) ?? 0, line.at(-1) ?? 0, 0.05);
      tries = next === null ? tries + 1 : 0;
      line = next === null ? flipped(line) : [...line, ...next];
    }
    merged.push(line);
  }
}

function sortedAsVpype(lines: Lines): Lines {
  const left = [...lines];
  const sorted = left.splice(0, 1);
  while (true) {
    const last = sorted.at(-1) ?? [];
    const next = takeNearest(left, last.at(-2) ?? 0, last.at(-1) ?? 0, Number.POSITIVE_INFINITY);
    if (next === null) return sorted;
    sorted.push(next);
  }
}

function svgOf(lines: Lines): string {
  const paths = lines.map((line) => `<polyline points="${line.map((value) => value.toFixed(4)).join(' ')}"/>`);
  const head = '<svg xmlns="http://www.w3.org/2000/svg" width="297mm" height="297mm" viewBox="0 0 297 297">';
  return `${head}<g fill="none" stroke="black">${paths.join('')}</g></svg>`;
}

const print = (...cells: readonly string[]) => {
  const [first = '', ...rest] = cells;
  process.stdout.write(`${first.padEnd(36)}${rest.map((cell) => cell.padStart(16)).join('')}\n`);
};

const drawings: Readonly<Record<string, () => Lines>> = {
  '2000 random short lines on A4': randomLines,
  'hatch, 600 lines one way': hatch,
  '900 squares as single edges': squareEdges,
  'text in reading order': text,
  '8 objects drawn layer by layer': objects,
};

print('pen-up in m, lifts', 'as it comes', "vpype's rules", 'Livepen', 'ms');
let [wayShare, liftShare] = [0, 0];
for (const [name, make] of Object.entries(drawings)) {
  const lines = make();
  const theirs = sortedAsVpype(mergedAsVpype(lines));
  const svg = svgOf(lines);
  const beganMs = performance.now();
  const plan = planDrawing(svg, options);
  const tookMs = performance.now() - beganMs;
  if (!plan.ok) throw new Error(plan.fault.what);
  const cell = (mm: number, lifts: number) => `${shown(mm / 1000)}, ${lifts}`;
  const ours = cell(plan.penUpMm, plan.lifts);
  print(name, cell(ways(lines), lines.length), cell(ways(theirs), theirs.length), ours, tookMs.toFixed(0));
  wayShare = Math.max(wayShare, plan.penUpMm / ways(theirs));
  liftShare = Math.max(liftShare, plan.lifts / theirs.length);
}
figure('svgWays', wayShare);
figure('svgLifts', liftShare);

/** As many points and lines as a drawing may have, give or take those that are joined or not needed. */
function largestDrawing(): string {
  const lines = Array.from({ length: 0.95 * drawingMax.paths }, () => {
    const points = [10 + spread(277), 10 + spread(277)];
    for (let at = 2; at < 20; at += 1) points.push((points[at - 2] ?? 0) + spread(8) - 4);
    return points;
  });
  return svgOf(lines);
}

const clock = systemClock();
const reader = openDrawingReader({ clock });
const file = new TextEncoder().encode(largestDrawing());
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const beganMs = clock.nowMs();
const plan = await reader.read(file, options);
const tookMs = clock.nowMs() - beganMs;
delay.disable();
if (!plan.ok) throw new Error(plan.fault.what);
const points = plan.paths.paths.reduce((sum, path) => sum + path.length / 2, 0);
print(
  `the largest: ${shown(file.length / 1e6)} MB`,
  `${points} points`,
  `${plan.lifts} lifts`,
  `${shown(tookMs / 1000)} s`,
);
figure('svgLoopDelay', delay.percentile(99) / 1e6, `${shown(delay.max / 1e6)} at most`);
