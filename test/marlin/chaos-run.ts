import assert from 'node:assert/strict';
import type { Random } from '../../src/domain/clock.ts';
import type { Cable } from '../../src/simulators/plotter/cable.ts';
import { seededRandom } from '../../src/system/random.ts';
import { noisy } from './noise.ts';
import { makeWorld, path, pen, stroke, type World } from './world.ts';

const strokes = 10;
const turnsMax = 4000;

/** Everything that can happen to a plotter between two strokes or in the middle of one. */
type Mishap = (world: World, random: Random) => Promise<void>;

/** Where the cable is plugged in now. */
const sockets = new WeakMap<World, string>();

async function replug(world: World, random: Random, whileOut: () => Promise<void>): Promise<void> {
  const from = sockets.get(world) ?? path;
  const cable = world.ports.unplug(from);
  await world.clock.advance(random() * 5000);
  await whileOut();
  const to = random() < 0.5 ? from : `/dev/ttyUSB${Math.floor(random() * 9)}`;
  sockets.set(world, to);
  if (cable !== null) {
    const { device, ...rest }: Cable = cable;
    world.ports.plug(to, device, rest);
  }
}

function push(world: World, random: Random): void {
  world.board.push(random() * 40 - 20, random() * 40 - 20, 0);
}

const mishaps: readonly Mishap[] = [
  async (world) => world.board.reset(true),
  async (world) => world.board.reset(false),
  (world, random) => replug(world, random, async () => {}),
  (world, random) => replug(world, random, async () => world.board.reset(true)),
  async (world, random) => {
    world.board.powerOff();
    await world.clock.advance(11_000 + random() * 60_000);
    if (random() < 0.5) push(world, random);
    world.board.powerOn();
  },
  async (world, random) => {
    await world.killService();
    await world.clock.advance(random() * 20_000);
    if (random() < 0.3) {
      world.board.powerOff();
      if (random() < 0.5) push(world, random);
      world.board.powerOn();
    }
    world.startService();
  },
  async (world, random) => {
    world.cable.dead = true;
    await world.clock.advance(random() * 15_000);
    world.cable.dead = false;
  },
  async (world, random) => world.board.receive(`G4 P${Math.floor(random() * 9000)}\n`),
  async (world, random) => {
    const share = random() * 0.01;
    const rates = { drop: share / 3, double: share / 3, flip: share / 3, split: share, delayMs: 30 };
    world.cable.noise = noisy(random, rates);
    await world.clock.advance(random() * 3000);
    world.cable.noise = null;
  },
  async (world) => {
    if (world.plotter.facts().link === 'ready') await world.run(world.plotter.stop());
  },
];

/** A person who does what the light asks for, and looks at the pen. */
async function person(world: World): Promise<void> {
  const { link, origin, fault } = world.plotter.facts();
  if (fault !== null) world.plotter.retryNow(world.plotter.facts().fault?.code === 'another-device');
  if (link !== 'ready' || origin === 'known') return;
  const [x, y, z] = world.board.place();
  const { hover } = world.record;
  const above = hover !== null && Math.hypot(x - hover.xMm, y - hover.yMm) < 0.06 && Math.abs(z - pen.upMm) < 0.06;
  if (origin === 'confirm-hover' && above) {
    world.plotter.confirmHover();
    await world.clock.advance(500);
    return;
  }
  world.board.putAt(0, 0, 0);
  if (Math.hypot(...world.board.place()) > 0.01) return;
  const last = world.certain.at(-1);
  await world.run(world.plotter.confirmOrigin(last === undefined ? null : { xMm: 10 + last.n, yMm: 30 }));
}

/** Ink that lies on none of the strokes; a hand that pushes the gantry draws nothing. */
function wrongInk(world: World): readonly string[] {
  return world.board.paper().ink.flatMap(({ fromX, fromY, toX, toY }) => {
    const n = Math.round(fromX) - 10;
    const inColumn = Math.abs(fromX - 10 - n) < 0.06 && Math.abs(toX - fromX) < 0.06 && n >= 1 && n <= strokes;
    const inRow = Math.min(fromY, toY) > 19.94 && Math.max(fromY, toY) < 30.06;
    return inColumn && inRow ? [] : [`${fromX},${fromY}-${toX},${toY}`];
  });
}

/** Whether the whole of a stroke has ink, in one piece or in several. */
function isInked(world: World, n: number): boolean {
  const pieces = world.board
    .paper()
    .ink.filter(({ fromX }) => Math.abs(fromX - 10 - n) < 0.06)
    .map(({ fromY, toY }) => [Math.min(fromY, toY), Math.max(fromY, toY)] as const)
    .toSorted((a, b) => a[0] - b[0]);
  let reached = 20;
  for (const [from, to] of pieces) if (from <= reached + 0.06) reached = Math.max(reached, to);
  return reached > 29.94;
}

/** What is drawn next after any doubt. */
function firstUncertain(world: World): number {
  let n = 1;
  while (world.certain.some((certain) => certain.n === n)) n += 1;
  return n;
}

function check(world: World, seed: number, what: string): void {
  for (const { n } of world.certain)
    assert.ok(isInked(world, n), `seed ${seed}: ${n} is certain without ink (${what})`);
  assert.deepEqual(wrongInk(world), [], `seed ${seed}: wrong ink (${what})`);
}

/** While the origin is unknown nothing moves but the one lift. */
function forbidBlindMoves(world: World, seed: number): void {
  const { receive } = world.board;
  let lifts = 0;
  world.board.receive = (text, byteMs) => {
    const { originKnown } = world.record;
    if (originKnown) lifts = 0;
    else if (/^N\d+ G[01] .*\*\d+\n$/.test(text) && world.cable.noise === null) {
      lifts += 1;
      assert.ok(lifts <= 1 && /^N\d+ G1 Z\S+ F\d+\*/.test(text), `seed ${seed}: moved blindly: ${text}`);
    }
    receive(text, byteMs);
  };
}

/**
 * Draws ten strokes while everything happens that can happen to a plotter. Throws, naming the seed, when ink lies
 * elsewhere than meant, when a stroke is certain without ink, or when it does not come to an end.
 */
export async function chaosRun(seed: number, share: number): Promise<number> {
  const random = seededRandom(seed);
  const world = makeWorld({ seed, settings: { origin: 'confirm', trustPark: false } });
  forbidBlindMoves(world, seed);
  world.startService();
  let met = 0;
  let next = 1;
  const meet = async () => {
    met += 1;
    await mishaps[Math.floor(random() * mishaps.length)]?.(world, random);
  };
  for (let turn = 0; next <= strokes; turn += 1) {
    assert.ok(turn < turnsMax, `seed ${seed}: no end, ${JSON.stringify(world.plotter.facts())}`);
    if (random() < share) await meet();
    await world.clock.advance(random() * 500);
    await person(world);
    const { link, origin, fault } = world.plotter.facts();
    if (link !== 'ready' || origin !== 'known' || fault !== null) {
      await world.clock.advance(2000);
      next = firstUncertain(world);
      continue;
    }
    const parks = random() < 0.15;
    const order = parks ? world.plotter.park() : world.plotter.draw(stroke(next));
    const mishap = random() < share ? world.clock.advance(random() * 600).then(meet) : null;
    if (mishap !== null) await mishap;
    const result = await world.run(order, 3_600_000);
    check(world, seed, `turn ${turn}`);
    if (result.kind === 'done' && !parks) next += 1;
    if (next > strokes) await world.run(world.plotter.drain());
    if (next > strokes || result.kind !== 'done') next = firstUncertain(world);
  }
  check(world, seed, 'at the end');
  await world.killService();
  return met;
}
