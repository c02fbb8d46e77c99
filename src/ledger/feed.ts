import type { StrayMarkOnSheet } from '../domain/plotter.ts';
import type { Books } from './books.ts';
import { eventColumns, eventTables, giftCalled, type SeenGift } from './payers.ts';
import { countOfEvent, strokesOfEvent, worthOfEvent } from './reports.ts';

/** How far someone has read the ledger: the last entry of each kind. `credits` holds, by the row's number, how many. */
export interface FeedPosition {
  readonly event: number;
  readonly credits: ReadonlyMap<number, number>;
  readonly sheet: number;
  /** Of the ink on that sheet. */
  readonly turn: number;
  readonly spoil: number;
  readonly voided: number;
  readonly blemish: number;
}

/** Strokes of a row that became certain one after the other, and who paid for them. */
interface InkEntry {
  readonly sheet: number;
  readonly row: string;
  readonly from: number;
  readonly to: number;
  readonly gift: string;
  readonly viewer: string;
  readonly seq: number;
  readonly atMs: number;
}

/**
 * One entry that was written. A `gift` is told as it is now: an event that grows or is credited later comes again under
 * the same `seq`.
 */
export type FeedEntry =
  | { readonly kind: 'gift'; readonly entry: SeenGift }
  | { readonly kind: 'ink'; readonly entry: InkEntry }
  | { readonly kind: 'sheet'; readonly entry: { readonly sheet: number; readonly openedAtMs: number } }
  | {
      readonly kind: 'spoiled';
      readonly entry: {
        readonly sheet: number;
        readonly row: string;
        readonly from: number;
        readonly to: number;
        readonly why: string;
        readonly atMs: number;
      };
    }
  | {
      readonly kind: 'voided';
      readonly entry: {
        readonly row: string;
        readonly strokes: number;
        readonly seq: number;
        readonly why: string;
        readonly atMs: number;
      };
    }
  | { readonly kind: 'blemish'; readonly entry: StrayMarkOnSheet };

/** Entries since a position; `position` of each is where to go on after it. */
export interface FeedPage {
  readonly entries: readonly (FeedEntry & { readonly position: FeedPosition })[];
  readonly position: FeedPosition;
  /** There is more. */
  readonly more: boolean;
}

const creditsPerRow = 2 ** 32;
/** Credits of a row that are looked at for one page. */
const creditsPerPage = 2_000;
/** A streak that is still growing began at most so many events ago. */
const growingEvents = 200;

