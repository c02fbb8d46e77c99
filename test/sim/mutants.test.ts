import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { rules } from './broken.ts';
import { mutated } from './mutation.ts';
import { mutations } from './mutations.ts';

const tree = resolve(import.meta.dirname, '../..');
const table = readFileSync(join(import.meta.dirname, 'mutants.md'), 'utf8');

for (const mutation of mutations) {
  test(`the product can still be broken so that it ${mutation.does}`, () => {
    assert.match(mutation.file, /^src\//, 'the product is broken, not the simulator');
    const text = readFileSync(join(tree, mutation.file), 'utf8');
    assert.notEqual(mutated(text, mutation), text);
    assert.ok(table.includes(`| ${mutation.does} | \`${mutation.file}\` |`), 'run `npm run sim:mutants` anew');
  });
}

test('by the table every rule of ink, loss, life, truth and bounds catches a mutant', () => {
  for (const rule of rules.slice(0, 7)) {
    assert.match(
      table,
      new RegExp(`\\| (?:seed \\d+|scene ".+") \\| ${rule} \\|`),
      `no mutant was caught by "${rule}"`,
    );
  }
});

test('by the table no mutant gets away', () => {
  assert.doesNotMatch(table, /\*\*none\*\*/);
});
