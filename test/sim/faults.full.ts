import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bites } from './bites.ts';
import { fixedPlans } from './seeds.ts';

test('every side of every fault bites in the fixed seeds: without it their worlds go another way', async () => {
  const counted = await bites(fixedPlans(), 1);
  const names = readFileSync(join(import.meta.dirname, 'faults.md'), 'utf8').match(/^\| .+ \| \d+ \| \d+ \|$/gm);
  assert.equal(counted.size, names?.length);
  for (const [name, { happened, bit }] of counted) assert.ok(bit > 0, `"${name}" happened ${happened} times in vain`);
});
