import { type Options, optionsOf, usage } from './command-line.ts';
import { nameOf, type Plan } from './plan.ts';
import { report } from './report.ts';
import { type Outcome, runPlan } from './run-plan.ts';
import { Tally } from './tally.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs a plan; a failure is told, shrunk and written down. */
async function runAndTell(plan: Plan, { trace, folder, again }: Options): Promise<Outcome> {
  const outcome = await runPlan(plan, trace ? 1_000_000 : 60);
  if (trace) for (const line of outcome.last) say(line);
  if (outcome.broken !== null) await report(plan, outcome, folder, again(plan), say);
  return outcome;
}

async function runOne(plan: Plan, options: Options): Promise<number> {
  const { broken, strokes, hash } = await runAndTell(plan, options);
  if (broken !== null) return 1;
  say(`${nameOf(plan)} keeps every rule: ${strokes} strokes, trace ${hash}`);
  return 0;
}

/** Runs plan after plan until stopped, or until one breaks a rule. */
async function hunt(plans: Iterable<Plan>, options: Options): Promise<number> {
  const endMs = Date.now() + options.minutes * 60_000;
  const tally = new Tally();
  let isOver = false;
  process.once('SIGINT', () => {
    isOver = true;
  });
  let last = 0;
  for (const plan of plans) {
    const outcome = await runAndTell(plan, options);
    tally.add(outcome);
    last = plan.seed;
    if (isOver || Date.now() > endMs || (outcome.broken !== null && !options.goOn)) break;
    if (tally.seeds % 1_000 === 0) say(tally.line(last));
  }
  if (tally.seeds % 1_000 !== 0) say(tally.line(last));
  return tally.failures === 0 ? 0 : 1;
}

async function run(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    return 2;
  }
  if (options.help) {
    say(usage);
    return 0;
  }
  const { what } = options;
  return what.kind === 'one' ? runOne(what.plan, options) : hunt(what.plans, options);
}

process.exitCode = await run();
