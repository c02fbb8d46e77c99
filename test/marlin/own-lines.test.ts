import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PenKind } from '../../src/marlin/plotter.ts';
import { inkOf, inkOfStroke, makeWorld, park, pen, readyWorld, stroke } from './world.ts';

function commands(sent: readonly string[]): string[] {
  return sent.map((line) => line.replace(/^N\d+ |\*\d+$/g, '')).filter((text) => text !== 'M114');
}

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
