import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VirtualOptions } from '../../src/simulators/plotter/options.ts';
import { back, confirm, linked, parkedByHand } from './hand-set.ts';
import { inkOf, inkOfStroke, makeWorld, path, stroke, type World } from './world.ts';

/** Somebody is at the plotter's own display. */
async function atDisplay(world: World, lines: readonly string[]): Promise<void> {
  for (const text of lines) world.board.receive(`${text}\n`);
  await world.clock.advance(15_000);
}

/** Nobody listens to the plotter while this happens. */
const unheard: Readonly<Record<string, (world: World, happens: () => Promise<void>) => Promise<void>>> = {
  'the service is down': async (world, happens) => {
    await world.killService();
    await happens();
    world.startService();
  },
  'the cable is out': async (world, happens) => {
    world.ports.unplug(path);
    await world.clock.advance(2000);
    await happens();
    world.ports.plug(path, world.cable.device, { ...world.cable });
  },
};

/** What boards count. */
const counting = {
  'as the plan ends': (planned) => planned,
  'as the motors stand now': (_, now) => now,
  'nothing at all': () => [0, 0, 0],
  'two motors for both axes': ([x, y, z]) => [x + y, x - y, z],
  'a bed that is not level': ([x, y, z]) => [x, y, z + Math.round(x * 0.01 + y * 0.005)],
} satisfies Readonly<Record<string, VirtualOptions['counts']>>;

for (const [when, whileUnheard] of Object.entries(unheard)) {
  test(`a parked pen that was taken elsewhere, and its place given the old name, while ${when}, asks a person`, async () => {
    for (const lines of [
      ['G1 X20 Y10 F3000', 'G92 X0 Y0'],
      ['G1 Z20 F300', 'G92 Z5'],
    ]) {
      const world = await parkedByHand();
      const { record } = world;
      await whileUnheard(world, () => atDisplay(world, lines));
      await back(world);
      assert.equal(world.plotter.facts().origin, 'unknown', lines.join(', '));
      assert.equal(world.record.epoch, record.epoch);
      assert.equal(world.plotter.facts().parked, false);
      const movedMs = world.board.movingMs();
      await world.clock.advance(20_000);
      assert.equal(world.board.movingMs(), movedMs, 'nothing moves');
    }
  });

  test(`a new name for the place of a pen that was in the middle of its work, while ${when}, asks a person`, async () => {
    for (const { counts, from } of [
      { counts: counting['as the plan ends'], from: 1 },
      // Two rests off the way between origin and sheet teach its steps.
      { counts: counting['as the motors stand now'], from: 4 },
    ]) {
      const world = makeWorld({ ...confirm, board: { counts } });
      await linked(world);
      await world.run(world.plotter.confirmOrigin(null));
      for (let n = 1; n <= 5; n += 1) {
        await world.run(world.plotter.draw(stroke(n)));
        if (n < from) await world.run(world.plotter.drain());
      }
      await whileUnheard(world, () => atDisplay(world, ['M400', 'G1 X115 F3000', 'G92 X15']));
      await back(world);
      assert.equal(world.plotter.facts().origin, 'unknown');
    }
  });

  test(`a plotter that was moved at its display while ${when} and keeps its origin goes on`, async () => {
    const world = await parkedByHand();
    await world.run(world.plotter.draw(stroke(2)));
    await world.run(world.plotter.drain());
    await whileUnheard(world, () => atDisplay(world, ['G1 X60 Y80 Z30 F3000']));
    await back(world);
    assert.equal(world.plotter.facts().origin, 'known');
    await world.run(world.plotter.draw(stroke(3)));
    await world.run(world.plotter.drain());
    assert.deepEqual(inkOf(world.board), [1, 2, 3].map(inkOfStroke));
  });
}

for (const [what, counts] of Object.entries(counting)) {
  test(`an honest restart keeps the origin of a board that counts ${what}, wherever the pen is`, async () => {
    const world = makeWorld({ ...confirm, board: { counts } });
    await linked(world);
    await world.run(world.plotter.confirmOrigin(null));
    for (let n = 1; n <= 24; n += 1) {
      const drawing = world.plotter.draw(stroke(n));
      // In the first lines, in mid-stroke, at its end, at rest, parked.
      if (n % 3 !== 0) await world.clock.advance(n * 131);
      else await world.run(drawing);
      if (n % 4 === 0) await world.run(drawing.then(() => world.plotter.drain()));
      if (n % 6 === 0) await world.run(world.plotter.park());
      const { epoch } = world.record;
      const way = n % 2 === 0 ? 'the service is down' : 'the cable is out';
      await unheard[way]?.(world, () => world.clock.advance(n % 5 === 0 ? 30_000 : 10));
      await back(world);
      assert.equal(world.plotter.facts().origin, 'known', `restart ${n}`);
      assert.equal(world.record.epoch, epoch);
    }
  });
}
