import { isDrawing, letteringOf } from '../domain/sheet.ts';
import type { CreditKind } from '../domain/worth.ts';
import type { Books, OpenSheet } from './books.ts';
import type { PlacedDrawing } from './placed-drawings.ts';

/** Strokes that were sent to the plotter and are not yet certain: the next choice must leave them out. */
export interface StrokesInFlight {
  /** Strokes of a row at new places. */
  fresh(row: string): number;
  /** Of these, how many one credit pays for. */
  paidBy(credit: number): number;
  /** Whether the stroke at a spoiled place was sent. */
  redrawing(row: string, n: number): boolean;
  /** Up to which stroke of a row of the open sheet ink may lie, be it certain or not. */
  perhapsInked(row: string): number;
}

/** A stroke that could be drawn next: where it lies and who pays for it. */
export interface OwedStroke {
  readonly row: string;
  readonly n: number;
  readonly credit: number;
  /** The event that was credited; events count up as they are written, over all rows. */
  readonly event: number;
  readonly origin: CreditKind;
  /** The giver's number, '' for nobody. */
  readonly giver: string;
  readonly room: string;
  readonly creditedAtMs: number;
  /** It was drawn before and spoiled: drawn again in its place. */
  readonly again: boolean;
}

/** No live fills more sheets than this. */
const sheetsOfALive = 20;

/** Of so many credits at most it is remembered who pays. */
const payersMax = 64;

interface Payer {
  readonly event: number;
  readonly origin: CreditKind;
  readonly viewer: number | null;
  readonly room: string;
  readonly arrived_at_ms: number;
}

