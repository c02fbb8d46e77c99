import { randomBytes } from 'node:crypto';
import type { SheetLayout } from '../domain/sheet.ts';
import type { Allot, Allotment, CreditKind, RowRoom } from '../domain/worth.ts';
import type { LedgerConnection } from './connection.ts';
import { type Debts, openDebts } from './debts.ts';
import type { TellOriginal } from './faults.ts';
import { type LateIndex, lateIndex } from './late-index.ts';
import { type Names, openNames } from './names.ts';
import { readLayout } from './stored-forms.ts';
import { type Keys, openKeys, openViewers, type Viewers } from './viewers.ts';

/** What every part of the ledger writes with; used within a transaction only. */
export interface Books {
  readonly db: LedgerConnection;
  readonly names: Names;
  readonly keys: Keys;
  readonly viewers: Viewers;
  readonly eventKeys: LateIndex;
  readonly debts: Debts;
  /** Wall time for entries, in whole ms. */
  readonly wallMs: () => number;
  /** Credits strokes of an event to rows, filled in that order. */
  credit(event: number, origin: CreditKind, rows: readonly string[], strokes: number): readonly Credited[];
  /** Adds to a row's balances. */
  balance(row: number, origin: string, change: Partial<Balance>): void;
  /** Where the credit came from. */
  originOfCredit(credit: number): CreditKind;
  /** The open sheet's layout and how far each row is, or null; read anew after `forget`. */
  sheet(): OpenSheet | null;
  /** Gifts of a live that no map knew when they came and no backfill has credited since. */
  unmapped(room: number): number;
  /** So many more, or fewer, of them. */
  countUnmapped(room: number, change: number): void;
  /** The order of the next run of ink on the open sheet. */
  nextTurn(): number;
  /** Enters keys that wait for it into their indexes, when they are many. */
  settleKeys(): void;
  /** Whether there is anything to settle. */
  keysAreDue(): boolean;
  /** Forgets what was remembered of the tables: after a rollback, or when a sheet turns. */
  forget(): void;
}

/** A part of a worth that a row was credited with, under the number of the credit. */
export interface Credited extends Allotment {
  readonly credit: number;
}

/** What became of strokes that a row was credited; each count only grows. */
export interface Balance {
  readonly drawn: number;
  readonly spoiled: number;
  readonly voided: number;
}

/**
 * The sheet that lies on the bed. `certain` tells, by the row's number, how far each row is; `handedAtOpen` how far the
 * plotter may have been told to draw it, by the row's name, when this sheet was read from disk.
 */
export interface OpenSheet {
  readonly id: number;
  readonly layout: SheetLayout;
  readonly certain: Map<number, number>;
  readonly handedAtOpen: ReadonlyMap<string, number>;
  /** How many lines of its lettering are certain. */
  lettered: number;
}

interface BooksParts {
  readonly db: LedgerConnection;
  readonly names: Names;
  readonly keys: Keys;
  readonly viewers: Viewers;
  readonly eventKeys: LateIndex;
  readonly viewerKeys: LateIndex;
  readonly wallMs: () => number;
  readonly allot: Allot;
}

