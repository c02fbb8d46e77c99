import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processVitals } from '../../src/system/vitals.ts';

test('the delay of the event loop is counted from when somebody first asks: then nothing was late yet', () => {
  const vitals = processVitals();
  assert.deepEqual(vitals.loopDelay(), { p50Ms: 0, p99Ms: 0, maxMs: 0 });
  const { residentBytes, heapBytes } = vitals.memory();
  assert.ok(residentBytes > heapBytes && heapBytes > 0);
});
