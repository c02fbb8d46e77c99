import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import * as v from 'valibot';
import { causeInWords } from '../domain/cause.ts';
import type { Fault } from '../domain/fault.ts';
import { backUpBefore, backupFolderOf, backupsOf, hasEvents, newestHoldsEvents, syncFile } from './backups.ts';
import { checkLedger, damageOf } from './check.ts';
import { type LedgerConnection, type OpenedFile, openFile } from './connection.ts';
import { diskFault, isDamage, type LogOriginal } from './faults.ts';
import { beginGeneration } from './generation.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What a ledger held that its substitute does not, as far as it can still be read; null: that cannot be read. */
const missingForm = v.object({
  /** When the backup was made; null: there was none, so everything is missing. */
  fromMs: v.nullable(count),
  /** When the ledger that was replaced was last written; when it was replaced, if nothing of it was left. */
  toMs: count,
  events: v.nullable(count),
  credited: v.nullable(count),
  drawn: v.nullable(count),
  sheets: v.nullable(count),
});
type Missing = v.InferOutput<typeof missingForm>;

/** Each is asked alone: where one table is unreadable, another may not be. */
const sums = {
  events: 'SELECT count(*) AS sum FROM event',
  credited: 'SELECT coalesce(sum(strokes), 0) AS sum FROM credit',
  drawn: 'SELECT coalesce(sum(last_n - first_n + 1), 0) AS sum FROM ink',
  sheets: 'SELECT count(*) AS sum FROM sheet',
} as const;
type Sums = Readonly<Record<keyof typeof sums, number | null>>;

const noSums: Sums = { events: null, credited: null, drawn: null, sheets: null };

/** Compares a ledger with what takes its place. Looks at a copy: a damaged file stays as it is, to the byte. */
function missingSince(
  file: string,
  substitute: LedgerConnection,
  backupMadeAtMs: number | null,
  nowMs: number,
): Missing {
  const had = sumsOfDamaged(file);
  const has = sumsOf(substitute);
  const less = (key: keyof Sums) => {
    const [before, now] = [had[key], has[key]];
    return before === null || now === null || before < now ? null : before - now;
  };
  return {
    fromMs: backupMadeAtMs,
    toMs: Math.max(...[file, `${file}-wal`].map(writtenAtMs)) || Math.trunc(nowMs),
    events: less('events'),
    credited: less('credited'),
    drawn: less('drawn'),
    sheets: less('sheets'),
  };
}

