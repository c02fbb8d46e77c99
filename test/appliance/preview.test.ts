import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shippedSettings } from '../drawing/settings.ts';
import { buildWorld, type WorldOptions } from './world.ts';

const rows = shippedSettings.rows.slice(0, 3);
const gifts = JSON.stringify({ version: 1, gifts: rows.map(({ id }) => ({ name: `to ${id}`, row: id })) });

/** What the preview of a sheet tells, and for how long the gantry then moves to draw it, ms. */
async function toldAndTaken(options: WorldOptions): Promise<{ told: number; taken: number }> {
  const world = buildWorld({ gifts, ...options });
  const { appliance, source, board } = world;
  appliance.start();
  await world.until('needs-sheet');
  [9, 3, 20, 1, 14, 6, 2, 11].forEach((count, index) => {
    source.give(`to ${rows[index % rows.length]?.id}`, count, `fan ${index % 5}`);
  });
  await world.clock.runUntil(() => appliance.status().strokes.pending === 66, 10_000, 'all gifts in the ledger');
  const told = appliance.views.preview('owed').minutes * 60_000;
  const beganMs = board.movingMs();
  assert.ok(appliance.operator.paperChanged().ok);
  await world.until('drawing');
  await world.clock.runUntil(() => appliance.status().strokes.pending === 0, 600_000, 'the last stroke');
  const taken = board.movingMs() - beganMs;
  await world.close();
  return { told, taken };
}

const cases: readonly (readonly [string, WorldOptions])[] = [
  ['row after row', { order: 'row', layout: { ...shippedSettings, rows } }],
  ['the nearest first', { order: 'nearest', layout: { ...shippedSettings, rows } }],
];

for (const [what, options] of cases) {
  test(`${what}: a sheet takes the time that its preview told, within 5 %`, async () => {
    const { told, taken } = await toldAndTaken(options);
    assert.ok(Math.abs(told / taken - 1) <= 0.05, `${told.toFixed(0)} ms told, ${taken.toFixed(0)} ms taken`);
  });
}
