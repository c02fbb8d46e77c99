import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PenKind } from '../../src/marlin/plotter.ts';
import { corruptOnce } from './corrupt.ts';
import { faultOf, inkOf, inkOfStroke, makeWorld, park, pen, readyWorld, stroke } from './world.ts';

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

test('a pen that is moved by lines of the user’s own gets them, after the motion has ended', async () => {
  const lines: PenKind = { kind: 'lines', down: ['M106 S255'], hop: ['M106 S128'], up: ['M107'] };
  const world = await readyWorld({ settings: { pen: lines } });
  await world.clock.advance(2000);
  world.sent.length = 0;
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
  assert.deepEqual(commands(world.sent), [
    'G1 X11 Y20 F9000',
    'M400',
    'M106 S128',
    'M400',
    'M106 S255',
    'G1 Y30 F9000',
    'M400',
    'M106 S128',
  ]);
});

test('start, sheet and end lines are sent once each where they belong', async () => {
  const settings = { startLines: ['M106 S1'], sheetLines: ['M106 S2'], endLines: ['M106 S3'] };
  const world = await readyWorld({ settings });
  for (const n of [1, 2]) await world.run(world.plotter.draw(stroke(n)));
  await world.run(world.plotter.park());
  const order = commands(world.sent);
  assert.ok(order.indexOf('M106 S1') < order.findIndex((text) => text.startsWith('G1')), 'before anything moves');
  const mine = () => commands(world.sent).filter((text) => text.startsWith('M106'));
  assert.deepEqual(mine(), ['M106 S1', 'M106 S2', 'M106 S3']);
  world.plotter.use(pen, { xMm: 0, yMm: 0 });
  await world.run(world.plotter.draw(stroke(3)));
  assert.deepEqual(mine(), ['M106 S1', 'M106 S2', 'M106 S3', 'M106 S2']);
  assert.equal(world.plotter.facts().fault, null);
});

test('lines of the user’s own may move the pen: the drawing goes on from where it is', async () => {
  const world = await readyWorld({ settings: { sheetLines: ['G1 X50 Y50 F3000'], endLines: ['G1 X70 F3000'] } });
  await world.run(world.plotter.draw(stroke(1)));
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  assert.deepEqual(inkOf(world.board), [inkOfStroke(1)]);
  assert.deepEqual(world.board.place(), [0, 0, pen.upMm]);
});

test('a slanted lift is one line from the paper to the next place', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  const result = await world.run(
    world.plotter.draw({
      stroke: { sheet: 1, row: 'row', n: 2 },
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

test('lines of the user’s own may lower and raise the pen with Z', async () => {
  const kind: PenKind = { kind: 'lines', down: ['G1 Z0 F300'], hop: ['G1 Z1.5 F900'], up: ['G0Z6 F900', 'G4 P10'] };
  const world = await readyWorld({ settings: { pen: kind } });
  await world.clock.advance(3000);
  assert.equal(world.board.place()[2], 6);
  for (const n of [1, 2]) assert.equal((await world.run(world.plotter.draw(stroke(n)))).kind, 'done');
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  assert.deepEqual(inkOf(world.board), [1, 2].map(inkOfStroke));
  assert.deepEqual(world.board.place(), [0, 0, 6]);
});

test('start lines come before the lift of a hand-set origin, before a jog, and before a park', async () => {
  const orders = [
    (world: Awaited<ReturnType<typeof readyWorld>>) => world.plotter.confirmOrigin(null),
    (world: Awaited<ReturnType<typeof readyWorld>>) => world.plotter.jog(5, 0, 0),
  ];
  for (const order of orders) {
    const world = makeWorld({ settings: { origin: 'confirm', startLines: ['M106 S1'] } });
    world.startService();
    await world.until('a link', () => world.plotter.facts().link === 'ready');
    await world.run(order(world));
    const sent = commands(world.sent);
    assert.ok(sent.includes('M106 S1'));
    assert.ok(sent.indexOf('M106 S1') < sent.findIndex((text) => text.startsWith('G1')));
  }
  const parked = await readyWorld({ settings: { startLines: ['M106 S1'] } });
  await parked.run(parked.plotter.park());
  await parked.killService();
  parked.startService();
  await parked.ready();
  parked.sent.length = 0;
  await parked.run(parked.plotter.park());
  assert.equal(commands(parked.sent).filter((text) => text === 'M106 S1').length, 1);
});

test('start lines that move the pen wait until it is known where it is, and clear of the paper', async () => {
  const world = makeWorld({ settings: { origin: 'confirm', startLines: ['G1 X50 F3000'] } });
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  await world.run(world.plotter.jog(0, 0, -0.5));
  assert.ok(!commands(world.sent).includes('G1 X50 F3000'));
  await world.run(world.plotter.confirmOrigin(null));
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
  await world.run(world.plotter.drain());
  assert.ok(commands(world.sent).includes('G1 X50 F3000'));
  assert.deepEqual(inkOf(world.board), [inkOfStroke(1)]);
});

test('sheet lines stay due until all of them were taken', async () => {
  const world = await readyWorld({ settings: { sheetLines: ['M106 S2', 'M300 S440'] } });
  await world.clock.advance(3000);
  const { receive } = world.board;
  let pulled = false;
  world.board.receive = (text, byteMs) => {
    if (!pulled && / M106 S2/.test(text)) {
      pulled = true;
      const cable = world.ports.unplug('/dev/ttyUSB0');
      world.clock.after(2000, () => cable !== null && world.ports.plug('/dev/ttyUSB0', cable.device, { ...cable }));
    } else {
      receive(text, byteMs);
    }
  };
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'interrupted');
  await world.ready();
  await world.clock.advance(2000);
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
  const sent = commands(world.sent);
  assert.ok(sent.indexOf('M300 S440') > sent.lastIndexOf('M106 S2'), 'all of them, before the stroke');
});

test('a line of the user’s own that the firmware does not know is a fault that names it', async () => {
  for (const settings of [{ startLines: ['M355 S1'] }, { sheetLines: ['M355 S1'] }, { endLines: ['M355 S1'] }]) {
    const world = await readyWorld({ settings });
    await world.clock.advance(2000);
    if ('endLines' in settings) await world.run(world.plotter.park());
    else await world.run(world.plotter.draw(stroke(1)));
    assert.equal(world.plotter.facts().fault?.code, 'unknown-command');
    assert.match(world.plotter.facts().fault?.what ?? '', /"M355 S1"/);
    await world.clock.advance(5000);
    assert.equal(world.board.place()[2], pen.upMm, 'the pen is up all the same');
    world.plotter.use(pen, park);
  }
});
