import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandResult } from '../../src/appliance/command-result.ts';
import { inkOn } from './ink-on.ts';
import { allDrawn, openSheet, readyWorld, row } from './ready-world.ts';
import { buildWorld, portPath, type World } from './world.ts';

test('a pause lifts and parks the pen, outlives a restart, and ends when a person says so', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(6_000);
  assert.ok(world.appliance.operator.pause().ok);
  await world.clock.runUntil(() => world.appliance.status().plotter.parked, 30_000, 'the pen at rest');
  assert.equal(world.appliance.state().name, 'paused');
  const next = await world.crash();
  next.appliance.start();
  await next.until('paused');
  await next.clock.advance(60_000);
  const before = next.appliance.status().strokes.drawn;
  assert.ok(before < 10);
  assert.ok(next.appliance.operator.resume().ok);
  await allDrawn(next);
  assert.equal(next.appliance.status().strokes.drawn, 10);
  await next.close();
});

test('motion starts three seconds after a person pressed, never at once', async () => {
  const world = buildWorld();
  world.appliance.start();
  await world.until('needs-sheet');
  world.source.give('Rose');
  await world.clock.advance(100);
  assert.ok(world.appliance.operator.paperChanged().ok);
  await world.clock.advance(2_900);
  assert.equal(world.board.moving(), false);
  await world.clock.advance(400);
  assert.equal(world.board.moving(), true);
  await world.close();
});

test('a sheet does not open while the pen is not parked', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 5);
  await world.until('drawing');
  await world.clock.advance(5_000);
  const refused = world.appliance.operator.paperChanged();
  assert.ok(!refused.ok);
  assert.match(refused.fault.what, /parked/);
  assert.equal(world.appliance.status().sheet?.number, 1);
  await world.close();
});

test('asking to change the paper finishes what is planned, parks, and asks for the sheet', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(6_000);
  assert.ok(world.appliance.operator.changePaper().ok);
  await world.until('needs-sheet', 30_000);
  const drawn = world.appliance.status().strokes.drawn;
  world.board.changePaper();
  await openSheet(world);
  await allDrawn(world);
  assert.equal(inkOn(world.board.paper(), world.layout).length, 10 - drawn);
  assert.equal(world.appliance.status().strokes.uncertain, 0);
  await world.close();
});

test('stop acts at once, pauses, and what was not certain stays owed and is drawn in its place later', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(7_000);
  let stopped: boolean | null = null;
  void world.appliance.operator.stopNow().then(({ ok }) => {
    stopped = ok;
  });
  await world.clock.advance(700);
  assert.equal(world.board.moving(), false);
  await world.clock.runUntil(() => stopped !== null, 10_000, 'the end of the stop');
  assert.equal(stopped, true);
  await world.until('paused');
  world.appliance.operator.resume();
  await allDrawn(world);
  const places = inkOn(world.board.paper(), world.layout).filter((place) => place !== 'stray');
  assert.deepEqual([...new Set(places)].sort(), [...row('1', 5), ...row('2', 5)]);
  assert.equal(world.appliance.status().strokes.drawn, 10);
  await world.close();
});

test('a second press on a sheet that is still blank is no second sheet', async () => {
  const world = await readyWorld();
  await world.until('ready');
  const again = world.appliance.operator.paperChanged();
  assert.ok(again.ok);
  assert.match(again.said, /still blank/);
  assert.equal(world.appliance.status().sheet?.number, 1);
  await world.close();
});

test('a credit by hand needs no sheet and no gift before it: a row of the config will do', async () => {
  const world = buildWorld();
  world.appliance.start();
  const credited = world.appliance.operator.credit('2', 3, '', 'a promise');
  assert.ok(credited.ok, JSON.stringify(credited));
  await openSheet(world);
  await allDrawn(world);
  assert.deepEqual(inkOn(world.board.paper(), world.layout), row('2', 3));
  await world.close();
});

