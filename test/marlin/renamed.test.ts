import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PenKind } from '../../src/marlin/plotter.ts';
import type { VirtualOptions } from '../../src/simulators/plotter/options.ts';
import { back, confirm, linked, parkedByHand } from './hand-set.ts';
import { checkMarks } from './truth.ts';
import { inkOf, inkOfStroke, makeWorld, path, stroke, type World, type WorldOptions } from './world.ts';

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

const servo: PenKind = { kind: 'servo', index: 0, downDegrees: 30, hopDegrees: 60, upDegrees: 90, settleMs: 200 };

/** A pen on Z, and one on a servo. */
const pens: readonly WorldOptions[] = [
  confirm,
  { board: { servoDownAngle: 30 }, settings: { ...confirm.settings, pen: servo } },
];

/** A pen that stands where a stroke ends, at X 15 Y 30, still on the paper; `isUp`: over it. */
async function standing(options: WorldOptions, isUp = false): Promise<World> {
  const world = makeWorld(options);
  await linked(world);
  await world.run(world.plotter.confirmOrigin(null));
  for (let n = 1; n <= 5; n += 1) {
    const { moves, ...others } = stroke(n);
    await world.run(world.plotter.draw({ ...others, moves: n < 5 || isUp ? moves : moves.slice(0, 3) }));
    if (n < 4) await world.run(world.plotter.drain());
  }
  await world.clock.advance(500);
  return world;
}

/** Somebody takes the pen along the paper from there. */
const away = ['M400', 'G91', 'G1 X30 Y16 F3000', 'G90'];

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

  test(`a pen on the paper that was taken elsewhere and got another name, while ${when}, has left a stray mark`, async () => {
    for (const options of pens) {
      for (const name of ['X15 Y30', 'X0 Y0', 'X60 Y100']) {
        const world = await standing(options);
        await whileUnheard(world, () => atDisplay(world, [...away, `G92 ${name}`]));
        await back(world);
        assert.equal(world.plotter.facts().origin, 'unknown');
        const [mark, ...others] = world.strayMarks;
        assert.ok(mark !== undefined && others.length === 0, `${JSON.stringify(options)} ${name}`);
        assert.ok(Math.hypot(mark.to.xMm - 45, mark.to.yMm - 46) < 0.06, JSON.stringify(mark));
        if (name === 'X15 Y30') assert.ok(checkMarks(world, 5, world.strayMarks, 'the way') > 0);
        await back(world);
        assert.equal(world.strayMarks.length, 1, 'once');
      }
    }
  });

  test(`a new name for a pen that is clear of the paper, or stays where it is, while ${when}, is no stray mark`, async () => {
    for (const options of pens) {
      // A service that died has left untold whether a servo was up again: nothing else shows that.
      if (options !== confirm && when === 'the service is down') continue;
      for (const lines of [
        [...away, 'G92 X15 Y30'],
        ['M400', 'G92 X90 Y20'],
      ]) {
        const world = await standing(options, lines.includes('G91'));
        await whileUnheard(world, () => atDisplay(world, lines));
        await back(world);
        assert.equal(world.plotter.facts().origin, 'unknown');
        assert.deepEqual(world.strayMarks, []);
      }
    }
    const world = await parkedByHand();
    await whileUnheard(world, () => atDisplay(world, ['G1 X40 Y20 F3000', 'G92 X0 Y0']));
    await back(world);
    assert.deepEqual(world.strayMarks, []);
  });

  test(`a parked pen that somebody draws with and gives another name, while ${when}, has left a stray mark`, async () => {
    for (const name of ['X0 Y0 Z5', 'X70 Y10 Z0']) {
      const world = await standing(confirm, true);
      await world.run(world.plotter.park());
      await whileUnheard(world, () => atDisplay(world, ['G1 Z0 F300', 'G1 X40 Y20 F3000', `G92 ${name}`]));
      await back(world);
      assert.equal(world.plotter.facts().origin, 'unknown');
      assert.ok(checkMarks(world, 5, world.strayMarks, name) > 0);
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

test('a pen that was taken elsewhere, of which only its last rest is remembered, has left a mark', async () => {
  const world = await standing(confirm);
  await world.killService();
  world.record = { ...world.record, underWay: null };
  await atDisplay(world, [...away, 'G92 X15 Y30']);
  world.startService();
  await back(world);
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.ok(checkMarks(world, 5, world.strayMarks, 'the way') > 0);
});

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
