import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
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

/** The first `bytesMax` bytes of a file, null where there is none: whatever lies on a card must fit into the memory. */
export function readStartOrNull(path: string, bytesMax: number): Uint8Array | null {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= bytesMax) return readOrNull(path);
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(bytesMax);
    return bytes.subarray(0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

/**
 * Puts a file in its place so that a power cut leaves the old or the new one, and only if it is another; returns
 * whether it was. `mode` and the owner of the folder are given to it where the file system has such things.
 */
export function putFile(path: string, content: Uint8Array | string, mode: number | null = null): boolean {
  const bytes = Buffer.from(content);
  const old = readOrNull(path);
  if (old !== null && bytes.equals(old)) return false;
  const fresh = `${path}.new`;
  try {
    writeWhole(fresh, bytes, mode ?? 0o666);
    if (mode !== null) {
      // Only root gives files away; the sandbox of the service forbids the very call, and what it writes is its own.
      if (process.getuid?.() === 0) {
        const { uid, gid } = statSync(dirname(path));
        chownSync(fresh, uid, gid);
      }
      chmodSync(fresh, mode);
    }
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
  return true;
}

/** Throws when not all of it fits: a disk that becomes full takes a part first, without an error. */
function writeWhole(path: string, bytes: Uint8Array, mode: number): void {
  const file = openSync(path, 'w', mode);
  try {
    writeFileSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
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
