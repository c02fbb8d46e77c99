import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chaosRun } from './chaos-run.ts';
import { seedsFrom } from './seeds.ts';

for (const [first, count, share] of [
  [10_001, 1000, 0.1],
  [20_001, 500, 0.25],
  [30_001, 100, 0.35],
] as const) {
  test(`over ${count} seeds with a mishap at ${share * 100} % of chances, no wrong ink and no lie`, async (t) => {
    let met = 0;
    const from = seedsFrom(first);
    for (let seed = from; seed < from + count; seed += 1) met += await chaosRun(seed, share);
    t.diagnostic(`${met} mishaps`);
    assert.ok(met > 1000);
  });
}
