import { copyFileSync, existsSync, rmSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import * as v from 'valibot';
import type { LedgerConnection } from './connection.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What a ledger held that its substitute does not, as far as it can still be read; null: that cannot be read. */
export const missingForm = v.object({
  /** When the backup was made; null: there was none, so everything is missing. */
  fromMs: v.nullable(count),
  /** When the ledger that was replaced was last written; when it was replaced, if nothing of it was left. */
  toMs: count,
  events: v.nullable(count),
  credited: v.nullable(count),
  drawn: v.nullable(count),
  sheets: v.nullable(count),
});
export type Missing = v.InferOutput<typeof missingForm>;

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
export function missingSince(
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

/** Reading for the sake of knowing must not keep the service from starting: what fails, for whatever reason, is unknown. */
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
    closeQuietly(db);
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

function closeQuietly(db: LedgerConnection | null): void {
  try {
    db?.close();
  } catch {
    // It is a copy that is deleted next.
  }
}
