import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collisionRuns } from './collision-run.ts';
import { noisyRuns } from './noisy-run.ts';
import { seedsFrom } from './seeds.ts';

test('over 300 noisy lines (up to 1 % of bytes) the ink is exactly what was meant, and nothing is certain too soon', async () => {
  const { resends, endedEarly } = await noisyRuns(seedsFrom(1), 300, 0.01);
  assert.ok(resends > 300, `the noise bites: ${resends} lines had to be asked about`);
  assert.ok(endedEarly < 3, `${endedEarly} ended early`);
});

test('lines that became others with the same checksum leave only marks that are recorded in their places, also when the link is lost or a person stops at that very moment', async () => {
  const { collisions, lost, stray, marks } = await collisionRuns(seedsFrom(1), 120);
  assert.ok(collisions > 60 && lost > 30, `${collisions} collisions, ${lost} of them with a lost link or a stop`);
  assert.ok(stray < collisions / 20, `${stray} pieces of ink elsewhere, ${marks} marks`);
});
