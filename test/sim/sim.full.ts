import { test } from 'node:test';
import { holdSeeds } from './seeds.ts';

test('whatever goes wrong, ink is debt: a thousand seeds more', () => holdSeeds(1_001, 2_000));
