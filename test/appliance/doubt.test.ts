import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/system/random.ts';
import { inkOn } from './ink-on.ts';
import { openSheet, readyWorld, row } from './ready-world.ts';
import type { World, WorldOptions } from './world.ts';

/** A restart while strokes of row 3 were in the planner, which another program has dropped meanwhile: nobody knows how far the pen came. */
async function restartedInDoubt(options: WorldOptions = {}): Promise<World> {
  const world = await readyWorld(options);
  world.source.give('Corgi');
  await world.until('drawing');
  await world.clock.runUntil(() => inkOn(world.board.paper(), world.layout).length > 1, 60_000, 'the first strokes');
  const next = await world.crash();
  next.board.receive('M410\n');
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
  assert.deepEqual([strokes.uncertain, strokes.drawn], [0, 10]);
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
  assert.equal(world.appliance.status().strokes.uncertain, 0);
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

for (const order of ['row', 'oldest', 'nearest', 'live'] as const) {
  test(`a service that dies again and again draws one stroke twice each time at most, by order "${order}"`, async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = seededRandom(seed);
      let world = await readyWorld({ order });
      world.source.give('Corgi');
      world.source.give('Rose', 5, 'somebody else');
      world.source.give('GG', 2, 'a third');
      let deaths = 0;
      while (deaths < 4) {
        await world.clock.advance(Math.floor(random() * 15_000));
        world = await world.crash();
        deaths += 1;
        world.appliance.start();
      }
      await world.until('ready');
      const ink = inkOn(world.board.paper(), world.layout);
      const { strokes } = world.appliance.status();
      const seen = `seed ${seed}: ${ink.join(' ')}`;
      assert.deepEqual([strokes.drawn, new Set(ink).size], [12, 12], seen);
      assert.ok(!ink.includes('stray'), seen);
      assert.ok(ink.length - new Set(ink).size <= deaths, seen);
      await world.close();
    }
  });
}

test('what a board has accepted before the service died is credited without being drawn again', async () => {
  const world = await readyWorld();
  world.source.give('Corgi');
  await world.until('drawing');
  await world.clock.runUntil(() => inkOn(world.board.paper(), world.layout).length > 1, 60_000, 'the first strokes');
  const next = await world.crash();
  // Nobody is there: the board carries out what it has.
  await next.clock.advance(30_000);
  const left = inkOn(next.board.paper(), next.layout);
  assert.ok(left.length > 2, left.join(' '));
  next.appliance.start();
  await next.until('ready');
  const ink = inkOn(next.board.paper(), next.layout);
  assert.deepEqual([next.appliance.status().strokes.drawn, new Set(ink).size], [5, 5]);
  assert.ok(ink.length <= 6, ink.join(' '));
  await next.close();
});

test('a stroke that is to be drawn again is not taken for drawn because it was drawn before, whenever the service dies', async () => {
  // Now and then the plotter is asked where it is, and the stroke waits for the answer.
  for (let atMs = 4_000; atMs <= 5_000; atMs += 100) {
    const world = await readyWorld();
    world.source.give('Corgi');
    await world.until('drawing');
    await world.until('ready');
    await world.clock.advance(atMs);
    assert.ok(world.appliance.operator.redraw('3', 2, 3, 'the pen was dry').ok);
    await world.clock.advance(atMs % 3);
    const next = await world.crash();
    next.appliance.start();
    await next.until('ready');
    await next.clock.advance(20_000);
    const ink = inkOn(next.board.paper(), next.layout);
    for (const again of ['3:2', '3:3']) {
      assert.ok(ink.filter((place) => place === again).length >= 2, `${atMs} ms: ${ink.join(' ')}`);
    }
    assert.equal(next.appliance.status().strokes.pending, 0);
    await next.close();
  }
});
