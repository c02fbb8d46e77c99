import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SerialDevice } from '../../src/simulators/plotter/cable.ts';
import { createVirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { faultOf, makeWorld, path, readyWorld, stroke, type World } from './world.ts';

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

test('a port that the config names and that is not there is named, until the plotter is on it', async () => {
  for (const port of ['/dev/ttyUSB9', '/dev/serial/by-id/usb-board-1', 'usb-board-1']) {
    const world = makeWorld({ settings: { port } });
    const cable = world.ports.unplug(path);
    assert.ok(cable !== null);
    world.startService();
    assert.equal(await faultCode(world), 'port-missing');
    const { what, remedy } = world.plotter.facts().fault ?? assert.fail();
    assert.ok(what.includes(port), what);
    assert.match(remedy, /plug its USB cable in.*port = "auto"/);
    world.ports.plug('/dev/ttyUSB9', cable.device, { id: 'usb-board-1' });
    await world.ready();
    assert.equal(world.plotter.facts().fault, null);
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
  world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
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
  world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.match(world.record.identity ?? '', /^usb-board-2/);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('a press while all is well does not accept a device that comes later', async () => {
  const world = await readyWorld();
  world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
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
  world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.equal(world.plotter.facts().uuid, uuid);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

/** What adapters without a serial number share. */
const sharedName = 'usb-1a86_USB_Serial-if00-port0';
const socket = (number: number) => ({ sharedName, byPath: `platform-usb-0:1.${number}:1.0-port0` });
const grbl = () => device((line) => (line === '$I' ? '[VER:1.1h.20190825:]\r\n[OPT:V,15,128]\r\nok' : 'error:20'));

/** A plotter behind an adapter without a serial number, parked; its service has ended. */
async function parkedOnShared(): Promise<World> {
  const world = makeWorld({ settings: { origin: 'confirm' }, cable: { id: null, ...socket(1) } });
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  await world.run(world.plotter.confirmOrigin(null));
  await world.run(world.plotter.draw(stroke(1)));
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  assert.equal(world.record.identity?.split(' ')[0], socket(1).byPath, 'the socket names it, not what others can have');
  await world.killService();
  return world;
}

test('of two adapters with one name, the plotter is the one in its socket, and the other is never spoken to', async () => {
  const world = await parkedOnShared();
  let opened = false;
  const printer = createVirtualPlotter({ clock: world.clock });
  world.ports.plug('/dev/ttyUSB1', printer, { ...socket(2), onOpen: () => (opened = true) });
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.deepEqual([world.plotter.facts().port, world.plotter.facts().origin, opened], [path, 'known', false]);
});

test('a printer on the name of a plotter that is gone is not taken for it, nor spoken to', async () => {
  const world = await parkedOnShared();
  world.ports.unplug(path);
  let opened = false;
  const printer = createVirtualPlotter({ clock: world.clock });
  world.ports.plug('/dev/ttyUSB1', printer, { ...socket(2), onOpen: () => (opened = true) });
  world.startService();
  assert.equal(await faultCode(world), 'another-device');
  assert.equal(opened, false);
  world.plotter.confirmHover();
  await world.clock.advance(20_000);
  assert.equal(printer.movingMs(), 0);
});

test('a printer in the very socket of the plotter is known by its own id, and waits for a person', async () => {
  const world = await parkedOnShared();
  world.ports.unplug(path);
  const printer = createVirtualPlotter({ clock: world.clock, machine: 'Ender-3' });
  world.ports.plug(path, printer, socket(1));
  world.startService();
  assert.equal(await faultCode(world), 'another-device');
  world.plotter.confirmHover();
  await world.clock.advance(20_000);
  assert.equal(printer.movingMs(), 0);
});

/** A record of before names had owners: the plotter is known by a name that others can have. */
function knownByShared(world: World): void {
  world.record = { ...world.record, identity: `${sharedName} ${world.record.identity?.split(' ')[1]}` };
}

test('where only a shared name is remembered, each port that has it is asked, and a Grbl there stops no search', async () => {
  const world = await parkedOnShared();
  knownByShared(world);
  const cable = world.ports.unplug(path);
  assert.ok(cable !== null);
  world.ports.plug('/dev/ttyUSB0', grbl(), socket(2));
  world.ports.plug('/dev/ttyUSB1', cable.device, socket(1));
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  assert.equal(world.plotter.facts().port, '/dev/ttyUSB1');
  assert.equal(world.plotter.facts().origin, 'known', 'its line numbers prove that it is the same board');
  assert.equal(world.record.identity?.split(' ')[0], socket(1).byPath);
});

test('where nothing tells which of two alike is the plotter, a person is asked for its port before anything moves', async () => {
  const world = await parkedOnShared();
  knownByShared(world);
  world.board.reset(true);
  const printer = createVirtualPlotter({ clock: world.clock });
  world.ports.plug('/dev/ttyUSB1', printer, socket(2));
  world.startService();
  assert.equal(await faultCode(world, 200_000), 'several-ports');
  assert.match(world.plotter.facts().fault?.what ?? '', /by-path\/platform-usb-0:1\.1:1\.0-port0, .*1\.2/);
  world.plotter.confirmHover();
  world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
  const movedMs = world.board.movingMs();
  await world.clock.advance(60_000);
  assert.deepEqual([printer.movingMs(), world.board.movingMs()], [0, movedMs]);
});

test('a port that the system has not named yet is waited for, so that the plotter is not remembered by its path', async () => {
  const world = makeWorld({ cable: { id: null, isUnnamed: true } });
  world.startService();
  await world.clock.advance(3_000);
  assert.equal(world.plotter.facts().link, 'absent');
  const cable = world.ports.unplug(path);
  assert.ok(cable !== null);
  world.ports.plug(path, cable.device, { id: 'usb-board-1' });
  await world.ready();
  assert.match(world.record.identity ?? '', /^usb-board-1 /);
});

test('where nobody names ports, the path has to do after a while', async () => {
  const world = makeWorld({ cable: { id: null, isUnnamed: true } });
  world.startService();
  await world.ready();
  assert.match(world.record.identity ?? '', /^\/dev\//);
});

test('a plotter that was remembered by its path is the same once it has a name, and no person is asked', async () => {
  const world = makeWorld({ cable: { id: null } });
  world.startService();
  await world.ready();
  await world.killService();
  const cable = world.ports.unplug(path);
  assert.ok(cable !== null);
  world.board.reset(true);
  world.ports.plug('/dev/ttyUSB7', cable.device, { id: 'usb-board-1' });
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.match(world.record.identity ?? '', /^usb-board-1 /);
});

test('a board that may be another is not moved at a configured port either, not even to raise its pen', async () => {
  const world = makeWorld({ settings: { port: path } });
  world.startService();
  await world.ready();
  await world.run(world.plotter.draw(stroke(1)));
  world.ports.unplug(path);
  const other = createVirtualPlotter({ clock: world.clock, machine: 'Ender-3' });
  world.ports.plug(path, other, { id: 'usb-board-1' });
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  await world.clock.advance(20_000);
  assert.deepEqual([world.plotter.facts().origin, other.movingMs()], ['unknown', 0]);
  // It is remembered now, and is no less another one for that.
  world.ports.unplug(path);
  await world.clock.advance(3_000);
  world.ports.plug(path, other, { id: 'usb-board-1' });
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  await world.clock.advance(20_000);
  assert.equal(other.movingMs(), 0, 'plugged in again');
  other.reset(true);
  await world.clock.advance(60_000);
  await world.killService();
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  await world.clock.advance(20_000);
  assert.equal(other.movingMs(), 0, 'after a reset and another start');
  assert.equal(faultOf(await world.run(world.plotter.lift()))?.code, 'lift-done');
});

test('a press while the plotter is silent does not accept a device that comes in its place a moment later', async () => {
  const world = await readyWorld();
  world.board.faults.hung = true;
  await world.until('a loss', () => world.plotter.facts().link !== 'ready', 60_000);
  await world.clock.advance(3_000);
  world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
  world.ports.unplug(path);
  const other = createVirtualPlotter({ clock: world.clock });
  world.ports.plug('/dev/ttyUSB1', other, { id: 'usb-board-2' });
  assert.equal(await faultCode(world), 'another-device');
});

test('a plotter that stays silent at its port is shown as absent while it is asked again, until it answers', async () => {
  const world = await readyWorld();
  world.board.faults.hung = true;
  await world.until('a loss', () => world.plotter.facts().link !== 'ready', 60_000);
  await world.until('a round without an answer', () => world.plotter.facts().link === 'absent', 30_000);
  for (let second = 0; second < 300; second += 0.25) {
    await world.clock.advance(250);
    assert.equal(world.plotter.facts().link, 'absent', `after ${second} s`);
  }
  world.board.faults.hung = false;
  await world.until('a session that begins', () => world.plotter.facts().link === 'connecting', 60_000);
  await world.ready();
});
