import {
  closeSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { UserFacingError } from '../../domain/cause.ts';
import { jsonOrNull } from './json.ts';

/** A sign-in as it lies on disk: whoever reads it acts for the streamer. Times are wall times in ms. */
export interface SignIn {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When the access token ends, null where the platform does not say. */
  readonly endsAtMs: number | null;
  /** When a person signed in. */
  readonly since: number;
  /** When the first of those sign-ins was that followed each other in this file; without it, this is the first. */
  readonly firstSince?: number;
}

const token = v.pipe(v.string(), v.minLength(1), v.maxLength(16_384));
const form = v.object({
  version: v.literal(1),
  accessToken: token,
  refreshToken: token,
  endsAtMs: v.nullable(v.pipe(v.number(), v.safeInteger())),
  since: v.pipe(v.number(), v.safeInteger()),
  firstSince: v.exactOptional(v.pipe(v.number(), v.safeInteger())),
});

/** Where a sign-in is kept. */
export interface TokenFile {
  readonly path: string;
  /** Null where there is none; throws where it cannot be read. */
  read(): SignIn | null;
  /** On disk, whole, when it returns; throws where the disk does not take it. */
  write(signIn: SignIn): void;
  /** Another one after each write, whoever wrote: by it a change is noticed. */
  mark(): string;
}

/** A sign-in in a file that only its owner may read. */
export function tokenFile(path: string): TokenFile {
  return {
    path,
    read() {
      const text = readIfThere(path);
      if (text === null) return null;
      const read = v.safeParse(form, jsonOrNull(text));
      if (!read.success) throw new UserFacingError('what stands there is no sign-in');
      const { version: _, ...signIn } = read.output;
      return signIn;
    },
    write(signIn) {
      const temporary = `${path}-new`;
      // One that a stranger made before us, with rights of their own, is not written into.
      rmSync(temporary, { force: true });
      const handle = openSync(temporary, 'wx', 0o600);
      try {
        // Whoever signs in as root does so for the service, whose folder it is.
        if (process.getuid?.() === 0) {
          const { uid, gid } = statSync(dirname(path));
          fchownSync(handle, uid, gid);
        }
        // Unlike a bare write, it does not take a part for the whole.
        writeFileSync(handle, `${JSON.stringify({ version: 1, ...signIn })}\n`);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
      renameSync(temporary, path);
      syncFolder(dirname(path));
    },
    mark() {
      try {
        const { ino, mtimeMs, size } = statSync(path);
        return `${ino} ${mtimeMs} ${size}`;
      } catch {
        return '';
      }
    },
  };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
