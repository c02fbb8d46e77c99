import { test } from 'node:test';
import { scenes } from './scenes.ts';
import { hold } from './seeds.ts';

for (const plan of scenes()) test(`ink is debt: ${plan.scene}`, () => hold(plan));
