import assert from 'node:assert/strict';
import { makeWorld, stroke, type World } from './world.ts';

/** A plotter without end switches, whose origin a person confirms. */
export const confirm = { settings: { origin: 'confirm' } } as const;

/** Starts the service and waits for its link. */
export async function linked(world: World): Promise<void> {
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
}

/** A world whose origin was set by hand and whose pen is parked. */
export async function parkedByHand(): Promise<World> {
  const world = makeWorld(confirm);
  await linked(world);
  assert.equal((await world.run(world.plotter.confirmOrigin(null))).kind, 'done');
  assert.equal((await world.run(world.plotter.draw(stroke(1)))).kind, 'done');
  assert.equal((await world.run(world.plotter.park())).kind, 'done');
  return world;
}

/** The board resets; waits until that is noticed. */
export function reset(world: World, banner = true): Promise<number> {
  world.board.reset(banner);
  return world.until('the loss of the link', () => world.plotter.facts().link !== 'ready', 8000);
}

/** Waits for the link, and for what follows it at once. */
export async function back(world: World): Promise<void> {
  await world.until('the link again', () => world.plotter.facts().link === 'ready', 120_000);
  await world.clock.advance(3000);
}
