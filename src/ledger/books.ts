import { randomBytes } from 'node:crypto';
import type { Goal } from '../domain/goals.ts';
import type { ReadText } from '../domain/ink-text.ts';
import type { PointsTerms } from '../domain/points.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import type { Allot, Allotment, CreditKind, RowRoom } from '../domain/worth.ts';
import type { LedgerConnection } from './connection.ts';
import type { LogOriginal } from './faults.ts';
import { type LateIndex, lateIndex } from './late-index.ts';
import { readLayout } from './memory.ts';
import { type Names, openNames } from './names.ts';
import { type KeptPictures, keptPictures } from './pictures.ts';
import { type PlacedDrawing, placedDrawings } from './placed-drawings.ts';
import { type Keys, openKeys, openViewers, type Viewers } from './viewers.ts';

/** Strokes credited to a row, by origin. */
type CreditedByKind = Readonly<Record<CreditKind, number>>;

/** What is still owed of one credit. */
interface Debt {
  readonly credit: number;
  readonly open: number;
}

type NewestCredit = CreditedByKind & { readonly seq: number };

const creditsPerRow = 2 ** 32;
const noCredits: CreditedByKind = { live: 0, test: 0, hand: 0, replay: 0 };

/** The row that a credit pays into; its number begins with it. */
function rowOfCredit(credit: number): number {
  return Math.floor(credit / creditsPerRow);
}

/**
 * What is owed, credit by credit, the oldest first. A fresh credit is owed in full and costs no write: only once it is
 * touched does the frontier pass it, and what is left of it is written down.
 */
interface Debts {
  /** Strokes of a row that are owed and have no place yet. */
  pending(row: number): number;
  oldestFirst(row: number): IterableIterator<Debt>;
  newestFirst(row: number): IterableIterator<Debt>;
  /** What a row was credited in all, by origin. */
  credited(row: number): CreditedByKind;
  /** Enters a credit, which is owed in full; gives its number. */
  credit(row: number, event: number, origin: CreditKind, strokes: number): number;
  /** What is still owed of one credit. */
  openOf(credit: number): number;
  /** Fewer strokes are owed of a credit. A debt never goes below nothing: that is a bug. */
  pay(credit: number, strokes: number): void;
  /** Strokes that were paid are owed again. */
  owe(credit: number, strokes: number): void;
  /** After a rollback. */
  forget(): void;
}

/** The debts of one ledger; changes only within a transaction. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
function openDebts(db: LedgerConnection): Debts {
  const addCredit = db.prepare<[number, number, number, CreditKind, number, number, number, number, number]>(
    'INSERT INTO credit (seq, row, event, origin, strokes, live, test, hand, replay) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const newest = db.prepare<[number, number], NewestCredit>(
    'SELECT seq, live, test, hand, replay FROM credit WHERE seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT 1',
  );
  const owedOf = db.prepare<[number, number, number, number], { open: number }>(
    `SELECT (SELECT coalesce(sum(open), 0) FROM debt WHERE credit BETWEEN ? AND ?)
       + (SELECT coalesce(sum(strokes), 0) FROM credit WHERE seq BETWEEN ? AND ?) AS open`,
  );
  const frontierOf = db.prepare<[number], { credit: number }>('SELECT credit FROM frontier WHERE row = ?');
  const setFrontier = db.prepare<[number, number]>('INSERT OR REPLACE INTO frontier (row, credit) VALUES (?, ?)');
  const strokesOf = db.prepare<[number], { strokes: number }>('SELECT strokes FROM credit WHERE seq = ?');
  const debtOf = db.prepare<[number], { open: number }>('SELECT open FROM debt WHERE credit = ?');
  const setDebt = db.prepare<[number, number]>('INSERT OR REPLACE INTO debt (credit, open) VALUES (?, ?)');
  const endDebt = db.prepare<[number]>('DELETE FROM debt WHERE credit = ?');
  const debts = 'SELECT credit, open FROM debt WHERE credit BETWEEN ? AND ? ORDER BY credit';
  const credits = 'SELECT seq AS credit, strokes AS open FROM credit WHERE seq BETWEEN ? AND ? ORDER BY seq';
  const touchedUp = db.prepare<[number, number], Debt>(debts);
  const touchedDown = db.prepare<[number, number], Debt>(`${debts} DESC`);
  const untouchedUp = db.prepare<[number, number], Debt>(credits);
  const untouchedDown = db.prepare<[number, number], Debt>(`${credits} DESC`);
  const newestCredits = new Map<number, NewestCredit>();
  const frontiers = new Map<number, number>();
  const pending = new Map<number, number>();

  const first = (row: number): number => row * creditsPerRow + 1;
  const last = (row: number): number => (row + 1) * creditsPerRow - 1;

  function pendingOf(row: number): number {
    const open = pending.get(row) ?? owedOf.get(first(row), last(row), frontier(row), last(row))?.open ?? 0;
    pending.set(row, open);
    return open;
  }

  function newestOf(row: number): NewestCredit {
    const found = newestCredits.get(row) ?? newest.get(first(row), last(row)) ?? { seq: first(row) - 1, ...noCredits };
    newestCredits.set(row, found);
    return found;
  }

  function frontier(row: number): number {
    const found = frontiers.get(row) ?? frontierOf.get(row)?.credit ?? first(row);
    frontiers.set(row, found);
    return found;
  }

  /** Writes down all debts up to this credit, which is the next to be touched. */
  function pass(credit: number): void {
    const row = rowOfCredit(credit);
    for (const { credit: passed, open } of untouchedUp.all(frontier(row), credit)) setDebt.run(passed, open);
    setFrontier.run(row, credit + 1);
    frontiers.set(row, credit + 1);
  }

  return {
    pending: pendingOf,
    credited: newestOf,
    *oldestFirst(row) {
      yield* touchedUp.iterate(first(row), last(row));
      yield* untouchedUp.iterate(frontier(row), last(row));
    },
    *newestFirst(row) {
      yield* untouchedDown.iterate(frontier(row), last(row));
      yield* touchedDown.iterate(first(row), last(row));
    },
    credit(row, event, origin, strokes) {
      const open = pendingOf(row);
      const before = newestOf(row);
      const next = { ...before, seq: before.seq + 1, [origin]: before[origin] + strokes };
      if (!Number.isSafeInteger(next[origin])) throw new RangeError(`row ${row} cannot owe that many strokes`);
      addCredit.run(next.seq, row, event, origin, strokes, next.live, next.test, next.hand, next.replay);
      newestCredits.set(row, next);
      pending.set(row, open + strokes);
      return next.seq;
    },
    openOf(credit) {
      if (credit < frontier(rowOfCredit(credit))) return debtOf.get(credit)?.open ?? 0;
      return strokesOf.get(credit)?.strokes ?? 0;
    },
    pay(credit, strokes) {
      const row = rowOfCredit(credit);
      const pendingBefore = pendingOf(row);
      if (credit >= frontier(row)) pass(credit);
      const open = debtOf.get(credit)?.open ?? 0;
      if (strokes > open) throw new Error(`credit ${credit} owes ${open} strokes, not ${strokes}`);
      if (strokes === open) endDebt.run(credit);
      else setDebt.run(credit, open - strokes);
      pending.set(row, pendingBefore - strokes);
    },
    owe(credit, strokes) {
      const row = rowOfCredit(credit);
      const pendingBefore = pendingOf(row);
      if (credit >= frontier(row)) throw new Error(`credit ${credit} was never paid`);
      setDebt.run(credit, (debtOf.get(credit)?.open ?? 0) + strokes);
      pending.set(row, pendingBefore + strokes);
    },
    forget() {
      pending.clear();
      newestCredits.clear();
      frontiers.clear();
    },
  };
}

