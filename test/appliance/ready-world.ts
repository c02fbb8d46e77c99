import assert from 'node:assert/strict';
import { buildWorld, type World } from './world.ts';

/** A world with an open sheet, ready to draw. */
export async function readyWorld(options: Parameters<typeof buildWorld>[0] = {}): Promise<World> {
  const world = buildWorld(options);
  world.appliance.start();
  await openSheet(world);
  return world;
}

/** A person lays a fresh sheet down when the light asks for one. */
export async function openSheet(world: World): Promise<void> {
  await world.until('needs-sheet');
  const opened = world.appliance.operator.paperChanged();
  assert.ok(opened.ok, JSON.stringify(opened));
}

/** Waits until the drawing has begun and all is drawn. */
export async function allDrawn(world: World): Promise<void> {
  await world.until('drawing');
  await world.until('ready');
}

/** Names of places of a row, in their order. */
export const row = (id: string, count: number, from = 1) =>
  Array.from({ length: count }, (_, i) => `${id}:${from + i}`);
