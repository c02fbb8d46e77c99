import { facetsOf } from './facets.ts';
import type { Plan, PlannedFault } from './plan.ts';
import { runPlan } from './run-plan.ts';

/** How often a side of a fault happened, and how often the world would have gone another way without it. */
export interface Bites {
  readonly happened: number;
  readonly bit: number;
}

/**
 * Runs each plan once as it is, and once without each side of each of its faults; a side that has bitten `enough` times is
 * counted on, and not tried again.
 */
export async function bites(plans: readonly Plan[], enough = Infinity): Promise<ReadonlyMap<string, Bites>> {
  const counted = new Map<string, Bites>();
  for (const plan of plans) {
    const { course } = await runPlan(plan);
    for (const [index, fault] of plan.faults.entries()) {
      const courses = new Map<PlannedFault | null, string>();
      for (const { name, without } of facetsOf(fault)) {
        const { happened, bit } = counted.get(name) ?? { happened: 0, bit: 0 };
        counted.set(name, { happened: happened + 1, bit });
        if (bit >= enough) continue;
        const faults = without === null ? plan.faults.toSpliced(index, 1) : plan.faults.with(index, without);
        const other = courses.get(without) ?? (await runPlan({ ...plan, faults })).course;
        courses.set(without, other);
        counted.set(name, { happened: happened + 1, bit: bit + (other === course ? 0 : 1) });
      }
    }
  }
  return counted;
}

/** The table of all sides, in Markdown. */
export function tableOf(counted: ReadonlyMap<string, Bites>): string {
  const rows = [...counted]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { happened, bit }]) => `| ${name} | ${happened} | ${bit} |`);
  return [
    '# What goes wrong in the simulator',
    '',
    'How often each fault happens in the fixed seeds and scenes, and how often it bites: the same world without it goes another way. Written by `npm run sim:faults`.',
    '',
    '| fault | happens | bites |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
