import type { CreditKind } from '../domain/worth.ts';
import type { LedgerConnection } from './connection.ts';

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
export interface Debts {
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
export function openDebts(db: LedgerConnection): Debts {
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
