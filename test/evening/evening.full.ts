import { test } from 'node:test';
import { holdEvenings } from './seeds.ts';

test('on many evenings on several platforms, whatever fails, just what was delivered is credited, and once', () =>
  holdEvenings(21, 300));
