import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, inkOf, inkOfStroke, makeWorld, park, path, pen, readyWorld, stroke, type World } from './world.ts';

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

test('a pulled cable is noticed within a second and found again under another name, and the drawing goes on', async () => {
  for (const port of ['auto', path]) {
    const world = await readyWorld({ settings: { port } });
    const { doubts } = world;
    await world.run(world.plotter.draw(stroke(1)));
    const drawing = world.plotter.draw(stroke(2));
    await world.clock.advance(30);
    const cable = world.ports.unplug(path);
    assert.ok((await world.until('the loss', () => world.plotter.facts().link !== 'ready', 1000)) < 1000);
    assert.notEqual((await world.run(drawing)).kind, 'refused');
    assert.equal(world.plotter.facts().unproven, 1, 'the first was handed over, and nobody says that it is not drawn');
    await world.clock.advance(5000);
    if (cable !== null) world.ports.plug('/dev/ttyUSB7', cable.device, { ...cable });
    await world.ready();
    assert.equal(world.record.epoch, 1, 'the board did not reset: the epoch goes on');
    await world.until('proof of the first', () => world.certain.length === 1);
    assert.equal((await world.run(world.plotter.draw(stroke(2)))).kind, 'done');
    await world.run(world.plotter.drain());
    assert.deepEqual(inkOf(world.board), [1, 2].map(inkOfStroke));
    assert.equal(world.doubts, doubts);
  }
});

const replug = (world: World) => world.ports.plug(path, world.cable.device, { ...world.cable });

test('what a board had accepted when its link was lost becomes certain when it goes on, however often that happens', async () => {
  const world = await readyWorld();
  const { doubts } = world;
  for (let n = 1; n <= 12; n += 1) {
    assert.equal((await world.run(world.plotter.draw(stroke(n)))).kind, 'done');
    world.ports.unplug(path);
    await world.until('the loss', () => world.plotter.facts().link !== 'ready', 1000);
    replug(world);
    // Every second time it is gone again before anything can be proven.
    if (n % 2 === 0) {
      await world.clock.advance(150);
      world.ports.unplug(path);
      await world.clock.advance(1500);
      replug(world);
    }
    await world.ready();
    await world.until('proof', () => world.certain.length === n);
  }
  assert.deepEqual(
    inkOf(world.board),
    Array.from({ length: 12 }, (_, index) => inkOfStroke(index + 1)),
    'each of them once',
  );
  assert.equal(world.doubts, doubts);
});

test('what a board had accepted is in doubt for good when it begins anew, was moved, or is stopped', async () => {
  const harms: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
    'it begins anew': async (world) => {
      world.ports.unplug(path);
      world.board.powerOff();
      await world.clock.advance(2000);
      world.board.powerOn();
      replug(world);
    },
    'its plan is dropped meanwhile': async (world) => {
      world.ports.unplug(path);
      world.board.receive('M410\n');
      await world.clock.advance(2000);
      replug(world);
    },
    'it is told meanwhile to go elsewhere': async (world) => {
      world.ports.unplug(path);
      world.board.receive('G1 X90 F9000\n');
      await world.clock.advance(2000);
      replug(world);
    },
    'a person stops it': (world) => world.run(world.plotter.stop()),
  };
  for (const [harm, befall] of Object.entries(harms)) {
    const world = await readyWorld();
    for (const n of [1, 2, 3]) await world.run(world.plotter.draw(stroke(n)));
    const before = { doubts: world.doubts, certain: world.certain.length };
    assert.ok(world.plotter.facts().unproven > 0);
    await befall(world);
    await world.until(harm, () => world.doubts > before.doubts);
    await world.until('a link', () => world.plotter.facts().link === 'ready');
    await world.clock.advance(10_000);
    assert.equal(world.certain.length, before.certain, harm);
    assert.equal(world.plotter.facts().unproven, 0, harm);
    await world.killService();
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
