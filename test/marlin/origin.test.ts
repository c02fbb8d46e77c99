import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StrayMark } from '../../src/domain/plotter.ts';
import { back, confirm, linked, parkedByHand } from './hand-set.ts';
import { checkMarks, checkNoLie } from './truth.ts';
import { faultOf, inkOf, inkOfStroke, makeWorld, pen, readyWorld, stroke } from './world.ts';

test('with nothing known, nothing moves and the motors are free, until a person sets the origin', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  await world.clock.advance(10_000);
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.board.movingMs(), 0);
  assert.equal(world.board.motorsOn(), false);
  const refused = await world.run(world.plotter.draw(stroke(1)));
  assert.equal(refused.kind, 'refused');
  assert.equal(faultOf(refused)?.code, 'origin-unknown');
  assert.equal(faultOf(await world.run(world.plotter.park()))?.code, 'origin-unknown');
  assert.equal(world.board.movingMs(), 0);
});

test('the origin set by hand begins an epoch on disk and lifts the pen', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  world.board.putAt(100, 50, 0);
  assert.equal((await world.run(world.plotter.confirmOrigin(null))).kind, 'done');
  assert.equal(world.plotter.facts().origin, 'known');
  assert.equal(world.record.epoch, 1);
  assert.deepEqual(world.board.place(), [100, 50, pen.upMm]);
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
  await world.run(world.plotter.drain());
  assert.deepEqual(inkOf(world.board), ['111,70-111,80']);
});

test('on a sheet with ink the pen hovers over the last stroke, up, and waits for a yes', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  await world.run(world.plotter.confirmOrigin({ xMm: 40, yMm: 30 }));
  assert.deepEqual(world.board.place(), [40, 30, pen.upMm]);
  assert.equal(world.plotter.facts().origin, 'confirm-hover');
  assert.deepEqual(world.record.hover, { xMm: 40, yMm: 30 });
  assert.equal(faultOf(await world.run(world.plotter.draw(stroke(1))))?.code, 'hover-unconfirmed');
  world.plotter.confirmHover();
  await world.until('the origin to be known', () => world.plotter.facts().origin === 'known');
  assert.equal(world.record.hover, null);
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
});

test('a stop says that the hover lies wrong: the epoch ends and a hand can move the gantry', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  await world.run(world.plotter.confirmOrigin({ xMm: 40, yMm: 30 }));
  assert.equal((await world.run(world.plotter.stop())).kind, 'done');
  assert.equal(world.plotter.facts().origin, 'unknown');
  await world.clock.advance(1000);
  assert.equal(world.board.motorsOn(), false);
  world.board.putAt(0, 0, 0);
  await world.run(world.plotter.confirmOrigin(null));
  assert.equal(world.plotter.facts().origin, 'known');
});

test('a hover outlives the service, and still waits for a yes', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  await world.run(world.plotter.confirmOrigin({ xMm: 40, yMm: 30 }));
  await world.killService();
  await linked(world);
  assert.equal(world.plotter.facts().origin, 'confirm-hover');
});

test('homing by end switches sets the origin where they are declared to be, and only homes Z where it homes up', async () => {
  const board = { switchesMm: [-5, -7, null], startMm: [60, 40, 0] } as const;
  const homeAt = { xMm: -5, yMm: -7, zMm: 0 };
  const bed = { xMinMm: -10, xMaxMm: 210, yMinMm: -10, yMaxMm: 297 };
  const world = makeWorld({ board, settings: { origin: 'endstops', homeAt, bed } });
  await linked(world);
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.board.movingMs(), 0);
  assert.equal((await world.run(world.plotter.home())).kind, 'done');
  assert.equal(world.plotter.facts().origin, 'known');
  assert.ok(!world.sent.some((line) => / G28.*Z/.test(line)));
  await world.run(world.plotter.draw(stroke(1)));
  await world.run(world.plotter.drain());
  assert.deepEqual(inkOf(world.board), [inkOfStroke(1)]);

  const up = makeWorld({
    board: { switchesMm: [-5, -7, 80], homeMm: [0, 0, 200], startMm: [60, 40, 30] },
    settings: { origin: 'endstops', homeAt: { ...homeAt, zMm: 80 }, zHomesUp: true, bed },
  });
  await linked(up);
  assert.equal((await up.run(up.plotter.confirmOrigin(null))).kind, 'done', 'a press homes where there are switches');
  const homing = up.sent.filter((line) => / G28/.test(line)).map((line) => line.replace(/^N\d+ |\*\d+$/g, ''));
  assert.deepEqual(homing, ['G28 Z', 'G28 X Y'], 'the pen is clear of the paper before it travels');
  await up.run(up.plotter.draw(stroke(1)));
  await up.run(up.plotter.drain());
  assert.deepEqual(inkOf(up.board), [inkOfStroke(1)]);
});

