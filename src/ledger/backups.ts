import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { Fault } from '../domain/fault.ts';
import { type LedgerConnection, makeFolder } from './connection.ts';
import { diskFault, type LogOriginal } from './faults.ts';
import { markCopy } from './generation.ts';

/** The newest ones, whatever the clock says. */
const newestKept = 3;
/** Beside them, the last one of each of so many days and weeks in which there was one. */
const daysKept = 7;
const weeksKept = 4;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Pages copied between two turns of the event loop: a millisecond or two. */
const pagesPerStep = 128;
/** Pages copied in a turn while the disk is still taking what was copied before. */
const pagesWhileFlushing = 4;

/** How asking for a backup ended. */
export type BackupResult =
  | { readonly kind: 'made'; readonly file: string }
  /** The last one is less than an hour old, or nothing is new since. */
  | { readonly kind: 'not-due' }
  | { readonly kind: 'failed'; readonly fault: Fault };

/**
 * Copies of the ledger beside it, in `backups/`, numbered. Kept are the last three, the last of each of seven days and
 * of each of four weeks, and the last one that holds what the ledger of today does not.
 */
interface Backups {
  /** Makes one now. While one is being made, both callers get the same. */
  make(nowMs: number): Promise<BackupResult>;
  /** Makes one when the last was made an hour ago or more and something is new; `nowMs` is monotonic. */
  makeIfDue(nowMs: number): Promise<BackupResult>;
  /** Gives up the one that is being made. */
  stop(): void;
}

/** A backup file and when it was finished, by the wall time of then. */
interface BackupFile {
  readonly file: string;
  readonly number: number;
  readonly madeAtMs: number;
}

/** The backups of a ledger, the newest first. */
export function backupsOf(ledgerFile: string): BackupFile[] {
  const folder = backupFolderOf(ledgerFile);
  const prefix = `${basename(ledgerFile)}.`;
  return namesIn(folder)
    .flatMap((name) => {
      const number = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
      const file = join(folder, name);
      return Number.isSafeInteger(number) ? [{ file, number, madeAtMs: Math.trunc(statSync(file).mtimeMs) }] : [];
    })
    .sort((a, b) => b.number - a.number);
}

/** The backups that their age keeps. Days and weeks are those of the backups: a clock that is wrong cannot empty them. */
function timesKept(newestFirst: readonly BackupFile[]): Set<BackupFile> {
  const kept = new Set(newestFirst.slice(0, newestKept));
  for (const [spanMs, count] of [
    [dayMs, daysKept],
    [7 * dayMs, weeksKept],
  ] as const) {
    const spans = new Set<number>();
    for (const each of newestFirst) {
      const span = Math.floor(each.madeAtMs / spanMs);
      if (spans.has(span)) continue;
      if (spans.size === count) break;
      spans.add(span);
      kept.add(each);
    }
  }
  return kept;
}

/** Counts by which it is known whether one ledger has entries that another lacks. */
interface Content {
  /** Made with the ledger: another secret is another ledger. */
  readonly secret: string;
  /** The newest event. */
  readonly seq: number;
  readonly key: Buffer;
  readonly sheets: number;
  /** Strokes drawn, spoiled or voided: only ever more. */
  readonly settled: number;
  /** Credits of all rows: one that grew, or was mapped later, has more of them. */
  readonly credits: number;
  readonly schema: number;
}

/** A credit's number begins with its row: so many there are in each, found without reading them all. */
const contentSql = `
  WITH RECURSIVE credited (row) AS (
    SELECT min(seq) / 4294967296 FROM credit
    UNION ALL
    SELECT (SELECT min(seq) / 4294967296 FROM credit WHERE seq >= (credited.row + 1) * 4294967296)
    FROM credited WHERE credited.row IS NOT NULL
  )
  SELECT (SELECT user_version FROM pragma_user_version) AS schema, (SELECT value FROM meta WHERE key = 'secret') AS secret, seq, key,
    (SELECT coalesce(max(id), 0) FROM sheet) AS sheets,
    (SELECT coalesce(sum(drawn + spoiled + voided), 0) FROM balance) AS settled,
    (SELECT coalesce(sum((SELECT max(seq) FROM credit WHERE seq < (row + 1) * 4294967296) - row * 4294967296), 0)
     FROM credited WHERE row IS NOT NULL) AS credits
  FROM event ORDER BY seq DESC LIMIT 1`;

