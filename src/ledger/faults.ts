import Database from 'better-sqlite3';
import type { Fault } from '../domain/fault.ts';

interface Cure {
  readonly code: string;
  readonly what: string;
  readonly remedy: string;
}

const dyingCard = 'The card may be failing: copy the ledger off and use a new card.';
const fullDisk: Cure = {
  code: 'disk-full',
  what: 'The disk is full.',
  remedy: 'Free some space; Livepen writes what waits in memory as soon as it can.',
};
const readOnly: Cure = { code: 'disk-readonly', what: 'The file system is read-only.', remedy: dyingCard };
const ioError: Cure = { code: 'disk-ioerr', what: 'The disk reports errors.', remedy: dyingCard };
const noAccess: Cure = {
  code: 'disk-cantopen',
  what: 'The ledger cannot be opened.',
  remedy: 'Check that its folder exists and belongs to the service.',
};

const busy: Cure = {
  code: 'ledger-busy',
  what: 'Another program holds the ledger.',
  remedy: 'Close it: a database browser, or a copy that is being made.',
};

/** By the beginning of SQLite's code, or by Node's. */
const cures: Readonly<Record<string, Cure>> = {
  SQLITE_FULL: fullDisk,
  SQLITE_READONLY: readOnly,
  // The log's index finds no room before anything is written.
  SQLITE_IOERR_SHMSIZE: fullDisk,
  SQLITE_IOERR: ioError,
  SQLITE_CANTOPEN: noAccess,
  SQLITE_BUSY: busy,
  ENOSPC: fullDisk,
  EDQUOT: fullDisk,
  EROFS: readOnly,
  EIO: ioError,
  EACCES: noAccess,
  EPERM: noAccess,
  ENOENT: noAccess,
  EEXIST: noAccess,
  ENOTDIR: noAccess,
};

/** The fault behind a failed write or open when the disk is to blame, else null: then it is a bug or damage. */
export function diskFault(error: unknown): Fault | null {
  const code = codeOf(error);
  const key = Object.keys(cures).find((prefix) => code.startsWith(prefix));
  const cure = key === undefined ? undefined : cures[key];
  return cure ?? null;
}

/** Logs the literal error of the system or SQLite, with what failed; the fault itself is in our words. */
export type LogOriginal = (failed: string, error: unknown) => void;

/** Whether the file's content is to blame. */
export function isDamage(error: unknown): error is Error {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(error.code);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