function writtenAtMs(file: string): number {
  return Math.trunc(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

/**
 * Reading for the sake of knowing must not keep the service from starting: what fails, for whatever reason, is unknown.
 */
function sumsOfDamaged(file: string): Sums {
  const copy = `${file}-look`;
  let db: LedgerConnection | null = null;
  try {
    if (!existsSync(file)) return noSums;
    for (const end of ['', '-wal']) if (existsSync(`${file}${end}`)) copyFileSync(`${file}${end}`, `${copy}${end}`);
    db = new Database(copy);
    return sumsOf(db);
  } catch {
    return noSums;
  } finally {
    closeCopy(db);
    for (const end of ['', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
  }
}

function sumsOf(db: LedgerConnection): Sums {
  const one = (sql: string): number | null => {
    try {
      return db.prepare<[], { sum: number }>(sql).get()?.sum ?? null;
    } catch {
      return null;
    }
  };
  return { events: one(sums.events), credited: one(sums.credited), drawn: one(sums.drawn), sheets: one(sums.sheets) };
}

function closeCopy(db: LedgerConnection | null): void {
  try {
    db?.close();
  } catch {
    // It is a copy that is deleted next.
  }
}

/** How a ledger was replaced. */
export interface Restoration {
  readonly atMs: number;
  /** What was wrong with it: it could not be read, had no content, or was not there. */
  readonly cause: 'damaged' | 'empty' | 'gone';
  /** Where the file was put; it is never deleted. Null: there was none. */
  readonly movedTo: string | null;
  /**
   * The backup that was opened, and when it was finished: what happened since is missing. Null: there was no good one.
   */
  readonly backup: { readonly file: string; readonly madeAtMs: number } | null;
  /** What the damaged ledger held and the backup does not. */
  readonly missing: Missing;
}

/** An opened ledger and in what its balances are not borne out by its entries, or why it does not open. */
type CheckedLedger =
  | { readonly kind: 'open'; readonly db: LedgerConnection; readonly findings: readonly string[] }
  | Exclude<OpenedFile, { kind: 'open' }>;

const restorationForm = v.object({
  atMs: v.number(),
  // Those of before version 0.2 were damaged.
  cause: v.optional(v.picklist(['damaged', 'empty', 'gone']), 'damaged'),
  movedTo: v.nullable(v.string()),
  backup: v.nullable(v.object({ file: v.string(), madeAtMs: v.number() })),
  missing: missingForm,
});

const companions = ['', '-wal', '-shm'] as const;
const restorationKey = 'restoration';
const unread = 'The ledger was not read';

/** Leaves a note beside the ledger: something in it could not be read, so the next start reads all of it. */
export function suspect(file: string, error: unknown): void {
  if (!isDamage(error)) return;
  try {
    writeFileSync(`${file}-suspect`, `${error.message}\n`);
  } catch {
    // The disk takes nothing any more. The next read that fails tries again.
  }
}

/**
 * Opens a ledger. Where it is damaged, or without content or not there though it was, what is left of it is moved aside
 * and the newest good backup takes its place, once `prepare` has made it ready. A power cut in between is no harm: the
 * next start goes on where this one was.
 */
export function openOrRescue(
  file: string,
  nowMs: number,
  prepare: (db: LedgerConnection) => void,
  logOriginal: LogOriginal,
): CheckedLedger {
  finishRestoring(file, nowMs);
  putForeignLogAside(file, nowMs);
  const absence = absenceOf(file);
  const blocked = absence === null ? null : whyNoBackups(file);
  if (blocked !== null) return { kind: 'refused', ...blocked };
  if (absence !== null && hasPast(file)) return restored(file, nowMs, absence, prepare);
  const opened = openFile(file, (db) => backUpBefore(db, file));
  if (opened.kind === 'refused') return opened;
  if (opened.kind === 'damaged') logOriginal(unread, opened.cause);
  const checked = opened.kind === 'open' ? checkedOrNull(opened.db, existsSync(`${file}-suspect`), logOriginal) : null;
  if (checked === null) {
    if (opened.kind === 'open') closeQuietly(opened.db);
    return restored(file, nowMs, 'damaged', prepare);
  }
  if (checked.kind === 'open' && isBegunAnew(checked.db, file)) {
    closeQuietly(checked.db);
    return restored(file, nowMs, 'empty', prepare);
  }
  rmSync(`${file}-suspect`, { force: true });
  return checked;
}

/** It is whole and holds nothing, though its newest backup does, and nobody was notified of that. */
function isBegunAnew(db: LedgerConnection, file: string): boolean {
  try {
    return !hasEvents(db) && restorationOf(db) === null && newestHoldsEvents(file);
  } catch (error) {
    // That is another matter, found by whoever reads on.
    if (isDamage(error)) return false;
    throw error;
  }
}

/** Why it cannot be known whether a missing ledger has backups; null where it can. */
function whyNoBackups(file: string): { readonly fault: Fault; readonly cause: unknown } | null {
  const folder = backupFolderOf(file);
  try {
    if (existsSync(folder)) readdirSync(folder);
    return null;
  } catch (cause) {
    const what = `The ledger ${file} is gone, and its backups cannot be looked for: ${causeInWords(cause)}.`;
    const remedy = `Let the service read ${folder}, or move it away to start over.`;
    return { fault: { code: 'disk-cantopen', what, remedy }, cause };
  }
}

/** Whether there was a ledger before: it left backups, or its log. */
function hasPast(file: string): boolean {
  return backupsOf(file).length > 0 || sizeOf(`${file}-wal`) > 0;
}

/** A database of one page holds no table; pages have this many bytes at most. */
const pageBytesMax = 65_536;

/**
 * How a ledger is not there; null when it is. Asked before SQLite opens the file: it makes one that is gone, and
 * deletes the log beside an empty one.
 */
function absenceOf(file: string): 'gone' | 'empty' | null {
  if (!existsSync(file)) return 'gone';
  if (sizeOf(file) === 0) return 'empty';
  if (sizeOf(file) > pageBytesMax) return null;
  // A first start that was cut off leaves a log with nothing in it, and is no loss.
  const mayHaveBegun = sizeOf(`${file}-wal`) > 0 && backupsOf(file).length === 0;
  return !mayHaveBegun && hasNoTable(file) ? 'empty' : null;
}

/**
 * Looks at a copy, with its log, in which all of its content may stand: whoever opens a log that is broken deletes it.
 */
function hasNoTable(file: string): boolean {
  const copy = `${file}-look`;
  let db: LedgerConnection | null = null;
  try {
    for (const end of ['', '-wal']) if (existsSync(`${file}${end}`)) copyFileSync(`${file}${end}`, `${copy}${end}`);
    db = new Database(copy, { fileMustExist: true });
    return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  } catch (error) {
    if (isDamage(error) || diskFault(error) !== null) return false;
    throw error;
  } finally {
    db?.close();
    removeFile(copy);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Damaged ledgers that were moved aside, with what belongs to them. */
export function asidesOf(file: string): string[] {
  const prefix = `${basename(file)}.damaged-`;
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(dirname(file), name));
}

/** The last time that a backup had to take the ledger's place, null when never. */
export function restorationOf(db: LedgerConnection): Restoration | null {
  const stored = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?').get(restorationKey);
  return stored === undefined ? null : v.parse(restorationForm, JSON.parse(stored.value));
}

/**
 * Adds the ledger up; null when it cannot be read. Damage can hide where the sums do not look: then all of it is read.
 */
function checkedOrNull(db: LedgerConnection, isSuspect: boolean, logOriginal: LogOriginal): CheckedLedger | null {
  try {
    if (isSuspect && damageOf(db).length > 0) return null;
    return { kind: 'open', db, findings: checkLedger(db, 'quick').findings };
  } catch (error) {
    if (isDamage(error)) {
      logOriginal(unread, error);
      return null;
    }
    db.close();
    throw error;
  }
}

/** Puts a substitute in the ledger's place and opens it. */
function restored(
  file: string,
  nowMs: number,
  cause: Restoration['cause'],
  prepare: (db: LedgerConnection) => void,
): CheckedLedger {
  restore(file, nowMs, cause, prepare);
  rmSync(`${file}-suspect`, { force: true });
  const opened = openFile(file);
  return opened.kind === 'open' ? { ...opened, findings: [] } : opened;
}

/** The substitute is complete under a name of its own before the damaged file gives way. */
function restore(
  file: string,
  nowMs: number,
  cause: Restoration['cause'],
  prepare: (db: LedgerConnection) => void,
): void {
  const candidate = `${file}-candidate`;
  const movedTo = asideName(file, nowMs);
  const backup = backupsOf(file).find((each) => isGoodBackup(each.file, candidate));
  if (backup === undefined) removeFile(candidate);
  const opened = openFile(candidate);
  if (opened.kind !== 'open') throw new Error(`${candidate} was good and cannot be opened`);
  const { db } = opened;
  const restoration: Restoration = {
    atMs: nowMs,
    cause,
    movedTo: cause === 'gone' ? null : movedTo,
    backup: backup === undefined ? null : { file: backup.file, madeAtMs: backup.madeAtMs },
    missing: missingSince(file, db, backup?.madeAtMs ?? null, nowMs),
  };
  db.transaction(() => {
    prepare(db);
    beginGeneration(db);
    const note = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
    note.run(restorationKey, JSON.stringify(restoration));
  })();
  db.close();
  syncFile(candidate);
  renameSync(candidate, `${file}-restored`);
  moveAside(file, movedTo);
  renameSync(`${file}-restored`, file);
}

/** A start was cut off after it had moved the damaged file aside. */
function finishRestoring(file: string, nowMs: number): void {
  if (existsSync(file) || !existsSync(`${file}-restored`)) return;
  moveAside(file, asideName(file, nowMs));
  renameSync(`${file}-restored`, file);
}

/** In a file that has a log of its own, SQLite writes 2 here; in a backup 1. */
const logVersionAt = 18;

/**
 * Somebody put a backup in the place of a ledger whose service was killed. The log that it left is of that ledger, and
 * SQLite would write it into the backup.
 */
function putForeignLogAside(file: string, nowMs: number): void {
  if (sizeOf(`${file}-wal`) === 0 || sizeOf(file) <= logVersionAt) return;
  const head = Buffer.alloc(logVersionAt + 1);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, head, 0, head.length, 0);
  } finally {
    closeSync(handle);
  }
  if (!head.toString('latin1').startsWith('SQLite format 3') || head[logVersionAt] !== 1) return;
  const aside = asideName(file, nowMs);
  for (const end of ['-wal', '-shm']) if (existsSync(`${file}${end}`)) renameSync(`${file}${end}`, `${aside}${end}`);
}

/** The log goes with its file: beside another file it would be poison. */
function moveAside(file: string, movedTo: string): void {
  for (const companion of companions) {
    if (existsSync(`${file}${companion}`)) renameSync(`${file}${companion}`, `${movedTo}${companion}`);
  }
}

/** A name that nothing has yet: several damaged files are several files. */
function asideName(file: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-');
  let name = `${file}.damaged-${stamp}`;
  for (let number = 2; companions.some((companion) => existsSync(`${name}${companion}`)); number++) {
    name = `${file}.damaged-${stamp}-${number}`;
  }
  return name;
}

/** Copies a backup and reads the copy from end to end; leaves the copy when it is good. */
function isGoodBackup(backup: string, copy: string): boolean {
  removeFile(copy);
  copyFileSync(backup, copy);
  // An empty one would be made a ledger by opening it.
  if (sizeOf(copy) <= pageBytesMax && hasNoTable(copy)) return false;
  const opened = openFile(copy);
  if (opened.kind !== 'open') return false;
  const isGood = checkLedger(opened.db, 'full', true).findings.length === 0;
  closeQuietly(opened.db);
  return isGood;
}

function removeFile(file: string): void {
  for (const companion of companions) rmSync(`${file}${companion}`, { force: true });
}

function closeQuietly(db: LedgerConnection): void {
  try {
    db.close();
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}
