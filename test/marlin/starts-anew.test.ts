import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noPlotterRecord, type PlotterRecord } from '../../src/domain/plotter.ts';
import { back, confirm, linked, parkedByHand, reset } from './hand-set.ts';
import { faultOf, inkOf, inkOfStroke, makeWorld, pen, readyWorld, stroke } from './world.ts';

test('a service that starts again recognises the board that did not reset, and goes on', async () => {
  const world = await parkedByHand();
  const drawing = world.plotter.draw(stroke(2));
  await world.until('ink', () => world.board.place()[1] > 22);
  await world.killService();
  await world.run(drawing);
  await linked(world);
  assert.equal(world.plotter.facts().origin, 'known');
  assert.equal(world.record.epoch, 1);
  await world.clock.advance(3000);
  assert.ok(world.board.place()[2] >= pen.hopMm, 'the pen does not rest on the paper');
  await world.run(world.plotter.draw(stroke(2)));
  await world.run(world.plotter.drain());
  assert.deepEqual(inkOf(world.board), [1, 2].map(inkOfStroke));
});

test('the last line number is read before anything is sent that would change it', async () => {
  const world = await parkedByHand();
  await world.killService();
  await world.clock.advance(100);
  world.sent.length = 0;
  await linked(world);
  const first = world.sent.findIndex((line) => !line.startsWith('N2000000000 '));
  assert.ok(first >= 1);
  assert.match(world.sent[first] ?? '', /^N\d+ M114\*/);
  assert.ok(!world.sent.some((line) => / M110/.test(line)), 'a board that is recognised keeps its numbers');
});

test('line numbers start at a random base that is on disk before anything moves', async () => {
  const bases = new Set<number>();
  for (const seed of [1, 2, 3]) {
    const world = makeWorld({ ...confirm, seed });
    let movedBefore = false;
    world.onSave = (record) => {
      if (record.lineBase !== null && world.record.lineBase === null) movedBefore = world.board.movingMs() > 0;
    };
    await linked(world);
    const { lineBase } = world.record;
    assert.ok(lineBase !== null && lineBase >= 1_000_000);
    assert.equal(movedBefore, false);
    assert.ok(world.sent.some((line) => line.startsWith(`N${lineBase} M110 N${lineBase}*`)));
    bases.add(lineBase);
  }
  assert.equal(bases.size, 3);
});

test('after a short reset that the service saw, a parked pen goes on without a question', async () => {
  for (const banner of [true, false]) {
    const world = await parkedByHand();
    await reset(world, banner);
    await back(world);
    assert.equal(world.plotter.facts().origin, 'known', `banner: ${banner}`);
    assert.equal(world.record.epoch, 2);
    assert.equal(world.plotter.facts().parked, true);
    await world.run(world.plotter.draw(stroke(2)));
    await world.run(world.plotter.drain());
    assert.deepEqual(inkOf(world.board), [1, 2].map(inkOfStroke));
  }
});

test('after a power cycle a parked pen asks for one confirmation, and then goes on', async () => {
  const world = await parkedByHand();
  world.board.powerOff();
  await world.clock.advance(60_000);
  world.board.powerOn();
  await back(world);
  assert.equal(world.plotter.facts().origin, 'confirm-hover');
  assert.equal(faultOf(await world.run(world.plotter.draw(stroke(2))))?.code, 'hover-unconfirmed');
  assert.equal(world.board.motorsOn(), false);
  world.plotter.confirmHover();
  await world.until('the origin to be known', () => world.plotter.facts().origin === 'known');
  await world.run(world.plotter.draw(stroke(2)));
  await world.run(world.plotter.drain());
  assert.deepEqual(inkOf(world.board), [1, 2].map(inkOfStroke));
});

test('a pen that waits for that confirmation still waits after another reset and another start', async () => {
  const world = await parkedByHand();
  world.board.powerOff();
  await world.clock.advance(60_000);
  world.board.powerOn();
  await back(world);
  await reset(world);
  await back(world);
  assert.equal(world.plotter.facts().origin, 'confirm-hover');
  await world.killService();
  await linked(world);
  assert.equal(world.plotter.facts().origin, 'confirm-hover');
});

test('trustPark skips that confirmation', async () => {
  const world = makeWorld({ settings: { origin: 'confirm', trustPark: true } });
  await linked(world);
  await world.run(world.plotter.confirmOrigin(null));
  await world.run(world.plotter.park());
  world.board.powerOff();
  await world.clock.advance(60_000);
  world.board.powerOn();
  await back(world);
  assert.equal(world.plotter.facts().origin, 'known');
});