/** Reads the ledger as a stream of what was written, from any position on, without a gap. */
export function feedQuestions(books: Books) {
  const { db, names } = books;
  const newest = db.prepare<[], Omit<FeedPosition, 'credits'>>(
    `SELECT (SELECT coalesce(max(seq), 0) FROM event) AS event, (SELECT coalesce(max(id), 0) FROM sheet) AS sheet,
       (SELECT coalesce(max(turn), 0) FROM ink WHERE sheet = (SELECT max(id) FROM sheet)) AS turn,
       (SELECT coalesce(max(seq), 0) FROM spoil) AS spoil, (SELECT coalesce(max(seq), 0) FROM void) AS voided,
       (SELECT coalesce(max(seq), 0) FROM blemish) AS blemish`,
  );
  const rows = db.prepare<[], { row: number; credits: number }>(
    `SELECT id AS row, coalesce((SELECT max(seq) - id * ${creditsPerRow} FROM credit
       WHERE seq BETWEEN id * ${creditsPerRow} AND (id + 1) * ${creditsPerRow} - 1), 0) AS credits
     FROM word WHERE kind = 'row'`,
  );
  type Stored = Omit<SeenGift, 'mapped'> & { mapped: number };
  const giftColumns = `${eventColumns}, ${countOfEvent} AS count, ${strokesOfEvent} AS strokes, w.id IS NOT NULL AS mapped
     FROM ${eventTables} ${worthOfEvent}`;
  const giftsAfter = db.prepare<[number, number], Stored>(
    `SELECT ${giftColumns} WHERE e.seq > ? ORDER BY e.seq LIMIT ?`,
  );
  const giftAt = db.prepare<[number], Stored>(`SELECT ${giftColumns} WHERE e.seq = ?`);
  const creditsAfter = db.prepare<[number, number, number], { credit: number; event: number }>(
    'SELECT seq AS credit, event FROM credit WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?',
  );
  const growing = db.prepare<[number, number], { event: number }>(
    `SELECT DISTINCT g.event FROM growth g JOIN event e ON e.seq = g.event
     WHERE g.event > ? AND g.event <= ? AND e.kind = 'gift'`,
  );
  const inkAfter = db.prepare<[number, number, number], Omit<InkEntry, 'row'> & { row: number; turn: number }>(
    `SELECT i.sheet, i.row, i.first_n AS "from", i.last_n AS "to", i.turn, i.at_ms AS atMs, e.seq,
       ${giftCalled} AS gift, coalesce(v.name, '') AS viewer
     FROM ink i CROSS JOIN credit c CROSS JOIN ${eventTables}
     WHERE i.sheet = ? AND i.turn > ? AND c.seq = i.credit AND e.seq = c.event ORDER BY i.turn LIMIT ?`,
  );
  const sheetAfter = db.prepare<[number], { sheet: number; openedAtMs: number }>(
    'SELECT id AS sheet, opened_at_ms AS openedAtMs FROM sheet WHERE id > ? ORDER BY id LIMIT 1',
  );
  const spoilsAfter = db.prepare<
    [number, number],
    { seq: number; sheet: number; row: number; from: number; to: number; why: string; atMs: number }
  >(
    `SELECT seq, sheet, row, first_n AS "from", last_n AS "to", why, at_ms AS atMs FROM spoil
     WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  const voidsAfter = db.prepare<
    [number, number],
    { id: number; row: number; seq: number; strokes: number; why: string; atMs: number }
  >(
    `SELECT v.seq AS id, c.row, c.event AS seq, v.strokes, v.why, v.at_ms AS atMs
     FROM void v JOIN credit c ON c.seq = v.credit WHERE v.seq > ? ORDER BY v.seq LIMIT ?`,
  );
  const blemishesAfter = db.prepare<
    [number, number],
    {
      seq: number;
      sheet: number;
      row: number;
      n: number;
      from_x_mm: number;
      from_y_mm: number;
      to_x_mm: number;
      to_y_mm: number;
      why: string;
    }
  >('SELECT * FROM blemish WHERE seq > ? ORDER BY seq LIMIT ?');

  const seen = ({ mapped, ...gift }: Stored): SeenGift => ({ ...gift, mapped: mapped === 1 });

  /** How far the credits of all rows are covered by events up to this one, and which older events they touch. */
  function credited(from: FeedPosition, upTo: number) {
    const touched = new Set<number>();
    const credits = new Map(from.credits);
    let more = false;
    for (const { row, credits: newestOfRow } of rows.all()) {
      const known = credits.get(row) ?? 0;
      if (newestOfRow <= known) continue;
      const first = row * creditsPerRow;
      const found = creditsAfter.all(first + known, first + creditsPerRow, creditsPerPage);
      more ||= found.length === creditsPerPage;
      for (const { credit, event } of found) {
        if (event > upTo) break;
        if (event <= from.event) touched.add(event);
        credits.set(row, credit - first);
      }
    }
    return { touched, credits, more };
  }

  /** Sheet by sheet: what is certain on it, then the next one's beginning. */
  function* inkSince(from: FeedPosition, limit: number): Generator<FeedEntry & { sheet: number; turn: number }> {
    let { sheet, turn } = from;
    for (let left = limit; left > 0; ) {
      for (const { row, turn: its, ...ink } of inkAfter.all(sheet, turn, left)) {
        turn = its;
        left -= 1;
        yield { kind: 'ink', entry: { ...ink, row: names.rowName(row) }, sheet, turn };
      }
      const next = left > 0 ? sheetAfter.get(sheet) : undefined;
      if (next === undefined) return;
      sheet = next.sheet;
      turn = 0;
      left -= 1;
      yield { kind: 'sheet', entry: next, sheet, turn };
    }
  }

  return {
    /** Where the ledger ends now. */
    feedEnd(): FeedPosition {
      const found = newest.get();
      if (found === undefined) throw new Error('a line of maxima is always there');
      return { ...found, credits: new Map(rows.all().map(({ row, credits }) => [row, credits])) };
    },
    /**
     * What was written since a position, about `limit` entries at a time; `alsoTell` are events that changed though
     * nothing was credited for them.
     */
    feedSince(from: FeedPosition, limit: number, alsoTell: ReadonlySet<number> = new Set()): FeedPage {
      const fresh = giftsAfter.all(from.event, limit);
      const upTo = fresh.length < limit ? Number.MAX_SAFE_INTEGER : (fresh.at(-1)?.seq ?? 0);
      const { touched, credits, more } = credited(from, upTo);
      for (const seq of alsoTell) if (seq <= from.event) touched.add(seq);
      const old = [...touched].sort((a, b) => a - b).flatMap((seq) => giftAt.all(seq));
      const entries: (FeedEntry & { position: FeedPosition })[] = [];
      let position = from;
      const push = (entry: FeedEntry, change: Partial<FeedPosition>) => {
        position = { ...position, ...change };
        entries.push({ ...entry, position });
      };
      for (const gift of old) push({ kind: 'gift', entry: seen(gift) }, {});
      for (const gift of fresh) push({ kind: 'gift', entry: seen(gift) }, { event: gift.seq });
      position = { ...position, credits };
      const last = entries.at(-1);
      if (last !== undefined) last.position = position;
      for (const { sheet, turn, ...entry } of inkSince(position, limit)) push(entry, { sheet, turn });
      for (const { seq, row, ...entry } of spoilsAfter.all(position.spoil, limit))
        push({ kind: 'spoiled', entry: { ...entry, row: names.rowName(row) } }, { spoil: seq });
      for (const { id, row, ...entry } of voidsAfter.all(position.voided, limit))
        push({ kind: 'voided', entry: { ...entry, row: names.rowName(row) } }, { voided: id });
      for (const mark of blemishesAfter.all(position.blemish, limit)) {
        const entry: StrayMarkOnSheet = {
          stroke: { sheet: mark.sheet, row: names.rowName(mark.row), n: mark.n },
          from: { xMm: mark.from_x_mm, yMm: mark.from_y_mm },
          to: { xMm: mark.to_x_mm, yMm: mark.to_y_mm },
          why: mark.why,
        };
        push({ kind: 'blemish', entry }, { blemish: mark.seq });
      }
      return { entries, position, more: more || entries.length >= limit };
    },
    /** Events up to this one that grew at all, among those that may grow still: what a reader may have missed. */
    grownBefore: (event: number): ReadonlySet<number> =>
      new Set(growing.all(event - growingEvents, event).map((found) => found.event)),
  };
}
