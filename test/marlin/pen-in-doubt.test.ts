import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PenKind } from '../../src/marlin/plotter.ts';
import { faultOf, park, pen, readyWorld, stroke } from './world.ts';

const servo: PenKind = { kind: 'servo', index: 0, downDegrees: 30, hopDegrees: 60, upDegrees: 90, settleMs: 200 };

test('a servo that does not take its way up is told to go up all the same before a person comes', async () => {
  const world = await readyWorld({ board: { servoDownAngle: 30 }, settings: { pen: servo } });
  await world.clock.advance(2_000);
  const { receive } = world.board;
  world.board.receive = (text, byteMs) => {
    receive(text, byteMs);
    if (/ M280 P0 S60/.test(text)) receive('M280 P0 S30\n');
  };
  assert.equal(faultOf(await world.run(world.plotter.draw(stroke(1))))?.code, 'servo-astray');
  await world.clock.advance(3_000);
  const angles = world.sent.flatMap((line) => / M280 P0 S(\d+)/.exec(line)?.[1] ?? []);
  assert.equal(angles.at(-1), '90');
  assert.equal(world.plotter.facts().pen?.pen, 'up');
  assert.equal(world.plotter.facts().fault?.code, 'servo-astray', 'a person looks at it all the same');
});

test('a mark on a fresh sheet is not told of a stroke of the sheet before', async () => {
  const world = await readyWorld();
  await world.run(world.plotter.draw(stroke(1)));
  await world.run(world.plotter.park());
  world.plotter.use(pen, park);
  await world.clock.advance(1_500);
  world.board.receive('G1 Z0 F300\nG1 X5 F900\n');
  await world.clock.advance(3_000);
  assert.equal(world.strayMarks.length, 1);
  assert.equal(world.strayMarks[0]?.stroke, null);
});
