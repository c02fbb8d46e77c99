import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, inkOf, inkOfStroke, pen, readyWorld, stroke } from './world.ts';

test('a stroke is certain only after it was executed', async () => {
  const world = await readyWorld();
  for (let n = 1; n <= 12; n += 1) {
    await world.run(world.plotter.draw(stroke(n)));
    const inked = inkOf(world.board);
    for (const certain of world.certain) assert.ok(inked.includes(inkOfStroke(certain.n)), `stroke ${certain.n}`);
  }
  assert.ok(world.certain.length >= 6 && world.certain.length < 12, `${world.certain.length} are certain in mid-flow`);
  assert.equal(world.plotter.facts().unproven, 12 - world.certain.length);
  await world.run(world.plotter.drain());
  assert.deepEqual(
    world.certain.map(({ n }) => n),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  );
  assert.equal(world.plotter.facts().unproven, 0);
});

test('a larger planner asks for more moves before a stroke is certain', async () => {
  const world = await readyWorld({ board: { plannerBlocks: 64 }, settings: { certainAfterMoves: 64 } });
  for (let n = 1; n <= 24; n += 1) {
    await world.run(world.plotter.draw(stroke(n)));
    const inked = inkOf(world.board);
    for (const certain of world.certain) assert.ok(inked.includes(inkOfStroke(certain.n)), `stroke ${certain.n}`);
  }
  assert.ok(world.certain.length > 0);
});

test('a pause lets the planner finish: about four strokes, lifted and parked within 8 s', async () => {
  const world = await readyWorld();
  for (let n = 1; n <= 10; n += 1) await world.run(world.plotter.draw(stroke(n)));
  const beganMs = world.clock.nowMs();
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  assert.ok(world.clock.nowMs() - beganMs < 8000);
  assert.deepEqual(world.board.place(), [0, 0, pen.upMm]);
  assert.equal(world.board.moving(), false);
  assert.equal(world.plotter.facts().parked, true);
  assert.equal(world.certain.length, 10);
});

test('a stop acts at once, lifts, and nothing that was not certain becomes certain', async () => {
  for (const emergencyParser of [false, true]) {
    for (const waitMs of [0, 1, 2, 3, 5, 40, 130, 260, 700]) {
      const world = await readyWorld({ board: { emergencyParser } });
      for (let n = 1; n <= 8; n += 1) await world.run(world.plotter.draw(stroke(n)));
      const drawing = world.plotter.draw(stroke(9));
      await world.clock.advance(waitMs);
      const before = world.certain.length;
      const beganMs = world.clock.nowMs();
      const stopping = world.plotter.stop();
      await world.until('rest', () => !world.board.moving(), 1000);
      assert.ok(world.clock.nowMs() - beganMs < 700, 'it stands within 0.7 s');
      await world.run(drawing);
      assert.equal((await world.run(stopping)).kind, 'done');
      assert.equal(world.certain.length, before);
      assert.equal(world.plotter.facts().unproven, 0);
      assert.equal(world.plotter.facts().origin, 'known');
      await world.clock.advance(2000);
      assert.equal(world.board.place()[2], pen.upMm);
      assert.equal((await world.run(world.plotter.drain())).kind, 'done');
      assert.equal(world.certain.length, before, 'not even after a drain');
      for (let n = before + 1; n <= 9; n += 1) await world.run(world.plotter.draw(stroke(n)));
      await world.run(world.plotter.park());
      const expected = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9].map(inkOfStroke));
      for (const ink of expected) assert.ok(inkOf(world.board).includes(ink));
      for (const piece of world.board.paper().ink) {
        assert.ok(
          Number.isInteger(Math.round(piece.fromX * 100) / 100) && piece.fromX === piece.toX,
          'only in its place',
        );
      }
    }
  }
});

test('an order under way ends as interrupted when a person stops', async () => {
  const world = await readyWorld();
  for (let n = 1; n <= 4; n += 1) await world.run(world.plotter.draw(stroke(n)));
  const drawing = world.plotter.draw(stroke(5));
  const stopping = world.plotter.stop();
  assert.equal(faultOf(await world.run(drawing))?.code, 'stopped');
  assert.equal((await world.run(stopping)).kind, 'done');
  assert.equal((await world.run(world.plotter.draw(stroke(5)))).kind, 'done');
});

test('while a stop is under way no order is taken', async () => {
  const world = await readyWorld();
  const stopping = world.plotter.stop();
  assert.equal(faultOf(await world.run(world.plotter.draw(stroke(1))))?.code, 'stopped');
  assert.equal(faultOf(await world.run(world.plotter.stop()))?.code, 'stopped');
  assert.equal((await world.run(stopping)).kind, 'done');
});