/** What a backup holds; null when it holds no event, or cannot be read. */
function contentOf(file: string): Content | null {
  let db: LedgerConnection | null = null;
  try {
    db = new Database(file, { fileMustExist: true });
    return db.prepare<[], Content>(contentSql).get() ?? null;
  } catch {
    // One that cannot be read is of no use.
    return null;
  } finally {
    db?.close();
  }
}

/** Whether the newest backup that can be read holds an event. */
export function newestHoldsEvents(ledgerFile: string): boolean {
  for (const { file } of backupsOf(ledgerFile)) {
    const holds = holdsEvents(file);
    if (holds !== null) return holds;
  }
  return false;
}

/** Null where it cannot be read. */
function holdsEvents(file: string): boolean | null {
  let db: LedgerConnection | null = null;
  try {
    db = new Database(file, { fileMustExist: true });
    return hasEvents(db);
  } catch {
    return null;
  } finally {
    db?.close();
  }
}

/**
 * Keeps a ledger as it is before a newer schema changes it: a program of before can go on from there. Done once, however
 * often the change is cut off.
 */
export function backUpBefore(db: LedgerConnection, ledgerFile: string): void {
  const folder = backupFolderOf(ledgerFile);
  const [newest] = backupsOf(ledgerFile);
  if (newest !== undefined && isCopyOf(db, newest.file)) return;
  const temporary = join(folder, `${basename(ledgerFile)}.unfinished`);
  makeFolder(folder);
  rmSync(temporary, { force: true });
  try {
    closeSync(openSync(temporary, 'w', 0o600));
    db.prepare<[string]>('VACUUM INTO ?').run(temporary);
    markBackup(temporary);
    syncFile(temporary);
    renameSync(temporary, backupName(ledgerFile, (newest?.number ?? 0) + 1));
    syncFile(folder);
  } finally {
    removeIfThere(temporary);
  }
}

/** What a ledger holds beside its events, and how much of it; read as a whole, so for a change of the schema only. */
const exactSql = `
  SELECT (SELECT count(*) FROM growth) AS growths, (SELECT count(*) FROM remap) AS remaps,
    (SELECT count(*) FROM ink) AS inks, (SELECT coalesce(sum(strokes), 0) FROM credit) AS strokes`;

/** Whether a backup has the schema of a ledger and holds as much. */
function isCopyOf(db: LedgerConnection, backup: string): boolean {
  const holds = (ledger: LedgerConnection) =>
    JSON.stringify([ledger.prepare(contentSql).get(), ledger.prepare(exactSql).get()]);
  let copy: LedgerConnection | null = null;
  try {
    copy = new Database(backup, { fileMustExist: true });
    return holds(copy) === holds(db);
  } catch {
    // One that cannot be read is no copy.
    return false;
  } finally {
    copy?.close();
  }
}

/** Whether a ledger holds an event. */
export function hasEvents(db: LedgerConnection): boolean {
  return db.prepare('SELECT 1 FROM event LIMIT 1').get() !== undefined;
}

/** Of each ledger, this one too, the newest backup that holds what this ledger does not. */
function lastOfMore(db: LedgerConnection, newestFirst: readonly BackupFile[]): Set<BackupFile> {
  const present = db.prepare<[], Content>(contentSql).get();
  const keyOf = db.prepare<[number], { key: Buffer }>('SELECT key FROM event WHERE seq = ?');
  const found = new Map<string, BackupFile>();
  for (const backup of newestFirst) {
    const content = contentOf(backup.file);
    if (content === null || found.has(content.secret)) continue;
    const isPart =
      present?.secret === content.secret &&
      keyOf.get(content.seq)?.key.equals(content.key) === true &&
      content.sheets <= present.sheets &&
      content.settled <= present.settled &&
      content.credits <= present.credits;
    if (!isPart) found.set(content.secret, backup);
  }
  return new Set(found.values());
}

/** Free space below so many times the ledger's size is left to the ledger. */
const roomFactor = 4;