/** Reads what is owed, row by row. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function queueReader(books: Books) {
  const { db, names, debts } = books;
  const payerOf = db.prepare<[number], Payer>(
    `SELECT c.event, e.origin, e.viewer, m.text AS room, e.arrived_at_ms
     FROM credit c JOIN event e ON e.seq = c.event JOIN word m ON m.id = e.room WHERE c.seq = ?`,
  );
  const redrawsOf = db.prepare<[number, number], { n: number; credit: number }>(
    'SELECT n, credit FROM redraw WHERE sheet = ? AND row = ? ORDER BY n',
  );

  const servedIn = db.prepare<[string, number], { viewer: number }>(
    `SELECT e.viewer FROM ink i JOIN credit c ON c.seq = i.credit JOIN event e ON e.seq = c.event JOIN word m ON m.id = e.room
     WHERE m.text = ? AND i.sheet > ? AND e.viewer IS NOT NULL GROUP BY e.viewer ORDER BY max(i.at_ms), e.viewer`,
  );

  /** The oldest debt of each row is asked for at each stroke; who pays never changes. */
  const payers = new Map<number, Payer>();

  function owed(row: string, n: number, credit: number, again: boolean): OwedStroke {
    const payer = payers.get(credit) ?? payerOf.get(credit);
    if (payer === undefined) throw new Error(`there is no credit ${credit}`);
    if (payers.size >= payersMax) payers.clear();
    payers.set(credit, payer);
    const giver = payer.viewer === null ? '' : String(payer.viewer);
    const { event, origin, room, arrived_at_ms: creditedAtMs } = payer;
    return { row, n, credit, event, origin, giver, room, creditedAtMs, again };
  }

  /** The oldest credit of a row that owes a stroke beyond those in flight. */
  function oldestCredit(row: number, inFlight: StrokesInFlight): number | null {
    for (const { credit, open } of debts.oldestFirst(row)) {
      if (open > inFlight.paidBy(credit)) return credit;
    }
    return null;
  }

  /** The words of a sheet come before everything else on it, and nobody pays for them. */
  function nextLettering(sheet: OpenSheet, inFlight: StrokesInFlight): OwedStroke | null {
    const { id, count } = letteringOf(sheet.layout);
    const n = sheet.lettered + inFlight.fresh(id) + 1;
    if (n > count) return null;
    const nobody = { credit: 0, event: 0, origin: 'hand', giver: '', room: '', creditedAtMs: 0 } as const;
    return { row: id, n, ...nobody, again: false };
  }

  /** The next path of the oldest drawing that has one left to hand over. */
  function nextOfDrawings({ drawings }: OpenSheet, inFlight: StrokesInFlight): OwedStroke[] {
    for (const drawing of drawings) {
      const n = nextPathOf(drawing, inFlight);
      if (n === null) continue;
      const { track, afterEvent, askedAtMs, asker } = drawing;
      const asked = { credit: 0, event: afterEvent, origin: 'hand', giver: asker, room: '' } as const;
      return [{ row: track.id, n, ...asked, creditedAtMs: askedAtMs, again: false }];
    }
    return [];
  }

  return {
    /**
     * The next stroke of each row of the open sheet that is owed and fits, in the order of the rows; then the next path
     * of its drawings.
     */
    candidates(inFlight: StrokesInFlight): OwedStroke[] {
      const sheet = books.sheet();
      if (sheet === null) return [];
      const lettering = nextLettering(sheet, inFlight);
      if (lettering !== null) return [lettering];
      const ofRows = sheet.layout.rows.flatMap(({ id: name, capacity }) => {
        const row = names.knownRow(name);
        if (row === null) return [];
        const redraw = redrawsOf.all(sheet.id, row).find(({ n }) => !inFlight.redrawing(name, n));
        if (redraw !== undefined) return [owed(name, redraw.n, redraw.credit, true)];
        const n = (sheet.certain.get(row) ?? 0) + inFlight.fresh(name) + 1;
        if (n > capacity || debts.pending(row) <= inFlight.fresh(name)) return [];
        const credit = oldestCredit(row, inFlight);
        return credit === null ? [] : [owed(name, n, credit, false)];
      });
      return [...ofRows, ...nextOfDrawings(sheet, inFlight)];
    },
    /** The next place of a track of the open sheet; null when it is full, or the sheet does not have it. */
    nextPlace(name: string, inFlight: StrokesInFlight): number | null {
      const sheet = books.sheet();
      if (isDrawing(name)) {
        const drawing = sheet?.drawings.find(({ track }) => track.id === name);
        return drawing === undefined ? null : nextPathOf(drawing, inFlight);
      }
      const capacity = sheet?.layout.rows.find(({ id }) => id === name)?.capacity ?? 0;
      const row = names.knownRow(name);
      const n = (row === null ? 0 : (sheet?.certain.get(row) ?? 0)) + inFlight.fresh(name) + 1;
      return n > capacity ? null : n;
    },
    /** Whether a row of the open sheet would have no place left for what is owed there once its next stroke is drawn. */
    isLastPlace(name: string, inFlight: StrokesInFlight): boolean {
      const row = names.knownRow(name);
      const n = this.nextPlace(name, inFlight);
      const capacity = books.sheet()?.layout.rows.find(({ id }) => id === name)?.capacity ?? 0;
      return row !== null && n === capacity && debts.pending(row) > inFlight.fresh(name) + 1;
    },
    /** A stroke of one credit at a place of its row; null when the credit owes no more than is in flight. */
    strokeOf(row: string, n: number, credit: number, inFlight: StrokesInFlight): OwedStroke | null {
      return debts.openOf(credit) > inFlight.paidBy(credit) ? owed(row, n, credit, false) : null;
    },
    /** What is owed of a live, in all rows, the newest first; at most `limit` credits are looked at. */
    *debtsOfRoom(room: string, limit: number): Generator<OwedStroke & { readonly open: number }, void> {
      let looked = 0;
      for (const { id: name } of books.sheet()?.layout.rows ?? []) {
        const row = names.knownRow(name);
        if (row === null) continue;
        for (const { credit, open } of debts.newestFirst(row)) {
          looked += 1;
          if (looked > limit) return;
          const stroke = owed(name, 0, credit, false);
          if (stroke.room === room) yield { ...stroke, open };
        }
      }
    },
    /** Who of a live has got a stroke on one of the last sheets, longest ago first; as `giver` of what is owed. */
    servedOfRoom(room: string): string[] {
      return servedIn.all(room, (books.sheet()?.id ?? 0) - sheetsOfALive).map(({ viewer }) => String(viewer));
    },
    /** Whether something is left to draw of a drawing on the open sheet, and of one that was begun. */
    drawingsLeft(inFlight: StrokesInFlight): { readonly any: boolean; readonly begun: boolean } {
      const left = (books.sheet()?.drawings ?? []).filter(({ isOver }) => !isOver);
      return { any: left.length > 0, begun: left.some(({ track }) => inFlight.perhapsInked(track.id) > 0) };
    },
    /** Whether a row of the open sheet has no place left for what is owed next there. */
    hasFullRow(inFlight: StrokesInFlight): boolean {
      const { rows } = books.sheet()?.layout ?? { rows: [] };
      return rows.some(({ id }) => {
        const row = names.knownRow(id);
        return row !== null && debts.pending(row) > inFlight.fresh(id) && this.nextPlace(id, inFlight) === null;
      });
    },
    /** Strokes owed that the open sheet has no more room for, in rows that it has: those end the sheet. */
    beyondThisSheet(): number {
      const sheet = books.sheet();
      if (sheet === null) return 0;
      const beyond = sheet.layout.rows.map(({ id, capacity }) => {
        const row = names.knownRow(id);
        if (row === null) return 0;
        return Math.max(0, debts.pending(row) - (capacity - (sheet.certain.get(row) ?? 0)));
      });
      return beyond.reduce((sum, strokes) => sum + strokes, 0);
    },
  };
}

/** The path of a drawing that would be sent next; null when none is left. */
function nextPathOf({ isOver, certain, track }: PlacedDrawing, inFlight: StrokesInFlight): number | null {
  const n = certain + inFlight.fresh(track.id) + 1;
  return isOver || n > track.count ? null : n;
}

/** Questions about what is owed. */
export type QueueReader = ReturnType<typeof queueReader>;
