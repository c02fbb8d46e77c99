import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noisyRuns } from './noisy-run.ts';

test('over 300 noisy lines (up to 1 % of bytes) the ink is exactly what was meant, and nothing is certain too soon', async () => {
  const { resends, endedEarly } = await noisyRuns(1, 300, 0.01);
  assert.ok(resends > 300, `the noise bites: ${resends} lines had to be asked about`);
  assert.equal(endedEarly, 0);
});
