import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlotterResult } from '../../src/domain/plotter.ts';
import type { Motion } from '../../src/simulators/plotter/machine.ts';
import type { VirtualOptions } from '../../src/simulators/plotter/options.ts';
import { seededRandom } from '../../src/system/random.ts';
import { checkMarks, checkNoLie, checkWhole } from './truth.ts';
import { readyWorld, stroke, type World } from './world.ts';

const nearMm = 0.06;

type Build = Partial<VirtualOptions>;

/** All kinds of boards: whether M410 is obeyed at its receipt, and what they tell of that. */
const builds: readonly Build[] = [true, false].flatMap((emergencyParser) =>
  (['right', 'none', 'wrong'] as const).map((reportsCapabilities) => ({ emergencyParser, reportsCapabilities })),
);

function named(build: Build): string {
  return JSON.stringify(build);
}

/** A world that remembers every way of the pen. */
async function watched(build: Build, byteMs = 0.04): Promise<{ world: World; motions: Motion[] }> {
  const motions: Motion[] = [];
  const board = { ...build, onMotion: (motion: Motion) => motions.push(motion) };
  const world = await readyWorld({ board, cable: { byteMs } });
  return { world, motions };
}

/** From a moment on the pen does nothing but rise. */
function checkStill(motions: readonly Motion[], sinceMs: number, what: string): void {
  for (const { from, to, startMs } of motions) {
    if (startMs <= sinceMs) continue;
    const sideways = Math.hypot(to[0] - from[0], to[1] - from[1]);
    assert.ok(sideways < nearMm && to[2] >= from[2], `${what}: it moved from ${from} to ${to} after the stop`);
  }
}

/** Stops now; everything that it says and does until it stands still is held against what is so. */
async function stopAndCheck(world: World, motions: Motion[], ended: Promise<unknown>, what: string): Promise<void> {
  const stoppedMs = world.clock.nowMs();
  const stopping = world.plotter.stop();
  assert.equal(world.plotter.facts().stopping, true, what);
  // The bytes take their way, and the firmware reads them at once.
  await world.clock.advance(5);
  assert.equal(world.board.moving(), false, `${what}: it does not stand`);
  const [x, y] = world.board.place();
  await world.run(Promise.all([ended, stopping]));
  assert.equal((await stopping).kind, 'done', what);
  assert.equal(world.plotter.facts().stopping, false, what);
  await world.clock.advance(3000);
  checkStill(motions, stoppedMs + 5, what);
  const at = world.board.place();
  assert.ok(Math.hypot(at[0] - x, at[1] - y) < nearMm, `${what}: it was at ${x}/${y} and is at ${at}`);
}

/** Everything is drawn in the end, and nothing else. */
async function finish(world: World, strokes: number, what: string): Promise<void> {
  checkNoLie(world, what);
  const first = world.certain.length + 1;
  for (let n = first; n <= strokes; n += 1) await world.run(world.plotter.draw(stroke(n)));
  assert.equal((await world.run(world.plotter.park())).kind, 'done', what);
  checkNoLie(world, what);
  checkWhole(world, strokes, what);
  assert.equal(checkMarks(world, strokes, [], what), 0);
  assert.deepEqual(world.strayMarks, [], what);
}

test('a stop stands at every instant of drawing, and nothing moves after it, on all kinds of boards', async () => {
  for (const build of builds) {
    for (const plannerBlocks of [8, 16, 32]) {
      const random = seededRandom(plannerBlocks);
      for (let time = 0; time < 12; time += 1) {
        const { world, motions } = await watched({ ...build, plannerBlocks, advancedOk: time % 2 === 0 });
        let n = 0;
        let isStopped = false;
        const drawing = (async () => {
          while (!isStopped && n < 14) {
            n += 1;
            await world.plotter.draw(stroke(n));
          }
        })();
        await world.clock.advance(300 + random() * 6000);
        const what = `${named(build)}, ${plannerBlocks} blocks, ${world.clock.nowMs()} ms`;
        const before = world.certain.length;
        isStopped = true;
        await stopAndCheck(world, motions, drawing, what);
        assert.equal(world.certain.length, before, `${what}: what was not certain has become certain`);
        await finish(world, n, what);
      }
    }
  }
});

/** What a person may ask for while nothing is drawn. */
const byHand: readonly ((world: World) => Promise<PlotterResult>)[] = [
  ({ plotter }) => plotter.park(),
  ({ plotter }) => plotter.jog(60, 0, 0),
  ({ plotter }) => plotter.jog(0, 0, 40),
  ({ plotter }) => plotter.confirmOrigin({ xMm: 150, yMm: 200 }),
];

test('a stop stands at every instant of a way by hand', async () => {
  for (const build of builds) {
    for (const [index, order] of byHand.entries()) {
      for (const waitMs of [0, 1, 3, 9, 60, 130, 400, 900]) {
        const { world, motions } = await watched(build);
        await world.run(world.plotter.draw(stroke(4)));
        await world.run(world.plotter.drain());
        const ordered = order(world);
        await world.clock.advance(waitMs);
        await stopAndCheck(world, motions, ordered, `${named(build)}, order ${index}, ${waitMs} ms`);
      }
    }
  }
});

