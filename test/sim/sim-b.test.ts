import { test } from 'node:test';
import { holdSeeds } from './seeds.ts';

test('whatever goes wrong, ink is debt: the second hundred seeds', () => holdSeeds(101, 200));
