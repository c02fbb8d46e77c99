import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameBoard } from '../../src/marlin/wire/choose-port.ts';
import { createVirtualPlotter, type VirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { faultOf, makeWorld, path, stroke, type World } from './world.ts';

const otherUuid = '11111111-2222-4333-8444-555555555555';

/** A pen that is parked, at a port that the config names. */
async function parkedAt(port: string): Promise<World> {
  const world = makeWorld({ settings: { origin: 'confirm', port } });
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  await world.run(world.plotter.confirmOrigin(null));
  await world.run(world.plotter.draw(stroke(1)));
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  return world;
}

async function swap(world: World, id: string, uuid?: string): Promise<VirtualPlotter> {
  world.ports.unplug(path);
  await world.clock.advance(500);
  const other = createVirtualPlotter({ clock: world.clock, ...(uuid === undefined ? {} : { uuid }) });
  world.ports.plug(path, other, { id });
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  await world.clock.advance(5000);
  return other;
}

test('another board at a configured path inherits no origin and no parked place, and draws nothing', async () => {
  for (const [id, uuid] of [
    ['usb-board-1', otherUuid],
    ['usb-board-2', undefined],
  ] as const) {
    const world = await parkedAt(path);
    const other = await swap(world, id, uuid);
    assert.equal(world.plotter.facts().origin, 'unknown', id);
    assert.equal(world.plotter.facts().parked, false);
    assert.equal(faultOf(await world.run(world.plotter.draw(stroke(2))))?.code, 'origin-unknown');
    world.plotter.confirmHover();
    await world.clock.advance(2000);
    assert.equal(world.plotter.facts().origin, 'unknown', 'a yes is for the other board');
    assert.equal(other.movingMs(), 0);
  }
});

test('another board is not trusted to rest where the first was parked', async () => {
  const world = await parkedAt(path);
  await world.killService();
  world.ports.unplug(path);
  const other = createVirtualPlotter({ clock: world.clock, uuid: otherUuid });
  world.ports.plug(path, other, { id: 'usb-board-1' });
  world.startService({ trustPark: true });
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('another board whose line numbers look like ours is told by its own id', async () => {
  const world = await parkedAt(path);
  const number = (world.record.lineBase ?? 0) + 5000;
  world.ports.unplug(path);
  const other = createVirtualPlotter({ clock: world.clock, uuid: otherUuid });
  other.receive(`M110 N${number}\n`);
  world.ports.plug(path, other, { id: 'usb-board-1' });
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('the same board behind a port without a lasting name is known by its own id', async () => {
  const world = await parkedAt(path);
  world.ports.unplug(path);
  await world.clock.advance(2000);
  world.board.reset(true);
  world.ports.plug(path, world.board, { id: null, latencyMs: 1 });
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  await world.until('the origin', () => world.plotter.facts().origin === 'known');
});

test('with "auto" another board waits for a person, whose yes does not make its place known', async () => {
  const world = await parkedAt('auto');
  world.ports.unplug(path);
  const other = createVirtualPlotter({ clock: world.clock, uuid: otherUuid });
  world.ports.plug(path, other, { id: 'usb-board-1' });
  await world.until('a question', () => world.plotter.facts().fault?.code === 'another-device', 60_000);
  assert.notEqual(world.record.parked, null, 'what is known of the right board outlives the visit');
  world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(other.movingMs(), 0);
});

test('a yes to another fault, which hid the question, takes no other board', async () => {
  const world = await parkedAt('auto');
  world.onSave = () => {
    throw new Error('the disk is full');
  };
  const drawn = await world.run(world.plotter.draw(stroke(1)));
  assert.equal(drawn.kind === 'refused' ? drawn.fault.code : null, 'memory-failed');
  world.onSave = () => {};
  world.ports.unplug(path);
  const other = createVirtualPlotter({ clock: world.clock, uuid: otherUuid });
  world.ports.plug(path, other, { id: 'usb-board-1' });
  await world.clock.advance(20_000);
  assert.equal(world.plotter.facts().fault?.code, 'memory-failed', 'what is shown');
  world.plotter.retryNow(false);
  await world.clock.advance(20_000);
  assert.equal(world.plotter.facts().fault?.code, 'another-device', 'now it is asked');
  assert.equal(world.record.originKnown, true, 'what is known of the right board outlives the visit');
});

test('what tells boards apart: their ids, then the lasting names of their ports', () => {
  const cases: readonly [string | null, string, string | null, boolean, boolean][] = [
    [null, 'usb-1', 'a', false, true],
    ['usb-1 a', 'usb-1', 'a', false, true],
    ['usb-1 a', 'usb-1', 'b', false, false],
    ['usb-1 a', 'usb-1', 'b', true, false],
    ['usb-1 a', 'usb-2', 'a', false, false],
    ['usb-1 a', 'usb-2', 'a', true, true],
    ['usb-1 a', '/dev/ttyUSB0', 'a', false, true],
    ['/dev/ttyUSB0 a', '/dev/ttyUSB1', 'a', false, true],
    ['/dev/ttyUSB0', '/dev/ttyUSB1', null, false, false],
    ['usb-1 a', 'usb-1', null, false, false],
    ['usb-1 a', 'usb-1', null, true, true],
    ['usb-1', 'usb-1', null, false, true],
    ['usb-1 a', 'usb-1', 'a/V1CNC', false, true],
    ['usb-1 a/V1CNC', 'usb-1', 'a/Ender_3', false, false],
    ['usb-1 a/V1CNC', 'usb-1', 'a/Ender_3', true, false],
  ];
  for (const [identity, name, board, sameNumbering, same] of cases) {
    const port = { path: '/dev/ttyUSB0', id: name.startsWith('/') ? null : name, byPath: null, sharedName: null };
    const talk = { sameNumbering, isAlone: true };
    assert.equal(
      isSameBoard(identity, { ...port, path: name }, board, talk),
      same,
      `${identity} then ${name} ${board} ${sameNumbering}`,
    );
  }
});
