import assert from 'node:assert/strict';
import { sleep } from '../../src/domain/clock.ts';
import type { StrayMark } from '../../src/domain/plotter.ts';
import { seededRandom } from '../../src/system/random.ts';
import { collide } from './corrupt.ts';
import { sumOfRuns } from './seeds.ts';
import { checkMarks, checkWhole } from './truth.ts';
import { makeWorld, path, stroke, type World } from './world.ts';

const strokes = 8;
const turnsMax = 200;
const strokeMaxMs = 3_600_000;

/** What a run has met. */
export interface CollisionRun {
  readonly collisions: number;
  readonly lost: number;
  /** Pieces of ink that lay elsewhere, and marks that tell of them. */
  readonly stray: number;
  readonly marks: number;
}

/**
 * Draws eight strokes; one line in a hundred or so is turned into another with the same checksum, and then, as the
 * seed wants, the cable is pulled or a person stops the plotter before the look. Throws, naming the seed, when ink
 * lies where no mark tells of it, when a stroke is certain without ink or missing in the end, and when it hangs.
 */
async function collisionRun(seed: number): Promise<CollisionRun> {
  const random = seededRandom(seed);
  const world = makeWorld({ seed, settings: { origin: 'confirm' } });
  const share = 0.004 + random() * 0.03;
  const marks: StrayMark[] = [];
  let collisions = 0;
  let lost = 0;
  let mishap: (() => Promise<unknown>) | null = null;
  const { receive } = world.board;
  world.board.receive = (text, byteMs) => {
    const isMove = /^N\d+ G1 /.test(text);
    const wrong = world.record.originKnown && random() < (isMove ? share : share / 10) ? collide(text, random) : null;
    if (wrong === null || mishap !== null) return receive(text, byteMs);
    collisions += 1;
    receive(wrong, byteMs);
    const dice = random();
    if (dice >= 0.7) return;
    lost += 1;
    if (dice < 0.5) mishap = pull(world, random() < 0.5 ? 0 : random() * 400, 100 + random() * 3000);
    else mishap = async () => (world.plotter.facts().link === 'ready' ? world.plotter.stop() : null);
  };
  world.startService();
  const certain = (n: number) => world.certain.some((one) => one.n === n);
  let next = 1;
  for (let turn = 0; next <= strokes; turn += 1) {
    assert.ok(turn < turnsMax, `seed ${seed}: no end, ${JSON.stringify(world.plotter.facts())}`);
    marks.push(...(await person(world)));
    const drawing = world.plotter.draw(stroke(next));
    let settled = false;
    const result = drawing.finally(() => {
      settled = true;
    });
    await world.until('an end of the stroke or a mishap', () => settled || mishap !== null, strokeMaxMs);
    if (mishap !== null) await world.run((mishap as () => Promise<unknown>)(), strokeMaxMs);
    const ended = await world.run(result, strokeMaxMs);
    mishap = null;
    if (ended.kind === 'interrupted') marks.push(...ended.strayMarks);
    if (ended.kind === 'done') next += 1;
    if (next > strokes) {
      const drained = await world.run(world.plotter.drain(), strokeMaxMs);
      if (drained.kind === 'interrupted') marks.push(...drained.strayMarks);
    }
    if (next > strokes || ended.kind !== 'done') for (next = 1; certain(next); next += 1);
  }
  await world.clock.advance(5000);
  marks.push(...world.strayMarks);
  const what = `seed ${seed}`;
  checkWhole(world, strokes, what);
  const stray = checkMarks(world, strokes, marks, what);
  assert.ok(marks.length <= 2 * collisions, `${what}: ${marks.length} marks for ${collisions} collisions`);
  await world.killService();
  return { collisions, lost, stray, marks: marks.length };
}

/** The cable is out for `awayMs`, after `delayMs`. */
function pull(world: World, delayMs: number, awayMs: number): () => Promise<void> {
  const cut = () => {
    const cable = world.ports.unplug(path);
    world.clock.after(awayMs, () => cable !== null && world.ports.plug(path, cable.device, { ...cable }));
  };
  if (delayMs === 0) cut();
  else world.clock.after(delayMs, cut);
  return () => sleep(world.clock, delayMs + awayMs);
}

/** A person who does what the light asks for; the marks of that. */
async function person(world: World): Promise<readonly StrayMark[]> {
  await world.until(
    'a plotter that can draw',
    () => {
      const { link, origin, fault } = world.plotter.facts();
      if (fault !== null) world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
      return link === 'ready' && origin !== 'confirm-hover' && fault === null;
    },
    strokeMaxMs,
  );
  if (world.plotter.facts().origin === 'known') return [];
  await world.clock.advance(3000);
  world.board.putAt(0, 0, 0);
  const set = await world.run(world.plotter.confirmOrigin(null), strokeMaxMs);
  return set.kind === 'interrupted' ? set.strayMarks : [];
}

/** What so many runs have met together. */
export function collisionRuns(from: number, count: number): Promise<CollisionRun> {
  return sumOfRuns(from, count, collisionRun);
}
