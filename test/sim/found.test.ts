import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Plan } from './plan.ts';
import { runPlan } from './run-plan.ts';

/** What seeds have found, shrunk: the file's name says what it was, and the plan shows it. */
const folder = join(import.meta.dirname, 'found');

for (const name of readdirSync(folder)
  .filter((each) => each.endsWith('.json'))
  .sort()) {
  test(`not again: ${name.replace('.json', '').replaceAll('-', ' ')}`, async () => {
    const plan: Plan = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const { broken, last } = await runPlan(plan);
    assert.equal(broken, null, `${broken?.rule}: ${broken?.what}\n${last.join('\n')}`);
  });
}