test('a stop by M112 halts the board, which then needs a reset and has lost the origin', async () => {
  const world = await readyWorld({ settings: { stopWith: 'M112' } });
  await world.run(world.plotter.draw(stroke(1)));
  await world.run(world.plotter.stop());
  await world.clock.advance(20_000);
  assert.equal(world.plotter.facts().fault?.code, 'link-halted');
  assert.equal(world.board.moving(), false);
  world.board.reset(true);
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.plotter.facts().fault, null);
  assert.equal(world.certain.length, 0);
});

test('a board that halts itself is a fault with a remedy', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  world.board.receive('M112\n');
  await world.until('a fault', () => world.plotter.facts().fault !== null, 10_000);
  assert.equal(world.plotter.facts().fault?.code, 'link-halted');
});

test('a halted board has let go of its motors: not even a parked pen is where it was, and it is not raised twice', async () => {
  for (const byStop of [true, false]) {
    const world = await readyWorld({ settings: { stopWith: 'M112' } });
    await world.run(world.plotter.draw(stroke(1)));
    await world.run(world.plotter.park());
    if (byStop) await world.run(world.plotter.stop());
    else world.board.receive('M112\n');
    await world.until('the loss', () => world.plotter.facts().link !== 'ready', 8000);
    await world.clock.advance(500);
    world.board.push(7, 0, 0);
    world.board.reset(true);
    await world.until('a link', () => world.plotter.facts().link === 'ready', 9000);
    await world.clock.advance(2000);
    assert.equal(world.plotter.facts().origin, 'unknown');
    assert.equal(world.record.parked, null);
    assert.deepEqual(world.board.place(), [7, 0, pen.upMm]);
  }
});

test('a stop before the session stands stops what the planner still holds', async () => {
  for (const stopWith of ['M410', 'M112'] as const) {
    const world = await readyWorld({ settings: { stopWith } });
    for (let n = 1; n <= 7; n += 1) await world.run(world.plotter.draw(stroke(n)));
    const before = world.certain.length;
    const cable = world.ports.unplug('/dev/ttyUSB0');
    await world.clock.advance(20);
    if (cable !== null) world.ports.plug('/dev/ttyUSB0', cable.device, { ...cable });
    await world.until('the port', () => world.plotter.facts().link === 'connecting');
    await world.until('the first words', () => world.sent.at(-1)?.startsWith('N2000000000 ') === true);
    assert.equal(world.board.moving(), true);
    assert.equal((await world.run(world.plotter.stop())).kind, 'done');
    await world.until('rest', () => !world.board.moving(), 700);
    if (stopWith === 'M410') {
      await world.ready();
      await world.clock.advance(2000);
      assert.equal(world.board.place()[2], pen.upMm);
    } else {
      world.board.reset(true);
      await world.until('a link', () => world.plotter.facts().link === 'ready');
      assert.equal(world.plotter.facts().origin, 'unknown');
    }
    assert.deepEqual(world.strayMarks, []);
    assert.equal(world.certain.length, before);
  }
});

test('a stop while the origin is unknown lets go of the motors, so that a hand can move the gantry', async () => {
  const world = await readyWorld();
  world.board.reset(true);
  await world.until('the loss', () => world.plotter.facts().link !== 'ready', 8000);
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  const jogging = world.plotter.jog(20, 0, 0);
  await world.clock.advance(50);
  await world.run(Promise.all([jogging, world.plotter.stop()]));
  await world.clock.advance(1000);
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.board.motorsOn(), false);
});

test('a stop without a plotter is refused', async () => {
  const world = await readyWorld();
  world.ports.unplug('/dev/ttyUSB0');
  await world.clock.advance(100);
  assert.equal(faultOf(await world.run(world.plotter.stop()))?.code, 'plotter-not-ready');
});

test('a service that ends in the middle of a stop tells it to its end first, and leaves no timer behind', async () => {
  for (const emergencyParser of [false, true]) {
    for (const waitMs of [1, 40, 260, 700, 1100]) {
      const world = await readyWorld({ board: { emergencyParser } });
      for (let n = 1; n <= 8; n += 1) await world.run(world.plotter.draw(stroke(n)));
      void world.plotter.draw(stroke(9));
      await world.clock.advance(40);
      const stopping = world.plotter.stop();
      await world.until('rest', () => !world.board.moving(), 1000);
      await world.clock.advance(waitMs);
      const [x, y] = world.board.place();
      await world.killService();
      assert.notEqual(await Promise.race([stopping, 'still under way']), 'still under way');
      await world.clock.advance(20_000);
      assert.deepEqual(world.board.place().slice(0, 2), [x, y], `${waitMs} ms after it had stopped`);
    }
  }
});
