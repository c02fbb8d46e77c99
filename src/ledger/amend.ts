import type { StrokeRef } from '../domain/sheet.ts';
import type { Books } from './books.ts';
import { type InkedStroke, inkReader } from './inked.ts';
import type { StrokesInFlight } from './queue.ts';
import { voidEntries } from './void-entry.ts';

/** Corrections by a person: each is an entry with a reason; within a transaction only. */
export function corrections(books: Books) {
  const { db, names, debts } = books;
  const ink = inkReader(books);
  const enterVoid = voidEntries(books);
  const redraws = db.prepare<[number, number], { n: number; credit: number; handed: number }>(
    'SELECT n, credit, handed FROM redraw WHERE sheet = ? AND row = ? ORDER BY n DESC',
  );
  const dropRedraw = db.prepare<[number, number, number]>('DELETE FROM redraw WHERE sheet = ? AND row = ? AND n = ?');
  const addSpoil = db.prepare<[number, number, number, number, number, string, number]>(
    'INSERT INTO spoil (sheet, row, first_n, last_n, credit, why, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const addRedraw = db.prepare<[number, number, number, number]>(
    'INSERT INTO redraw (sheet, row, n, credit) VALUES (?, ?, ?, ?)',
  );

  /** What of the newest debts of a row can be taken back. */
  function voidable(row: number, strokes: number, inHand: StrokesInFlight): { credit: number; part: number }[] {
    const name = names.rowName(row);
    const handed = inHand.perhapsInked(name) - (books.sheet()?.certain.get(row) ?? 0);
    let left = Math.min(strokes, debts.pending(row) - Math.max(inHand.fresh(name), handed, 0));
    const parts: { credit: number; part: number }[] = [];
    for (const { credit, open } of debts.newestFirst(row)) {
      if (left <= 0) break;
      const part = Math.min(left, open - inHand.paidBy(credit));
      if (part <= 0) continue;
      parts.push({ credit, part });
      left -= part;
    }
    return parts;
  }

  /** Lets places stay as bad as they are; the last ones first, none that the plotter was told to draw again. */
  function voidRedraws(row: number, strokes: number, why: string, inHand: StrokesInFlight): number {
    const sheet = books.sheet();
    if (sheet === null || strokes === 0) return 0;
    const name = names.rowName(row);
    const free = redraws.all(sheet.id, row).filter(({ n, handed }) => handed === 0 && !inHand.redrawing(name, n));
    const dropped = free.slice(0, strokes);
    for (const { n, credit } of dropped) {
      dropRedraw.run(sheet.id, row, n);
      enterVoid(row, credit, 1, why);
    }
    return dropped.length;
  }

  /** Neighbours of one credit share an entry. */
  function enterSpoils(sheet: number, row: number, strokes: readonly InkedStroke[], why: string): void {
    const isOpen = books.sheet()?.id === sheet;
    for (let from = 0; from < strokes.length; ) {
      const first = strokes[from];
      if (first === undefined) return;
      let length = 1;
      while (isNext(first, strokes[from + length], length)) length += 1;
      const { n, credit } = first;
      addSpoil.run(sheet, row, n, n + length - 1, credit, why, books.wallMs());
      books.balance(row, books.originOfCredit(credit), { spoiled: length });
      if (!isOpen) debts.owe(credit, length);
      else for (let each = n; each < n + length; each++) addRedraw.run(sheet, row, each, credit);
      from += length;
    }
  }

  return {
    /**
     * Takes back strokes that are owed, the newest debt first, and only what was not handed to the plotter.
     * Returns how many it took back: fewer than asked for when fewer are owed.
     */
    void(rowName: string, strokes: number, why: string, inHand: StrokesInFlight): number {
      const row = names.knownRow(rowName);
      if (row === null) return 0;
      let taken = 0;
      for (const { credit, part } of voidable(row, strokes, inHand)) {
        debts.pay(credit, part);
        enterVoid(row, credit, part, why);
        taken += part;
      }
      return taken + voidRedraws(row, strokes - taken, why, inHand);
    },
    /**
     * Says that certain strokes have no ink (pen dry, jam): they are owed again, in their old places when their sheet
     * still lies there, else on the next one. Returns how many; strokes that are not certain are passed over.
     */
    spoil(sheet: number, rowName: string, from: number, to: number, why: string): number {
      const row = names.knownRow(rowName);
      if (row === null) return 0;
      const strokes = ink.inked(sheet, row).filter(({ n }) => from <= n && n <= to);
      enterSpoils(sheet, row, strokes, why);
      return strokes.length;
    },
    /** The same for the strokes of the open sheet that became certain last. Returns them, the last one first. */
    spoilLast(strokes: number, why: string): StrokeRef[] {
      const sheet = books.sheet();
      if (sheet === null || strokes <= 0) return [];
      const inked = [...sheet.certain.keys()].flatMap((row) =>
        ink.inked(sheet.id, row).map((each) => ({ ...each, row })),
      );
      const last = inked.sort((a, b) => b.turn - a.turn || b.n - a.n).slice(0, strokes);
      for (const row of new Set(last.map((each) => each.row))) {
        const ofRow = last.filter((each) => each.row === row).sort((a, b) => a.n - b.n);
        enterSpoils(sheet.id, row, ofRow, why);
      }
      return last.map(({ row, n }) => ({ sheet: sheet.id, row: names.rowName(row), n }));
    },
  };
}

function isNext(first: InkedStroke, other: InkedStroke | undefined, distance: number): boolean {
  return other !== undefined && other.n === first.n + distance && other.credit === first.credit;
}
