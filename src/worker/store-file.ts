import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Fault } from '../domain/fault.ts';

const busyMs = 2_000;

/** The file is of this program and no other; the version says which form it has. */
const fileId = 0x4c50574b;
const fileVersion = 4;
/** Up to here newer versions only have more tables: a command that looks may add them beside a worker of before. */
const addingVersion = 3;

/** What came after the first version, up to `addingVersion`; some of it may be there already. */
const addedTables = `
-- What plugins keep, and how each one is now, for whoever asks.
CREATE TABLE IF NOT EXISTS plugin (id TEXT PRIMARY KEY, settings TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS plugin_state (id TEXT PRIMARY KEY, state TEXT NOT NULL, why TEXT NOT NULL) STRICT;
-- Up to where it has what was said, liked and joined: apart from the feed, which does not have it.
CREATE TABLE IF NOT EXISTS passed_place (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT NOT NULL) STRICT;
PRAGMA user_version = ${addingVersion};
`;

/** From there to the newest version: for the worker alone, since one of before would look for the old name. */
const renamedTable = `
ALTER TABLE told RENAME TO notified;
PRAGMA user_version = ${fileVersion};
`;

/** The name of the file itself; files of earlier versions have none yet. */
const nameTable = `
CREATE TABLE name (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT;
INSERT INTO name VALUES (1, lower(hex(randomblob(8))));`;

const tables = `${nameTable}
-- Where in the feed it is: what stands before it was taken, and is below or was sent.
CREATE TABLE place (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT NOT NULL) STRICT;
CREATE TABLE waiting (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, outlet TEXT NOT NULL, id TEXT NOT NULL, task TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, UNIQUE (outlet, id)
) STRICT;
CREATE INDEX waiting_of ON waiting (outlet, seq);
CREATE TABLE dead (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, outlet TEXT NOT NULL, id TEXT NOT NULL, task TEXT NOT NULL,
  why TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX dead_of ON dead (outlet, seq);
CREATE TABLE tally (outlet TEXT NOT NULL, what TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (outlet, what)) STRICT;
-- What was not read of the feed, and why.
CREATE TABLE gap (seq INTEGER PRIMARY KEY, from_cursor TEXT NOT NULL, to_cursor TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
-- Outlets where nothing is wanted any more, by the address of which that holds.
CREATE TABLE off (outlet TEXT PRIMARY KEY, address TEXT NOT NULL) STRICT;
-- What a person was notified of and is not over.
CREATE TABLE notified (target TEXT NOT NULL, notice TEXT NOT NULL, PRIMARY KEY (target, notice)) STRICT;
PRAGMA application_id = ${fileId};
${addedTables}
PRAGMA user_version = ${fileVersion};`;

/** The open file of a worker. */
export interface StoreFile {
  readonly db: Database.Database;
  /** Held by the worker alone; null for whoever only looks. */
  readonly lock: Database.Database | null;
  /** Names the file; '' where nothing does yet. */
  readonly id: string;
  readonly isNew: boolean;
}

/**
 * Opens the file of a worker; makes it, or brings one of an earlier version up to date. `asWorker`: with the lock,
 * which one process at a time can have.
 */
export function openStoreFile(
  file: string,
  asWorker: boolean,
): ({ readonly ok: true } & StoreFile) | { readonly ok: false; readonly fault: Fault } {
  try {
    if (asWorker) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const lock = asWorker ? takeLock(`${file}-lock`) : null;
    if (asWorker && lock === null) return { ok: false, fault: inUse(file) };
    // Names of people stand in it; SQLite gives its log the same rights.
    if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
    const db = new Database(file, { timeout: busyMs });
    db.pragma('journal_mode = WAL');
    // After a power cut it may be a little behind, as a whole: the feed then sends again what came since.
    db.pragma('synchronous = NORMAL');
    const isNew = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
    if (isNew) db.transaction(() => db.exec(tables)).immediate();
    const version = versionOf(db);
    const isOurs = db.pragma('application_id', { simple: true }) === fileId;
    if (!isOurs || version < 1 || version > fileVersion) {
      db.close();
      lock?.close();
      return { ok: false, fault: notOurs(file) };
    }
    if (version < (asWorker ? fileVersion : addingVersion)) bringUpToDate(db, asWorker);
    if (lock !== null && !isNamed(db)) db.transaction(() => db.exec(nameTable)).immediate();
    const named = isNamed(db) ? db.prepare<[], { id: string }>('SELECT id FROM name').get() : undefined;
    return { ok: true, db, lock, isNew, id: named?.id ?? '' };
  } catch (error) {
    const fault = storeFault(error, file);
    if (fault === null) throw error;
    return { ok: false, fault };
  }
}

/**
 * Takes the steps that the file lacks, in one transaction; a step that another process took meanwhile is not repeated.
 */
function bringUpToDate(db: Database.Database, asWorker: boolean): void {
  db.transaction(() => {
    if (versionOf(db) < addingVersion) db.exec(addedTables);
    if (asWorker && versionOf(db) < fileVersion) db.exec(renamedTable);
  }).immediate();
}

function versionOf(db: Database.Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

function isNamed(db: Database.Database): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'name'").get() !== undefined;
}

/** Held until the process ends, however it ends; null while another one holds it. */
function takeLock(file: string): Database.Database | null {
  const lock = new Database(file, { timeout: 0 });
  try {
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
}

function inUse(file: string): Fault {
  const what = `Another worker uses ${file}.`;
  return { code: 'worker-in-use', what, remedy: 'Stop it first, or give this one a file of its own in its config.' };
}

function notOurs(file: string): Fault {
  const what = `${file} is no file of a worker of this version.`;
  return { code: 'worker-file', what, remedy: 'Move it away; the worker then begins with what comes from now on.' };
}

const diskWords: readonly (readonly [string, string, string])[] = [
  ['SQLITE_FULL', 'the disk is full', 'Free some space.'],
  ['ENOSPC', 'the disk is full', 'Free some space.'],
  ['SQLITE_IOERR_SHMSIZE', 'the disk is full', 'Free some space.'],
  ['SQLITE_BUSY', 'another program holds it', 'Close what looks into it.'],
  ['SQLITE_CORRUPT', 'it is damaged', 'Move it away; the worker then begins with what comes from now on.'],
  ['SQLITE_NOTADB', 'it is no file of a worker', 'Move it away; the worker then begins with what comes from now on.'],
  ['SQLITE_', 'the disk reports errors', 'Check its rights and its disk.'],
  ['E', 'it cannot be written', 'Check that its folder exists and belongs to the worker.'],
];

/** What an error of the file or its disk means; null where it is a mistake of the program. */
export function storeFault(error: unknown, file: string): Fault | null {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const [, words, remedy] = diskWords.find(([start]) => code !== '' && code.startsWith(start)) ?? [];
  if (words === undefined || remedy === undefined) return null;
  // A rule of the tables that was broken is a mistake of the program, and no fault of a disk.
  if (/^SQLITE_(?:CONSTRAINT|ERROR|MISUSE|RANGE|MISMATCH)/.test(code)) return null;
  return { code: 'worker-disk', what: `The worker's file ${file} cannot be used: ${words}.`, remedy };
}
