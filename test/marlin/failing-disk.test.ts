import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, park, path, pen, readyWorld, stroke, type World } from './world.ts';

function failDisk(world: World): void {
  world.onSave = () => {
    throw new Error('the disk is full');
  };
}

/** The cable is pulled and put back at once: the next session is being greeted. */
async function greetAnew(world: World): Promise<void> {
  const cable = world.ports.unplug(path);
  await world.clock.advance(20);
  if (cable !== null) world.ports.plug(path, cable.device, { ...cable });
  await world.until('the port', () => world.plotter.facts().link === 'connecting');
  await world.until('the first words', () => world.sent.at(-1)?.startsWith('N2000000000 ') === true);
}

test('an origin that is lost while the disk fails stays lost, and is written down when the disk takes it', async () => {
  const world = await readyWorld({ settings: { origin: 'power-on' } });
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  failDisk(world);
  world.board.releaseMotors();
  world.board.listener?.('echo:enqueueing "M84"\n');
  await world.clock.advance(10_000);
  assert.equal(world.record.originKnown, true, 'the disk did not take it');
  world.onSave = () => {};
  await world.clock.advance(30_000);
  assert.equal(world.plotter.facts().link, 'ready');
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.plotter.facts().parked, false);
  assert.equal(world.record.originKnown, false);
  assert.equal(faultOf(await world.run(world.plotter.draw(stroke(1))))?.code, 'origin-unknown');
});

test('a board that a person halts before the session stands has lost its origin, though the disk fails', async () => {
  const world = await readyWorld({ settings: { stopWith: 'M112' } });
  await world.run(world.plotter.draw(stroke(1)));
  await world.run(world.plotter.park());
  await greetAnew(world);
  failDisk(world);
  assert.equal(faultOf(await world.run(world.plotter.stop()))?.code, 'memory-failed');
  assert.equal(world.record.originKnown, true, 'the disk did not take it');
  await world.clock.advance(500);
  world.board.push(7, 0, 0);
  world.board.reset(true);
  world.onSave = () => {};
  await world.until('a link', () => world.plotter.facts().link === 'ready', 9000);
  await world.clock.advance(3000);
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.record.parked, null);
});

test('motors that are let go of while a session begins end the epoch', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  await world.run(world.plotter.park());
  await greetAnew(world);
  world.board.releaseMotors();
  world.board.listener?.('echo:enqueueing "M84"\n');
  world.board.push(7, 0, 0);
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('a place that was given another name ends the epoch, though the disk fails', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  const drawing = world.plotter.draw(stroke(2));
  await world.until('the stroke', () => / G1 .*Y30/.test(world.sent.at(-1) ?? ''));
  world.board.receive('G92 X0 Y0\n');
  failDisk(world);
  assert.equal((await world.run(drawing)).kind, 'interrupted');
  world.onSave = () => {};
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  await world.clock.advance(3000);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('a service that dies before the disk took that the origin is lost leaves a board that tells it', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.park());
  failDisk(world);
  world.board.releaseMotors();
  world.board.listener?.('echo:enqueueing "M84"\n');
  await world.clock.advance(5000);
  world.board.push(7, 0, 0);
  await world.killService();
  assert.equal(world.record.originKnown, true, 'the disk did not take it');
  world.onSave = () => {};
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.plotter.facts().parked, false);
});

test('on a disk that fails nothing is drawn, but the pen lifts and parks, and what was drawn becomes certain', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  failDisk(world);
  assert.equal(faultOf(await world.run(world.plotter.draw(stroke(2))))?.code, 'memory-failed');
  assert.equal(faultOf(await world.run(world.plotter.park()))?.code, 'memory-failed');
  const [x, y, z] = world.board.place();
  assert.deepEqual([x, y, z], [park.xMm, park.yMm, pen.upMm]);
  assert.equal(world.plotter.facts().parked, false, 'what is not on disk does not count');
  assert.equal(world.certain.length, 1);
  assert.equal(world.board.paper().ink.length, 1);
  world.onSave = () => {};
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  assert.equal(world.plotter.facts().fault, null);
});

test('where the disk still holds a doubted stroke as under way, nothing moves until it takes that back', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  await world.run(world.plotter.draw(stroke(2)));
  failDisk(world);
  await world.run(world.plotter.stop());
  const before = world.board.place();
  assert.equal(faultOf(await world.run(world.plotter.park()))?.code, 'memory-failed');
  assert.deepEqual(world.board.place(), before);
  world.onSave = () => {};
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
});
