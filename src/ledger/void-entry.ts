import type { Books } from './books.ts';

/** Enters that strokes of a credit are taken back, with the reason; the debt itself is the caller's affair. */
export type VoidEntry = (row: number, credit: number, strokes: number, why: string) => void;

/** Entries of voids of one ledger; within a transaction only. */
export function voidEntries(books: Books): VoidEntry {
  const add = books.db.prepare<[number, number, string, number]>(
    'INSERT INTO void (credit, strokes, why, at_ms) VALUES (?, ?, ?, ?)',
  );
  return (row, credit, strokes, why) => {
    add.run(credit, strokes, why, books.wallMs());
    books.balance(row, books.sourceOfCredit(credit), { voided: strokes });
  };
}
