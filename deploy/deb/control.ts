import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Arch } from './arch.ts';

/** Writes DEBIAN/ of a staged package: its description, the sums of its files, and the maintainer scripts. */
export function writeControl(root: string, stage: string, version: string, arch: Arch): void {
  const folder = join(stage, 'DEBIAN');
  const files = filesUnder(stage);
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  mkdirSync(folder);
  writeFileSync(join(folder, 'control'), controlText(version, arch, bytes));
  const sums = files.map(
    (file) => `${createHash('md5').update(readFileSync(file)).digest('hex')}  ${relative(stage, file)}`,
  );
  writeFileSync(join(folder, 'md5sums'), `${sums.join('\n')}\n`);
  for (const name of readdirSync(join(root, 'deploy/debian'))) {
    cpSync(join(root, 'deploy/debian', name), join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
}

function controlText(version: string, arch: Arch, bytes: number): string {
  return [
    'Package: livepen',
    `Version: ${version}`,
    `Architecture: ${arch.debian}`,
    'Maintainer: Livepen <livepen@localhost>',
    `Installed-Size: ${Math.ceil(bytes / 1024)}`,
    // All of it is on Raspberry Pi OS Lite.
    'Depends: libc6 (>= 2.34), libstdc++6, systemd, udev, coreutils',
    'Suggests: gpiod',
    'Section: graphics',
    'Priority: optional',
    'Description: draws a stroke of ink for every gift of a TikTok LIVE',
    ' A headless appliance for a Raspberry Pi with a pen plotter that speaks Marlin, one',
    ' button and a strip of lights. It listens to a live, keeps a ledger of the strokes that',
    ' gifts paid for, and draws each of them exactly once.',
    '',
  ].join('\n');
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesUnder(path);
      return entry.isFile() ? [path] : [];
    });
}