test('after a stop the pen stays where it is, through a restart too, and the state says so, until a person goes on', async () => {
  let world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(7_000);
  void world.appliance.operator.stopNow();
  await world.clock.advance(6_000);
  const place = world.board.place();
  const stands = async () => {
    await world.clock.advance(60_000);
    assert.equal(world.board.moving(), false);
    assert.deepEqual(world.board.place(), place);
    assert.match(world.appliance.state().what, /Stopped by hand: the pen stays where it is/);
  };
  await stands();
  world = await world.crash();
  world.appliance.start();
  await world.until('paused');
  await stands();
  assert.ok(world.appliance.operator.resume().ok);
  await allDrawn(world);
  await world.close();
});

test('a pen that a person stopped is parked when a person says so, and stays paused', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(7_000);
  void world.appliance.operator.stopNow();
  await world.clock.advance(6_000);
  assert.ok(world.appliance.operator.park().ok);
  await world.clock.runUntil(() => world.appliance.status().plotter.parked, 60_000, 'a parked pen');
  assert.equal(world.appliance.state().what, 'Paused by hand.');
  await world.close();
});

test('a stop that no plotter has answered is not called one', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(6_000);
  const cable = world.ports.unplug(portPath);
  assert.ok(cable !== null);
  await world.clock.advance(20);
  world.ports.plug(portPath, world.board, { id: cable.id });
  await world.clock.runUntil(() => world.appliance.status().plotter.link === 'connecting', 10_000, 'the port');
  const stopped = await world.appliance.operator.stopNow();
  assert.ok(stopped.ok);
  assert.match(stopped.said, /stop was sent to the plotter, which has not answered yet/);
  await world.close();
});

const orders = {
  park: ({ operator }: World['appliance']) => operator.park(),
  lift: ({ operator }: World['appliance']) => operator.lift(),
  jog: ({ operator }: World['appliance']) => operator.jog(5, 5, 0),
};
for (const [name, order] of Object.entries(orders)) {
  test(`a stop before the pen has begun to obey takes the order back: ${name}`, async () => {
    const world = await readyWorld();
    world.source.give('Rose', 10);
    await world.until('drawing');
    await world.clock.advance(6_000);
    const stop = async () => {
      const stopping = world.appliance.operator.stopNow();
      await world.clock.advance(8_000);
      return (await stopping).ok;
    };
    assert.ok(await stop());
    const where = world.appliance.status().plotter.pen;
    assert.ok(order(world.appliance).ok);
    await world.clock.advance(100);
    assert.ok(await stop());
    await world.clock.advance(20_000);
    assert.deepEqual(world.appliance.status().plotter.pen, where);
    assert.match(world.appliance.state().what, /stays where it is/);
    assert.ok(world.appliance.operator.resume().ok);
    await allDrawn(world);
    assert.equal(world.appliance.status().strokes.drawn, 10);
    await world.close();
  });
}

test('a pause or a change of paper claims no way to park of a pen that is parked, nor of one that is not there', async () => {
  const said = (result: CommandResult) => (result.ok ? result.said : assert.fail(result.fault.what));
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(6_000);
  const { operator } = world.appliance;
  assert.match(said(operator.pause()), /^Pausing: the pen finishes what is planned/);
  await world.clock.runUntil(() => world.appliance.status().plotter.parked, 60_000, 'a parked pen');
  assert.equal(said(operator.pause()), 'Paused by hand.');
  assert.equal(said(operator.changePaper()), 'You asked to change the paper.');
  world.ports.unplug('/dev/ttyUSB0');
  await world.until('no-plotter');
  assert.equal(said(operator.pause()), 'Paused by hand.');
  assert.match(said(operator.changePaper()), /^(Connecting to a plotter|No plotter answers)\.$/);
  await world.close();
});

test('whoever resumes what waits for something else is told what it is', async () => {
  const world = await readyWorld();
  world.source.give('Corgi', 40);
  await world.until('needs-sheet', 600_000);
  const resumed = world.appliance.operator.resume();
  assert.ok(resumed.ok);
  assert.match(resumed.said, /not paused any more\. The sheet is full.*Change the paper/);
  await world.close();
});
