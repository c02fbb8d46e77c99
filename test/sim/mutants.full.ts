import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { judge } from './mutant-trial.ts';
import { mutations } from './mutations.ts';

const table = readFileSync(join(import.meta.dirname, 'mutants.md'), 'utf8');

/** What caught a mutant when the table was written: what a seed plays moves on with the dice, and may no longer do so. */
function trialOf(does: string): Parameters<typeof judge>[1] {
  const row = table.split('\n').find((line) => line.startsWith(`| ${does} | `));
  const [, kind, seed, scene] = / \| (?:(seed) (\d+)|scene "(.+)"|evening \d+) \| [^|]+ \|$/.exec(row ?? '') ?? [];
  if (kind === 'seed' && seed !== undefined) return ['--seed', seed];
  return scene === undefined ? ['--fixed'] : ['--scene', scene];
}

for (const mutation of mutations) {
  test(`what has caught a product that ${mutation.does} catches it today`, async () => {
    const { caught } = await judge(mutation, trialOf(mutation.does));
    assert.notEqual(caught, null, 'run `npm run sim:mutants -- --only TEXT`: another seed or scene may catch it');
  });
}
