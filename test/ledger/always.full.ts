import { test } from 'node:test';
import { holdsAlways } from './always.ts';
import { tempFolder } from './world.ts';

test('whatever happens in whatever order, the accounts add up and every stroke has one payer, many times', (t) => {
  holdsAlways(tempFolder(t), 400);
});
