import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Mutation, mutated } from './mutation.ts';

/** The whole hunt of one mutant takes half a minute of a quiet machine; one that spins never ends. */
const limitMs = 900_000;
const tree = resolve(import.meta.dirname, '../..');

/** How a mutant was judged. */
export interface Judged {
  readonly mutation: Mutation;
  /** The first seed or scene that breaks a rule, and which; null when none does. */
  readonly caught: { readonly by: string; readonly rule: string } | null;
}

/** Which plans a mutant is tried on, as words for `test/sim/main.ts`; one of the evenings is tried on all of these. */
type Trial = readonly ['--fixed'] | readonly ['--seed' | '--scene', string];

/** Breaks a copy of the tree and plays until a rule breaks. Throws where the copy says nothing that can be read. */
export async function judge(mutation: Mutation, trial: Trial = ['--fixed']): Promise<Judged> {
  const copy = copyWith(mutation);
  try {
    const said = await output(copy, mutation, trial);
    const broken = /^(seed \d+|evening \d+|scene ".+") breaks "([^"]*)" (.*)$/m.exec(said);
    const [, by = '', rule = '', what = ''] = broken ?? [];
    if (broken !== null && mutation.says?.test(what) === false)
      throw new Error(`the mutant that ${mutation.does} is caught for another reason: ${what}`);
    if (broken !== null) return { mutation, caught: { by, rule } };
    if (/^\d+ seeds up to| keeps every rule: /m.test(said)) return { mutation, caught: null };
    throw new Error(`the mutant that ${mutation.does} says nothing about a rule:\n${said}`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
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

/** What the plans or evenings say; they end at the first that breaks a rule. */
function output(copy: string, { on }: Mutation, trial: Trial): Promise<string> {
  return new Promise((settle) => {
    const args = on === 'evening' ? ['test/evening/main.ts'] : ['test/sim/main.ts', ...trial, '--no-shrink'];
    const child = spawn(process.execPath, args, { cwd: copy, timeout: limitMs, killSignal: 'SIGKILL' });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece.toString()));
    child.on('close', () => settle(said));
  });
}
