import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of its own that a test fills up and frees again. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes these bytes; all that are left unless told. */
  fill(bytes?: number): void;
  free(): void;
}

/** Whether a command ends well. */
function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}

/** Fails where strace is not to be had, which makes system calls fail. */
export function assertStrace(): void {
  assert.ok(
    works('strace', '-o', '/dev/null', 'true'),
    'strace is needed, and the right to trace (.ci/run installs it)',
  );
}

/** Mounts a disk of so many megabytes below the folder for one piece of work, which takes the rights of root. */
export async function onSmallDisk(
  inFolder: string,
  megabytes: number,
  work: (disk: SmallDisk) => void | Promise<void>,
): Promise<void> {
  const folder = join(inFolder, 'small');
  mkdirSync(folder);
  const isThere = works('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none', folder);
  assert.ok(isThere, `a file system of ${megabytes} MB is needed, and the right to mount it`);
  const ballast = join(folder, 'ballast');
  try {
    await work({
      folder,
      fill: (bytes) => (bytes === undefined ? fillUp(ballast, megabytes) : writeFileSync(ballast, Buffer.alloc(bytes))),
      free: () => rmSync(ballast),
    });
  } finally {
    works('umount', '-l', folder);
  }
}

/** Takes all room that is left. */
function fillUp(ballast: string, megabytes: number): void {
  for (let bytes = megabytes * 1024 * 1024; bytes > 0; bytes -= 4_096) {
    try {
      writeFileSync(ballast, Buffer.alloc(bytes));
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}
