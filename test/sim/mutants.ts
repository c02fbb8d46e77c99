import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from './mutants-table.ts';
import { type Mutation, mutated } from './mutation.ts';
import { mutations } from './mutations.ts';

/** The whole hunt of one mutant takes half a minute of a quiet machine; one that spins never ends. */
const limitMs = 900_000;
const tree = resolve(import.meta.dirname, '../..');
const table = join(import.meta.dirname, 'mutants.md');

/** How the fixed seeds have judged a mutant. */
export interface Judged {
  readonly mutation: Mutation;
  /** The first seed or scene that breaks a rule, and which; null when none does. */
  readonly caught: { readonly by: string; readonly rule: string } | null;
}

/** A copy of the tree with the mutation in it; the tree itself is left alone. */
function copyWith(mutation: Mutation): string {
  const copy = mkdtempSync(join(tmpdir(), 'livepen-mutant-'));
  for (const part of ['src', 'test', 'config', 'package.json']) {
    cpSync(join(tree, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(tree, 'node_modules'), join(copy, 'node_modules'));
  const path = join(copy, mutation.file);
  writeFileSync(path, mutated(readFileSync(path, 'utf8'), mutation));
  return copy;
}

async function judge(mutation: Mutation): Promise<Judged> {
  const copy = copyWith(mutation);
  try {
    const said = await output(copy, mutation);
    const broken = /^(seed \d+|evening \d+|scene ".+") breaks "([^"]*)" (.*)$/m.exec(said);
    const [, by = '', rule = '', what = ''] = broken ?? [];
    if (broken !== null && mutation.says?.test(what) === false)
      throw new Error(`the mutant that ${mutation.does} is caught for another reason: ${what}`);
    if (broken !== null) return { mutation, caught: { by, rule } };
    if (/^\d+ seeds up to/m.test(said)) return { mutation, caught: null };
    throw new Error(`the mutant that ${mutation.does} tells nothing about a rule:\n${said}`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** What the fixed seeds and scenes say, or the evenings; they end at the first that breaks a rule. */
function output(copy: string, { on }: Mutation): Promise<string> {
  return new Promise((settle) => {
    const args = on === 'evening' ? ['test/evening/main.ts'] : ['test/sim/main.ts', '--fixed', '--no-shrink'];
    const child = spawn(process.execPath, args, { cwd: copy, timeout: limitMs, killSignal: 'SIGKILL' });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece.toString()));
    child.on('close', () => settle(said));
  });
}

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
