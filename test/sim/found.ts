import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from './plan.ts';

const folder = join(import.meta.dirname, 'found');

/** What seeds have found, shrunk: each a scene that bears its file's name, which says what it was. */
export function foundPlans(): readonly Plan[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.toSorted().map((name) => {
    const plan: Plan = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return { ...plan, scene: name.replace('.json', '').replaceAll('-', ' ') };
  });
}
