import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readyWorld, stroke } from './world.ts';

/** Settings, and what moves first with them. */
const firsts = [
  { first: 'a stroke', settings: {} },
  { first: 'a line of the user', settings: { sheetLines: ['G1 X50 Y50 F3000'] } },
] as const;

for (const { first, settings } of firsts) {
  test(`what waits at the port after a silence is heard before anything moves: ${first}`, async () => {
    const world = await readyWorld({ settings });
    const sent = world.sent.length;
    await world.until('an idle look', () => world.sent.length > sent);
    await world.clock.advance(500);
    const before = world.sent.length;
    world.board.releaseMotors();
    world.board.listener?.('echo:enqueueing "M84"\n');
    const { kind } = await world.run(world.plotter.draw(stroke(1)));
    assert.equal(kind, 'interrupted');
    assert.equal(world.plotter.facts().origin, 'unknown');
    await world.clock.advance(10);
    assert.deepEqual(
      world.sent.slice(before).filter((line) => / G1 .*[XY]/.test(line)),
      [],
    );
  });
}
