import assert from 'node:assert/strict';
import { test } from 'node:test';
import { corruptOnce } from './corrupt.ts';
import { checkMarks, checkWhole } from './truth.ts';
import { drawRest, path, pen, readyWorld, stroke, type World } from './world.ts';

/** The cable is pulled now, and comes back after a while. */
function flap(world: World, awayMs = 3000): void {
  const cable = world.ports.unplug(path);
  world.clock.after(awayMs, () => {
    if (cable !== null) world.ports.plug(path, cable.device, { ...cable });
  });
}

test('ink that went elsewhere just before the link was lost is a stray mark once it is back', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  corruptOnce(world, /Y30\b/, 'Y70', () => flap(world));
  const result = await world.run(world.plotter.draw(stroke(2)));
  assert.ok(result.kind === 'interrupted' && result.strayMarks.length === 0);
  await world.clock.advance(3000);
  await world.ready();
  await world.clock.advance(3000);
  assert.deepEqual(
    world.strayMarks.map(({ stroke: of, from, to }) => ({ n: of?.n, from, to })),
    [{ n: 2, from: { xMm: 12, yMm: 20 }, to: { xMm: 12, yMm: 70 } }],
  );
  await world.run(world.plotter.draw(stroke(2)));
  await world.run(world.plotter.drain());
  assert.equal(world.strayMarks.length, 1, 'once');
});

test('a link that is lost at any moment of a stroke that goes right leaves no stray mark', async () => {
  for (let afterMs = 0; afterMs < 60; afterMs += 4) {
    const world = await readyWorld();
    await world.run(world.plotter.draw(stroke(1)));
    const drawing = world.plotter.draw(stroke(2));
    await world.clock.advance(afterMs);
    flap(world, 500);
    await world.run(drawing);
    await world.clock.advance(500);
    await world.ready();
    await world.clock.advance(3000);
    assert.deepEqual(world.strayMarks, [], `${afterMs} ms`);
  }
});

test('ink that went elsewhere when a person stops is a stray mark up to where the pen stood', async () => {
  for (const lost of [false, true]) {
    const world = await readyWorld();
    await world.run(world.plotter.draw(stroke(1)));
    await world.run(world.plotter.drain());
    corruptOnce(world, /Y30\b/, 'Y70');
    // The answer to the look is late, so that the stop comes first.
    const hold = (text: string) => (/^X:12.00 Y:70/.test(text) ? 600_000 : 0);
    world.cable.noise = (text) => [{ text, delayMs: hold(text) }];
    const drawing = world.plotter.draw(stroke(2));
    await world.until('ink', () => world.board.place()[1] > 45);
    world.cable.noise = null;
    const stopping = world.plotter.stop();
    if (lost) flap(world);
    await world.run(Promise.all([drawing, stopping]));
    await world.ready();
    await world.clock.advance(3000);
    const [mark, ...others] = world.strayMarks;
    assert.deepEqual(others, []);
    assert.deepEqual(mark?.from, { xMm: 12, yMm: 20 }, `${JSON.stringify(world.record)}`);
    const reached = Math.max(...world.board.paper().ink.map(({ toY }) => toY));
    assert.ok(Math.abs((mark?.to.yMm ?? 0) - reached) < 0.06, `ink up to ${reached}, told ${mark?.to.yMm}`);
  }
});

test('a stop at any moment of strokes that go right leaves no stray mark', async () => {
  for (let afterMs = 0; afterMs < 3000; afterMs += 190) {
    const world = await readyWorld();
    for (let n = 1; n <= 4; n += 1) await world.run(world.plotter.draw(stroke(n)));
    const drawing = world.plotter.draw(stroke(5));
    await world.clock.advance(afterMs);
    await world.run(Promise.all([drawing, world.plotter.stop()]));
    assert.deepEqual(world.strayMarks, [], `${afterMs} ms`);
  }
});

test('a lift that would drag the pen over the paper when a service begins is stopped before it has begun', async () => {
  const world = await readyWorld();
  const drawing = world.plotter.draw(stroke(1));
  await world.until('the ink line', () => world.sent.some((line) => / G1 Y30 /.test(line)));
  await world.killService();
  await world.run(drawing);
  await world.clock.advance(3000);
  corruptOnce(world, /^G1 Z5/, 'G1 X60');
  world.startService();
  await world.ready();
  await world.clock.advance(5000);
  assert.equal(world.board.place()[2], pen.upMm, 'it is up in the end');
  assert.deepEqual(world.strayMarks, []);
  assert.ok(Math.abs(world.board.place()[0] - 11) < 0.01);
});

test('a lift that drags the pen over the paper before it parks is a stray mark of the stroke before, up to where it was stopped', async () => {
  const world = await readyWorld();
  const low = { ...stroke(1), moves: stroke(1).moves.slice(0, 3) };
  await world.run(world.plotter.draw(low));
  corruptOnce(world, /^G1 Z5/, 'G1 X60');
  world.cable.noise = (text) => [{ text, delayMs: /^X:60.00/.test(text) ? 2100 : 0 }];
  const result = await world.run(world.plotter.park());
  world.cable.noise = null;
  assert.ok(result.kind === 'interrupted');
  const [mark, ...others] = result.strayMarks;
  assert.deepEqual(others, []);
  assert.deepEqual([mark?.stroke, mark?.from], [stroke(1).stroke, { xMm: 11, yMm: 30 }]);
  assert.equal(checkMarks(world, 1, result.strayMarks, 'the lift'), 1);
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
});

test('a pen that somebody draws with at the plotter’s own display leaves a stray mark', async () => {
  const world = await readyWorld();
  await world.clock.advance(3000);
  world.board.receive('G1 Z0 F300\n');
  await world.clock.advance(4000);
  world.board.receive('G1 X40 F3000\n');
  await world.clock.advance(4000);
  const last = world.strayMarks.at(-1);
  assert.deepEqual(
    [last?.from, last?.to],
    [
      { xMm: 0, yMm: 0 },
      { xMm: 40, yMm: 0 },
    ],
  );
});

test('a line that was taken for another mode is made good at the first mismatch, and when a person tries again', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  world.board.receive('G91\n');
  assert.equal((await world.run(world.plotter.draw(stroke(2)))).kind, 'interrupted');
  await world.run(world.plotter.drain());
  assert.ok(world.board.place()[2] <= pen.upMm + 1.3, 'it does not climb with each try');
  await drawRest(world, 2);
  await world.run(world.plotter.park());

  world.board.receive('G91\n');
  await world.clock.advance(100);
  world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
  await world.clock.advance(100);
  assert.equal((await world.run(world.plotter.draw(stroke(3)))).kind, 'done');
  await world.run(world.plotter.drain());
  checkWhole(world, 3, 'three strokes');
  assert.equal(checkMarks(world, 3, [], 'three strokes'), 0);
});
