import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chaosRun } from './chaos-run.ts';

test('whatever happens to board, cable, power and service, ink lies where it was meant and certain ink lies there', async () => {
  let met = 0;
  for (let seed = 1; seed <= 60; seed += 1) met += await chaosRun(seed, 0.25);
  assert.ok(met > 600, `${met} mishaps`);
});

test('a height that M114 had rounded after a stop is not taken for the height of the paper', async () => {
  await chaosRun(157, 0.25);
});
