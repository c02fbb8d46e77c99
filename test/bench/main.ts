/**
 * The benches whose figures have a budget, one after another; it fails where one is broken by more than the noise.
 *
 *     npm run bench [-- --table] [-- --package FILE] [-- --only ingest]
 *
 * --table writes docs/performance.md anew; with --only, one bench is run and the rows of the others stay.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BudgetName, budgets, shown } from './budgets.ts';

const { values } = parseArgs({
  options: { table: { type: 'boolean' }, package: { type: 'string' }, only: { type: 'string' } },
});
const page = join(import.meta.dirname, '../../docs/performance.md');
const [begin, end] = ['<!-- The table: npm run bench -- --table -->', '<!-- The end of the table -->'];
const commands: Readonly<Record<string, readonly string[]>> = {
  'npm run bench:box': ['box.ts', ...(values.package === undefined ? [] : [values.package])],
  'npm run bench:ingest': ['ingest.ts'],
  'npm run bench:lives': ['lives.ts'],
  'npm run bench:svg': ['svg.ts'],
};

/** What else the machine does: the benches themselves keep some two cores busy. */
const loadBefore = loadavg()[0] ?? 0;
const folder = mkdtempSync(join(tmpdir(), 'livepen-bench-'));
const rows: string[] = [];
for (const [command, [script = '', ...words]] of Object.entries(commands)) {
  if (values.only !== undefined && !command.endsWith(`:${values.only}`)) {
    rows.push(
      ...readFileSync(page, 'utf8')
        .split('\n')
        .filter((line) => line.endsWith(`\`${command}\` |`)),
    );
    continue;
  }
  const figures = join(folder, script);
  writeFileSync(figures, '');
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, script), ...words], {
    env: { ...process.env, BENCH_FIGURES: figures },
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
  for (const line of readFileSync(figures, 'utf8').split('\n').filter(Boolean)) rows.push(rowOf(line, command));
}
rmSync(folder, { recursive: true });
if (values.table === true) writeTable();

function rowOf(line: string, command: string): string {
  const { name, value, inSameRun }: { name: BudgetName; value: number; inSameRun: string | null } = JSON.parse(line);
  const { what, unit, bound, beside: known, ...more } = budgets[name];
  const beside = [known, inSameRun].filter((each) => each !== null && each !== '–').join('; ') || '–';
  const sign = 'isLeast' in more ? '≥' : '≤';
  return `| ${[what, `${sign} ${shown(bound)} ${unit}`.trim(), `${shown(value)} ${unit}`.trim(), beside, `\`${command}\``].join(' | ')} |`;
}

function writeTable(): void {
  const text = readFileSync(page, 'utf8');
  const [before = '', rest = ''] = text.split(begin);
  const after = rest.split(end)[1] ?? '';
  const [cpu] = cpus();
  const head = [
    `Measured on ${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), Node ${process.versions.node}; load of other work before it began: ${loadBefore.toFixed(1)}.`,
    '',
    '| what | bound | Livepen | beside it | command |',
    '|---|---|---|---|---|',
  ];
  writeFileSync(page, `${before}${begin}\n${[...head, ...rows].join('\n')}\n${end}${after}`);
}
