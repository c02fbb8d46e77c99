import { mkdirSync, statSync } from 'node:fs';
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
