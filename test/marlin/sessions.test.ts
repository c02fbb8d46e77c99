import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SerialDevice } from '../../src/marlin/virtual/cable.ts';
import { createVirtualPlotter } from '../../src/marlin/virtual/plotter.ts';
import { faultOf, inkOf, inkOfStroke, makeWorld, park, path, pen, readyWorld, stroke, type World } from './world.ts';

const answers = { listener: null } satisfies Partial<SerialDevice>;

/** A device that answers each line by a function of it. */
function device(answer: (line: string) => string | null): SerialDevice {
  const made: SerialDevice = {
    ...answers,
    receive(text) {
      for (const line of text.split('\n')) {
        const said = line === '' ? null : answer(line);
        if (said !== null) made.listener?.(`${said}\r\n`);
      }
    },
  };
  return made;
}

function withDevice(made: SerialDevice): World {
  const world = makeWorld();
  world.ports.unplug(path);
  world.ports.plug('/dev/ttyUSB5', made, { id: 'usb-thing' });
  world.startService();
  return world;
}

async function faultCode(world: World, limitMs = 60_000): Promise<string | undefined> {
  await world.until('a fault', () => world.plotter.facts().fault !== null, limitMs);
  return world.plotter.facts().fault?.code;
}

test('no port is a state, not a fault: the plotter is found when it is plugged in', async () => {
  const world = makeWorld();
  const cable = world.ports.unplug(path);
  world.startService();
  await world.clock.advance(30_000);
  assert.deepEqual([world.plotter.facts().link, world.plotter.facts().fault], ['absent', null]);
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'refused');
  assert.ok(cable !== null);
  world.ports.plug('/dev/ttyACM3', cable.device, { id: 'usb-board-1' });
  await world.ready();
  assert.equal(world.plotter.facts().port, '/dev/ttyACM3');
});

test('a session tells the firmware and opens with questions that change nothing', async () => {
  const world = await readyWorld();
  assert.match(world.plotter.facts().firmware ?? '', /^Marlin bugfix-2\.1\.x/);
  const plain = world.sent.map((line) => line.replace(/^N\d+ |\*\d+$/g, ''));
  const order = ['G21', 'M114', `M110 N${world.record.lineBase}`, 'G21', 'G90', 'M84 S0', 'M115'];
  let from = 0;
  for (const text of order) {
    const at = plain.indexOf(text, from);
    assert.ok(at >= from, `${text} in its place`);
    from = at + 1;
  }
});

test('Grbl, FluidNC, another talker and silence are told apart and named', async () => {
  const grbl = withDevice(
    device((line) => (line === '$I' ? '[VER:1.1h.20190825:]\r\n[OPT:V,15,128]\r\nok' : 'error:20')),
  );
  assert.equal(await faultCode(grbl), 'not-marlin');
  assert.match(grbl.plotter.facts().fault?.what ?? '', /Grbl/);

  const fluid = withDevice(device((line) => (line === '$I' ? '[VER:3.4 FluidNC v3.4.2 (esp32):]\r\nok' : 'error:20')));
  assert.equal(await faultCode(fluid), 'not-marlin');
  assert.match(fluid.plotter.facts().fault?.what ?? '', /FluidNC/);

  const talker = withDevice(device(() => 'NMEA $GPGGA,123519'));
  assert.equal(await faultCode(talker), 'not-marlin');
  assert.match(talker.plotter.facts().fault?.what ?? '', /NMEA/);

  const silent = withDevice(device(() => null));
  assert.equal(await faultCode(silent), 'silent-device');
  assert.notEqual(silent.plotter.facts().fault?.remedy, '');
});

test('a plotter at another of the usual speeds is found', async () => {
  for (const baudRate of [250_000, 115_200]) {
    const world = makeWorld({ settings: { baudRate: 57_600 }, cable: { baudRate } });
    world.startService();
    await world.ready();
    assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
  }
});

test('a board that starts anew when its port is opened is waited for', async () => {
  const world = makeWorld({ board: { bootMs: 2500 }, cable: { onOpen: () => world.board.reset(true) } });
  world.startService();
  await world.ready();
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
});

