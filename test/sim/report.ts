import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pictureOf } from './picture.ts';
import { nameOf, type Plan } from './plan.ts';
import { type Outcome, runPlan } from './run-plan.ts';
import { shrink } from './shrink.ts';

const linesShown = 30;
const linesWritten = 1_000_000;

/** Tells what broke and by which options (`again`) it breaks again, and leaves what is needed to understand it in a folder: plan, shrunk, trace, paper. */
export async function report(
  plan: Plan,
  outcome: Outcome,
  folder: string | null,
  again: string,
  say: (line: string) => void,
): Promise<void> {
  const { broken, last, hash } = outcome;
  if (broken === null) return;
  say(`${nameOf(plan)} breaks "${broken.rule}" (trace ${hash}): ${broken.what}`);
  for (const line of last.slice(-linesShown)) say(`  ${line.slice(0, 160)}`);
  say(`again: npm run sim -- ${again}`);
  if (folder === null) return;
  say('shrinking ...');
  const small = await shrink(plan, broken.rule);
  let picture = '';
  const rerun = await runPlan(small, linesWritten, ({ papers }) => {
    picture = pictureOf(papers);
  });
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => join(folder, `seed-${plan.seed}${name}`);
  writeFileSync(file('.json'), `${JSON.stringify(small, null, 1)}\n`);
  writeFileSync(file('.trace'), `${rerun.last.join('\n')}\n`);
  writeFileSync(file('.svg'), picture);
  say(`${small.faults.length} of ${plan.faults.length} faults and ${small.gifts.length} gifts still break it:`);
  for (const fault of small.faults) say(`  ${JSON.stringify(fault)}`);
  say(`${rerun.broken?.rule}: ${rerun.broken?.what}`);
  say(`plan, trace and paper: ${file('.{json,trace,svg}')}`);
  say(`the shrunk one again: npm run sim -- --plan ${file('.json')}`);
}
