/** Several platforms at once, one of which fails at any moment: what was delivered is credited, exactly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playEvening } from './evening.ts';
import { holdEvenings, quickEvenings } from './seeds.ts';

test('on an evening on several platforms, whatever fails, just what was delivered is credited, and once', () =>
  holdEvenings(1, quickEvenings));

test('the same seed is the same evening', async () => {
  assert.deepEqual(await playEvening(7), await playEvening(7));
});
