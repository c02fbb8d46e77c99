import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { facetsOf } from './facets.ts';
import { faultKinds } from './fault-makers.ts';
import { onlyInScenes } from './plan.ts';
import { fixedPlans } from './seeds.ts';

/** Rows of the table: what happens, how often, and how often it bites. */
const rows = readFileSync(join(import.meta.dirname, 'faults.md'), 'utf8').matchAll(/^\| (.+) \| (\d+) \| (\d+) \|$/gm);
const table = new Map([...rows].map(([, name = '', happens, bites]) => [name, { happens: Number(happens), bites }]));

test('every side of every fault happens in the fixed seeds, as often as the table says, and bites', () => {
  const happened = new Map<string, number>();
  const kinds = new Set<string>();
  for (const { faults } of fixedPlans()) {
    for (const fault of faults) {
      kinds.add(fault.kind);
      for (const { name } of facetsOf(fault)) happened.set(name, (happened.get(name) ?? 0) + 1);
    }
  }
  assert.deepEqual([...kinds].sort(), [...faultKinds, ...onlyInScenes].sort());
  const told = new Map([...table].map(([name, { happens }]) => [name, happens]));
  assert.deepEqual(told, new Map([...happened].toSorted(([a], [b]) => (a < b ? -1 : 1))), 'run `npm run sim:faults`');
  for (const [name, { bites }] of table) assert.notEqual(bites, '0', `"${name}" changes nothing`);
});