/** Makes backups of one open ledger. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function openBackups(
  db: LedgerConnection,
  ledgerFile: string,
  wallMs: () => number,
  logOriginal: LogOriginal,
  beforeCopy: () => void,
): Backups {
  const changes = db.prepare<[], { changes: number }>('SELECT total_changes() AS changes');
  let running: Promise<BackupResult> | null = null;
  let stopping = false;
  let lastAtMs: number | null = null;
  let changesThen = 0;

  async function copy(nowMs: number): Promise<BackupResult> {
    const folder = backupFolderOf(ledgerFile);
    const temporary = join(folder, `${basename(ledgerFile)}.unfinished`);
    beforeCopy();
    const changesNow = changes.get()?.changes ?? 0;
    try {
      makeFolder(folder);
      rmSync(temporary, { force: true });
      makeRoom();
      await copyTo(temporary);
      const number = (backupsOf(ledgerFile)[0]?.number ?? 0) + 1;
      const file = backupName(ledgerFile, number);
      const madeAtSeconds = wallMs() / 1_000;
      utimesSync(temporary, madeAtSeconds, madeAtSeconds);
      renameSync(temporary, file);
      syncFile(folder);
      lastAtMs = nowMs;
      changesThen = changesNow;
      thin(timesKept);
      return { kind: 'made', file };
    } catch (error) {
      removeIfThere(temporary);
      const fault = stopping ? stoppedFault : diskFault(error);
      if (fault === null) throw error;
      if (!stopping) logOriginal('The ledger was not backed up', error);
      return { kind: 'failed', fault: { ...fault, what: `The ledger could not be backed up. ${fault.what}` } };
    }
  }

  /** Removes the backups that `keep` does not name, unless one is the last that holds what the ledger does not. */
  function thin(keep: (backups: readonly BackupFile[]) => ReadonlySet<BackupFile>): void {
    const all = backupsOf(ledgerFile);
    const kept = keep(all);
    const removable = all.filter((each) => !kept.has(each));
    if (removable.length === 0) return;
    const needed = lastOfMore(db, all);
    for (const each of removable) if (!needed.has(each)) rmSync(each.file);
  }

  /** Old backups give way before the ledger itself finds the disk full. */
  function makeRoom(): void {
    const size = statSync(ledgerFile).size;
    const { bavail, bsize } = statfsSync(backupFolderOf(ledgerFile));
    if (bavail * bsize < roomFactor * size) thin((all) => new Set(all.slice(0, newestKept)));
  }

  /** The disk takes the copy bit by bit beside the event loop: else the last step would wait for all of it at once. */
  async function copyTo(temporary: string): Promise<void> {
    const copied = await open(temporary, 'w', 0o600);
    let flushing: Promise<void> | null = null;
    const failures: unknown[] = [];
    const progress = (): number => {
      if (flushing !== null) return pagesWhileFlushing;
      // The kernel reports a failed sync only once: a later one may succeed all the same.
      flushing = copied
        .sync()
        .catch((error: unknown) => failures.push(error))
        .then(() => {
          flushing = null;
        });
      return pagesPerStep;
    };
    try {
      await db.backup(temporary, { progress });
      await flushing;
      markBackup(temporary);
      await copied.sync();
      if (failures.length > 0) throw failures[0];
    } finally {
      await copied.close();
    }
  }

  function make(nowMs: number): Promise<BackupResult> {
    running ??= copy(nowMs).finally(() => {
      running = null;
    });
    return running;
  }

  return {
    make,
    async makeIfDue(nowMs) {
      lastAtMs ??= nowMs;
      const isNew = (changes.get()?.changes ?? 0) > changesThen;
      return isNew && nowMs - lastAtMs >= hourMs ? make(nowMs) : { kind: 'not-due' };
    },
    stop() {
      stopping = true;
    },
  };
}

const stoppedFault: Fault = {
  code: 'backup-stopped',
  what: 'The service is stopping.',
  remedy: 'Nothing needs to be done: the next one comes within the hour.',
};

/** Removes a file; where that fails, the next backup removes it before it begins. */
function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    if (diskFault(error) === null) throw error;
  }
}

function backupName(ledgerFile: string, number: number): string {
  return join(backupFolderOf(ledgerFile), `${basename(ledgerFile)}.${String(number).padStart(6, '0')}`);
}

/** Where the backups of a ledger lie. */
export function backupFolderOf(ledgerFile: string): string {
  return join(dirname(ledgerFile), 'backups');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (diskFault(error) === null) throw error;
    return [];
  }
}

/** Marks a backup as a copy: a ledger that goes on from it begins another generation of the journal. */
function markBackup(file: string): void {
  const copy = new Database(file, { fileMustExist: true });
  try {
    // What it writes reaches the disk with the rest of the copy.
    copy.pragma('journal_mode = MEMORY');
    copy.pragma('synchronous = OFF');
    markCopy(copy);
  } finally {
    copy.close();
  }
}

/** Makes sure that a file's or folder's content is on disk. */
export function syncFile(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
