import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultKinds } from './fault-makers.ts';
import { foundPlans } from './found.ts';
import { planOf } from './generate.ts';
import type { FaultKind, Plan } from './plan.ts';
import { scenes } from './scenes.ts';
import { fixedPlans } from './seeds.ts';

export const usage = `npm run sim -- [options]
Runs the whole appliance against seeded faults until stopped, or until a rule breaks.
  --seed N         one seed only, exactly as before: the same events, the same hash
  --from N         begin with this seed (default 1)
  --seeds N        so many seeds
  --fixed          the fixed seeds, the scenes and what seeds have found, by which mutants are judged
  --scene NAME     one scene only, or one that seeds have found
  --minutes M      stop after so long
  --faults A,B     only these faults, or "none" (${faultKinds.join(', ')})
  --plan FILE      run a plan that was written by a failure
  --go-on          after a failure, go on with the next seed
  --no-shrink      do not look for the shortest list of faults that still fails
  --trace          print the whole trace
  --out FOLDER     where plan, trace and paper of a failure are put
`;

/** What to run: one plan, or one after the other. */
export type What =
  | { readonly kind: 'one'; readonly plan: Plan }
  | { readonly kind: 'many'; readonly plans: Iterable<Plan> };

export interface Options {
  readonly what: What;
  /** Without end: infinite. */
  readonly minutes: number;
  readonly goOn: boolean;
  readonly trace: boolean;
  /** Where a failure is written down, shrunk; null: nowhere. */
  readonly folder: string | null;
  /** The options by which the same plan runs again; a seed makes another one of other faults. */
  readonly again: (plan: Plan) => string;
  readonly help: boolean;
}

/** Says what is wrong with the command line. */
class Misuse extends Error {}

/** Reads the command line; what is wrong with it is given as a sentence. */
export function optionsOf(args: readonly string[]): Options | string {
  try {
    return read(args);
  } catch (error) {
    if (error instanceof Misuse) return error.message;
    // What parseArgs throws says it in a sentence.
    if (error instanceof TypeError && 'code' in error) return `${error.message}\n${usage}`;
    throw error;
  }
}

function read(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      from: { type: 'string' },
      seeds: { type: 'string' },
      minutes: { type: 'string' },
      faults: { type: 'string' },
      plan: { type: 'string' },
      fixed: { type: 'boolean', default: false },
      scene: { type: 'string' },
      'go-on': { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      out: { type: 'string', default: join(tmpdir(), 'livepen-sim') },
      help: { type: 'boolean', default: false },
    },
  });
  const { seed, from, seeds, faults, plan, fixed, scene } = values;
  const ways = { seed, from: from ?? seeds, plan, fixed: fixed || undefined, scene };
  const given = Object.entries(ways).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]));
  if (given.length > 1) throw new Misuse(`${given.join(' and ')} name different worlds: give one of them`);
  if (faults !== undefined && (plan ?? scene ?? (fixed || undefined)) !== undefined) {
    throw new Misuse(`--faults is for seeds; with ${given[0]} the faults are given`);
  }
  return {
    what: whatOf(values),
    minutes: values.minutes === undefined ? Number.POSITIVE_INFINITY : minutesOf(values.minutes),
    goOn: values['go-on'],
    trace: values.trace,
    folder: values['no-shrink'] ? null : values.out,
    again: (failed) => againOf(values, failed),
    help: values.help,
  };
}

interface Values {
  readonly seed?: string | undefined;
  readonly from?: string | undefined;
  readonly seeds?: string | undefined;
  readonly faults?: string | undefined;
  readonly plan?: string | undefined;
  readonly fixed: boolean;
  readonly scene?: string | undefined;
}

function whatOf({ seed, from, seeds, faults, plan, fixed, scene }: Values): What {
  const kinds = kindsOf(faults);
  if (plan !== undefined) return { kind: 'one', plan: planIn(plan) };
  if (scene !== undefined) return { kind: 'one', plan: sceneOf(scene) };
  if (fixed) return { kind: 'many', plans: [...fixedPlans(), ...foundPlans()] };
  if (seed !== undefined) return { kind: 'one', plan: planOf(wholeOf('--seed', seed), kinds) };
  const first = from === undefined ? 1 : wholeOf('--from', from);
  const count = seeds === undefined ? Number.POSITIVE_INFINITY : wholeOf('--seeds', seeds);
  return { kind: 'many', plans: seedPlans(first, first + count - 1, kinds) };
}

function againOf({ plan, faults }: Values, { seed, scene }: Plan): string {
  if (plan !== undefined) return `--plan ${plan}`;
  if (scene !== undefined) return `--scene '${scene}'`;
  return `--seed ${seed}${faults === undefined ? '' : ` --faults ${faults}`}`;
}

function* seedPlans(first: number, last: number, kinds: readonly FaultKind[]): Iterable<Plan> {
  for (let seed = first; seed <= last; seed += 1) yield planOf(seed, kinds);
}

function wholeOf(option: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && Number.isSafeInteger(number)) return number;
  throw new Misuse(`${option} ${text}: a whole number from 1 is wanted`);
}

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && minutes > 0) return minutes;
  throw new Misuse(`--minutes ${text}: a number above 0 is wanted, such as 5 or 0.5`);
}

function kindsOf(list: string | undefined): readonly FaultKind[] {
  if (list === undefined) return faultKinds;
  if (list === 'none') return [];
  const names = list.split(',');
  const unknown = names.find((name) => !faultKinds.some((kind) => kind === name));
  if (unknown !== undefined) {
    throw new Misuse(`--faults ${list}: there is no fault "${unknown}", but: ${faultKinds.join(', ')}`);
  }
  return faultKinds.filter((kind) => names.includes(kind));
}

function sceneOf(name: string): Plan {
  const all = [...scenes(), ...foundPlans()];
  const plan = all.find(({ scene }) => scene === name);
  if (plan !== undefined) return plan;
  const names = all.map(({ scene }) => scene);
  throw new Misuse(`--scene ${name}: there is no such scene, but: ${names.join(', ')}`);
}

function planIn(file: string): Plan {
  try {
    const plan: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isPlan(plan)) return plan;
  } catch (error) {
    throw new Misuse(`--plan ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new Misuse(`--plan ${file}: that is no plan: "seed", "setup", "gifts" and "faults" are wanted`);
}

function isPlan(plan: unknown): plan is Plan {
  return (
    typeof plan === 'object' &&
    plan !== null &&
    ['seed', 'setup'].every((key) => key in plan) &&
    'gifts' in plan &&
    Array.isArray(plan.gifts) &&
    'faults' in plan &&
    Array.isArray(plan.faults)
  );
}
