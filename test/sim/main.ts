import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultKinds } from './fault-makers.ts';
import { planOf } from './generate.ts';
import { type FaultKind, nameOf, type Plan } from './plan.ts';
import { report } from './report.ts';
import { type Outcome, runPlan } from './run-plan.ts';
import { scenes } from './scenes.ts';
import { fixedPlans } from './seeds.ts';
import { Tally } from './tally.ts';

const usage = `npm run sim -- [options]
Runs the whole appliance against seeded faults until stopped, or until a rule breaks.
  --seed N         one seed only, exactly as before: the same events, the same hash
  --from N         begin with this seed (default 1)
  --seeds N        so many seeds
  --fixed          the fixed seeds and the scenes, by which mutants and faults are judged
  --scene NAME     one scene only
  --minutes M      stop after so long
  --faults A,B     only these faults, or "none" (${faultKinds.join(', ')})
  --plan FILE      run a plan that was written by a failure
  --go-on          after a failure, go on with the next seed
  --no-shrink      do not look for the shortest list of faults that still fails
  --trace          print the whole trace
  --out FOLDER     where plan, trace and paper of a failure are put
`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Somebody asked for what there is not; told without a stack, which would say nothing more. */
class Misuse extends Error {}

const { values } = options();

function options() {
  try {
    return readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

function readOptions() {
  return parseArgs({
    options: {
      seed: { type: 'string' },
      from: { type: 'string', default: '1' },
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
}

/** A whole number from 1 that an option gives. */
function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Misuse(`--${option} ${text}: a whole number from 1 is needed`);
  return number;
}

function kindsOf(list: string | undefined): readonly FaultKind[] {
  if (list === undefined) return faultKinds;
  if (list === 'none') return [];
  const names = list.split(',');
  const unknown = names.find((name) => !faultKinds.some((kind) => kind === name));
  if (unknown !== undefined) throw new Misuse(`there is no fault "${unknown}", but: ${faultKinds.join(', ')}`);
  return faultKinds.filter((kind) => names.includes(kind));
}

function sceneOf(name: string): Plan {
  const plan = scenes().find(({ scene }) => scene === name);
  const names = scenes().map(({ scene }) => scene);
  if (plan === undefined) throw new Misuse(`there is no scene "${name}", but:\n  ${names.join('\n  ')}`);
  return plan;
}

/** The options by which the same plan runs again; a seed makes another one of other faults. */
function againOf({ seed, scene }: Plan): string {
  if (values.plan !== undefined) return `--plan ${values.plan}`;
  if (scene !== undefined) return `--scene '${scene}'`;
  return `--seed ${seed}${values.faults === undefined ? '' : ` --faults ${values.faults}`}`;
}

/** A plan that a failure has written. */
function planIn(file: string): Plan {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Misuse(`--plan ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Runs a plan; a failure is told, shrunk and written down. */
async function runAndTell(plan: Plan): Promise<Outcome> {
  const outcome = await runPlan(plan, values.trace ? 1_000_000 : 60);
  if (values.trace) for (const line of outcome.last) say(line);
  if (outcome.broken !== null) await report(plan, outcome, values['no-shrink'] ? null : values.out, againOf(plan), say);
  return outcome;
}

async function runOne(plan: Plan): Promise<number> {
  const { broken, strokes, hash } = await runAndTell(plan);
  if (broken !== null) return 1;
  say(`${nameOf(plan)} keeps every rule: ${strokes} strokes, trace ${hash}`);
  return 0;
}

/** The plans of seed after seed; unless so many are asked for, without end. */
function* seedPlans(kinds: readonly FaultKind[]): Iterable<Plan> {
  const first = wholeNumber('from', values.from);
  const last = values.seeds === undefined ? Number.POSITIVE_INFINITY : first + wholeNumber('seeds', values.seeds) - 1;
  for (let seed = first; seed <= last; seed += 1) yield planOf(seed, kinds);
}

/** Runs plan after plan until stopped, or until one breaks a rule. */
async function hunt(plans: Iterable<Plan>): Promise<number> {
  const endMs = values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000;
  const tally = new Tally();
  let isOver = false;
  process.once('SIGINT', () => {
    isOver = true;
  });
  let last = 0;
  for (const plan of plans) {
    const outcome = await runAndTell(plan);
    tally.add(outcome);
    last = plan.seed;
    if (isOver || Date.now() > endMs || (outcome.broken !== null && !values['go-on'])) break;
    if (tally.seeds % 1_000 === 0) say(tally.line(last));
  }
  if (tally.seeds % 1_000 !== 0) say(tally.line(last));
  return tally.failures === 0 ? 0 : 1;
}

async function run(): Promise<number> {
  if (values.plan !== undefined) return runOne(planIn(values.plan));
  const kinds = kindsOf(values.faults);
  if (values.fixed) return hunt(fixedPlans());
  if (values.scene !== undefined) return runOne(sceneOf(values.scene));
  return values.seed === undefined ? hunt(seedPlans(kinds)) : runOne(planOf(wholeNumber('seed', values.seed), kinds));
}

if (values.help) say(usage);
else {
  process.exitCode = await run().catch((error: unknown) => {
    if (!(error instanceof Misuse)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  });
}
