import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bites, tableOf } from './bites.ts';
import { fixedPlans } from './seeds.ts';

const counted = await bites(fixedPlans());
const table = tableOf(counted);
process.stdout.write(table);
writeFileSync(join(import.meta.dirname, 'faults.md'), table);
process.exitCode = [...counted.values()].some(({ bit }) => bit === 0) ? 1 : 0;