test('a reset in the middle of a sheet ends the epoch: one lift, free motors, and nothing else moves', async () => {
  for (const origin of ['confirm', 'power-on'] as const) {
    const world = makeWorld({ settings: { origin } });
    await linked(world);
    if (origin === 'confirm') await world.run(world.plotter.confirmOrigin(null));
    const drawing = world.plotter.draw(stroke(1));
    await world.until('ink', () => world.board.place()[1] > 22);
    await reset(world);
    await world.run(drawing);
    await back(world);
    assert.equal(world.plotter.facts().origin, 'unknown');
    assert.equal(world.board.motorsOn(), false);
    const place = world.board.place();
    assert.equal(place[2], pen.upMm, 'lifted once, from the paper');
    assert.equal(world.record.liftDone, true);
    for (let flap = 0; flap < 4; flap += 1) {
      await reset(world, flap % 2 === 0);
      await back(world);
    }
    assert.deepEqual(world.board.place(), place, 'a flapping cable does not climb');
    assert.equal(world.plotter.facts().origin, 'unknown');
    assert.equal(faultOf(await world.run(world.plotter.lift()))?.code, 'lift-done');
  }
});

test('"parked" is erased on disk before the first move away', async () => {
  const world = await parkedByHand();
  let movedWhileParked = false;
  const { receive } = world.board;
  world.board.receive = (text, byteMs) => {
    if (world.record.parked !== null && / G1 /.test(text)) movedWhileParked = true;
    receive(text, byteMs);
  };
  await world.run(world.plotter.draw(stroke(2)));
  assert.equal(world.record.parked, null);
  assert.equal(movedWhileParked, false);
});

test('a disk that cannot be written keeps the pen where it is, with a fault, and is tried again', async () => {
  const world = await parkedByHand();
  const before = world.board.place();
  world.onSave = () => {
    throw new Error('no space left on device');
  };
  assert.equal(faultOf(await world.run(world.plotter.draw(stroke(2))))?.code, 'memory-failed');
  assert.deepEqual(world.board.place(), before);
  assert.equal(world.plotter.facts().fault?.code, 'memory-failed');
  world.onSave = () => {};
  await world.clock.advance(4000);
  assert.equal(world.plotter.facts().fault, null);
  assert.equal((await world.run(world.plotter.draw(stroke(2)))).kind, 'done');
});

test('"power-on" needs an empty sheet and a plotter that has just got power', async () => {
  const inked = makeWorld();
  inked.sheetIsEmpty = false;
  await linked(inked);
  assert.equal(inked.plotter.facts().origin, 'unknown');

  const used = makeWorld();
  used.board.receive('N0 M110 N0*125\nG1 X5 F3000\n');
  await used.clock.advance(2000);
  await linked(used);
  assert.equal(used.plotter.facts().origin, 'unknown');

  const before: PlotterRecord = { ...noPlotterRecord, epoch: 3, originKnown: true, lineBase: 5_000_000 };
  const again = makeWorld({ record: before });
  await linked(again);
  assert.equal(again.plotter.facts().origin, 'unknown', 'an epoch was cut short: the pen may stand anywhere');

  const fresh = await readyWorld();
  await fresh.clock.advance(2000);
  assert.deepEqual(fresh.board.place(), [0, 0, pen.upMm]);
});

test('another program that used the board in between ends the epoch', async () => {
  const world = await parkedByHand();
  await world.killService();
  world.board.receive('N1 M110 N1*125\nN2 M105*37\n');
  await world.clock.advance(100);
  await linked(world);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('a parked pen that is elsewhere when its board is met again is no parked pen', async () => {
  const world = await parkedByHand();
  await world.killService();
  world.board.receive('G90\nG1 X33 F3000\n');
  await world.clock.advance(3000);
  await linked(world);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('what a board had dropped when a service found it is not certain after the next start either, in whatever order it is drawn', async () => {
  const world = await readyWorld();
  for (const n of [1, 2]) await world.run(world.plotter.draw(stroke(n)));
  const third = world.plotter.draw(stroke(3));
  await world.until('the third stroke', () => world.record.underWay?.strokes.length === 2);
  await world.killService();
  await world.run(third);
  world.board.receive('M410\n');
  await world.clock.advance(2000);
  assert.deepEqual(inkOf(world.board), [], 'stopped before any ink');
  await linked(world);
  await world.run(world.plotter.draw(stroke(2)));
  await world.killService();
  await linked(world);
  await world.clock.advance(10_000);
  assert.deepEqual(inkOf(world.board), [inkOfStroke(2)]);
  assert.deepEqual(world.certain, []);
});
