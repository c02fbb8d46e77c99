import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, readyWorld, stroke } from './world.ts';

test('an origin that is lost while the disk fails stays lost, and is written down when the disk takes it', async () => {
  const world = await readyWorld({ settings: { origin: 'power-on' } });
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  world.onSave = () => {
    throw new Error('the disk is full');
  };
  world.board.releaseMotors();
  world.board.listener?.('echo:enqueueing "M84"\n');
  await world.clock.advance(10_000);
  assert.equal(world.record.originKnown, true, 'the disk did not take it');
  world.onSave = () => {};
  await world.clock.advance(30_000);
  assert.equal(world.plotter.facts().link, 'ready');
  assert.equal(world.plotter.facts().origin, 'unknown');
  assert.equal(world.plotter.facts().parked, false);
  assert.equal(world.record.originKnown, false);
  assert.equal(faultOf(await world.run(world.plotter.draw(stroke(1))))?.code, 'origin-unknown');
});
