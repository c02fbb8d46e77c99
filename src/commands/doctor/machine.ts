import { closeSync, fdatasyncSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../domain/clock.ts';
import { type Check, ok, problem, warning } from './check.ts';

/** The groups by which the service reaches plotter, button and strip. */
const neededGroups = ['dialout', 'input', 'spi', 'gpio'];
const udevRules = '/usr/lib/udev/rules.d/60-livepen.rules';

/** Whether the groups of the service exist and its udev rules lie there; nothing to find where it is not installed. */
export function checkRights(read: (path: string) => string | null): Check {
  const names = (path: string) => (read(path) ?? '').split('\n').map((line) => line.split(':')[0] ?? '');
  if (!names('/etc/passwd').includes('livepen')) return ok('rights', 'not installed as a service; you run it yourself');
  const missing = neededGroups.filter((group) => !names('/etc/group').includes(group));
  if (missing.length > 0) {
    return problem(
      'rights',
      `groups are missing: ${missing.join(', ')}`,
      'Run: sudo systemd-sysusers, then restart the service.',
    );
  }
  if (read(udevRules) === null) return problem('rights', `${udevRules} is missing`, 'Install the package again.');
  return ok('rights', `user livepen, groups ${neededGroups.join(', ')}, udev rules`);
}

const freeBytesLow = 500e6;
const freeBytesTooLow = 50e6;

/** Whether the ledger's disk has room. */
export function checkSpace(folder: string): Check {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const what = `${Math.round(free / 1e6)} MB free at ${folder}`;
  if (free >= freeBytesLow) return ok('disk', what);
  const remedy = 'Free some space: sudo apt-get clean; look with `sudo du -xh / | sort -h | tail`.';
  return free < freeBytesTooLow ? problem('disk', what, remedy) : warning('disk', what, remedy);
}

const syncs = 20;
/** Flash needs longer than this to write for good; only memory, or a promise, is faster. */
const honestSyncMs = 0.05;
const slowSyncMs = 250;

/** How long a small write takes to be on disk, and whether that can be true. */
export function checkSyncs(folder: string, clock: Clock): Check {
  const path = join(folder, 'doctor.tmp');
  const times: number[] = [];
  const file = openSync(path, 'w');
  try {
    for (let count = 0; count < syncs; count++) {
      const startMs = clock.nowMs();
      writeSync(file, Buffer.alloc(4096, count));
      fdatasyncSync(file);
      times.push(clock.nowMs() - startMs);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[syncs / 2] ?? 0;
  const what = `a write is on disk after ${median.toFixed(median < 1 ? 2 : 0)} ms (the slowest of ${syncs}: ${Math.round(sorted.at(-1) ?? 0)} ms)`;
  if (median < honestSyncMs) {
    return warning(
      'syncs',
      `${what}: too fast to be true`,
      'This disk is memory, or reports writes as done before they are: a power cut may lose gifts.',
    );
  }
  if (median > slowSyncMs) return warning('syncs', `${what}: slow`, 'Use a better card (application class A1 or A2).');
  return ok('syncs', what);
}

/** Whether the Pi gets enough power now. */
export function checkPower(hwmon = '/sys/class/hwmon'): Check {
  for (const name of folders(hwmon)) {
    const alarm = readOr(join(hwmon, name, 'in0_lcrit_alarm'));
    if (readOr(join(hwmon, name, 'name'))?.trim() !== 'rpi_volt' || alarm === null) continue;
    if (alarm.trim() === '0') return ok('power', 'the voltage is high enough');
    return problem(
      'power',
      'the voltage is too low',
      'Use the official power supply and a short, thick cable; take USB loads off.',
    );
  }
  return ok('power', 'this machine cannot detect undervoltage');
}

/** Whether the wall time is right. */
export function checkClock(isSynchronized: boolean, isSystemd: boolean, now: string): Check {
  if (isSynchronized) return ok('clock', `${now}, set by the network`);
  if (!isSystemd) return ok('clock', `${now}; what sets it is not known here`);
  return warning(
    'clock',
    `${now}, not set by the network yet`,
    'Give it the network; until then names of viewers are not pseudonymised, and times may be wrong.',
  );
}

function folders(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // No such thing here.
    return [];
  }
}

/** The text of a file; null for one that is not there or not for us. */
export function readOr(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Which of the two it is makes no difference to what is asked.
    return null;
  }
}
