import { counted } from '../domain/plain-text.ts';
import type { CreditKind } from '../domain/worth.ts';
import type { Books, Credited } from './books.ts';

/** Enters that strokes of a credit are taken back, with the reason; the debt itself is the caller's affair. */
type VoidEntry = (row: number, credit: number, strokes: number, why: string) => void;

/** Entries of voids of one ledger; within a transaction only. */
export function voidEntries(books: Books): VoidEntry {
  const add = books.db.prepare<[number, number, string, number]>(
    'INSERT INTO void (credit, strokes, why, at_ms) VALUES (?, ?, ?, ?)',
  );
  return (row, credit, strokes, why) => {
    add.run(credit, strokes, why, books.wallMs());
    books.balance(row, books.originOfCredit(credit), { voided: strokes });
  };
}

/**
 * Credits what an event is newly worth, on top of the strokes that it was worth `before`; of one gift at most
 * `mostPerGift` strokes are drawn: what lies beyond is credited and taken back at once, as entries. Null: no bound.
 */
export function boundedCredits(books: Books, perGiftMax: number | null) {
  const enterVoid = voidEntries(books);
  return (
    { seq, origin, isGift }: { readonly seq: number; readonly origin: CreditKind; readonly isGift: boolean },
    rows: readonly string[],
    before: number,
    strokes: number,
  ): readonly Credited[] => {
    const most = isGift && perGiftMax !== null ? perGiftMax : Number.POSITIVE_INFINITY;
    const due = Math.min(before + strokes, most) - Math.min(before, most);
    const credits = books.credit(seq, origin, rows, due);
    for (const beyond of books.credit(seq, origin, rows.slice(0, 1), strokes - due)) {
      books.debts.pay(beyond.credit, beyond.strokes);
      const why = `more than ${counted(perGiftMax ?? 0, 'stroke')} of one gift`;
      enterVoid(books.names.row(beyond.row), beyond.credit, beyond.strokes, why);
    }
    return credits;
  };
}
