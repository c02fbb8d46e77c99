import { hash } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { causeCode, causeInWords } from '../domain/cause.ts';
import type { Fault } from '../domain/fault.ts';
import { givenInWords, strokesForSum } from '../domain/money.ts';
import { comparableName } from '../domain/plain-text.ts';
import { diskFault, isDamage } from './faults.ts';
import { applicationId, migrations } from './schema.ts';

/**
 * Makes a folder and those above it that are missing, for the owner only by default. Throws what the file
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

export type LedgerConnection = Database.Database;

/** The event loop waits so long for another program that holds the ledger. */
const busyTimeoutMs = 500;

export type OpenedFile =
  | { readonly kind: 'open'; readonly db: LedgerConnection }
  /** `cause`: the error behind it, if it was one. */
  | { readonly kind: 'refused'; readonly fault: Fault; readonly cause?: unknown }
  | { readonly kind: 'damaged'; readonly what: string; readonly cause: unknown };

type TakenLock =
  | { readonly ok: true; readonly lock: LedgerConnection }
  | { readonly ok: false; readonly fault: Fault; readonly cause?: unknown };

/** The writer holds an exclusive lock on a file beside the ledger until its process ends, however it ends. */
export function lockLedger(file: string): TakenLock {
  try {
    makeFolder(dirname(file));
    const wrong = judgePlace(file) ?? judgeRights(file) ?? judgeNames(file);
    if (wrong !== null) return { ok: false, fault: wrong };
    const lock = takeLock(`${existsSync(file) ? realpathSync(file) : file}-lock`);
    if (lock !== null) return { ok: true, lock };
  } catch (error) {
    const fault = openingFault(error, file);
    if (fault === null) throw error;
    return { ok: false, fault, cause: error };
  }
  const fault = {
    code: 'ledger-in-use',
    what: `The ledger ${file} is already in use by another Livepen.`,
    remedy: 'Stop the other service first, or give this one a ledger of its own ([ledger] file in the config).',
  };
  return { ok: false, fault };
}

/** What lies beside a ledger, by its name: its log, the log's index, and the lock of its writer. */
const companions = ['', '-wal', '-shm', '-lock', '-run'] as const;

/** What stands in the place of a ledger's file and is none, such as a folder or a pipe, which nobody could read to its end. */
function judgePlace(file: string): Fault | null {
  for (const name of companions.map((end) => `${file}${end}`)) {
    const found = statSync(name, { throwIfNoEntry: false });
    if (found === undefined || found.isFile()) continue;
    const part = name === file ? 'a ledger' : 'a part of the ledger';
    const what = `${name} is ${found.isDirectory() ? 'a folder' : 'no ordinary file'}, and not ${part}.`;
    return { code: 'disk-cantopen', what, remedy: 'Move it away, or name another file in the config: [ledger] file.' };
  }
  return null;
}

/** SQLite opens a file that may only be read, and fails at the first gift. Throws where the whole file system is read-only. */
function judgeRights(file: string): Fault | null {
  for (const name of companions.map((end) => `${file}${end}`)) {
    try {
      accessSync(name, constants.R_OK | constants.W_OK);
    } catch (error) {
      if (causeCode(error) === 'ENOENT') continue;
      if (causeCode(error) !== 'EACCES') throw error;
      const what = `${name} may not be written by this user.`;
      const remedy = `Give it back to the user of the service: \`sudo chown livepen: ${name}\` and \`sudo chmod u+rw ${name}\`.`;
      return { code: 'disk-cantopen', what, remedy };
    }
  }
  return null;
}

/**
 * The log lies beside the ledger, by its name: under a second name (a hard link) the file is half a ledger, and two
 * writers would not see each other. Which name is the right one, only a person knows.
 */
function judgeNames(file: string): Fault | null {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || found.nlink === 1) return null;
  return {
    code: 'ledger-linked',
    what: `The ledger ${file} has ${found.nlink} names (hard links), and may be in use by another Livepen under another one.`,
    remedy: `Leave it one name: \`find / -xdev -samefile ${file}\` lists them. A second ledger must be a copy.`,
  };
}

