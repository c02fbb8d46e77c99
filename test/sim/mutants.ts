import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Judged, judge } from './mutant-trial.ts';
import { format } from './mutants-table.ts';
import { mutations } from './mutations.ts';

const table = join(import.meta.dirname, 'mutants.md');

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const chosen = mutations.filter(({ does }) => does.includes(values.only ?? ''));
const all: Judged[] = [];
for (const mutation of chosen) {
  const judged = await judge(mutation);
  all.push(judged);
  const { caught } = judged;
  const how = caught === null ? 'NOT CAUGHT' : `${caught.by} breaks "${caught.rule}"`;
  process.stdout.write(`${mutation.does}: ${how}\n`);
}
const missed = all.filter(({ caught }) => caught === null);
process.stdout.write(`${all.length - missed.length} of ${all.length} mutations are caught\n`);
if (values.only === undefined) writeFileSync(table, format(all));
process.exitCode = missed.length === 0 ? 0 : 1;
