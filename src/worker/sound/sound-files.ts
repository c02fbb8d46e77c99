import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { causeCode, causeInWords } from '../../domain/cause.ts';

/** Half a minute in two channels of 48 kHz and 16 bits. */
const fileBytesMax = 6_000_000;
/** A file name without a path, so that it cannot lead out of the folder, and no hidden file. */
const fileName = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u;

/** The content of a file, or why it cannot be read. */
type FileRead =
  | { readonly ok: true; readonly bytes: Buffer<ArrayBuffer> }
  /** `why` reads well after a colon. */
  | { readonly ok: false; readonly why: string };

/** Reads a file of a folder by its name; links are not followed, and nothing but a file is opened. */
export async function readOfFolder(folder: string, name: string): Promise<FileRead> {
  if (!fileName.test(name)) return { ok: false, why: 'that is no name of a file in the folder' };
  let file: FileHandle | null = null;
  try {
    // A pipe without a writer would block when it is opened.
    file = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile()) return { ok: false, why: 'that is no file' };
    if (found.size > fileBytesMax) return { ok: false, why: `it has more than ${fileBytesMax / 1_000_000} MB` };
    const bytes = Buffer.alloc(found.size);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return { ok: true, bytes: bytes.subarray(0, bytesRead) };
  } catch (error) {
    return { ok: false, why: causeCode(error) === 'ELOOP' ? 'it is a link' : causeInWords(error) };
  } finally {
    await file?.close();
  }
}
