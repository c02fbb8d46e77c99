import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Mutation, mutations } from './mutations.ts';

/** As many as `npm test` runs. */
const fixedSeeds = 200;
const limitMs = 180_000;
const tree = resolve(import.meta.dirname, '../..');
const table = join(import.meta.dirname, 'mutants.md');

interface Caught {
  readonly mutation: Mutation;
  /** The first seed that breaks, and its rule; null when none does. */
  readonly seed: string | null;
  readonly rule: string;
}

/** A copy of the tree in which one text is replaced; throws when the text is not there exactly once. */
function mutated({ file, from, to }: Mutation): string {
  const copy = mkdtempSync(join(tmpdir(), 'livepen-mutant-'));
  for (const part of ['src', 'test', 'config', 'package.json'])
    cpSync(join(tree, part), join(copy, part), { recursive: true });
  symlinkSync(join(tree, 'node_modules'), join(copy, 'node_modules'));
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${file} does not contain exactly once: ${from}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  return copy;
}

async function hunt(mutation: Mutation): Promise<Caught> {
  const copy = mutated(mutation);
  try {
    const said = await output(copy);
    const broken = /^seed (\d+) breaks "([^"]*)"/m.exec(said);
    if (broken !== null) return { mutation, seed: broken[1] ?? '', rule: broken[2] ?? '' };
    if (/^\d+ seeds up to/m.test(said)) return { mutation, seed: null, rule: '' };
    return { mutation, seed: '', rule: said.includes('it hangs') ? 'it hangs' : 'it crashes' };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function output(copy: string): Promise<string> {
  return new Promise((settle) => {
    const args = ['test/sim/main.ts', '--seeds', String(fixedSeeds), '--no-shrink'];
    const child = spawn(process.execPath, args, { cwd: copy, timeout: limitMs, killSignal: 'SIGKILL' });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece.toString()));
    child.on('close', (_code, signal) => settle(signal === null ? said : `${said}\nit hangs`));
  });
}

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const chosen = mutations.filter(({ does }) => does.includes(values.only ?? ''));
const rows: Caught[] = [];
for (const mutation of chosen) {
  const caught = await hunt(mutation);
  rows.push(caught);
  const how = caught.seed === null ? 'NOT CAUGHT' : `caught by seed ${caught.seed}: ${caught.rule}`;
  process.stdout.write(`${mutation.does}: ${how}\n`);
}
const missed = rows.filter(({ seed }) => seed === null);
process.stdout.write(`${rows.length - missed.length} of ${rows.length} mutations are caught\n`);
if (values.only === undefined) writeFileSync(table, tableOf(rows));
process.exitCode = missed.length === 0 ? 0 : 1;

function tableOf(all: readonly Caught[]): string {
  const lines = all.map(
    ({ mutation, seed, rule }) => `| ${mutation.does} | \`${mutation.file}\` | ${seed ?? '**none**'} | ${rule} |`,
  );
  return [
    '# What the simulator catches',
    '',
    `Each line is the product with one thing broken, and the first of the ${fixedSeeds} fixed seeds that notices. Written by \`npm run sim:mutants\`.`,
    '',
    'The product ...|in|seed|rule that breaks',
    '---|---|---|---',
    ...lines.map((line) => line.slice(2, -2).replaceAll(' | ', '|')),
    '',
  ].join('\n');
}
