import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnFree, ringOf, unknownSize } from '../../src/marlin/wire/link.ts';
import { frame } from '../../src/marlin/wire/replies.ts';
import { seededRandom } from '../../src/system/random.ts';
import { noisy } from './noise.ts';
import { checkNoLie } from './truth.ts';
import { readyWorld, stroke, type World } from './world.ts';

const sizes = [8, 16, 32, 64, 128];

function drains({ sent }: World): number {
  return sent.filter((line) => / M400\*/.test(line)).length;
}

test('a stroke is certain only after it was executed, whatever the planner holds and whether it tells that or not', async () => {
  for (const plannerBlocks of sizes) {
    for (const advancedOk of [true, false]) {
      const world = await readyWorld({ board: { plannerBlocks, advancedOk } });
      for (let n = 1; n <= 45; n += 1) {
        await world.run(world.plotter.draw(stroke(n)));
        checkNoLie(world, `${plannerBlocks} blocks, stroke ${n}`);
      }
      assert.ok(world.certain.length >= 8, `${plannerBlocks} blocks: ${world.certain.length} are certain`);
      world.board.reset(true);
      await world.clock.advance(5_000);
      checkNoLie(world, `${plannerBlocks} blocks, after a reset`);
    }
  }
});

test('a board that tells its free places is asked to run empty until its planner is known, and then flows', async () => {
  for (const plannerBlocks of [16, 32]) {
    const world = await readyWorld({ board: { plannerBlocks, advancedOk: true } });
    for (let n = 1; n <= 12; n += 1) await world.run(world.plotter.draw(stroke(n)));
    const known = drains(world);
    const from = world.certain.length;
    for (let n = 13; n <= 40; n += 1) await world.run(world.plotter.draw(stroke(n)));
    assert.equal(drains(world), known, `${plannerBlocks} blocks`);
    // Four moves a stroke, and the whole planner behind it.
    assert.ok(world.certain.length >= 40 - plannerBlocks / 4 - 1, `${world.certain.length} are certain`);
    assert.ok(world.certain.length > from);
  }
});

test('a wait that became another command, whose number the board has, proves nothing, however often', async () => {
  for (const wrong of ['O402', 'M<80']) {
    const world = await readyWorld({ board: { plannerBlocks: 64 } });
    const { receive } = world.board;
    let spoilt = 0;
    world.board.receive = (text, byteMs) => {
      const [, number] = /^N(\d+) M400\*/.exec(text) ?? [];
      const isSpoilt = number !== undefined && spoilt < 9;
      if (isSpoilt) spoilt += 1;
      receive(isSpoilt ? frame(Number(number), wrong) : text, byteMs);
      if (world.certain.length > 0) checkNoLie(world, wrong);
    };
    for (let n = 1; n <= 20; n += 1) {
      await world.run(world.plotter.draw(stroke(n)));
      checkNoLie(world, `${wrong}, stroke ${n}`);
    }
    await world.run(world.plotter.drain());
    checkNoLie(world, wrong);
    assert.equal(world.certain.length, 20);
  }
});

test('a planner of unknown size costs little', async () => {
  const rate = async (advancedOk: boolean) => {
    const world = await readyWorld({ board: { advancedOk } });
    await world.run(world.plotter.draw(stroke(1)));
    const beganMs = world.clock.nowMs();
    for (let n = 2; n <= 41; n += 1) await world.run(world.plotter.draw(stroke(n)));
    await world.run(world.plotter.drain());
    return world.clock.nowMs() - beganMs;
  };
  const [known, unknown] = [await rate(true), await rate(false)];
  assert.ok(unknown < known * 1.02, `${unknown} ms instead of ${known} ms`);
});

test('a smaller number that noise has made of the free places is not believed', () => {
  assert.equal(ringOf(unknownSize), null);
  let size = learnFree(unknownSize, 15, true);
  assert.equal(ringOf(size), null, 'told once only');
  size = learnFree(size, 31, true);
  assert.equal(ringOf(size), null);
  size = learnFree(size, 31, true);
  assert.equal(ringOf(size), 32);
  for (const free of [15, 7, 21, 0])
    assert.equal(ringOf(learnFree(size, free, true)), free === 15 || free === 7 ? null : 32);
  assert.equal(ringOf(learnFree(size, 63, false)), null, 'it was believed to be smaller than it is');
  assert.equal(ringOf(learnFree(learnFree(size, 3, false), 31, true)), 32);
});

test('no noise on the answers makes a stroke certain too early', async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const world = await readyWorld({ seed, board: { plannerBlocks: 32, advancedOk: true } });
    const noise = noisy(seededRandom(seed), { drop: 0.01, double: 0.005, flip: 0.01, split: 0, delayMs: 0 });
    world.cable.noise = (text, direction) =>
      direction === 'to-host' ? noise(text, direction) : [{ text, delayMs: 0 }];
    for (let n = 1; n <= 24; n += 1) {
      const drawn = await world.run(world.plotter.draw(stroke(n)));
      checkNoLie(world, `seed ${seed}, stroke ${n}`);
      if (drawn.kind !== 'done') break;
    }
  }
});
