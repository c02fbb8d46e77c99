import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inkOf, inkOfStroke, pen, readyWorld, stroke, type World } from './world.ts';

/** The evening: parked, and everything is switched off. */
async function parkedOvernight(settings: { trustPark?: boolean } = {}): Promise<World> {
  const world = await readyWorld({ settings });
  await world.run(world.plotter.draw(stroke(1)));
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  return world;
}

async function powerCycle(world: World, before: () => Promise<void>, after: () => void): Promise<void> {
  await before();
  world.board.powerOff();
  await world.clock.advance(60_000);
  world.board.putAt(0, 0, 0);
  world.board.powerOn();
  // A board is up long before a Pi is.
  await world.clock.advance(20_000);
  after();
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  await world.clock.advance(3000);
}

/** All is switched off and on, the service in order. */
function night(world: World): Promise<void> {
  return powerCycle(
    world,
    () => world.run(world.plotter.close()),
    () => world.startService(),
  );
}

test('with "power-on" the tip on the corner is the origin on every day, not only on the first', async () => {
  const world = await parkedOvernight();
  world.board.changePaper();
  for (let day = 2; day <= 3; day += 1) {
    await night(world);
    assert.equal(world.plotter.facts().origin, 'known', `day ${day}`);
    assert.equal(world.record.epoch, day);
    assert.deepEqual(world.board.place(), [0, 0, pen.upMm], 'the height of the contact is 0');
    await world.run(world.plotter.draw(stroke(day)));
    await world.run(world.plotter.park());
  }
  assert.deepEqual(inkOf(world.board), [2, 3].map(inkOfStroke));
});

test('with "power-on" a board that begins anew while the service runs, or after it died, waits for a person', async () => {
  const running = await parkedOvernight();
  await powerCycle(
    running,
    async () => {},
    () => {},
  );
  const dead = await parkedOvernight();
  await powerCycle(
    dead,
    async () => {
      // Nothing that it writes at its end reaches the disk.
      const { record } = dead;
      await dead.killService();
      dead.record = record;
    },
    () => dead.startService(),
  );
  const hung = await parkedOvernight();
  hung.board.faults.hung = true;
  await hung.clock.advance(15_000);
  hung.board.reset(true);
  await hung.until('a link', () => hung.plotter.facts().link === 'ready', 120_000);
  for (const world of [running, dead, hung]) {
    const place = world.board.place();
    world.plotter.confirmHover();
    await world.clock.advance(3000);
    assert.equal(world.plotter.facts().origin, 'unknown');
    assert.deepEqual(world.board.place(), place);
    world.board.putAt(0, 0, 0);
    await world.run(world.plotter.confirmOrigin(null));
    assert.equal(world.plotter.facts().origin, 'known');
    assert.equal(world.board.place()[2], pen.upMm);
  }
});

test('with "power-on" a board that begins anew because its port is opened was not switched on', async () => {
  const world = await parkedOvernight();
  world.board.changePaper();
  await world.run(world.plotter.close());
  world.cable.onOpen = () => world.board.reset(true);
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  await world.clock.advance(3000);
  assert.equal(world.plotter.facts().origin, 'unknown', 'the corner is not taken at the height of the park place');
  assert.deepEqual(world.board.place(), [0, 0, pen.upMm]);
  world.board.putAt(0, 0, 0);
  await world.run(world.plotter.confirmOrigin(null));
  assert.equal(world.plotter.facts().origin, 'known');
});

test('with "power-on" a board that is met at another speed may have begun anew before', async () => {
  const world = await parkedOvernight();
  world.board.changePaper();
  await world.run(world.plotter.close());
  world.cable.onOpen = () => {
    world.cable.onOpen = null;
    world.board.faults.hung = true;
    world.clock.after(4000, () => world.board.reset(false));
  };
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  await world.clock.advance(3000);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('with "power-on" no yes and no trust gives the corner the height at which the pen was parked', async () => {
  for (const trustPark of [false, true]) {
    const world = await parkedOvernight({ trustPark });
    world.sheetIsEmpty = false;
    await night(world);
    assert.equal(world.plotter.facts().origin, 'unknown', 'a sheet with ink wants a person');
    world.plotter.confirmHover();
    await world.clock.advance(3000);
    assert.equal(world.plotter.facts().origin, 'unknown');
    assert.deepEqual(world.board.place(), [0, 0, 0]);
  }
});

test('with "power-on" a witnessed reset of a parked board is no power cycle: the pen still rests where it was', async () => {
  const world = await parkedOvernight();
  world.board.reset(true);
  await world.until('the loss', () => world.plotter.facts().link !== 'ready', 8000);
  await world.ready();
  assert.equal(world.plotter.facts().parked, true);
  assert.equal(world.plotter.facts().pen?.pen, 'up');
});

test('with "power-on" power that went in mid-work makes nothing known when it returns', async () => {
  const world = await readyWorld();
  const drawing = world.plotter.draw(stroke(1));
  await world.until('ink', () => world.board.place()[1] > 22);
  world.board.powerOff();
  await world.run(drawing);
  await world.clock.advance(60_000);
  world.board.powerOn();
  await world.until('a link', () => world.plotter.facts().link === 'ready', 120_000);
  await world.clock.advance(3000);
  assert.equal(world.plotter.facts().origin, 'unknown');
});
