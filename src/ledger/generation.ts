import { closeSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LedgerConnection } from './connection.ts';
import { diskFault } from './faults.ts';

/**
 * Which ledger a cursor is of. Whoever goes on with a copy of a ledger, be it a backup that was put back by hand, does not
 * go on with what others have read along: then another generation begins. A copy is known by the run that wrote the file
 * last: its name stands in the ledger, and in a file beside it that does not come back with a copy. A copy that was made
 * during a run bears its name, too; when that run was killed, the copy is known only by how long the journal was at the
 * last backup, which stands in that file as well: what was copied after that backup is taken for the ledger itself.
 */

const runKey = 'run';
/** Stands in a backup in place of a run: it is a copy wherever it is put, and as often as it is. */
const copied = 'copy';

/** The generation of a ledger: another one is not its continuation, though it may hold the same at first. */
export function generationOf(db: LedgerConnection): string {
  const generation = metaOf(db, 'generation');
  if (generation === '') throw new Error('a ledger has a generation');
  return generation;
}

/** Begins a new generation: what is written from now on does not continue the journal that readers have read. */
export function beginGeneration(db: LedgerConnection): void {
  db.exec("UPDATE meta SET value = lower(hex(randomblob(4))) WHERE key = 'generation'");
}

/** Makes a copy known as one; programs that know no runs see another generation in it all the same. */
export function markCopy(copy: LedgerConnection): void {
  beginGeneration(copy);
  save(copy, copied);
}

/** Whether the file is a copy that somebody has put back: what was written since it was made is missing. */
export function isPutBack(db: LedgerConnection, file: string): boolean {
  const run = metaOf(db, runKey);
  const known = linesBeside(file);
  if (known.length === 0) return run !== '';
  return !known.includes(run) || known.some((line) => journalOf(line) > journalLength(db));
}

/**
 * A run begins or ends: what was copied before is a copy from now on. The file beside the ledger goes first, and knows
 * both: cut off in between, neither is taken for a copy. Not within a transaction.
 */
export function noteRun(db: LedgerConnection, file: string): void {
  const before = metaOf(db, runKey);
  const next = db.prepare<[], { run: string }>('SELECT lower(hex(randomblob(8))) AS run').get()?.run ?? '';
  writeBeside(file, [before, next]);
  save(db, next);
  writeBeside(file, [next]);
}

/** How far the journal is: what holds less of it is a copy of before. Not within a transaction. */
export function noteJournal(db: LedgerConnection, file: string): void {
  writeBeside(file, [metaOf(db, runKey), `${journalMark}${journalLength(db)}`]);
}

/** Beside runs, which are 16 digits, this stands before how long the journal was. */
const journalMark = 'journal ';

/** 0 where a line names a run. */
function journalOf(line: string): number {
  return line.startsWith(journalMark) ? Number(line.slice(journalMark.length)) : 0;
}

function journalLength(db: LedgerConnection): number {
  return db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM journal').get()?.seq ?? 0;
}

function metaOf(db: LedgerConnection, key: string): string {
  return db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?').get(key)?.value ?? '';
}

function save(db: LedgerConnection, run: string): void {
  db.prepare<[string, string]>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(runKey, run);
}

/** The runs by which the ledger beside may be known, and how long its journal was; none where there is no such file. */
function linesBeside(file: string): readonly string[] {
  try {
    const text = readFileSync(besideOf(file), 'utf8');
    return text.split('\n').slice(0, -1);
  } catch (error) {
    if (diskFault(error) === null) throw error;
    return [];
  }
}

function writeBeside(file: string, lines: readonly string[]): void {
  const beside = besideOf(file);
  const temporary = `${beside}-new`;
  const handle = openSync(temporary, 'w', 0o600);
  try {
    writeSync(handle, lines.map((line) => `${line}\n`).join(''));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, beside);
  const folder = openSync(dirname(beside), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function besideOf(file: string): string {
  return `${realpathSync(file)}-run`;
}
