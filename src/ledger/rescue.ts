import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { backupsOf, syncFile } from './backups.ts';
import { checkLedger, damageOf } from './check.ts';
import { type Connection, type OpenedFile, openFile } from './connection.ts';
import { isDamage } from './faults.ts';
import { type Missing, missingForm, missingSince } from './missing.ts';

/** How a damaged ledger was replaced. */
export interface Restoration {
  readonly atMs: number;
  /** Where the damaged file was put; it is never deleted. */
  readonly movedTo: string;
  /** The backup that was opened, and when it was finished: what happened since is missing. Null: there was no good one. */
  readonly backup: { readonly file: string; readonly madeAtMs: number } | null;
  /** What the damaged ledger held and the backup does not. */
  readonly missing: Missing;
}

/** An opened ledger and in what its balances are not borne out by its entries, or why it does not open. */
export type Checked =
  | { readonly kind: 'open'; readonly db: Connection; readonly findings: readonly string[] }
  | Exclude<OpenedFile, { kind: 'open' }>;

const restorationForm = v.object({
  atMs: v.number(),
  movedTo: v.string(),
  backup: v.nullable(v.object({ file: v.string(), madeAtMs: v.number() })),
  missing: missingForm,
});

const companions = ['', '-wal', '-shm'] as const;
const restorationKey = 'restoration';

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
 * Opens a ledger; a damaged one is moved aside and the newest good backup takes its place, once `prepare` has made it
 * ready. A power cut in between is no harm: the next start goes on where this one was.
 */
export function openOrRescue(file: string, nowMs: number, prepare: (db: Connection) => void): Checked {
  finishRestoring(file, nowMs);
  const opened = openFile(file);
  if (opened.kind === 'refused') return opened;
  const checked = opened.kind === 'open' ? checkedOrNull(opened.db, existsSync(`${file}-suspect`)) : null;
  if (checked === null) {
    if (opened.kind === 'open') closeQuietly(opened.db);
    restore(file, nowMs, prepare);
  }
  rmSync(`${file}-suspect`, { force: true });
  if (checked !== null) return checked;
  const restored = openFile(file);
  return restored.kind === 'open' ? { ...restored, findings: [] } : restored;
}

/** Damaged ledgers that were moved aside, with what belongs to them. */
export function asidesOf(file: string): string[] {
  const prefix = `${basename(file)}.damaged-`;
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(dirname(file), name));
}

/** The last time that a backup had to take the ledger's place, null when never. */
export function restorationOf(db: Connection): Restoration | null {
  const stored = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?').get(restorationKey);
  return stored === undefined ? null : v.parse(restorationForm, JSON.parse(stored.value));
}

/** Adds the ledger up; null when it cannot be read. Damage can hide where the sums do not look: then all of it is read. */
function checkedOrNull(db: Connection, isSuspect: boolean): Checked | null {
  try {
    if (isSuspect && damageOf(db).length > 0) return null;
    return { kind: 'open', db, findings: checkLedger(db, 'quick').findings };
  } catch (error) {
    if (isDamage(error)) return null;
    db.close();
    throw error;
  }
}

/** The substitute is complete under a name of its own before the damaged file gives way. */
function restore(file: string, nowMs: number, prepare: (db: Connection) => void): void {
  const candidate = `${file}-candidate`;
  const movedTo = asideName(file, nowMs);
  const backup = backupsOf(file).find((each) => isGoodBackup(each.file, candidate));
  if (backup === undefined) removeFile(candidate);
  const opened = openFile(candidate);
  if (opened.kind !== 'open') throw new Error(`${candidate} was good and cannot be opened`);
  const { db } = opened;
  const restoration: Restoration = {
    atMs: nowMs,
    movedTo,
    backup: backup === undefined ? null : { file: backup.file, madeAtMs: backup.madeAtMs },
    missing: missingSince(file, db, backup?.madeAtMs ?? null),
  };
  db.transaction(() => {
    prepare(db);
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
  const opened = openFile(copy);
  if (opened.kind !== 'open') return false;
  const isGood = checkLedger(opened.db, 'full').findings.length === 0;
  closeQuietly(opened.db);
  return isGood;
}

function removeFile(file: string): void {
  for (const companion of companions) rmSync(`${file}${companion}`, { force: true });
}

function closeQuietly(db: Connection): void {
  try {
    db.close();
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}
