import { nameMeant } from '../domain/plain-text.ts';
import type { CreditKind } from '../domain/worth.ts';
import type { Books } from './books.ts';
import { amountCalled, isMoney } from './money.ts';

/** A stroke whose ink is there, as far as is known: certain, and not spoiled since. */
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

/** What is known of whom a gift is for. */
export type ReceiverIs = 'guest' | '';

/** A gift as people want to see it. */
export interface SeenGift {
  readonly seq: number;
  readonly kind: string;
  readonly gift: string;
  readonly giftId: string;
  readonly coins: number;
  readonly viewer: string;
  /** Whom it is for; '' where the message did not say: then it is the host. */
  readonly receiver: string;
  readonly receiverIs: ReceiverIs;
  readonly count: number;
  readonly strokes: number;
  readonly mapped: boolean;
  readonly origin: CreditKind;
  readonly arrivedAtMs: number;
}

/** Who paid for a stroke, with what, and when. */
export interface Payer {
  readonly seq: number;
  readonly kind: string;
  readonly gift: string;
  readonly giftId: string;
  readonly coins: number;
  readonly viewer: string;
  /** Whom it is for; '' where the message did not say: then it is the host. */
  readonly receiver: string;
  readonly receiverIs: ReceiverIs;
  readonly origin: CreditKind;
  readonly arrivedAtMs: number;
  readonly sheet: number;
  readonly row: string;
  readonly n: number;
  /** The ink lies there, as far as anyone knows: certain, and not spoiled since. */
  readonly drawn: boolean;
}

/** A name without the blanks around it; null where nothing else is in it: of some names nothing is seen. */
function shown(name: string): string {
  return `nullif(trim(${name}, char(32, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, 8202, 8239, 8287, 10240, 12288)), '')`;
}

/** What a gift `g` of an event `e` is called: money by its amount, one whose name never came by its number. */
export const giftCalled = `CASE WHEN ${isMoney} THEN ${amountCalled}
  ELSE coalesce(${shown('g.name')}, 'gift ' || ${shown('g.platform_id')}, e.kind) END`;

/** Whom a gift of an event `e` is for: '' where nobody said, and where that is a guest of the live. */
export const receiverColumns = `
  CASE WHEN r.name <> '' THEN r.name WHEN r.id IS NOT NULL THEN 'viewer ' || r.id ELSE '' END AS receiver,
  CASE e.payload ->> 'guest' WHEN 1 THEN 'guest' ELSE '' END AS receiverIs`;
export const receiverTable = "LEFT JOIN viewer r ON e.kind = 'gift' AND r.id = e.payload ->> 'to'";

/** What a query for people says of an event `e`, its gift `g` and its viewer `v`. */
export const eventColumns = `
  e.seq, e.kind, ${giftCalled} AS gift, coalesce(g.platform_id, '') AS giftId, coalesce(g.coins, 0) AS coins,
  coalesce(${shown('v.name')}, '') AS viewer, ${receiverColumns}, e.origin, e.arrived_at_ms AS arrivedAtMs`;
export const eventTables = `event e LEFT JOIN gift g ON g.id = e.gift LEFT JOIN viewer v ON v.id = e.viewer ${receiverTable}`;

/** Answers who paid for a stroke. */
export function payerQuestions(books: Books) {
  const { db, names, debts } = books;
  const ink = inkReader(books);
  const inkOfRow = db.prepare<[number, number], Omit<Payer, 'sheet' | 'row' | 'drawn'> & { last: number }>(
    `SELECT i.first_n AS n, i.last_n AS last, ${eventColumns} FROM ink i CROSS JOIN credit c CROSS JOIN ${eventTables}
     WHERE i.sheet = ? AND i.row = ? AND c.seq = i.credit AND e.seq = c.event ORDER BY i.first_n, i.turn`,
  );
  const inkAt = db.prepare<[number, number, number, number], { credit: number }>(
    'SELECT credit FROM ink WHERE sheet = ? AND row = ? AND first_n <= ? AND last_n >= ? ORDER BY turn DESC LIMIT 1',
  );
  const rowNames = db.prepare<[], { text: string }>("SELECT text FROM word WHERE kind = 'row'");
  const payer = db.prepare<[number], Omit<Payer, 'sheet' | 'row' | 'n' | 'drawn'>>(
    `SELECT ${eventColumns} FROM credit c CROSS JOIN ${eventTables} WHERE c.seq = ? AND e.seq = c.event`,
  );

  /** The credit that pays for the stroke at a free place, this many places after the certain ones. */
  function owingCredit(row: number, offset: number): number | null {
    let left = offset;
    for (const { credit, open } of debts.oldestFirst(row)) {
      if (open > left) return credit;
      left -= open;
    }
    return null;
  }

  /** The credit of a place that has no ink yet: only the open sheet has such places. */
  function owingAt(sheet: number, rowName: string, row: number, n: number): number | null {
    const open = books.sheet();
    const capacity = open?.layout.rows.find(({ id }) => id === rowName)?.capacity ?? 0;
    const offset = n - (open?.certain.get(row) ?? 0) - 1;
    return open?.id !== sheet || offset < 0 || n > capacity ? null : owingCredit(row, offset);
  }

  const eventAt = db.prepare<[number], Omit<Payer, 'sheet' | 'row' | 'n' | 'drawn'>>(
    `SELECT ${eventColumns} FROM ${eventTables} WHERE e.seq = ?`,
  );

  return {
    /** What was given with an event, and by whom; null when there is no such event. */
    giftAt: (seq: number): Omit<Payer, 'sheet' | 'row' | 'n' | 'drawn'> | null => eventAt.get(seq) ?? null,
    /** Who paid for the n-th stroke of a row on a sheet; null when nobody did. */
    payerOf(sheet: number, written: string, n: number): Payer | null {
      const rowName =
        nameMeant(
          rowNames.all().map(({ text }) => text),
          written,
        ) ?? written;
      const row = names.knownRow(rowName);
      if (row === null) return null;
      const inked = inkAt.get(sheet, row, n, n)?.credit;
      const credit = inked ?? owingAt(sheet, rowName, row, n);
      const found = credit === null ? undefined : payer.get(credit);
      const drawn = inked !== undefined && ink.inked(sheet, row).some((stroke) => stroke.n === n);
      return found === undefined ? null : { ...found, sheet, row: rowName, n, drawn };
    },
    /** The payers of all strokes of a row on a sheet that were ever certain, as runs from left to right. */
    payersOf(sheet: number, rowName: string): (Payer & { readonly last: number })[] {
      const row = names.knownRow(rowName);
      if (row === null) return [];
      return inkOfRow.all(sheet, row).map((run) => ({ ...run, sheet, row: rowName, drawn: true }));
    },
  };
}
