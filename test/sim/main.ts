import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultKinds } from './fault-makers.ts';
import { planOf } from './generate.ts';
import type { FaultKind, Plan } from './plan.ts';
import { report } from './report.ts';
import { runPlan } from './run-plan.ts';

const usage = `npm run sim -- [options]
Runs the whole appliance against seeded faults until stopped, or until a rule breaks.
  --seed N         one seed only, exactly as before: the same events, the same hash
  --from N         begin with this seed (default 1)
  --seeds N        so many seeds
  --minutes M      stop after so long
  --faults A,B     only these faults, or "none" (${faultKinds.join(', ')})
  --plan FILE      run a plan that was written by a failure
  --no-shrink      do not look for the shortest list of faults that still fails
  --trace          print the whole trace
  --out FOLDER     where plan, trace and paper of a failure are put
`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    faults: { type: 'string' },
    plan: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    out: { type: 'string', default: join(tmpdir(), 'livepen-sim') },
    help: { type: 'boolean', default: false },
  },
});

function kindsOf(list: string | undefined): readonly FaultKind[] {
  if (list === undefined) return faultKinds;
  if (list === 'none') return [];
  const names = list.split(',');
  const unknown = names.find((name) => !faultKinds.some((kind) => kind === name));
  if (unknown !== undefined) throw new Error(`there is no fault "${unknown}"\n${usage}`);
  return faultKinds.filter((kind) => names.includes(kind));
}

/** The plans to be run, in their order. */
function* plans(): Generator<Plan> {
  const kinds = kindsOf(values.faults);
  if (values.plan !== undefined) {
    yield JSON.parse(readFileSync(values.plan, 'utf8'));
  } else if (values.seed !== undefined) {
    yield planOf(Number(values.seed), kinds);
  } else {
    const first = Number(values.from);
    const last = values.seeds === undefined ? Number.POSITIVE_INFINITY : first + Number(values.seeds) - 1;
    for (let seed = first; seed <= last; seed += 1) yield planOf(seed, kinds);
  }
}

async function run(): Promise<number> {
  const began = process.cpuUsage();
  const endMs = values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000;
  const isOne = values.seed !== undefined || values.plan !== undefined;
  let seeds = 0;
  let strokes = 0;
  let worldMs = 0;
  const tell = (seed: number) => {
    const { user, system } = process.cpuUsage(began);
    const cpuS = (user + system) / 1e6;
    const pace = `${Math.round(strokes / cpuS)} strokes and ${(seeds / cpuS).toFixed(1)} seeds a CPU second`;
    say(
      `${seeds} seeds up to ${seed}: ${strokes} strokes in ${Math.round(worldMs / 3_600_000)} h of the world; ${pace}`,
    );
  };
  for (const plan of plans()) {
    const outcome = await runPlan(plan, values.trace ? 1_000_000 : 60);
    seeds += 1;
    strokes += outcome.strokes;
    worldMs += outcome.worldMs;
    if (values.trace) for (const line of outcome.last) say(line);
    if (outcome.broken !== null) {
      await report(plan, outcome, values['no-shrink'] ? null : values.out, say);
      return 1;
    }
    if (isOne) say(`seed ${plan.seed} keeps every rule: ${outcome.strokes} strokes, trace ${outcome.hash}`);
    const isOver = Date.now() > endMs;
    if (seeds % 1_000 === 0 || isOver) tell(plan.seed);
    if (isOver) return 0;
  }
  if (!isOne) tell(Number(values.from) + seeds - 1);
  return 0;
}

if (values.help) say(usage);
else process.exitCode = await run();
