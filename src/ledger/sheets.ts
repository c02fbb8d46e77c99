import type { SheetLayout } from '../domain/sheet.ts';
import type { Books } from './books.ts';

/** What closing a sheet found. */
interface ClosedSheet {
  readonly sheet: number;
  /** Strokes that were perhaps drawn on it and are owed again on the next one. */
  readonly doubtful: number;
}

/** Opens and closes sheets; within a transaction only. */
export function sheetTurner(books: Books) {
  const { db } = books;
  const handedOver = db.prepare<[number], { row: number; strokes: number }>(
    'SELECT row, handed - certain AS strokes FROM place WHERE sheet = ? AND handed > certain',
  );
  const doubtfulRedraws = db.prepare<[number], { doubtful: number }>(
    'SELECT coalesce(sum(handed), 0) AS doubtful FROM redraw WHERE sheet = ?',
  );
  const close = db.prepare<[number, number, number]>(
    'INSERT INTO sheet_close (sheet, doubtful, at_ms) VALUES (?, ?, ?)',
  );
  const redraws = db.prepare<[number], { credit: number; strokes: number }>(
    'SELECT credit, count(*) AS strokes FROM redraw WHERE sheet = ? GROUP BY credit',
  );
  const dropRedraws = db.prepare<[number]>('DELETE FROM redraw WHERE sheet = ?');
  const open = db.prepare<[string, number]>('INSERT INTO sheet (layout, opened_at_ms) VALUES (?, ?)');

  function closeSheet(sheet: number): ClosedSheet {
    // Places are noted ahead: no more can have been drawn than was owed.
    const doubtful = handedOver
      .all(sheet)
      .map(({ row, strokes }) => Math.min(strokes, books.debts.pending(row)))
      .reduce((sum, strokes) => sum + strokes, doubtfulRedraws.get(sheet)?.doubtful ?? 0);
    close.run(sheet, doubtful, books.wallMs());
    for (const { credit, strokes } of redraws.all(sheet)) books.debts.owe(credit, strokes);
    dropRedraws.run(sheet);
    return { sheet, doubtful };
  }

  return {
    /** Closes the open sheet, if any, for good. */
    close(): ClosedSheet | null {
      const current = books.sheet();
      if (current === null) return null;
      const closed = closeSheet(current.id);
      books.forget();
      return closed;
    },
    /** Closes the open sheet, if any, for good, and opens a fresh one with this layout. */
    turn(layout: SheetLayout): { readonly opened: number; readonly closed: ClosedSheet | null } {
      const current = books.sheet();
      const closed = current === null ? null : closeSheet(current.id);
      for (const row of layout.rows) books.names.row(row.id);
      const opened = Number(open.run(JSON.stringify(layout), books.wallMs()).lastInsertRowid);
      books.forget();
      return { opened, closed };
    },
  };
}

/** Turns of sheets; within a transaction only. */
export type SheetTurner = ReturnType<typeof sheetTurner>;