test('of several ports none is opened: one may be a printer in mid-print', async () => {
  const world = makeWorld();
  let opened = false;
  const other = createVirtualPlotter({ clock: world.clock });
  world.ports.plug('/dev/ttyUSB1', other, { id: 'usb-board-2', onOpen: () => (opened = true) });
  world.startService();
  assert.equal(await faultCode(world), 'several-ports');
  world.plotter.retryNow();
  await world.clock.advance(10_000);
  assert.equal(world.plotter.facts().fault?.code, 'several-ports');
  world.ports.unplug('/dev/ttyUSB1');
  await world.ready();
  assert.equal(opened, false);
});

test('among several ports the plotter that was used before is found again', async () => {
  const world = await readyWorld();
  const other = createVirtualPlotter({ clock: world.clock });
  world.ports.plug('/dev/ttyUSB1', other, { id: 'usb-board-2' });
  await world.killService();
  world.startService();
  await world.ready();
  assert.equal(world.plotter.facts().port, path);
});

test('another device in the plotter’s place waits for a person, who may accept it', async () => {
  const world = await readyWorld();
  world.ports.unplug(path);
  const other = createVirtualPlotter({ clock: world.clock });
  world.ports.plug('/dev/ttyUSB1', other, { id: 'usb-board-2' });
  assert.equal(await faultCode(world), 'another-device');
  await world.clock.advance(20_000);
  assert.equal(world.plotter.facts().link, 'absent');
  world.plotter.retryNow();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.match(world.record.identity ?? '', /^usb-board-2/);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('a press while all is well does not accept a device that comes later', async () => {
  const world = await readyWorld();
  world.plotter.retryNow();
  world.ports.unplug(path);
  await world.clock.advance(3000);
  world.ports.plug('/dev/ttyUSB1', createVirtualPlotter({ clock: world.clock }), { id: 'usb-board-2' });
  assert.equal(await faultCode(world), 'another-device');
});

test('a port that another program has open is named', async () => {
  const world = makeWorld();
  const opened = await world.ports.open(path, 250_000, { heard: () => {}, closed: () => {} });
  world.startService();
  assert.equal(await faultCode(world), 'port-in-use');
  if ('close' in opened) await opened.close();
  await world.ready();
  assert.equal(world.plotter.facts().fault, null);
});

test('a port is found by its by-id name, in full or not', async () => {
  for (const port of ['usb-board-1', '/dev/serial/by-id/usb-board-1', path]) {
    const world = makeWorld({ settings: { port } });
    world.startService();
    await world.ready();
    assert.equal(world.plotter.facts().port, path);
  }
});

test('a pulled cable is noticed within a second and found again under another name, and the drawing goes on', async () => {
  for (const port of ['auto', path]) {
    const world = await readyWorld({ settings: { port } });
    await world.run(world.plotter.draw(stroke(1)));
    const drawing = world.plotter.draw(stroke(2));
    await world.clock.advance(30);
    const cable = world.ports.unplug(path);
    assert.ok((await world.until('the loss', () => world.plotter.facts().link !== 'ready', 1000)) < 1000);
    assert.notEqual((await world.run(drawing)).kind, 'refused');
    assert.equal(world.plotter.facts().inDoubt, 0);
    await world.clock.advance(5000);
    if (cable !== null) world.ports.plug('/dev/ttyUSB7', cable.device, { ...cable });
    await world.ready();
    assert.equal(world.record.epoch, 1, 'the board did not reset: the epoch goes on');
    for (const n of [1, 2]) assert.equal((await world.run(world.plotter.draw(stroke(n)))).kind, 'done');
    await world.run(world.plotter.drain());
    assert.deepEqual(inkOf(world.board), [1, 2].map(inkOfStroke));
  }
});

test('a dead but open link is noticed within 6 s, idle or drawing, and comes back', async () => {
  for (const phaseMs of [null, 0, 200, 400, 600, 800, 1000]) {
    const idle = phaseMs !== null;
    const world = await readyWorld();
    await world.run(world.plotter.draw(stroke(1)));
    if (idle) await world.clock.advance(10_000 + phaseMs);
    const drawing = idle ? null : world.plotter.draw(stroke(2));
    world.cable.dead = true;
    const tookMs = await world.until('the loss', () => world.plotter.facts().link !== 'ready', 20_000);
    assert.ok(tookMs < 6000, `${tookMs} ms`);
    if (drawing !== null) assert.equal(faultOf(await world.run(drawing))?.code, 'link-silent');
    world.cable.dead = false;
    await world.ready();
    assert.equal(world.record.epoch, 1);
    assert.equal((await world.run(world.plotter.draw(stroke(2)))).kind, 'done');
  }
});

test('a hung firmware is a dead link too', async () => {
  const world = await readyWorld();
  world.board.faults.hung = true;
  assert.ok((await world.until('the loss', () => world.plotter.facts().link !== 'ready', 20_000)) < 6000);
});

test('a plotter that is busy for minutes is waited for', async () => {
  const world = await readyWorld();
  world.board.receive('G4 S200\n');
  const drawing = world.plotter.draw(stroke(1));
  await world.clock.advance(190_000);
  assert.equal(world.plotter.facts().link, 'ready');
  assert.equal((await world.run(drawing)).kind, 'done');
  await world.run(world.plotter.drain());
  assert.deepEqual(inkOf(world.board), [inkOfStroke(1)]);
});

test('a plotter that is busy for ever ends as a fault with a remedy', async () => {
  const world = await readyWorld();
  world.board.receive('G4 S100000\n');
  assert.equal((await world.run(world.plotter.draw(stroke(1)), 3_600_000)).kind, 'refused');
  assert.equal(world.plotter.facts().fault?.code, 'link-busy-too-long');
  assert.notEqual(world.plotter.facts().fault?.remedy, '');
});

test('a board that resets without a banner is noticed within 6 s while idle, and before any ink while drawing', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  await world.run(world.plotter.drain());
  world.board.reset(false);
  assert.notEqual((await world.run(world.plotter.draw(stroke(5)))).kind, 'done');
  await world.clock.advance(20_000);
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.deepEqual(inkOf(world.board), [inkOfStroke(1)]);

  const idle = await readyWorld();
  idle.board.reset(false);
  assert.ok((await idle.until('the loss', () => idle.plotter.facts().origin !== 'known', 10_000)) < 6000);
});

test('a second order while one is under way throws, since it is a bug', async () => {
  const world = await readyWorld();
  const first = world.plotter.draw(stroke(1));
  await assert.rejects(world.plotter.draw(stroke(2)), /under way/);
  assert.equal((await world.run(first)).kind, 'done');
});

test('a stroke outside the bed is refused and nothing moves', async () => {
  const world = await readyWorld();
  await world.clock.advance(3000);
  const before = world.board.movingMs();
  const result = await world.run(world.plotter.draw(stroke(500)));
  assert.equal(result.kind, 'refused');
  assert.equal(faultOf(result)?.code, 'outside-bed');
  await world.clock.advance(1000);
  assert.equal(world.board.movingMs(), before);
});

test('before a sheet is open nothing moves', async () => {
  const world = makeWorld();
  world.startService();
  await world.ready();
  world.plotter.use(pen, park);
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
});

test('closing frees the port without moving', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.park());
  const before = world.board.movingMs();
  await world.run(world.plotter.close());
  await world.clock.advance(10_000);
  assert.equal(world.board.movingMs(), before);
  const opened = await world.ports.open(path, 250_000, { heard: () => {}, closed: () => {} });
  assert.ok('close' in opened);
});

test('another board behind the same kind of cable is known by its own id, and waits for a person', async () => {
  const world = await readyWorld();
  assert.ok(world.plotter.facts().capabilities?.includes('MOTION_MODES'));
  const uuid = '11111111-2222-4333-8444-555555555555';
  world.ports.unplug(path);
  const other = createVirtualPlotter({ clock: world.clock, uuid });
  world.ports.plug(path, other, { id: 'usb-board-1' });
  assert.equal(await faultCode(world), 'another-device');
  assert.equal(other.movingMs(), 0);
  assert.equal(world.record.originKnown, true, 'what is known of the right board outlives the visit');
  world.plotter.retryNow();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.equal(world.plotter.facts().uuid, uuid);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('a cable that flaps does not tire the driver, nor move the pen', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.park());
  const moved = world.board.movingMs();
  for (let flap = 0; flap < 30; flap += 1) {
    const cable = world.ports.unplug(path);
    await world.clock.advance(flap * 37);
    if (cable !== null) world.ports.plug(path, cable.device, { ...cable });
    await world.clock.advance(flap * 53);
  }
  await world.ready();
  assert.equal(world.board.movingMs(), moved);
  assert.equal(world.plotter.facts().parked, true);
  assert.equal(world.record.epoch, 1);
});
