import { mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing, for the owner only unless told otherwise. Throws what the file
 * system says. Node's own way never returns where the kernel answers "no such file" for a folder that is there, as in
 * /proc.
 */
export function makeFolder(folder: string, mode = 0o700): void {
  if (isThere(folder)) return;
  const above = dirname(folder);
  if (above !== folder) makeFolder(above, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process may have been faster.
    if (!isThere(folder)) throw error;
  }
}

function isThere(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** File systems that a power cut or a restart empties, by their magic numbers (statfs(2)). */
const inMemory: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x794c7630, 'overlay'],
]);

/** The file system that keeps this file in memory only; null when a disk keeps it. */
export function memoryFileSystemOf(file: string): string | null {
  return inMemory.get(statfsSync(dirname(file)).type) ?? null;
}