test('homing is refused where there are no switches', async () => {
  const world = await readyWorld();
  assert.equal(faultOf(await world.run(world.plotter.home()))?.code, 'no-end-switches');
});

test('a jog moves a pen whose origin is unknown, and ends any hope for where it was parked', async () => {
  const world = makeWorld(confirm);
  await linked(world);
  assert.equal((await world.run(world.plotter.jog(10, 0, 0))).kind, 'done');
  assert.equal((await world.run(world.plotter.jog(0, 0, -0.5))).kind, 'done');
  await world.clock.advance(2000);
  assert.deepEqual(world.board.place(), [10, 0, -0.5]);
  assert.equal(faultOf(await world.run(world.plotter.jog(500, 0, 0)))?.code, 'jog-too-far');
  const known = await readyWorld();
  assert.equal(faultOf(await known.run(known.plotter.jog(-50, 0, 0)))?.code, 'outside-bed');
});

test('a jog at the plotter’s own display is seen; a new origin given there ends the epoch', async () => {
  const world = await parkedByHand();
  world.board.receive('G1 X20 F3000\n');
  await world.clock.advance(5000);
  assert.equal(world.plotter.facts().parked, false);
  assert.equal(world.plotter.facts().origin, 'known');
  assert.equal(world.plotter.facts().pen?.xMm, 20);
  world.board.receive('G92 X0 Y0\n');
  await world.until('the loss of the origin', () => world.plotter.facts().origin === 'unknown', 5000);
  await back(world);
  assert.equal(world.plotter.facts().origin, 'unknown');
});

test('an origin that somebody sets at the display while the pen draws leaves no mark, and none is recorded', async () => {
  for (const command of ['G92 X0 Y0', 'G92 X100 Y150', 'G92 Y-20', 'G92 X12 Y20 Z0']) {
    for (let time = 0; time < 10; time += 1) {
      const world = await readyWorld({ seed: time + 1, board: { plannerBlocks: time % 2 === 0 ? 16 : 32 } });
      world.clock.after(300 + 917 * time, () => world.board.receive(`${command}\n`));
      const marks: StrayMark[] = [];
      for (let n = 1; n <= 14 && world.plotter.facts().origin === 'known'; n += 1) {
        const drawn = await world.run(world.plotter.draw(stroke(n)));
        if (drawn.kind === 'interrupted') marks.push(...drawn.strayMarks);
      }
      await world.clock.advance(5_000);
      const what = `${command} at ${300 + 917 * time} ms`;
      assert.equal(world.plotter.facts().origin, 'unknown', what);
      assert.deepEqual([...marks, ...world.strayMarks], [], what);
      assert.equal(checkMarks(world, 14, [], what), 0);
      checkNoLie(world, what);
    }
  }
});

test('motors are told never to let go, in every session', async () => {
  const world = await readyWorld({ board: { motorTimeoutMs: 5000 } });
  assert.ok(world.sent.some((line) => / M84 S0\*/.test(line)));
  await world.run(world.plotter.park());
  await world.clock.advance(60_000);
  assert.equal(world.board.motorsOn(), true);
});

test('motors that somebody lets go of at the display end the epoch where the firmware says so', async () => {
  const world = await parkedByHand();
  world.board.releaseMotors();
  world.board.listener?.('echo:enqueueing "M84"\n');
  await world.until('the loss of the origin', () => world.plotter.facts().origin === 'unknown', 2000);
  await back(world);
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.plotter.facts().parked, false);
  assert.equal(world.board.place()[2], pen.upMm, 'it was up already');
});
