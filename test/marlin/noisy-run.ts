import assert from 'node:assert/strict';
import type { StrayMark } from '../../src/domain/plotter.ts';
import { seededRandom } from '../../src/system/random.ts';
import { noisy } from './noise.ts';
import { sumOfRuns } from './seeds.ts';
import { checkMarks, checkNoLie, checkWhole } from './truth.ts';
import { readyWorld, stroke, type World } from './world.ts';

const strokes = 12;
const triesMax = 25;
/** A plotter at rest draws a stroke in 1 s; with the worst noise a stroke takes minutes, never an hour. */
const strokeMaxMs = 3_600_000;

export interface NoisyRun {
  readonly resends: number;
  readonly strayMarks: number;
  readonly interruptions: number;
  /** Runs that needed a person: noise had halted the board, or had spoilt its line numbers. */
  readonly endedEarly: number;
}

/** A plotter whose firmware, cable and noise are drawn by the seed; up to `rate` of the bytes are disturbed. */
async function noisyWorld(seed: number, rate: number): Promise<World> {
  const random = seededRandom(seed);
  const world = await readyWorld({
    seed,
    board: { flowControl: random() < 0.5, advancedOk: random() < 0.3, emergencyParser: random() < 0.3 },
    cable: { byteMs: random() < 0.5 ? 0.04 : 0.087, latencyMs: random() < 0.7 ? 1 : random() * 20 },
  });
  world.board.faults.omitOkAfterResend = random() < 0.2;
  world.board.faults.glueOks = random() < 0.1;
  const worst = rate * random();
  const share = () => random() * worst;
  const rates = { drop: share() / 2, double: share() / 4, flip: share() / 2, split: share(), delayMs: random() * 60 };
  world.cable.noise = noisy(random, rates);
  return world;
}

function isReady({ plotter }: World): boolean {
  return plotter.facts().link === 'ready';
}

/** Noise can spell M112 to an emergency parser: the board halts, a fault says so, and only a person can go on. */
function hasHalted({ plotter }: World): boolean {
  return plotter.facts().fault?.code === 'link-halted';
}

/** A fault was raised before anything wrong was confirmed: that is an end, too. */
async function endEarly(world: World, seed: number): Promise<NoisyRun> {
  checkNoLie(world, `seed ${seed}`);
  await world.killService();
  return { resends: 0, strayMarks: 0, interruptions: 0, endedEarly: 1 };
}

/**
 * Draws twelve strokes over a noisy cable. Throws, naming the seed, when ink lies where none was meant without being
 * recorded as a stray mark in its very place, when a stroke is called certain before it was executed, when one is missing, and when it hangs.
 */
async function noisyRun(seed: number, rate: number): Promise<NoisyRun> {
  const world = await noisyWorld(seed, rate);
  const marks: StrayMark[] = [];
  const isCertain = (n: number) => world.certain.some((one) => one.n === n);
  let interruptions = 0;
  let next = 1;
  for (let tries = 0; next <= strokes; tries += 1) {
    assert.ok(tries < strokes * triesMax, `seed ${seed}: stroke ${next} was not drawn in ${tries} tries`);
    await world.until('a link', () => isReady(world) || hasHalted(world), strokeMaxMs);
    if (hasHalted(world) || world.plotter.facts().origin !== 'known') return endEarly(world, seed);
    const drawn = await world.run(world.plotter.draw(stroke(next)), strokeMaxMs);
    const last = drawn.kind === 'done' && next === strokes;
    const result = last ? await world.run(world.plotter.drain(), strokeMaxMs) : drawn;
    if (result.kind === 'done') next += 1;
    else {
      interruptions += 1;
      if (result.kind === 'interrupted') marks.push(...result.strayMarks);
      if (!hasHalted(world) && world.plotter.facts().fault !== null)
        world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
      // As the service: what was not certain when the plan was dropped is drawn anew.
      for (next = 1; isCertain(next); next += 1);
    }
    checkNoLie(world, `seed ${seed}`);
  }
  world.cable.noise = null;
  await world.clock.advance(10_000);
  await world.run(world.plotter.drain());
  checkNoLie(world, `seed ${seed}`);
  checkWhole(world, strokes, `seed ${seed}`);
  marks.push(...world.strayMarks);
  checkMarks(world, strokes, marks, `seed ${seed}`);
  const { resends } = world.plotter.facts();
  await world.killService();
  return { resends, strayMarks: marks.length, interruptions, endedEarly: 0 };
}

/** What so many runs have met together. */
export function noisyRuns(from: number, count: number, rate: number): Promise<NoisyRun> {
  return sumOfRuns(from, count, (seed) => noisyRun(seed, rate));
}
