import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';

/** Time from the first of `lines` to the answer of an M400 after them, s; `before` is done first. */
async function secondsFor(before: readonly string[], lines: readonly string[]): Promise<number> {
  const clock = virtualClock();
  const board = createVirtualPlotter({ clock });
  let oks = 0;
  board.listener = (text) => {
    oks += text.split('\n').filter((line) => line === 'ok').length;
  };
  const run = async (all: readonly string[]) => {
    oks = 0;
    board.receive(`${[...all, 'M400'].join('\n')}\n`);
    await clock.runUntil(() => oks === all.length + 1, 600_000, 'the last ok');
  };
  await run(before);
  const beganMs = clock.nowMs();
  await run(lines);
  return (clock.nowMs() - beganMs) / 1000;
}

function within(share: number, seconds: number, measured: number, what: string): void {
  assert.ok(
    Math.abs(seconds - measured) <= measured * share,
    `${what}: ${seconds.toFixed(3)} s, measured ${measured} s`,
  );
}

interface Shape {
  readonly hopMm: number;
  readonly upFeed: number;
  readonly serpentine: boolean;
  readonly slanted: boolean;
}

/** Strokes of 10 mm, 1 mm apart, down at 300 mm/min. */
function strokes(count: number, shape: Shape): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const back = shape.serpentine && index % 2 === 1;
    const [from, to] = back ? [10, 0] : [0, 10];
    if (shape.slanted) return [`G1 X${index} Y${from} Z0 F9000`, `G1 Y${to}`, `G1 X${index + 0.5} Z${shape.hopMm}`];
    return [
      `G1 X${index} Y${from} Z${shape.hopMm} F9000`,
      'G1 Z0 F300',
      `G1 Y${to} F9000`,
      `G1 Z${shape.hopMm} F${shape.upFeed}`,
    ];
  }).flat();
}

test('single moves from rest to rest take the times that were measured on the real firmware, within 5 %', async () => {
  const measured: readonly [string, number][] = [
    ['G1 X10 F9000', 0.56],
    ['G1 X1 F9000', 0.24],
    ['G1 Z5 F300', 1.16],
    ['G1 Z5 F900', 0.61],
    ['G1 Z1.2 F300', 0.4],
    ['G1 Z1.2 F900', 0.33],
  ];
  for (const [line, seconds] of measured) within(0.05, await secondsFor([], [line]), seconds, line);
});

test('a whole stroke from rest takes the time that was measured, within 5 %', async () => {
  const lines = ['G1 X10 Y20 Z5 F9000', 'G1 Z0 F300', 'G1 Y30 F9000', 'G1 Z5 F300'];
  within(0.05, await secondsFor(['G92 X0 Y0 Z5'], lines), 3.17, 'the stroke of the transcript');
});

test('rows of strokes in continuous flow are as fast as they were on the real firmware, within 5 %', async () => {
  const measured: readonly [Shape, number, string][] = [
    [{ hopMm: 5, upFeed: 300, serpentine: false, slanted: false }, 20.6, 'the seed'],
    [{ hopMm: 1.2, upFeed: 900, serpentine: true, slanted: false }, 61.3, 'a low hop, serpentine'],
    [{ hopMm: 2, upFeed: 900, serpentine: true, slanted: false }, 50, 'a hop of 2 mm'],
    [{ hopMm: 0.8, upFeed: 900, serpentine: true, slanted: true }, 80.3, 'a slanted hop of 0.8 mm'],
  ];
  for (const [shape, perMinute, what] of measured) {
    within(0.05, await secondsFor(['G1 Z5 F900'], strokes(60, shape)), 3600 / perMinute, what);
  }
});

test('a move of fewer than six steps makes no block, and its steps come with the next move', async () => {
  const clock = virtualClock();
  const board = createVirtualPlotter({ clock });
  let said = '';
  board.listener = (text) => {
    said += text;
  };
  board.receive('G1 X0.05 F9000\nM400\nM114\n');
  await clock.advance(1000);
  assert.match(said, /X:0\.05 Y:0\.00 Z:0\.00 Count X:0 Y:0 Z:0/);
  assert.equal(board.movingMs(), 0);
  board.receive('G1 X0.1\nM400\nM114\n');
  await clock.advance(1000);
  assert.match(said, /X:0\.10 Y:0\.00 Z:0\.00 Count X:10 Y:0 Z:0/);
});
