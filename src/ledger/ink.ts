import type { StrayMarkOnSheet } from '../domain/plotter.ts';
import { isDrawing, isPaidFor, type SheetLayout, type StrokeRef } from '../domain/sheet.ts';
import type { Books, OpenSheet } from './books.ts';
import { drawingWriter } from './drawings.ts';
import { drawingInk, type PlacedDrawing } from './placed-drawings.ts';

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
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
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

  const drawing = drawingInk(books);

  /** A drawing of the open sheet by its track. */
  function drawingOn(sheet: OpenSheet, id: string): PlacedDrawing {
    const found = sheet.drawings.find(({ track }) => track.id === id);
    if (found === undefined) throw new Error(`no drawing "${id}" was placed on sheet ${sheet.id}`);
    return found;
  }

  function confirmDrawings(sheet: OpenSheet, strokes: readonly CertainStroke[]): void {
    const upTo = new Map<PlacedDrawing, number>();
    for (const { stroke } of strokes) {
      if (!isDrawing(stroke.row)) continue;
      if (stroke.sheet !== sheet.id) throw new Error(`sheet ${stroke.sheet} is closed: it is final`);
      const found = drawingOn(sheet, stroke.row);
      const before = upTo.get(found) ?? found.certain;
      if (stroke.n <= before) continue;
      if (stroke.n !== before + 1)
        throw new Error(`drawing ${stroke.row} is certain up to ${before}, not ${stroke.n - 1}`);
      upTo.set(found, stroke.n);
    }
    for (const [found, n] of upTo) drawing.certain(found, n);
  }

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
      confirmDrawings(sheet, strokes);
      const runs = runsOf(
        sheet,
        strokes.filter(({ stroke }) => isPaidFor(stroke.row) && !isDrawing(stroke.row)),
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
    /** Notes on disk, before strokes are sent, up to which stroke of a row may be drawn from now on. */
    reserve(row: string, upTo: number): void {
      if (isDrawing(row)) drawing.reserve(drawingOn(openSheet(), row), upTo);
      else setHanded.run(openSheet().id, names.row(row), upTo);
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

/** What closing a sheet found. */
interface ClosedSheet {
  readonly sheet: number;
  /** Strokes that were perhaps drawn on it and are owed again on the next one. */
  readonly uncertain: number;
  /** Drawings that were not drawn to their end on it: they are owed as a whole. */
  readonly drawings: readonly { readonly request: number; readonly certain: number }[];
}

/** Opens and closes sheets; within a transaction only. */
export function sheetTurner(books: Books) {
  const { db } = books;
  const handedOver = db.prepare<[number], { row: number; strokes: number }>(
    'SELECT row, handed - certain AS strokes FROM place WHERE sheet = ? AND handed > certain',
  );
  const uncertainRedraws = db.prepare<[number], { uncertain: number }>(
    'SELECT coalesce(sum(handed), 0) AS uncertain FROM redraw WHERE sheet = ?',
  );
  const close = db.prepare<[number, number, number]>(
    'INSERT INTO sheet_close (sheet, doubtful, at_ms) VALUES (?, ?, ?)',
  );
  const redraws = db.prepare<[number], { credit: number; strokes: number }>(
    'SELECT credit, count(*) AS strokes FROM redraw WHERE sheet = ? GROUP BY credit',
  );
  const dropRedraws = db.prepare<[number]>('DELETE FROM redraw WHERE sheet = ?');
  const open = db.prepare<[string, number]>('INSERT INTO sheet (layout, opened_at_ms) VALUES (?, ?)');

  const drawingsOf = drawingWriter(books);

  function closeSheet({ id: sheet, drawings }: OpenSheet): ClosedSheet {
    const cut = drawingsOf.takeAway(sheet, drawings);
    // Places are noted ahead: no more can have been drawn than was owed.
    const uncertain = handedOver
      .all(sheet)
      .map(({ row, strokes }) => Math.min(strokes, books.debts.pending(row)))
      .reduce((sum, strokes) => sum + strokes, uncertainRedraws.get(sheet)?.uncertain ?? 0);
    close.run(sheet, uncertain, books.wallMs());
    for (const { credit, strokes } of redraws.all(sheet)) books.debts.owe(credit, strokes);
    dropRedraws.run(sheet);
    return { sheet, uncertain, drawings: cut };
  }

  return {
    /** Closes the open sheet, if any, for good. */
    close(): ClosedSheet | null {
      const current = books.sheet();
      if (current === null) return null;
      const closed = closeSheet(current);
      books.forget();
      return closed;
    },
    /** Closes the open sheet, if any, for good, and opens a fresh one with this layout. */
    turn(layout: SheetLayout): { readonly opened: number; readonly closed: ClosedSheet | null } {
      const current = books.sheet();
      const closed = current === null ? null : closeSheet(current);
      for (const row of layout.rows) books.names.row(row.id);
      books.pictures.keep(layout);
      const opened = Number(open.run(JSON.stringify(layout), books.wallMs()).lastInsertRowid);
      books.forget();
      return { opened, closed };
    },
  };
}

/** Turns of sheets; within a transaction only. */
export type SheetTurner = ReturnType<typeof sheetTurner>;
