import { statSync, utimesSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { Fault } from '../domain/fault.ts';
import { comparableName } from '../domain/plain-text.ts';
import { backupsOf } from './backups.ts';
import { addFunctions, type LedgerConnection } from './connection.ts';
import { diskFault, isDamage, type LogOriginal } from './faults.ts';
import { asidesOf } from './rescue.ts';
import { dayMs, type Keys } from './viewers.ts';

/** What forgetting a viewer came to. */
interface ForgottenViewers {
  /** Viewers whose name is gone from the ledger: several can bear one name. */
  readonly viewers: number;
  /** Backups in which a name was replaced. */
  readonly backups: number;
  /** Backups that could not be changed, and damaged ledgers kept aside: names may still stand there. */
  readonly failed: readonly { readonly file: string; readonly fault: Fault }[];
}

/** A name without meaning, another one for each viewer, so that their counts stay apart. */
const pseudonym = "'viewer ' || id";
/** What a person wrote on a live goes with the name; reasons that a person at the plotter wrote stay. */
const dropWords = "UPDATE event SET payload = NULL WHERE viewer = ? AND kind <> 'hand' AND payload IS NOT NULL";

interface PrivacyParts {
  readonly db: LedgerConnection;
  readonly keys: Keys;
  readonly file: string;
  readonly wallMs: () => number;
  /** Names were replaced: what was remembered of them is out of date. */
  readonly changed: () => void;
  readonly logOriginal: LogOriginal;
}

/** Takes names of people out of a ledger and its backups; what they gave stays counted. */
export function privacyOf({ db, keys, file: ledgerFile, wallMs, changed, logOriginal }: PrivacyParts) {
  const startCounting = db.prepare<[number, number]>(
    'UPDATE viewer SET seen_at_ms = ? WHERE pseudonym = 0 AND (seen_at_ms IS NULL OR seen_at_ms > ?)',
  );
  let retiredBackup = Number.POSITIVE_INFINITY;

  /** Old pages go from the log too, unless someone is reading them. */
  function cleanUp(): Fault | null {
    changed();
    const left = db.prepare<[], { busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)').get();
    return left?.busy === 0 ? null : logInUse;
  }

  return {
    /**
     * Replaces the names of viewers who were last seen more than `days` ago. Only to be called while the clock is right:
     * viewers who were seen while it was not count from now. Returns how many it replaced.
     */
    retire(days: number, nowMs: number): number {
      const now = Math.trunc(nowMs);
      const retired = db
        .transaction(() => {
          startCounting.run(now, now);
          return retireIn(db, now - days * dayMs, now);
        })
        .immediate();
      if (retired > 0) cleanUp();
      return retired;
    },
    /**
     * The same in one backup, the next older one at each call: a backup outlives the names in it. One a call, since each
     * is a wait for the disk. Returns why it could not be changed, or null.
     */
    retireInBackup(days: number, nowMs: number): Fault | null {
      const all = backupsOf(ledgerFile);
      const next = all.find(({ number }) => number < retiredBackup) ?? all[0];
      if (next === undefined) return null;
      retiredBackup = next.number;
      const now = Math.trunc(nowMs);
      const result = inBackup(next.file, (backup) => retireIn(backup, now - days * dayMs, now), logOriginal);
      return typeof result === 'number' ? null : result;
    },
    /** Forgets a viewer by the platform's id or by name, now, here and in the backups. */
    forget(idOrName: string): ForgottenViewers {
      const atMs = wallMs();
      const backups = backupsOf(ledgerFile).map(({ file }) => file);
      const known = backups.map((file) => inBackup(file, (backup) => keysNamed(backup, idOrName), logOriginal));
      const platforms = db.prepare<[], { platform: string }>('SELECT DISTINCT platform FROM room').all();
      const ids = [idOrName, ...platforms.map(({ platform }) => `${platform}:${idOrName}`)];
      const theirs = [...ids.map((id) => Buffer.from(keys.viewer(id), 'hex')), ...keysNamed(db, idOrName)];
      const nameless = known
        .flatMap((found) => (Array.isArray(found) ? found : []))
        .filter((key) => isNameless(db, key));
      const all = [...theirs, ...nameless];
      const viewers = db.transaction(() => forgetIn(db, all, atMs)).immediate();
      const logFault = cleanUp();
      const results = backups.map((file, index) => {
        const named = known[index];
        const inThis = Array.isArray(named) ? [...all, ...named] : all;
        return { file, result: inBackup(file, (backup) => forgetIn(backup, inThis, atMs), logOriginal) };
      });
      return {
        viewers,
        backups: results.filter(({ result }) => typeof result === 'number' && result > 0).length,
        failed: [
          ...(logFault === null ? [] : [{ file: `${ledgerFile}-wal`, fault: logFault }]),
          ...results.flatMap(({ file, result }) => (typeof result === 'number' ? [] : [{ file, fault: result }])),
          ...asidesOf(ledgerFile).map((file) => ({ file, fault: unreadable(file) })),
        ],
      };
    },
  };
}

function retireIn(db: LedgerConnection, beforeMs: number, nowMs: number): number {
  const outdated = db.prepare<[number], { id: number }>('SELECT id FROM viewer WHERE pseudonym = 0 AND seen_at_ms < ?');
  const found = outdated.all(beforeMs);
  for (const { id } of found) replaceName(db, id, nowMs);
  return found.length;
}

/** The accounts that a ledger shows under a name or a handle. */
function keysNamed(db: LedgerConnection, name: string): Buffer[] {
  const handle = hasAccounts(db) ? 'handle' : 'NULL';
  const named = db.prepare<[string, string], { key: Buffer }>(
    `SELECT key FROM viewer
     WHERE pseudonym = 0 AND (comparable_name(name) = ? OR ${handle} IS NOT NULL AND comparable_name(${handle}) = ?)`,
  );
  const comparable = comparableName(name.replace(/^@/, ''));
  return named.all(comparable, comparable).map(({ key }) => key);
}

/** Whether an account has lost its name: then an older name of it, in a backup, is the only one that a person can say. */
function isNameless(db: LedgerConnection, key: Buffer): boolean {
  return db.prepare('SELECT 1 FROM viewer WHERE key = ? AND pseudonym = 1').get(key) !== undefined;
}

/** Forgets accounts; of how many there was anything to forget. */
function forgetIn(db: LedgerConnection, all: readonly Buffer[], atMs: number): number {
  const find = db.prepare<[Buffer], { id: number }>('SELECT id FROM viewer WHERE key = ?');
  const ids = new Set(all.flatMap((key) => find.all(key)).map(({ id }) => id));
  return [...ids].filter((id) => {
    const had = hasAccounts(db) ? emptyAccount(db, id, atMs) : false;
    return replaceName(db, id, atMs) || had;
  }).length;
}

/** A backup may be of a program that knew names only. */
function hasAccounts(db: LedgerConnection): boolean {
  return db.prepare("SELECT 1 FROM pragma_table_info('viewer') WHERE name = 'handle'").get() !== undefined;
}

/**
 * Removes the name of a viewer and all that they wrote. The account stays, and is the same when they come back. Returns
 * whether there was anything to remove.
 */
function replaceName(db: LedgerConnection, id: number, atMs: number): boolean {
  const others = hasAccounts(db) ? ', handle = NULL, picture_url = NULL, roles = NULL' : '';
  const named = `UPDATE viewer SET name = ${pseudonym}, pseudonym = 1${others} WHERE id = ? AND pseudonym = 0`;
  const changes = [named, dropWords, ...(hasAccounts(db) ? dropRequests(db) : []), ...dropSaid(db)].map(
    (sql) => db.prepare<[number]>(sql).run(id).changes,
  );
  if (versionOf(db) >= 7) dropTexts(db, id, atMs);
  return changes.some((count) => count > 0);
}

/** What they asked for, and why it came to what it did. */
function dropRequests(db: LedgerConnection): string[] {
  const words = 'UPDATE request SET words = NULL WHERE viewer = ? AND words IS NOT NULL';
  const whys = `UPDATE request_step SET why = NULL
    WHERE why IS NOT NULL AND request IN (SELECT id FROM request WHERE viewer = ?)`;
  // Before version 3 no program wrote steps, and none may be changed.
  return versionOf(db) < 3 ? [words] : [words, whys];
}

/** What was to be written of them is not, or no further; how it lay on paper is gone, and the ink stays. */
function dropTexts(db: LedgerConnection, id: number, atMs: number): void {
  const theirs =
    'SELECT q.id FROM request q JOIN drawing d ON d.request = q.id WHERE q.viewer = ? AND length(d.blob) = 1';
  db.prepare<[number, number]>(
    `INSERT INTO request_step (request, state, is_last, why, at_ms)
     SELECT request, 'void', 1, NULL, ? FROM drawing_owed WHERE request IN (${theirs}) ORDER BY request`,
  ).run(atMs, id);
  db.prepare<[number]>(`UPDATE placement SET blob = x'00' WHERE length(blob) > 1 AND request IN (${theirs})`).run(id);
}

function versionOf(db: LedgerConnection): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** What rules were to say of them; a backup may be of a program that knew no rules. */
function dropSaid(db: LedgerConnection): string[] {
  const hasRules = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'firing'").get() !== undefined;
  return hasRules ? ['UPDATE firing SET said = NULL WHERE viewer = ? AND said IS NOT NULL'] : [];
}

/** Empties the points of a viewer who is forgotten. Returns whether there were any. */
function emptyAccount(db: LedgerConnection, id: number, atMs: number): boolean {
  const held =
    versionOf(db) < 9
      ? `SELECT viewer, kind, balance FROM points WHERE seq IN (SELECT max(seq) FROM points WHERE viewer = @id GROUP BY kind)`
      : `SELECT id AS viewer, 'points' AS kind, points AS balance FROM viewer WHERE id = @id
         UNION ALL SELECT id, 'xp', xp FROM viewer WHERE id = @id`;
  const { changes } = db
    .prepare<[{ id: number; atMs: number }]>(
      `INSERT INTO points (viewer, kind, change, balance, why, at_ms)
       SELECT viewer, kind, -balance, 0, 'forgotten', @atMs FROM (${held}) WHERE balance > 0`,
    )
    .run({ id, atMs });
  return changes > 0;
}

/** Works in a backup, which keeps its age, has no log beside it, and is to have none afterwards. */
function inBackup<T>(file: string, work: (backup: LedgerConnection) => T, logOriginal: LogOriginal): T | Fault {
  let db: LedgerConnection | null = null;
  const madeAt = statSync(file).mtime;
  try {
    db = new Database(file, { fileMustExist: true });
    db.pragma('journal_mode = DELETE');
    db.pragma('synchronous = FULL');
    db.pragma('secure_delete = ON');
    const backup = db;
    addFunctions(db);
    return db.transaction(() => work(backup)).immediate();
  } catch (error) {
    const fault = isDamage(error) ? unreadable(file) : diskFault(error);
    if (fault === null) throw error;
    logOriginal(`The backup ${file} was not changed`, error);
    return fault;
  } finally {
    db?.close();
    utimesSync(file, madeAt, madeAt);
  }
}

const logInUse: Fault = {
  code: 'ledger-busy',
  what: 'Someone is reading the ledger: old pages stay in its log for now.',
  remedy: 'Forget the viewer again in a minute.',
};

function unreadable(file: string): Fault {
  return {
    code: 'ledger-unreadable',
    what: `${file} is damaged: nothing in it can be forgotten.`,
    remedy: 'Delete it when you need it no more.',
  };
}

/** Takes names out of one ledger. */
export type Privacy = ReturnType<typeof privacyOf>;
