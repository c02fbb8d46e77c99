import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pictureOf } from './picture.ts';
import { nameOf, type Plan } from './plan.ts';
import { type Outcome, runPlan } from './run-plan.ts';
import { shrink } from './shrink.ts';

const linesShown = 30;
const linesWritten = 1_000_000;

/** Tells what broke, and leaves what is needed to understand it in a folder: plan, shrunk, trace, paper. */
export async function report(
  plan: Plan,
  outcome: Outcome,
  folder: string | null,
  say: (line: string) => void,
): Promise<void> {
  const { broken, last, hash } = outcome;
  if (broken === null) return;
  say(`${nameOf(plan)} breaks "${broken.rule}" (trace ${hash}): ${broken.what}`);
  for (const line of last.slice(-linesShown)) say(`  ${line.slice(0, 160)}`);
  if (folder === null) return;
  say('shrinking ...');
  const small = await shrink(plan, broken.rule);
  let picture = '';
  const again = await runPlan(small, linesWritten, ({ papers }) => {
    picture = pictureOf(papers);
  });
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => join(folder, `seed-${plan.seed}${name}`);
  writeFileSync(file('.json'), `${JSON.stringify(small, null, 1)}\n`);
  writeFileSync(file('.trace'), `${again.last.join('\n')}\n`);
  writeFileSync(file('.svg'), picture);
  say(`${small.faults.length} of ${plan.faults.length} faults and ${small.gifts.length} gifts still break it:`);
  for (const fault of small.faults) say(`  ${JSON.stringify(fault)}`);
  say(`${again.broken?.rule}: ${again.broken?.what}`);
  say(`plan, trace and paper: ${file('.{json,trace,svg}')}`);
  const option = plan.scene === undefined ? `--seed ${plan.seed}` : `--scene '${plan.scene}'`;
  say(`again: npm run sim -- ${option}, or: npm run sim -- --plan ${file('.json')}`);
}
