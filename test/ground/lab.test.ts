import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loopTurn } from '../lab/guest/loop-turn.ts';

test('the line at which the lab halts the drawing loop stands in its source, once', () => {
  const source = readFileSync(join(import.meta.dirname, '../..', loopTurn.file), 'utf8').split('\n');
  assert.equal(source.filter((line) => line === loopTurn.line).length, 1);
});