/** What every part of the ledger writes with; used within a transaction only. */
export interface Books {
  readonly db: LedgerConnection;
  readonly names: Names;
  readonly keys: Keys;
  readonly viewers: Viewers;
  readonly eventKeys: LateIndex;
  readonly viewerKeys: LateIndex;
  readonly debts: Debts;
  readonly pictures: KeptPictures;
  /** Wall time for entries, in whole ms. */
  readonly wallMs: () => number;
  /** Strokes of lives that were credited or voided, by their event, for goals; null where there are no goals. */
  moved: { readonly event: number; readonly strokes: number }[] | null;
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
  /** The open sheet is read anew the next time: something was placed on it, or taken back. */
  forgetSheet(): void;
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
 * The open sheet; its layout includes the drawings. `certain`: by the row's number, up to which stroke it is certain.
 * `handedAtOpen`: by the row's name, up to which stroke it may have been sent to the plotter when this sheet was read
 * from disk.
 */
export interface OpenSheet {
  readonly id: number;
  readonly layout: SheetLayout;
  readonly certain: Map<number, number>;
  readonly handedAtOpen: ReadonlyMap<string, number>;
  /** How many lines of its lettering are certain. */
  lettered: number;
  /** What was placed on its plates, in that order. */
  readonly drawings: readonly PlacedDrawing[];
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
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
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

  const drawingsOn = placedDrawings(db);
  const pictures = keptPictures(db);

  function readSheet(): OpenSheet | null {
    const found = newestSheet.get();
    if (found === undefined) return null;
    const rows = places.all(found.id);
    const layout = pictures.filled(readLayout(found.layout));
    const drawings = drawingsOn(found.id, layout);
    return {
      id: found.id,
      layout: drawings.length === 0 ? layout : { ...layout, drawings: drawings.map(({ track }) => track) },
      drawings,
      certain: new Map(rows.map(({ row, certain }) => [row, certain])),
      lettered: letteredOf.get(found.id)?.lettered ?? 0,
      handedAtOpen: new Map([
        ...rows.map(({ row, handed }) => [names.rowName(row), handed] as const),
        ...drawings.map(({ track, handedAtOpen }) => [track.id, handedAtOpen] as const),
      ]),
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
    pictures,
    moved: null,
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
    forgetSheet() {
      sheet = undefined;
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
  /** Whether the wall time is right; missing: it always is. */
  readonly clockIsRight?: () => boolean;
  /** Of one gift, so many strokes are drawn at most; null: all. */
  readonly strokesPerGiftMax?: number | null;
  /** What letters can make of a text that a gift pays for; without it, every text is asked for. */
  readonly readText?: ReadText;
  /** By which terms points are earned; null: by none. Without it those hold on that the ledger has. */
  readonly points?: PointsTerms | null;
  /** The goals that count. Without them those hold on that the ledger has. */
  readonly goals?: readonly Goal[];
  /** For the log at debug. */
  readonly logOriginal?: LogOriginal;
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
