import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noPlotterRecord, type PlotterRecord } from '../../src/domain/plotter.ts';
import { faultOf, inkOf, inkOfStroke, makeWorld, pen, readyWorld, stroke, type World } from './world.ts';

const confirm = { settings: { origin: 'confirm' } } as const;

async function linked(world: World): Promise<void> {
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
}

/** A world whose origin was set by hand and whose pen is parked. */
async function parkedByHand(): Promise<World> {
  const world = makeWorld(confirm);
  await linked(world);
  assert.equal((await world.run(world.plotter.confirmOrigin(null))).kind, 'done');
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  return world;
}

function reset(world: World, banner = true): Promise<number> {
  world.board.reset(banner);
  return world.until('the loss of the link', () => world.plotter.facts().link !== 'ready', 8000);
}

async function back(world: World): Promise<void> {
  await world.until('the link again', () => world.plotter.facts().link === 'ready', 120_000);
  await world.clock.advance(3000);
}

test('with nothing known, nothing moves and the motors are free, until a person sets the origin', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  await world.clock.advance(10_000);
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.board.movingMs(), 0);
  assert.equal(world.board.motorsOn(), false);
  const refused = await world.run(world.plotter.draw(stroke(1)));
  assert.equal(refused.kind, 'refused');
  assert.equal(faultOf(refused)?.code, 'origin-unknown');
  assert.equal(faultOf(await world.run(world.plotter.park()))?.code, 'origin-unknown');
  assert.equal(world.board.movingMs(), 0);
});

test('the origin set by hand begins an epoch on disk and lifts the pen', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  world.board.putAt(100, 50, 0);
  assert.equal((await world.run(world.plotter.confirmOrigin(null))).kind, 'done');
  assert.equal(world.plotter.facts().origin, 'known');
  assert.equal(world.record.epoch, 1);
  assert.deepEqual(world.board.place(), [100, 50, pen.upMm]);
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
  await world.run(world.plotter.drain());
  assert.deepEqual(inkOf(world.board), ['111,70-111,80']);
});

test('on a sheet with ink the pen hovers over the last stroke, up, and waits for a yes', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  await world.run(world.plotter.confirmOrigin({ xMm: 40, yMm: 30 }));
  assert.deepEqual(world.board.place(), [40, 30, pen.upMm]);
  assert.equal(world.plotter.facts().origin, 'confirm-hover');
  assert.deepEqual(world.record.hover, { xMm: 40, yMm: 30 });
  assert.equal(faultOf(await world.run(world.plotter.draw(stroke(1))))?.code, 'hover-unconfirmed');
  world.plotter.confirmHover();
  await world.until('the origin to be known', () => world.plotter.facts().origin === 'known');
  assert.equal(world.record.hover, null);
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
});

test('a stop says that the hover lies wrong: the epoch ends and a hand can move the gantry', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  await world.run(world.plotter.confirmOrigin({ xMm: 40, yMm: 30 }));
  assert.equal((await world.run(world.plotter.stop())).kind, 'done');
  assert.equal(world.plotter.facts().origin, 'unknown');
  await world.clock.advance(1000);
  assert.equal(world.board.motorsOn(), false);
  world.board.putAt(0, 0, 0);
  await world.run(world.plotter.confirmOrigin(null));
  assert.equal(world.plotter.facts().origin, 'known');
});

test('a hover outlives the service, and still waits for a yes', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  await world.run(world.plotter.confirmOrigin({ xMm: 40, yMm: 30 }));
  await world.killService();
  await linked(world);
  assert.equal(world.plotter.facts().origin, 'confirm-hover');
});

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

test('homing by end switches sets the origin where they are declared to be, and only homes Z where it homes up', async () => {
  const board = { switchesMm: [-5, -7, null], startMm: [60, 40, 0] } as const;
  const homeAt = { xMm: -5, yMm: -7, zMm: 0 };
  const bed = { xMinMm: -10, xMaxMm: 210, yMinMm: -10, yMaxMm: 297 };
  const world = makeWorld({ board, settings: { origin: 'endstops', homeAt, bed } });
  await linked(world);
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.board.movingMs(), 0);
  assert.equal((await world.run(world.plotter.home())).kind, 'done');
  assert.equal(world.plotter.facts().origin, 'known');
  assert.ok(!world.sent.some((line) => / G28.*Z/.test(line)));
  await world.run(world.plotter.draw(stroke(1)));
  await world.run(world.plotter.drain());
  assert.deepEqual(inkOf(world.board), [inkOfStroke(1)]);

  const up = makeWorld({
    board: { switchesMm: [-5, -7, 80], homeMm: [0, 0, 200], startMm: [60, 40, 30] },
    settings: { origin: 'endstops', homeAt: { ...homeAt, zMm: 80 }, zHomesUp: true, bed },
  });
  await linked(up);
  assert.equal((await up.run(up.plotter.confirmOrigin(null))).kind, 'done', 'a press homes where there are switches');
  const homing = up.sent.filter((line) => / G28/.test(line)).map((line) => line.replace(/^N\d+ |\*\d+$/g, ''));
  assert.deepEqual(homing, ['G28 Z', 'G28 X Y'], 'the pen is clear of the paper before it travels');
  await up.run(up.plotter.draw(stroke(1)));
  await up.run(up.plotter.drain());
  assert.deepEqual(inkOf(up.board), [inkOfStroke(1)]);
});

test('homing is refused where there are no switches', async () => {
  const world = await readyWorld();
  assert.equal(faultOf(await world.run(world.plotter.home()))?.code, 'no-end-switches');
});

test('a jog moves a pen whose origin is unknown, and ends any hope for where it was parked', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  assert.equal((await world.run(world.plotter.jog(10, 0, 0))).kind, 'done');
  assert.equal((await world.run(world.plotter.jog(0, 0, -0.5))).kind, 'done');
  await world.clock.advance(2000);
  assert.deepEqual(world.board.place(), [10, 0, -0.5]);
  assert.equal(faultOf(await world.run(world.plotter.jog(500, 0, 0)))?.code, 'jog-too-far');
  const known = await readyWorld();
  assert.equal(faultOf(await known.run(known.plotter.jog(-50, 0, 0)))?.code, 'outside-bed');
});

test('a jog at the plotter’s own display is seen; a new origin given there ends the epoch', async () => {
  const world = await parkedByHand();
  world.board.receive('G1 X20 F3000\n');
  await world.clock.advance(5000);
  assert.equal(world.plotter.facts().parked, false);
  assert.equal(world.plotter.facts().origin, 'known');
  assert.equal(world.plotter.facts().pen?.xMm, 20);
  world.board.receive('G92 X0 Y0\n');
  await world.until('the loss of the origin', () => world.plotter.facts().origin === 'unknown', 5000);
  await back(world);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('motors are told never to let go, in every session', async () => {
  const world = await readyWorld({ board: { motorTimeoutMs: 5000 } });
  assert.ok(world.sent.some((line) => / M84 S0\*/.test(line)));
  await world.run(world.plotter.park());
  await world.clock.advance(60_000);
  assert.equal(world.board.motorsOn(), true);
});

test('motors that somebody lets go of at the display end the epoch where the firmware says so', async () => {
  const world = await parkedByHand();
  world.board.releaseMotors();
  world.board.listener?.('echo:enqueueing "M84"\n');
  await world.until('the loss of the origin', () => world.plotter.facts().origin === 'unknown', 2000);
  await back(world);
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.plotter.facts().parked, false);
  assert.equal(world.board.place()[2], pen.upMm, 'it was up already');
});