/** An exclusive transaction on an empty database: the kernel gives it back even after a SIGKILL. */
function takeLock(file: string): LedgerConnection | null {
  const db = new Database(file, { timeout: 0 });
  try {
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
}

/** Names of people stand in it: a new one is for its owner alone, and SQLite gives its log the same rights. */
const newFileMode = 0o600;

/**
 * Opens a ledger's file for its one writer, creates it when it is not there, and brings it to the current schema. A
 * ledger of an older one is first kept by `beforeMigration`.
 */
export function openFile(file: string, beforeMigration: (db: LedgerConnection) => void = () => {}): OpenedFile {
  return judged(file, () => {
    if (!existsSync(file)) closeSync(openSync(file, 'a', newFileMode));
    const db = new Database(file, { timeout: busyTimeoutMs });
    return closedUnlessOpen(db, () => {
      const refused = judgeOwner(db, file);
      if (refused !== null) return refused;
      makeDurable(db);
      addFunctions(db);
      if (versionOf(db) > 0 && versionOf(db) < migrations.length) beforeMigration(db);
      migrate(db);
      return { kind: 'open', db };
    });
  });
}

/** Opens a ledger's file beside its writer, for reading only. */
export function openFileForReading(file: string): OpenedFile {
  if (!existsSync(file)) {
    return refuse('ledger-absent', `There is no ledger ${file}.`, 'Start the service once, or name another file.');
  }
  return judged(file, () => {
    const wrong = judgePlace(file) ?? judgeNames(file);
    if (wrong !== null) return { kind: 'refused', fault: wrong };
    const db = new Database(file, { readonly: true, fileMustExist: true });
    return closedUnlessOpen(db, () => {
      const refused = judgeOwner(db, file);
      if (refused !== null) return refused;
      addFunctions(db);
      if (versionOf(db) === migrations.length) return { kind: 'open', db };
      return refuse(
        'ledger-older',
        `The ledger ${file} has version ${versionOf(db)}, not ${migrations.length}.`,
        'Start the service once: it brings the ledger up to date.',
      );
    });
  });
}

function judged(file: string, open: () => OpenedFile): OpenedFile {
  try {
    return open();
  } catch (error) {
    if (isDamage(error))
      return { kind: 'damaged', what: `The ledger ${file} cannot be read: ${causeInWords(error)}.`, cause: error };
    const fault = openingFault(error, file);
    if (fault === null) throw error;
    return { kind: 'refused', fault, cause: error };
  }
}

/** A new schema takes a copy of the ledger, and a log as long as two of them at most. */
const roomToOpen = 4;

/** Why a ledger does not open when the disk is to blame; null when it is not. Nothing waits in memory yet. */
export function openingFault(error: unknown, file: string): Fault | null {
  const fault = diskFault(error);
  if (fault?.code !== 'disk-full') return fault;
  const bytes = roomToOpen * (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  const remedy = `Free ${Math.ceil(bytes / 1e6) + 1} MB or more on its disk, and start Livepen again: the ledger is as it was.`;
  return { ...fault, remedy };
}

function closedUnlessOpen(db: LedgerConnection, work: () => OpenedFile): OpenedFile {
  let opened: OpenedFile | null = null;
  try {
    opened = work();
    return opened;
  } finally {
    if (opened?.kind !== 'open') db.close();
  }
}

/** A file with tables that are not ours, or that a newer program wrote, is left as it is. */
function judgeOwner(db: LedgerConnection, file: string): OpenedFile | null {
  const owner = db.pragma('application_id', { simple: true });
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (owner !== applicationId && !isEmpty) {
    return refuse('ledger-foreign', `${file} is a database, but not a Livepen ledger.`, 'Name another file.');
  }
  if (versionOf(db) <= migrations.length) return null;
  return refuse(
    'ledger-newer',
    `The ledger ${file} has version ${versionOf(db)}; this program knows versions up to ${migrations.length}.`,
    'Install the newer Livepen again, or restore a backup made by this version.',
  );
}

function versionOf(db: LedgerConnection): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/**
 * Names are compared in SQL as everywhere else, drawings by their digests, and money is counted and called as everywhere
 * else; triggers may do so, too.
 */
export function addFunctions(db: LedgerConnection): void {
  db.pragma('trusted_schema = ON');
  db.function('comparable_name', { deterministic: true }, (name) => comparableName(String(name)));
  db.function('sha256', { deterministic: true }, (bytes) =>
    Buffer.isBuffer(bytes) ? hash('sha256', bytes, 'buffer') : null,
  );
  db.function('strokes_for_sum', { deterministic: true }, (sum, strokes, per) =>
    strokesForSum({ rows: [], strokes: Number(strokes), per: Number(per) }, Number(sum)),
  );
  db.function('given_in_words', { deterministic: true }, (kind, amount, unit) =>
    givenInWords({ kind: kind === 'tip' ? 'tip' : 'donation', amount: Number(amount), unit: String(unit) }),
  );
}

/** better-sqlite3 is built to run WAL at synchronous=NORMAL, which can lose the last commits in a power cut. */
function makeDurable(db: LedgerConnection): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  // Without it, REPLACE would delete an entry and no trigger would know.
  db.pragma('recursive_triggers = ON');
  db.pragma('secure_delete = ON');
  db.pragma('cache_size = -2000');
}

/** All steps at once: a ledger that is cut off in between is of the version that its backup has. */
function migrate(db: LedgerConnection): void {
  const steps = migrations.slice(versionOf(db));
  if (steps.length === 0) return;
  db.transaction(() => {
    for (const step of steps) db.exec(step);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

function refuse(code: string, what: string, remedy: string): OpenedFile {
  return { kind: 'refused', fault: { code, what, remedy } };
}