/** Opens the books of a ledger. */
function openBooks({ allot, ...parts }: BooksParts): Books {
  const { db, names } = parts;
  const debts = openDebts(db);
  const indexes = [parts.eventKeys, parts.viewerKeys];
  const addBalance = db.prepare('INSERT INTO balance (drawn, spoiled, voided, row, origin) VALUES (?, ?, ?, ?, ?)');
  const updateBalance = db.prepare(
    `UPDATE balance SET drawn = drawn + ?, spoiled = spoiled + ?, voided = voided + ?
     WHERE row = ? AND origin = ?`,
  );
  const creditOrigin = db.prepare<[number], { origin: CreditKind }>('SELECT origin FROM credit WHERE seq = ?');
  const newestSheet = db.prepare<[], { id: number; layout: string }>(
    'SELECT id, layout FROM sheet WHERE id NOT IN (SELECT sheet FROM sheet_close) ORDER BY id DESC LIMIT 1',
  );
  const places = db.prepare<[number], { row: number; certain: number; handed: number }>(
    'SELECT row, certain, handed FROM place WHERE sheet = ?',
  );
  const lastTurn = db.prepare<[number], { turn: number | null }>('SELECT max(turn) AS turn FROM ink WHERE sheet = ?');
  const unmappedOf = db.prepare<[number], { unmapped: number }>(
    `SELECT count(*) AS unmapped FROM event WHERE room = ? AND worth IS NULL AND gift IS NOT NULL AND origin = 'live'
       AND NOT EXISTS (SELECT 1 FROM remap WHERE event = seq)`,
  );
  const unmapped = new Map<number, number>();
  let sheet: OpenSheet | null | undefined;
  let turn: number | null = null;

  const letteredOf = db.prepare<[number], { lettered: number | null }>(
    'SELECT max(last_n) AS lettered FROM lettering WHERE sheet = ?',
  );

  function readSheet(): OpenSheet | null {
    const found = newestSheet.get();
    if (found === undefined) return null;
    const rows = places.all(found.id);
    return {
      id: found.id,
      layout: readLayout(found.layout),
      certain: new Map(rows.map(({ row, certain }) => [row, certain])),
      lettered: letteredOf.get(found.id)?.lettered ?? 0,
      handedAtOpen: new Map(rows.map(({ row, handed }) => [names.rowName(row), handed])),
    };
  }

  function roomOf(name: string): RowRoom {
    const open = books.sheet();
    const row = names.row(name);
    const capacity = open?.layout.rows.find(({ id }) => id === name)?.capacity ?? null;
    return { capacity, taken: (open?.certain.get(row) ?? 0) + debts.pending(row) };
  }

  const books: Books = {
    ...parts,
    debts,
    credit(event, origin, rows, strokes) {
      if (strokes <= 0) return [];
      if (!Number.isSafeInteger(strokes)) throw new RangeError(`an event cannot be worth ${strokes} strokes`);
      const [only, ...others] = rows;
      const shares =
        only !== undefined && others.length === 0 ? [{ row: only, strokes }] : allot(rows, strokes, roomOf);
      return shares.map(({ row, strokes: part }) => {
        return { row, strokes: part, credit: debts.credit(names.row(row), event, origin, part) };
      });
    },
    balance(row, origin, { drawn = 0, spoiled = 0, voided = 0 }) {
      const { changes } = updateBalance.run(drawn, spoiled, voided, row, origin);
      if (changes === 0) addBalance.run(drawn, spoiled, voided, row, origin);
    },
    originOfCredit(credit) {
      const found = creditOrigin.get(credit);
      if (found === undefined) throw new Error(`there is no credit ${credit}`);
      return found.origin;
    },
    sheet() {
      if (sheet === undefined) sheet = readSheet();
      return sheet;
    },
    unmapped(room) {
      const found = unmapped.get(room) ?? unmappedOf.get(room)?.unmapped ?? 0;
      unmapped.set(room, found);
      return found;
    },
    countUnmapped(room, change) {
      const counted = unmapped.get(room);
      if (counted !== undefined) unmapped.set(room, counted + change);
    },
    nextTurn() {
      turn ??= lastTurn.get(books.sheet()?.id ?? 0)?.turn ?? 0;
      turn += 1;
      return turn;
    },
    keysAreDue: () => indexes.some(({ isDue }) => isDue),
    settleKeys() {
      for (const index of indexes) index.settle();
    },
    forget() {
      sheet = undefined;
      turn = null;
      unmapped.clear();
      debts.forget();
      for (const index of indexes) index.forget();
      parts.viewers.forget();
      names.forget();
    },
  };
  return books;
}

export interface LedgerOptions {
  readonly file: string;
  readonly allot: Allot;
  /** Wall time in ms since 1970, for entries that people read. */
  readonly wallMs: () => number;
  /** Monotonic time in ms, by which jumps of the wall time are seen; without it none are. */
  readonly nowMs?: () => number;
  /** Whether the wall time can be trusted now; it always can when nothing is said. */
  readonly clockIsRight?: () => boolean;
  /** Of one gift, so many strokes are drawn at most; null: all. */
  readonly strokesPerGiftMax?: number | null;
  /** For the log at debug. */
  readonly tellOriginal?: TellOriginal;
}

/** The books of an open file, with this ledger's own secret. */
export function booksOf(db: LedgerConnection, { allot, wallMs, clockIsRight = () => true }: LedgerOptions): Books {
  const keys = openKeys(secretOf(db));
  const eventKeys = lateIndex(db, { name: 'event', idColumn: 'seq', prefixBytes: 4 });
  const viewerKeys = lateIndex(db, { name: 'viewer', idColumn: 'id', prefixBytes: 0 });
  const viewers = openViewers(db, keys, viewerKeys, clockIsRight);
  const names = openNames(db);
  return openBooks({ db, names, keys, viewers, eventKeys, viewerKeys, wallMs: () => Math.trunc(wallMs()), allot });
}

/** The secret with which this ledger makes keys of people's ids; made once, with the ledger. */
function secretOf(db: LedgerConnection): Buffer {
  const find = db.prepare<[], { value: string }>("SELECT value FROM meta WHERE key = 'secret'");
  const stored = find.get();
  if (stored !== undefined) return Buffer.from(stored.value, 'hex');
  const secret = randomBytes(32);
  db.prepare<[string]>("INSERT INTO meta (key, value) VALUES ('secret', ?)").run(secret.toString('hex'));
  return secret;
}
