import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Fault } from '../domain/fault.ts';
import type { Connection } from './connection.ts';
import { diskFault } from './faults.ts';
import { makeFolder } from './folders.ts';

const backupsKept = 3;
const hourMs = 3_600_000;
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

/** Copies of the ledger beside it, in `backups/`, numbered; the last three are kept. */
export interface Backups {
  /** Makes one now. While one is being made, both callers get the same. */
  make(nowMs: number): Promise<BackupResult>;
  /** Makes one when the last was made an hour ago or more and something is new; `nowMs` is monotonic. */
  makeIfDue(nowMs: number): Promise<BackupResult>;
  /** Gives up the one that is being made. */
  stop(): void;
}

/** A backup file and when it was finished, by the wall time of then. */
export interface BackupFile {
  readonly file: string;
  readonly number: number;
  readonly madeAtMs: number;
}

/** The backups of a ledger, the newest first. */
export function backupsOf(ledgerFile: string): BackupFile[] {
  const folder = folderOf(ledgerFile);
  const prefix = `${basename(ledgerFile)}.`;
  return namesIn(folder)
    .flatMap((name) => {
      const number = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
      const file = join(folder, name);
      return Number.isSafeInteger(number) ? [{ file, number, madeAtMs: Math.trunc(statSync(file).mtimeMs) }] : [];
    })
    .sort((a, b) => b.number - a.number);
}

/** Makes backups of one open ledger. */
export function openBackups(db: Connection, ledgerFile: string): Backups {
  const changes = db.prepare<[], { changes: number }>('SELECT total_changes() AS changes');
  let running: Promise<BackupResult> | null = null;
  let stopping = false;
  let lastAtMs: number | null = null;
  let changesThen = 0;

  async function copy(nowMs: number): Promise<BackupResult> {
    const folder = folderOf(ledgerFile);
    const temporary = join(folder, `${basename(ledgerFile)}.unfinished`);
    const changesNow = changes.get()?.changes ?? 0;
    try {
      makeFolder(folder);
      rmSync(temporary, { force: true });
      await copyTo(temporary);
      const number = (backupsOf(ledgerFile)[0]?.number ?? 0) + 1;
      const file = join(folder, `${basename(ledgerFile)}.${String(number).padStart(6, '0')}`);
      renameSync(temporary, file);
      syncFile(folder);
      lastAtMs = nowMs;
      changesThen = changesNow;
      for (const old of backupsOf(ledgerFile).slice(backupsKept)) rmSync(old.file);
      return { kind: 'made', file };
    } catch (error) {
      removeIfThere(temporary);
      const fault = stopping ? stoppedFault : diskFault(error);
      if (fault === null) throw error;
      return { kind: 'failed', fault: { ...fault, what: `The ledger could not be backed up. ${fault.what}` } };
    }
  }

  /** The disk takes the copy bit by bit beside the event loop: else the last step would wait for all of it at once. */
  async function copyTo(temporary: string): Promise<void> {
    const copied = await open(temporary, 'w', 0o600);
    let flushing: Promise<void> | null = null;
    const failures: unknown[] = [];
    const progress = (): number => {
      if (flushing !== null) return pagesWhileFlushing;
      // The kernel tells of a failed sync once: the last one may look fine.
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

/** What is left of it is in nobody's way: the next backup begins by removing it. */
function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    if (diskFault(error) === null) throw error;
  }
}

function folderOf(ledgerFile: string): string {
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

/** Makes sure that a file's or folder's content is on disk. */
export function syncFile(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