test('a stop whose second half a loose cable cuts off tells the stroke askew that it has not prevented', async () => {
  let askew = 0;
  for (const build of builds) {
    for (const waitMs of [20, 300, 640]) {
      for (const cutMs of [5, 600, 1040]) {
        const { world } = await watched(build);
        for (let n = 1; n <= 6; n += 1) await world.run(world.plotter.draw(stroke(n)));
        const drawing = world.plotter.draw(stroke(7));
        await world.clock.advance(waitMs);
        const stopping = world.plotter.stop();
        await world.clock.advance(cutMs);
        const cable = world.ports.unplug('/dev/ttyUSB0');
        await world.clock.advance(1500);
        if (cable !== null) world.ports.plug('/dev/ttyUSB0', cable.device, { ...cable });
        await world.run(Promise.all([drawing, stopping]));
        await world.ready();
        await world.clock.advance(4000);
        const what = `${named(build)}, stopped after ${waitMs} ms, cut after ${cutMs} ms`;
        checkNoLie(world, what);
        const stray = world.board.paper().ink.filter(({ fromX, toX }) => Math.abs(fromX - toX) > nearMm);
        askew += stray.length;
        const isTold = stray.every(({ toX, toY }) =>
          world.strayMarks.some(({ to }) => Math.hypot(to.xMm - toX, to.yMm - toY) < nearMm),
        );
        assert.ok(isTold, `${what}: ${JSON.stringify(stray)}, and the marks are ${JSON.stringify(world.strayMarks)}`);
        if (build.emergencyParser !== true) assert.deepEqual(world.strayMarks, [], what);
      }
    }
  }
  assert.ok(askew > 0, 'no ink lay askew');
});

test('a service that dies right after a stop believes nothing of what the board had accepted', async () => {
  for (const build of builds) {
    for (const waitMs of [30, 300, 700]) {
      for (const livesMs of [0, 20, 600, 1100]) {
        const { world } = await watched(build);
        for (let n = 1; n <= 6; n += 1) await world.run(world.plotter.draw(stroke(n)));
        const drawing = world.plotter.draw(stroke(7));
        await world.clock.advance(waitMs);
        const stopping = world.plotter.stop();
        await world.clock.advance(livesMs);
        await world.killService();
        await world.run(Promise.all([drawing, stopping]));
        await world.clock.advance(4000);
        const before = world.certain.length;
        world.startService();
        await world.ready();
        await world.clock.advance(10_000);
        const what = `${named(build)}, stopped after ${waitMs} ms, dead after ${livesMs} ms`;
        checkNoLie(world, what);
        for (let n = world.certain.length + 1; n <= 7; n += 1) await world.run(world.plotter.draw(stroke(n)));
        await world.run(world.plotter.park());
        checkWhole(world, 7, `${what}, ${before} certain`);
      }
    }
  }
});

test('a stop pressed again and again is one stop', async () => {
  for (const build of builds) {
    for (const againMs of [1, 400, 990, 1010, 1060, 1500]) {
      const { world, motions } = await watched(build);
      for (let n = 1; n <= 6; n += 1) await world.run(world.plotter.draw(stroke(n)));
      const drawing = world.plotter.draw(stroke(7));
      await world.clock.advance(120);
      const what = `${named(build)}, again after ${againMs} ms`;
      world.clock.after(againMs, () => void world.plotter.stop());
      await stopAndCheck(world, motions, drawing, what);
      await finish(world, 7, what);
    }
  }
});

test('a stop before the session stands drops the line that waited, too', async () => {
  for (const build of builds) {
    for (const waitMs of [1, 40, 90, 200, 350]) {
      const { world, motions } = await watched(build);
      for (let n = 1; n <= 6; n += 1) await world.run(world.plotter.draw(stroke(n)));
      const drawing = world.plotter.draw(stroke(7));
      await world.clock.advance(30);
      const cable = world.ports.unplug('/dev/ttyUSB0');
      await world.clock.advance(20);
      if (cable !== null) world.ports.plug('/dev/ttyUSB0', cable.device, { ...cable });
      await world.run(drawing);
      await world.until('the port', () => world.plotter.facts().link === 'connecting');
      await world.clock.advance(waitMs);
      const what = `${named(build)}, ${waitMs} ms`;
      if (world.plotter.facts().link !== 'connecting') continue;
      const stoppedMs = world.clock.nowMs();
      assert.equal((await world.run(world.plotter.stop())).kind, 'done', what);
      await world.ready();
      await world.clock.advance(3000);
      checkStill(motions, stoppedMs + 5, what);
      await finish(world, 7, what);
    }
  }
});

test('a second stop that comes too late tells the stroke askew that it has not prevented', async () => {
  let askew = 0;
  for (const lateMs of [60, 130, 200, 300, 500]) {
    for (const waitMs of [20, 220, 400, 640, 800]) {
      // Believed to have no such parser, it is told again only at its answer, and that comes late.
      const { world } = await watched({ emergencyParser: true, reportsCapabilities: 'wrong' });
      for (let n = 1; n <= 6; n += 1) await world.run(world.plotter.draw(stroke(n)));
      const drawing = world.plotter.draw(stroke(7));
      await world.clock.advance(waitMs);
      const stopping = world.plotter.stop();
      await world.clock.advance(900);
      world.cable.noise = (text, direction) => [{ text, delayMs: direction === 'to-host' ? lateMs : 0 }];
      await world.clock.advance(200 + lateMs);
      world.cable.noise = null;
      await world.run(Promise.all([drawing, stopping]));
      const what = `${lateMs} ms late, stopped after ${waitMs} ms`;
      for (let n = world.certain.length + 1; n <= 7; n += 1) await world.run(world.plotter.draw(stroke(n)));
      await world.run(world.plotter.park());
      checkWhole(world, 7, what);
      askew += checkMarks(world, 7, world.strayMarks, what);
    }
  }
  assert.ok(askew > 5, `${askew} pieces of ink lay askew`);
});
