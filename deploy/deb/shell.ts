import { execFileSync, spawnSync } from 'node:child_process';

/** Runs a program to its end, its errors shown; throws when it fails. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  return execFileSync(program, args, {
    ...options,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 100_000_000,
  });
}

/** Makes sure that a program of a Debian package is there: as root it is installed, else a person is told to. */
export function need(program: string, debianPackage: string): void {
  if (isThere(program)) return;
  if (process.getuid?.() !== 0) {
    throw new Error(`${program} is missing. Install it: sudo apt-get install ${debianPackage}`);
  }
  say(`Installing ${debianPackage}…`);
  run('apt-get', [
    '-o',
    'DPkg::Lock::Timeout=300',
    'install',
    '--yes',
    '--quiet',
    '--no-install-recommends',
    debianPackage,
  ]);
  if (!isThere(program)) throw new Error(`${debianPackage} does not bring ${program}.`);
}

function isThere(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

/** A line for the person who builds. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
