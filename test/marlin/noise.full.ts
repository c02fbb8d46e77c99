import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noisyRuns } from './noisy-run.ts';

for (const from of [10_001, 11_001, 12_001, 13_001]) {
  test(`over 1000 noisy lines from seed ${from} (up to 1 % of bytes) the ink is exactly what was meant`, async (t) => {
    const { resends, blemishes, interruptions, endedEarly } = await noisyRuns(from, 1000, 0.01);
    t.diagnostic(
      `${resends} resends, ${interruptions} interruptions, ${blemishes} blemishes, ${endedEarly} ended early`,
    );
    assert.ok(resends > 1000);
    assert.ok(endedEarly < 10);
  });
}

test('with noise far beyond what a line may have (3 %), wrong ink is still recorded and nothing hangs', async (t) => {
  const { resends, blemishes, interruptions, endedEarly } = await noisyRuns(20_001, 400, 0.03);
  t.diagnostic(`${resends} resends, ${interruptions} interruptions, ${blemishes} blemishes, ${endedEarly} ended early`);
  assert.ok(resends > 4000);
  assert.ok(endedEarly < 40);
});
