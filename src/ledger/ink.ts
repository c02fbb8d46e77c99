import type { StrayMarkOnSheet } from '../domain/plotter.ts';
import { isPaidFor, type StrokeRef } from '../domain/sheet.ts';
import type { Books, OpenSheet } from './books.ts';

/** A stroke that is proven to be on the paper, with the credit that paid for it. */
export interface CertainStroke {
  readonly stroke: StrokeRef;
  readonly credit: number;
}

/** Neighbouring strokes of a row that were drawn one after the other and paid for by one credit. */
interface Run {
  readonly row: number;
  readonly credit: number;
  readonly first: number;
  last: number;
  /** Drawn again in an old place: its debt ended when it was spoiled. */
  readonly again: boolean;
}

/**
 * Writes down what became certain: "row r of sheet s is certain up to stroke n" only grows, stroke by stroke.
 * What is certain already is passed over, so that a confirmation can be repeated; a gap or an unpaid stroke is a bug.
 */
export function inkWriter(books: Books) {
  const { db, names } = books;
  const addInk = db.prepare<[number, number, number, number, number, number, number]>(
    'INSERT INTO ink (sheet, row, first_n, turn, last_n, credit, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const setPlace = db.prepare<[number, number, number, number]>(
    `INSERT INTO place (sheet, row, certain, handed) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET certain = excluded.certain, handed = max(handed, excluded.certain)`,
  );
  const endRedraw = db.prepare<[number, number, number], { credit: number }>(
    'DELETE FROM redraw WHERE sheet = ? AND row = ? AND n = ? AND handed = 1 RETURNING credit',
  );
  const setHanded = db.prepare<[number, number, number]>(
    `INSERT INTO place (sheet, row, certain, handed) VALUES (?, ?, 0, ?)
     ON CONFLICT DO UPDATE SET handed = max(certain, excluded.handed)`,
  );
  const markRedraw = db.prepare<[number, number, number, number]>(
    'UPDATE redraw SET handed = ? WHERE sheet = ? AND row = ? AND n = ?',
  );
  const addStrayMark = db.prepare(
    `INSERT INTO stray_mark (sheet, row, n, from_x_mm, from_y_mm, to_x_mm, to_y_mm, why, at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );

  const addLettering = db.prepare<[number, number, number]>(
    'INSERT INTO lettering (sheet, last_n, at_ms) VALUES (?, ?, ?)',
  );

  function openSheet(): OpenSheet {
    const sheet = books.sheet();
    if (sheet === null) throw new Error('no sheet is open');
    return sheet;
  }

  /** Puts strokes that became certain together in runs, in the order in which they were drawn. */
  function runsOf(sheet: OpenSheet, strokes: readonly CertainStroke[]): Run[] {
    const runs: Run[] = [];
    for (const { stroke, credit } of strokes) {
      if (stroke.sheet !== sheet.id) throw new Error(`sheet ${stroke.sheet} is closed: it is final`);
      const row = names.row(stroke.row);
      const upTo = sheet.certain.get(row) ?? 0;
      if (stroke.n <= upTo) {
        const redraw = endRedraw.get(sheet.id, row, stroke.n);
        if (redraw !== undefined)
          runs.push({ row, credit: redraw.credit, first: stroke.n, last: stroke.n, again: true });
        continue;
      }
      if (stroke.n !== upTo + 1) throw new Error(`row ${stroke.row} is certain up to ${upTo}, not ${stroke.n - 1}`);
      sheet.certain.set(row, stroke.n);
      const run = runs.at(-1);
      if (run?.row === row && run.credit === credit && run.last === stroke.n - 1 && !run.again) run.last = stroke.n;
      else runs.push({ row, credit, first: stroke.n, last: stroke.n, again: false });
    }
    return runs;
  }

  function confirmLettering(sheet: OpenSheet, strokes: readonly CertainStroke[]): void {
    const before = sheet.lettered;
    for (const { stroke } of strokes) {
      if (isPaidFor(stroke.row) || stroke.n <= sheet.lettered) continue;
      if (stroke.sheet !== sheet.id) throw new Error(`sheet ${stroke.sheet} is closed: it is final`);
      if (stroke.n !== sheet.lettered + 1) throw new Error(`the lettering is certain up to ${sheet.lettered}`);
      sheet.lettered = stroke.n;
    }
    if (sheet.lettered > before) addLettering.run(sheet.id, sheet.lettered, books.wallMs());
  }

  return {
    /** Takes strokes in the order in which they were drawn. A spoiled stroke is healed only after `reserveRedraw`. */
    confirm(strokes: readonly CertainStroke[]): void {
      if (strokes.length === 0) return;
      const sheet = openSheet();
      confirmLettering(sheet, strokes);
      const runs = runsOf(
        sheet,
        strokes.filter(({ stroke }) => isPaidFor(stroke.row)),
      );
      for (const { row, credit, first, last, again } of runs) {
        addInk.run(sheet.id, row, first, books.nextTurn(), last, credit, books.wallMs());
        books.balance(row, books.originOfCredit(credit), { drawn: last - first + 1 });
        if (!again) books.debts.pay(credit, last - first + 1);
      }
      for (const row of new Set(runs.filter(({ again }) => !again).map(({ row }) => row))) {
        const upTo = sheet.certain.get(row) ?? 0;
        setPlace.run(sheet.id, row, upTo, upTo);
      }
    },
    /** Notes on disk, before it happens, up to which stroke of a row the plotter may have been told to draw. */
    reserve(row: string, upTo: number): void {
      setHanded.run(openSheet().id, names.row(row), upTo);
    },
    /** The same for a spoiled stroke that is drawn again in its place, or its end. */
    reserveRedraw(row: string, n: number, handed: boolean): void {
      markRedraw.run(handed ? 1 : 0, openSheet().id, names.row(row), n);
    },
    strayMark({ stroke, from, to, why }: StrayMarkOnSheet): void {
      const row = names.row(stroke.row);
      addStrayMark.run(stroke.sheet, row, stroke.n, from.xMm, from.yMm, to.xMm, to.yMm, why, books.wallMs());
    },
  };
}

/** Writes of ink; within a transaction only. */
export type InkWriter = ReturnType<typeof inkWriter>;
