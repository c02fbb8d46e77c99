import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** A file's bytes, null where there is none. */
export function readOrNull(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  }
}

/**
 * Puts a file in its place so that a power cut leaves the old or the new one, and only if it is another; tells whether
 * it was. `mode` and the owner of the folder are given to it where the file system has such things.
 */
export function putFile(path: string, content: Uint8Array | string, mode: number | null = null): boolean {
  const bytes = Buffer.from(content);
  const old = readOrNull(path);
  if (old !== null && bytes.equals(old)) return false;
  const fresh = `${path}.new`;
  const file = openSync(fresh, 'w', mode ?? 0o666);
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (mode !== null) {
    const { uid, gid } = statSync(dirname(path));
    chownSync(fresh, uid, gid);
    chmodSync(fresh, mode);
  }
  renameSync(fresh, path);
  syncFolder(dirname(path));
  return true;
}

/** The new name is on disk only when the folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
