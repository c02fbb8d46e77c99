import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inkOn } from './ink-on.ts';
import { openSheet, readyWorld, row } from './ready-world.ts';
import type { World, WorldOptions } from './world.ts';

/** A restart while strokes of row 3 were in the planner: perhaps drawn, and nobody will ever know. */
async function restartedInDoubt(options: WorldOptions = {}): Promise<World> {
  const world = await readyWorld(options);
  world.source.give('Corgi');
  await world.until('drawing');
  await world.clock.runUntil(() => inkOn(world.board.paper(), world.layout).length > 1, 60_000, 'the first strokes');
  const next = await world.crash();
  assert.equal(next.appliance.status().strokes.drawn, 0);
  return next;
}

for (const order of ['row', 'live'] as const) {
  test(`by order "${order}", places where ink may lie already come before all others`, async () => {
    const world = await restartedInDoubt({ order });
    const before = inkOn(world.board.paper(), world.layout).length;
    world.appliance.start();
    world.source.give('Rose', 5, 'somebody new');
    await world.until('drawing');
    await world.until('ready');
    const since = inkOn(world.board.paper(), world.layout).slice(before);
    const fresh = since.findIndex((place) => place.startsWith('1:'));
    const last = since.findLastIndex((place) => place.startsWith('3:'));
    assert.ok(last >= 0 && last < fresh, since.join(' '));
    await world.close();
  });
}

test('who asks to change the paper gets it when nothing on it is in doubt any more', async () => {
  const world = await restartedInDoubt();
  world.appliance.start();
  world.source.give('Rose', 5);
  await world.until('drawing');
  await world.clock.runUntil(() => world.board.moving(), 30_000, 'the first move');
  assert.ok(world.appliance.operator.changePaper().ok);
  await world.until('needs-sheet', 60_000);
  const first = [...new Set(inkOn(world.board.changePaper(), world.layout))];
  await openSheet(world);
  await world.until('drawing');
  await world.until('ready');
  const { strokes } = world.appliance.status();
  assert.deepEqual([strokes.doubtful, strokes.drawn], [0, 10]);
  assert.equal(first.length + inkOn(world.board.paper(), world.layout).length, 10);
  assert.deepEqual(
    first.filter((place) => place.startsWith('3:')),
    row('3', 5),
  );
  await world.close();
});

test('a full row that ends the sheet takes no stroke in doubt with it', async () => {
  const world = await restartedInDoubt({ sheetFull: 'first-row' });
  world.appliance.start();
  world.source.give('GG', 6);
  await world.until('needs-sheet');
  world.board.changePaper();
  await openSheet(world);
  await world.until('drawing');
  await world.until('ready');
  assert.equal(world.appliance.status().strokes.doubtful, 0);
  await world.close();
});

test('a pen that has parked stays parked when somebody asks to change the paper', async () => {
  const world = await restartedInDoubt();
  assert.ok(world.appliance.operator.pause().ok);
  world.appliance.start();
  await world.clock.runUntil(() => world.appliance.status().plotter.parked, 60_000, 'the pen at rest');
  assert.ok(world.appliance.operator.changePaper().ok);
  const ink = inkOn(world.board.paper(), world.layout).length;
  await world.until('needs-sheet', 10_000);
  await world.clock.advance(30_000);
  assert.equal(inkOn(world.board.paper(), world.layout).length, ink);
  await world.close();
});
