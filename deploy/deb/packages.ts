import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unbundled } from '../program.ts';
import type { Arch } from './arch.ts';
import { run } from './shell.ts';

/** What packages carry for those who develop them; nothing of it is loaded. Licences stay. */
const needless =
  /\.(?:[cm]?ts|map|md|markdown|flow|gypi?|cc|cpp|h|c)$|^(?:\.github|\.vscode|__tests__|\.eslintrc.*|\.prettierrc.*)$/i;
const licence = /^(?:licen[cs]e|copying|notice)/i;

/** Parts of packages that are needed to compile them, or for other systems. */
const needlessFolders = [
  'better-sqlite3/deps',
  'better-sqlite3/src',
  '@serialport/bindings-cpp/src',
  'epoll/src',
  'epoll/example',
  'epoll/test',
  'onoff/examples',
];

/**
 * Puts the packages that the built program still looks for, made for `arch`, into `target`/node_modules, as the lock names
 * them. Returns where all of them are: `node_modules` of the fetched ones.
 */
export function installPackages(root: string, target: string, work: string, arch: Arch): string {
  const fetched = join(work, 'npm');
  mkdirSync(fetched, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(root, name), join(fetched, name));
  run('npm', ['ci', '--omit=dev', '--os=linux', `--cpu=${arch.node}`, '--libc=glibc', '--prefer-offline'], {
    cwd: fetched,
  });
  const from = join(fetched, 'node_modules');
  const node = join(from, `node-linux-${arch.node}`);
  if (!existsSync(join(node, 'bin/node'))) throw new Error(`npm did not bring Node for ${arch.node}.`);
  const to = join(target, 'node_modules');
  for (const name of withTheirOwn(root, unbundled)) cpSync(join(from, name), join(to, name), { recursive: true });
  for (const folder of needlessFolders) rmSync(join(to, folder), { recursive: true, force: true });
  prunePrebuilds(to, arch);
  pruneFiles(to);
  return from;
}

/** What it takes to compile others, which is done. */
const headers: ReadonlySet<string> = new Set(['nan', 'node-addon-api']);

/** These packages, and what they look for in turn. */
function withTheirOwn(root: string, names: readonly string[]): ReadonlySet<string> {
  const lock: { packages: Record<string, { dependencies?: Record<string, string> }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  const all = new Set(names);
  // A set goes on with what is added while it is walked.
  for (const name of all) {
    for (const [path, { dependencies = {} }] of Object.entries(lock.packages)) {
      const isOf = path === `node_modules/${name}` || path.startsWith(`node_modules/${name}/`);
      if (isOf) for (const own of Object.keys(dependencies)) if (!headers.has(own)) all.add(own);
    }
  }
  return all;
}

/** Of the compiled files that packages bring for every system, only ours stays. */
function prunePrebuilds(modules: string, arch: Arch): void {
  const ours = `linux-${arch.node}`;
  for (const name of readdirSync(join(modules, 'better-sqlite3/prebuilds'))) {
    if (name !== `${ours}.node`) rmSync(join(modules, 'better-sqlite3/prebuilds', name), { recursive: true });
  }
  const serial = join(modules, '@serialport/bindings-cpp/prebuilds');
  for (const name of readdirSync(serial)) {
    if (name !== ours) rmSync(join(serial, name), { recursive: true });
  }
  for (const name of readdirSync(join(serial, ours))) {
    if (name.includes('musl')) rmSync(join(serial, ours, name));
  }
}

function pruneFiles(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (needless.test(entry.name) && !licence.test(entry.name)) rmSync(path, { recursive: true });
    else if (entry.isDirectory()) pruneFiles(path);
  }
  if (statSync(folder).isDirectory() && readdirSync(folder).length === 0) rmdirSync(folder);
}
