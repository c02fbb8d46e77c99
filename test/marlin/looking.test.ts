import assert from 'node:assert/strict';
import { test } from 'node:test';
import { corruptOnce } from './corrupt.ts';
import { checkMarks, checkWhole } from './truth.ts';
import { drawRest, faultOf, inkOf, inkOfStroke, makeWorld, readyWorld, stroke } from './world.ts';

test('a travel that was corrupted yet passed the checksum is seen before the pen goes down', async () => {
  const world = await readyWorld();
  corruptOnce(world, /X13\b/, 'X83');
  await world.run(world.plotter.draw(stroke(1)));
  await world.run(world.plotter.draw(stroke(2)));
  const result = await world.run(world.plotter.draw(stroke(3)));
  assert.equal(faultOf(result)?.code, 'position-mismatch');
  assert.deepEqual(result.kind === 'interrupted' ? result.strayMarks : null, []);
  await drawRest(world, 3);
  checkWhole(world, 3, 'drawn anew');
  assert.equal(checkMarks(world, 3, [], 'drawn anew'), 0);
});

test('ink that went elsewhere is a stray mark up to where it was stopped, and never confirmed as a stroke', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  corruptOnce(world, /Y30\b/, 'Y70');
  // The answer to the look is late, so that the line has begun before it is known to be wrong.
  world.cable.noise = (text) => [{ text, delayMs: /^X:12.00 Y:70/.test(text) ? 1_700 : 0 }];
  const result = await world.run(world.plotter.draw(stroke(2)));
  world.cable.noise = null;
  assert.ok(result.kind === 'interrupted');
  assert.equal(result.fault.code, 'position-mismatch');
  const strayMark = result.strayMarks[0];
  assert.deepEqual(strayMark?.from, { xMm: 12, yMm: 20 });
  const reached = Math.max(...world.board.paper().ink.map(({ toY }) => toY));
  assert.ok(reached > 31 && reached < 69, `it was stopped at ${reached}`);
  assert.ok(Math.abs((strayMark?.to.yMm ?? 0) - reached) < 0.06, `ink up to ${reached}, told ${strayMark?.to.yMm}`);
  assert.deepEqual(strayMark?.stroke, stroke(2).stroke);
  await world.run(world.plotter.drain());
  assert.deepEqual(
    world.certain.map(({ n }) => n),
    [1],
    'what came before is true',
  );
  assert.equal(world.plotter.facts().fault, null, 'once is an accident');
});

test('a lift that did not happen is seen before the pen travels', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  corruptOnce(world, /^G1 Z1\.2/, 'G1 Z0.2');
  const result = await world.run(world.plotter.draw(stroke(2)));
  assert.equal(faultOf(result)?.code, 'position-mismatch');
  await drawRest(world, 2);
  checkWhole(world, 2, 'drawn anew');
  assert.equal(checkMarks(world, 2, [], 'drawn anew'), 0);
});

test('a pen that did not go down leaves a stroke that is not confirmed', async () => {
  const world = await readyWorld();
  corruptOnce(world, /^G1 Z0\b/, 'G1 Z9');
  const result = await world.run(world.plotter.draw(stroke(1)));
  assert.equal(faultOf(result)?.code, 'position-mismatch');
  await world.run(world.plotter.drain());
  assert.equal(world.certain.length, 0);
});

test('targets that end switches clamp stop as a fault that a person has to mend, before any ink', async () => {
  const clamped = makeWorld({
    board: { switchesMm: [0, 0, null], heightMaxMm: [11.5, 2440, 200] },
    settings: { origin: 'endstops' },
  });
  clamped.startService();
  await clamped.until('a link', () => clamped.plotter.facts().link === 'ready');
  assert.equal((await clamped.run(clamped.plotter.home())).kind, 'done');
  assert.equal((await clamped.run(clamped.plotter.draw(stroke(1)))).kind, 'done');
  assert.equal((await clamped.run(clamped.plotter.drain())).kind, 'done');
  for (let tries = 0; tries < 3; tries += 1) {
    assert.equal(faultOf(await clamped.run(clamped.plotter.draw(stroke(2))))?.code, 'position-mismatch');
  }
  assert.equal(clamped.plotter.facts().fault?.code, 'position-keeps-missing');
  assert.equal((await clamped.run(clamped.plotter.draw(stroke(2)))).kind, 'refused');
  await clamped.clock.advance(5000);
  assert.deepEqual(inkOf(clamped.board), [inkOfStroke(1)]);
  clamped.plotter.retryNow(false);
  assert.equal(clamped.plotter.facts().fault, null);
});

test('a jog at the display between two lines is seen before ink is made there', async () => {
  const world = await readyWorld();
  const { receive } = world.board;
  let jogged = false;
  world.board.receive = (text, byteMs) => {
    receive(text, byteMs);
    if (!jogged && / G1 X12 /.test(text)) {
      jogged = true;
      receive('G1 X90\n');
    }
  };
  await world.run(world.plotter.draw(stroke(1)));
  const result = await world.run(world.plotter.draw(stroke(2)));
  assert.notEqual(result.kind, 'done');
  await drawRest(world, 2);
  checkWhole(world, 2, 'drawn anew');
  assert.equal(checkMarks(world, 2, [], 'drawn anew'), 0);
});

test('a jog just before or after the pen goes down is no stroke, though the ink line ends where it was to end', async () => {
  for (const when of ['before', 'after'] as const) {
    const world = await readyWorld();
    await world.run(world.plotter.draw(stroke(1)));
    const { receive } = world.board;
    let jogged = false;
    world.board.receive = (text, byteMs) => {
      const isDue = !jogged && / G1 Z0 /.test(text);
      jogged ||= isDue;
      if (isDue && when === 'before') receive('G1 Y24\n');
      receive(text, byteMs);
      if (isDue && when === 'after') receive('G1 Y16\n');
    };
    const result = await world.run(world.plotter.draw(stroke(2)));
    assert.ok(jogged);
    assert.ok(result.kind === 'interrupted', when);
    await drawRest(world, 2);
    checkWhole(world, 2, when);
    checkMarks(world, 2, result.strayMarks, when);
  }
});

test('one answer that was garbled into another place is not believed', async () => {
  const world = await readyWorld();
  let garbled = 0;
  world.cable.noise = (text, direction) => {
    const hit = direction === 'to-host' && garbled < 3 && text.startsWith('X:12.00');
    if (hit) garbled += 1;
    return [{ text: hit && garbled % 2 === 1 ? text.replace('X:12.00', 'X:72.00') : text, delayMs: 0 }];
  };
  for (const n of [1, 2, 3]) assert.equal((await world.run(world.plotter.draw(stroke(n)))).kind, 'done');
  assert.ok(garbled > 0);
});

test('looks cost nothing that a watch can see: 40 strokes take the time of their motion', async () => {
  const world = await readyWorld();
  const beganMs = world.clock.nowMs();
  const movedMs = world.board.movingMs();
  for (let n = 1; n <= 40; n += 1) await world.run(world.plotter.draw(stroke(n)));
  await world.run(world.plotter.drain());
  const share = (world.clock.nowMs() - beganMs) / (world.board.movingMs() - movedMs);
  assert.ok(share < 1.02, `${share}`);
});
