import { test } from 'node:test';
import { foundPlans } from './found.ts';
import { hold } from './seeds.ts';

for (const plan of foundPlans()) test(`not again: ${plan.scene}`, () => hold(plan));
