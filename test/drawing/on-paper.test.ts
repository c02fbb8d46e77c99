import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitLines } from '../../src/commands/settings.ts';
import { type MotionLimits, motionLimits, mpcncLimits, type PenPosition } from '../../src/domain/motion.ts';
import type { SheetLayout, StrokeRef } from '../../src/domain/sheet.ts';
import { allStrokes, estimate, penAfter, planInOrder } from '../../src/drawing/forecast.ts';
import type { LayoutSettings } from '../../src/drawing/layout.ts';
import { inkPath } from '../../src/drawing/place.ts';
import { allSteps } from '../../src/marlin/motion/gcode.ts';
import type { Paper } from '../../src/simulators/plotter/paper.ts';
import { createVirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { inStyle, styles } from './arbitrary.ts';
import { shippedSettings, sound } from './settings.ts';

const rows = shippedSettings.rows.slice(0, 2).map((row) => ({ ...row, maxStrokes: 12 }));
const slanted = { ...shippedSettings.pen, slantHopMm: 0.7 };
const start: PenPosition = { xMm: 30, yMm: 200, pen: 'up' };

/** Lets a virtual plotter draw strokes; tells what is on its paper and how long the gantry moved. */
async function drawn(
  layout: SheetLayout,
  strokes: readonly StrokeRef[],
  lines: readonly string[] = [],
  limits: MotionLimits = mpcncLimits,
): Promise<{ paper: Paper; ms: number }> {
  const clock = virtualClock();
  const board = createVirtualPlotter({ clock });
  let oks = 0;
  board.listener = (text) => {
    oks += text.split('\n').filter((line) => line.startsWith('ok')).length;
  };
  const send = async (lines: readonly string[]) => {
    oks = 0;
    board.receive(`${lines.join('\n')}\n`);
    await clock.runUntil(() => oks === lines.length, 3_600_000, 'the last ok');
  };
  await send([...lines, `G1 Z${layout.pen.upMm} F900`, `G1 X${start.xMm} Y${start.yMm} F9000`, 'M400']);
  const before = board.movingMs();
  const moves = planInOrder(layout, strokes, start, () => 0, limits).flatMap((planned) => planned.moves);
  const steps = allSteps({ ...start, zMm: layout.pen.upMm }, moves, layout.pen, { kind: 'z' });
  await send([...steps.map(({ text }) => text), 'M400']);
  assert.notEqual(penAfter(moves, start).pen, 'down');
  return { paper: board.paper(), ms: board.movingMs() - before };
}

/** Ink with places to a hundredth of a millimetre, which is a step of the plotter, in either direction. */
function named(fromX: number, fromY: number, toX: number, toY: number): string {
  const ends = [`${fromX.toFixed(2)} ${fromY.toFixed(2)}`, `${toX.toFixed(2)} ${toY.toFixed(2)}`];
  return ends.toSorted().join(' to ').replaceAll('-0.00', '0.00');
}

function wanted(layout: SheetLayout, strokes: readonly StrokeRef[]): string[] {
  return strokes.flatMap((stroke) => {
    const path = inkPath(layout, stroke);
    return path.slice(1).map((to, index) => {
      const from = path[index] ?? to;
      return named(from.xMm, from.yMm, to.xMm, to.yMm);
    });
  });
}

const cases: readonly (readonly [name: string, settings: LayoutSettings])[] = [
  ...styles.map((style) => [style, inStyle(style, { rows })] as const),
  ['line, slanted', inStyle('line', { rows, pen: slanted })],
  ['wave, slanted', inStyle('wave', { rows, pen: slanted })],
];

for (const [name, settings] of cases) {
  test(`${name}: a plotter takes the time that was estimated, within 2 %`, async () => {
    const layout = sound(settings);
    const strokes = [...allStrokes(layout, 1)];
    const { ms } = await drawn(layout, strokes);
    const estimated = estimate(layout, strokes, start).ms;
    assert.ok(Math.abs(estimated / ms - 1) <= 0.02, `${estimated.toFixed(0)} ms estimated, ${ms.toFixed(0)} ms taken`);
  });
}

for (const [acceleration, junctionDeviation] of [
  [50, null],
  [180, 0.01],
  [400, null],
  [1_000, 0.1],
  [3_000, null],
] as const) {
  const corner = junctionDeviation === null ? '' : `, corners cut by ${junctionDeviation} mm`;
  test(`at ${acceleration} mm/s²${corner}, a plotter takes the time that was estimated, within 5 %`, async () => {
    const layout = sound({ ...shippedSettings, rows });
    const strokes = [...allStrokes(layout, 1)];
    const limits = motionLimits(acceleration, junctionDeviation);
    const { ms } = await drawn(layout, strokes, limitLines({ acceleration, junctionDeviation }), limits);
    const estimated = estimate(layout, strokes, start, () => 0, limits).ms;
    assert.ok(Math.abs(estimated / ms - 1) <= 0.05, `${estimated.toFixed(0)} ms estimated, ${ms.toFixed(0)} ms taken`);
    const shipped = estimate(layout, strokes, start).ms;
    assert.ok(Math.abs(estimated / shipped - 1) > 0.01, 'it makes a difference');
  });
}

test('a plotter leaves on its paper the ink of the strokes and nothing else', async () => {
  const layout = sound(inStyle('line', { rows }));
  const strokes = [...allStrokes(layout, 1)].toReversed();
  const { paper } = await drawn(layout, strokes);
  const there = paper.ink.map(({ fromX, fromY, toX, toY }) => named(fromX, fromY, toX, toY));
  assert.deepEqual(there.toSorted(), wanted(layout, strokes).toSorted());
});
