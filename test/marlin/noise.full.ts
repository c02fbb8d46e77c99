import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collisionRuns } from './collision-run.ts';
import { noisyRuns } from './noisy-run.ts';
import { seedsFrom } from './seeds.ts';

for (const first of [10_001, 11_001, 12_001, 13_001]) {
  const from = seedsFrom(first);
  test(`over 1000 noisy lines from seed ${from} (up to 1 % of bytes) the ink is exactly what was meant`, async (t) => {
    const { resends, strayMarks, interruptions, endedEarly } = await noisyRuns(from, 1000, 0.01);
    t.diagnostic(
      `${resends} resends, ${interruptions} interruptions, ${strayMarks} stray marks, ${endedEarly} ended early`,
    );
    assert.ok(resends > 1000);
    assert.ok(endedEarly < 10);
  });
}

for (const first of [30_001, 34_001, 38_001]) {
  const from = seedsFrom(first);
  test(`over 4000 seeds from ${from} collisions, alone or with a lost link or a stop, leave only recorded marks`, async (t) => {
    const { collisions, lost, stray, marks } = await collisionRuns(from, 4000);
    t.diagnostic(`${collisions} collisions, ${lost} with a loss, ${stray} pieces of ink elsewhere, ${marks} marks`);
    assert.ok(collisions > 2000 && lost > 1000 && stray > 20);
  });
}

test('with noise far beyond what a line may have (3 %), wrong ink is still recorded and nothing hangs', async (t) => {
  const { resends, strayMarks, interruptions, endedEarly } = await noisyRuns(seedsFrom(20_001), 400, 0.03);
  t.diagnostic(
    `${resends} resends, ${interruptions} interruptions, ${strayMarks} stray marks, ${endedEarly} ended early`,
  );
  assert.ok(resends > 4000);
  assert.ok(endedEarly < 40);
});
