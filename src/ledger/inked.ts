import type { Books } from './books.ts';

/** A stroke whose ink is there, as far as anyone knows: certain, and not spoiled since. */
export interface InkedStroke {
  readonly n: number;
  /** Who paid for the ink that lies there. */
  readonly credit: number;
  /** Counts up in the order in which strokes of a sheet became certain. */
  readonly turn: number;
}

/** Reads which strokes of a row lie on a sheet. */
export function inkReader(books: Books) {
  const inks = books.db.prepare<[number, number], { first: number; last: number; credit: number; turn: number }>(
    'SELECT first_n AS first, last_n AS last, credit, turn FROM ink WHERE sheet = ? AND row = ? ORDER BY turn',
  );
  const spoils = books.db.prepare<[number, number], { first: number; last: number }>(
    'SELECT first_n AS first, last_n AS last FROM spoil WHERE sheet = ? AND row = ?',
  );
  return {
    /** From left to right. */
    inked(sheet: number, row: number): InkedStroke[] {
      const strokes = new Map<number, InkedStroke & { times: number }>();
      for (const { first, last, credit, turn } of inks.all(sheet, row)) {
        for (let n = first; n <= last; n++)
          strokes.set(n, { n, credit, turn, times: (strokes.get(n)?.times ?? 0) + 1 });
      }
      for (const { first, last } of spoils.all(sheet, row)) {
        for (let n = first; n <= last; n++) {
          const stroke = strokes.get(n);
          if (stroke !== undefined) stroke.times -= 1;
        }
      }
      return [...strokes.values()].filter(({ times }) => times > 0).sort((a, b) => a.n - b.n);
    },
  };
}
