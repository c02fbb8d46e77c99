import { test } from 'node:test';
import { fixedSeeds, holdSeeds } from './seeds.ts';

test('whatever goes wrong, ink is debt: the second half of the fixed seeds', () =>
  holdSeeds(fixedSeeds / 2 + 1, fixedSeeds));
