import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StrayMark } from '../../src/domain/plotter.ts';
import type { Motion } from '../../src/simulators/plotter/machine.ts';
import type { VirtualOptions } from '../../src/simulators/plotter/options.ts';
import { seededRandom } from '../../src/system/random.ts';
import { collide, corruptOnce } from './corrupt.ts';
import { checkMarks, checkNoLie, checkWhole } from './truth.ts';
import { faultOf, readyWorld, stroke, type World } from './world.ts';

const strokes = 24;
const triesMax = 6_000;
const bed = { xMinMm: 0, xMaxMm: 210, yMinMm: 0, yMaxMm: 297 };

interface Run {
  readonly world: World;
  readonly marks: readonly StrayMark[];
  readonly mismatches: number;
}

/** Draws all strokes while `share` of the moves are turned into others with the same checksum. */
async function drawAll(seed: number, share: number, board: Partial<VirtualOptions>): Promise<Run> {
  const random = seededRandom(seed);
  const outside: Motion[] = [];
  const onMotion = (motion: Motion) => {
    const [x, y] = motion.to;
    if (x < bed.xMinMm || x > bed.xMaxMm || y < bed.yMinMm || y > bed.yMaxMm) outside.push(motion);
  };
  const world = await readyWorld({ seed, board: { ...board, onMotion } });
  const { receive } = world.board;
  world.board.receive = (text, byteMs) => {
    const wrong = /^N\d+ G1 /.test(text) && random() < share ? collide(text, random) : null;
    receive(wrong ?? text, byteMs);
  };
  const marks: StrayMark[] = [];
  let mismatches = 0;
  for (let tries = 0, n = 1; n <= strokes; tries += 1) {
    assert.ok(tries < triesMax, `seed ${seed}: no end, ${JSON.stringify(world.plotter.facts())}`);
    await world.ready();
    const result = await world.run(world.plotter.draw(stroke(n)));
    if (result.kind === 'interrupted') marks.push(...result.strayMarks);
    const code = faultOf(result)?.code;
    if (code === 'position-mismatch') mismatches += 1;
    if (world.plotter.facts().fault !== null)
      world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
    n += 1;
    if (result.kind === 'done' && n > strokes) await world.run(world.plotter.drain());
    if (result.kind !== 'done' || n > strokes) n = world.certain.length + 1;
  }
  await world.clock.advance(5000);
  marks.push(...world.strayMarks);
  checkNoLie(world, `seed ${seed}`);
  checkWhole(world, strokes, `seed ${seed}`);
  assert.deepEqual(outside, [], `seed ${seed}: it left the bed`);
  return { world, marks, mismatches };
}

for (const share of [0.05, 0.3]) {
  test(`with ${100 * share} % of the moves turned into others with the same checksum no stray ink is laid, and the bed is never left`, async () => {
    let mismatches = 0;
    for (const emergencyParser of [false, true]) {
      for (const plannerBlocks of [16, 32]) {
        for (let seed = 1; seed <= 6; seed += 1) {
          const run = await drawAll(seed, share, { emergencyParser, plannerBlocks });
          mismatches += run.mismatches;
          const what = `seed ${seed}, ${plannerBlocks} blocks, emergency parser ${emergencyParser}`;
          assert.equal(checkMarks(run.world, strokes, run.marks, what), 0, what);
          assert.deepEqual(run.marks, [], what);
        }
      }
    }
    assert.ok(mismatches > 20, `${mismatches} mismatches`);
  });
}

test('a line out of the bed with the pen down is dropped before it is begun, and what was dropped with it is drawn anew', async () => {
  for (const emergencyParser of [false, true]) {
    const world = await readyWorld({ board: { emergencyParser } });
    for (let n = 1; n <= 5; n += 1) await world.run(world.plotter.draw(stroke(n)));
    corruptOnce(world, /Y30\b/, 'Y617');
    const before = world.certain.length;
    const result = await world.run(world.plotter.draw(stroke(6)));
    assert.equal(faultOf(result)?.code, 'position-mismatch');
    assert.deepEqual(result.kind === 'interrupted' && result.strayMarks, []);
    assert.ok(
      world.certain.length > before || world.board.paper().ink.length < 2,
      'what the pen had passed is certain',
    );
    // Of the strokes that were handed over, only the one under the pen is begun and not certain.
    const inked = new Set(world.board.paper().ink.map(({ fromX }) => Math.round(fromX) - 10));
    assert.ok(inked.size <= world.certain.length + 1, `${inked.size} inked, ${world.certain.length} certain`);
    for (let n = world.certain.length + 1; n <= 6; n += 1) await world.run(world.plotter.draw(stroke(n)));
    await world.run(world.plotter.park());
    checkWhole(world, 6, 'drawn anew');
    assert.equal(checkMarks(world, 6, [], 'drawn anew'), 0);
  }
});

test('the third mismatch is a fault, also when strokes before it become certain meanwhile', async () => {
  const world = await readyWorld();
  let mismatches = 0;
  for (let tries = 0, n = 1; world.plotter.facts().fault === null; tries += 1) {
    assert.ok(tries < 60, 'no fault');
    if (tries % 3 === 2) corruptOnce(world, /Y30\b/, 'Y38');
    const result = await world.run(world.plotter.draw(stroke(n)));
    if (faultOf(result)?.code === 'position-mismatch') mismatches += 1;
    n = result.kind === 'done' ? n + 1 : world.certain.length + 1;
  }
  assert.equal(world.plotter.facts().fault?.code, 'position-keeps-missing');
  assert.equal(mismatches, 3);
});

test('a line that goes wrong once in many strokes is no fault', async () => {
  const world = await readyWorld();
  const spoilt = new Set<number>();
  for (let n = 1; n <= 45; n = world.plotter.facts().unproven > 0 || n > world.certain.length ? n + 1 : n) {
    if (n % 15 === 0 && !spoilt.has(n)) corruptOnce(world, /Y30\b/, 'Y38');
    spoilt.add(n);
    const result = await world.run(world.plotter.draw(stroke(n)));
    if (result.kind !== 'done') n = world.certain.length;
    assert.equal(world.plotter.facts().fault, null, `stroke ${n}`);
  }
});
