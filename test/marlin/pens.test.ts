import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PenKind } from '../../src/marlin/plotter.ts';
import { corruptOnce } from './corrupt.ts';
import { faultOf, inkOf, inkOfStroke, makeWorld, readyWorld, stroke } from './world.ts';

const servo: PenKind = { kind: 'servo', index: 0, downDegrees: 30, hopDegrees: 60, upDegrees: 90, settleMs: 200 };

function commands(sent: readonly string[]): string[] {
  return sent.map((line) => line.replace(/^N\d+ |\*\d+$/g, '')).filter((text) => text !== 'M114');
}

test('a Z pen goes down, hops and lifts with heights and feeds of its own', async () => {
  const world = await readyWorld();
  await world.clock.advance(2000);
  world.sent.length = 0;
  await world.run(world.plotter.draw(stroke(1)));
  await world.run(world.plotter.park());
  assert.deepEqual(commands(world.sent), [
    'G1 X11 Y20 Z1.2 F9000',
    'G1 Z0 F300',
    'G1 Y30 F9000',
    'G1 Z1.2 F900',
    'G1 Z5 F900',
    'G1 X0 Y0 F9000',
    'M400',
    'M400',
  ]);
});

test('places are written with three decimals at most', async () => {
  const world = await readyWorld();
  await world.run(
    world.plotter.draw({
      stroke: { sheet: 1, row: 'row', n: 1 },
      from: null,
      moves: [
        { kind: 'travel', xMm: 10.123456, yMm: 1 / 3, pen: 'hop', feedMmPerMin: 8999.99999 },
        { kind: 'pen', to: 'down' },
        { kind: 'ink', xMm: 10.123456, yMm: 5 + 1e-9, feedMmPerMin: 9000 },
        { kind: 'pen', to: 'hop' },
      ],
    }),
  );
  const moves = commands(world.sent).filter((text) => text.startsWith('G1 X') || text.startsWith('G1 Y'));
  assert.deepEqual(moves, ['G1 X10.123 Y0.333 Z1.2 F9000', 'G1 Y5 F9000']);
});

test('a servo pen waits for the motion before it moves, and for the arm after', async () => {
  const world = await readyWorld({ board: { servoDownAngle: 30 }, settings: { pen: servo } });
  await world.clock.advance(2000);
  world.sent.length = 0;
  for (const n of [1, 2]) assert.equal((await world.run(world.plotter.draw(stroke(n)))).kind, 'done');
  const sent = commands(world.sent);
  for (const [index, text] of sent.entries()) {
    if (!text.startsWith('M280 P0 S')) continue;
    assert.equal(sent[index - 1], 'M400');
    assert.deepEqual(sent.slice(index + 1, index + 3), ['M280 P0', 'G4 P200'], 'read back, then waited for');
  }
  assert.ok(sent.includes('M280 P0 S30') && sent.includes('M280 P0 S60'));
  assert.ok(!sent.some((text) => / Z/.test(text)), 'Z does not move');
  await world.run(world.plotter.park());
  assert.deepEqual(inkOf(world.board), [1, 2].map(inkOfStroke));
  assert.deepEqual(
    world.certain.map(({ n }) => n),
    [1, 2],
  );
});

test('a servo whose place is not known is raised before anything else', async () => {
  const world = await readyWorld({ board: { servoDownAngle: 30 }, settings: { pen: servo } });
  await world.clock.advance(3000);
  const sent = commands(world.sent);
  assert.ok(sent.includes('M280 P0 S90'));
  assert.equal(world.plotter.facts().pen?.pen, 'up');
});

test('a firmware without servos is a fault that names the line', async () => {
  const world = await readyWorld({ settings: { pen: servo } });
  await world.clock.advance(2000);
  assert.equal(world.plotter.facts().fault?.code, 'unknown-command');
  assert.match(world.plotter.facts().fault?.what ?? '', /M280 P0 S90/);
});

test('a slanted lift is one line from the paper to the next place', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  const result = await world.run(
    world.plotter.draw({
      stroke: { sheet: 1, row: 'row', n: 2 },
      from: null,
      moves: [
        { kind: 'travel', xMm: 12, yMm: 30, pen: 'hop', feedMmPerMin: 9000 },
        { kind: 'pen', to: 'down' },
        { kind: 'ink', xMm: 12, yMm: 20, feedMmPerMin: 9000 },
        { kind: 'travel', xMm: 12.5, yMm: 20, pen: 'hop', feedMmPerMin: 9000 },
      ],
    }),
  );
  assert.equal(faultOf(result), null);
  assert.ok(commands(world.sent).includes('G1 X12.5 Z1.2 F9000'));
});

test('a lift that is to be clear first is two lines: straight up, then slanted', async () => {
  const world = await readyWorld();
  const result = await world.run(
    world.plotter.draw({
      stroke: { sheet: 1, row: 'row', n: 2 },
      from: null,
      moves: [
        { kind: 'travel', xMm: 12, yMm: 30, pen: 'hop', feedMmPerMin: 9000 },
        { kind: 'pen', to: 'down' },
        { kind: 'ink', xMm: 12, yMm: 20, feedMmPerMin: 9000 },
        { kind: 'travel', xMm: 13, yMm: 20, pen: 'hop', feedMmPerMin: 1749, riseToMm: 0.6 },
      ],
    }),
  );
  assert.equal(faultOf(result), null);
  const sent = commands(world.sent);
  assert.deepEqual(
    sent.slice(sent.indexOf('G1 Z0.6 F900')).filter((text) => text.startsWith('G1')),
    ['G1 Z0.6 F900', 'G1 X13 Z1.2 F1749'],
  );
});

test('a servo that took another angle than it was told is aimed again before anything moves', async () => {
  const world = await readyWorld({ board: { servoDownAngle: 30 }, settings: { pen: servo } });
  await world.clock.advance(2000);
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
  corruptOnce(world, /^M280 P0 S60/, 'M280 P0 S20');
  for (const n of [2, 3]) assert.equal((await world.run(world.plotter.draw(stroke(n)))).kind, 'done');
  await world.run(world.plotter.drain());
  assert.deepEqual(inkOf(world.board), [1, 2, 3].map(inkOfStroke));
});

test('a servo that never takes its angle is a fault that names the line, and nothing moves', async () => {
  const world = await readyWorld({ board: { servoDownAngle: 30 }, settings: { pen: servo } });
  await world.clock.advance(2000);
  const { receive } = world.board;
  world.board.receive = (text, byteMs) => {
    receive(text, byteMs);
    if (/ M280 P0 S30/.test(text)) receive('M280 P0 S77\n');
  };
  const result = await world.run(world.plotter.draw(stroke(1)));
  assert.equal(faultOf(result)?.code, 'servo-astray');
  assert.match(world.plotter.facts().fault?.what ?? '', /M280 P0 S30/);
  assert.deepEqual(inkOf(world.board), []);
});

test('a firmware that does not tell the angle of a servo is used all the same', async () => {
  const onSay = (line: string) => !line.startsWith('echo: Servo');
  const world = makeWorld({ board: { servoDownAngle: 30, onSay }, settings: { pen: servo } });
  world.startService();
  await world.ready();
  await world.clock.advance(2000);
  for (const n of [1, 2]) assert.equal((await world.run(world.plotter.draw(stroke(n)))).kind, 'done');
  assert.equal(commands(world.sent).filter((text) => text === 'M280 P0').length, 3, 'it is asked no more');
});
