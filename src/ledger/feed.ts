import type { StrayMarkOnSheet } from '../domain/plotter.ts';
import type { Books } from './books.ts';
import { type DrawingEntry, drawingEntryOf } from './drawings.ts';
import { generationOf } from './generation.ts';
import { type Gap, liveTimes } from './live-times.ts';
import { eventColumns, eventTables, giftCalled, type SeenGift } from './payers.ts';
import { countOfEvent, strokesOfEvent, worthOfEvent } from './reports.ts';
import { type FiredEntry, firedRules } from './rule-log.ts';

/** A place in the journal: after its entry `seq`. Only in the generation that it is of does it mean anything. */
export interface Cursor {
  readonly generation: string;
  readonly seq: number;
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

interface SpoiledEntry {
  readonly sheet: number;
  readonly row: string;
  readonly from: number;
  readonly to: number;
  readonly why: string;
  readonly atMs: number;
}

interface VoidedEntry {
  readonly row: string;
  readonly strokes: number;
  readonly seq: number;
  readonly why: string;
  readonly atMs: number;
}

interface SheetEntry {
  readonly sheet: number;
  readonly openedAtMs: number;
}

/**
 * One entry that was written. A `gift` is as it is now: an event that grows or is credited later comes again under the
 * same `seq`, and so does a `gap` that is over, and a `drawing` with every step that is taken for it.
 */
export type FeedEntry =
  | { readonly kind: 'gift'; readonly entry: SeenGift }
  | { readonly kind: 'ink'; readonly entry: InkEntry }
  | { readonly kind: 'sheet'; readonly entry: SheetEntry }
  | { readonly kind: 'spoiled'; readonly entry: SpoiledEntry }
  | { readonly kind: 'voided'; readonly entry: VoidedEntry }
  | { readonly kind: 'stray-mark'; readonly entry: StrayMarkOnSheet }
  | { readonly kind: 'drawing'; readonly entry: DrawingEntry }
  | { readonly kind: 'rule'; readonly entry: FiredEntry }
  | { readonly kind: 'gap'; readonly entry: Gap };

/** Entries since a cursor; `seq` of each is where to go on after it. */
export interface FeedPage {
  readonly entries: readonly (FeedEntry & { readonly seq: number })[];
  readonly cursor: Cursor;
  /** There is more. */
  readonly more: boolean;
}

interface JournalRow {
  readonly seq: number;
  readonly kind: string;
  readonly ref: number;
}

type InkRow = Omit<InkEntry, 'row'> & { readonly row: number; readonly turn: number };

const turnsPerSheet = 2 ** 32;

/** Reads the journal: what was written, in the order in which it was, from any place on and without a gap. */
export function feedQuestions(books: Books) {
  const { db } = books;
  const newest = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM journal');
  const journalAfter = db.prepare<[number, number], JournalRow>(
    'SELECT seq, kind, ref FROM journal WHERE seq > ? ORDER BY seq LIMIT ?',
  );
  const entryOf = entryReaders(books);
  const inkOf = inkReaderOf(books);
  const giftsOf = giftReaderOf(books);
  const generation = generationOf(db);

  return {
    /** Where the journal ends now. */
    feedEnd: (): Cursor => ({ generation, seq: newest.get()?.seq ?? 0 }),
    /** Where it begins. */
    feedBegin: (): Cursor => ({ generation, seq: 0 }),
    /**
     * What was written since a cursor of this generation, at most `limit` entries at a time. Of an event, a gap or a drawing
     * that comes several times among them, only the last one is sent: all would say the same.
     */
    feedSince(from: Cursor, limit: number): FeedPage {
      if (from.generation !== generation) throw new Error(`the journal is of generation ${generation}`);
      const rows = journalAfter.all(from.seq, limit);
      const last = new Map(rows.map((row) => [nameOf(row), row.seq]));
      const inks = inkOf(rows);
      const gifts = giftsOf(rows);
      const entries = rows.flatMap((row) => {
        if (last.get(nameOf(row)) !== row.seq) return [];
        const entry = isOfEvent(row)
          ? gifts.get(row.ref)
          : row.kind === 'ink'
            ? inks.get(row.ref)
            : entryOf[row.kind]?.(row.ref);
        return entry === undefined ? [] : [{ ...entry, seq: row.seq }];
      });
      return { entries, cursor: { generation, seq: rows.at(-1)?.seq ?? from.seq }, more: rows.length === limit };
    },
  };
}

/** Rows of one name say the same. */
function nameOf(row: JournalRow): string {
  if (isOfEvent(row)) return `event ${row.ref}`;
  return row.kind === 'gap' || row.kind === 'request' ? `${row.kind} ${row.ref}` : String(row.seq);
}

function isOfEvent({ kind }: JournalRow): boolean {
  return kind === 'event' || kind === 'growth' || kind === 'credit' || kind === 'remap';
}

/** Readers of journal rows by their kind; rows of other kinds do not go out. */
function entryReaders({
  db,
  names,
  ...books
}: Books): Readonly<Record<string, (ref: number) => FeedEntry | undefined>> {
  const times = liveTimes({ db, names, ...books });
  const sheetAt = db.prepare<[number], SheetEntry>(
    'SELECT id AS sheet, opened_at_ms AS openedAtMs FROM sheet WHERE id = ?',
  );
  const spoilAt = db.prepare<[number], Omit<SpoiledEntry, 'row'> & { row: number }>(
    'SELECT sheet, row, first_n AS "from", last_n AS "to", why, at_ms AS atMs FROM spoil WHERE seq = ?',
  );
  const voidAt = db.prepare<[number], Omit<VoidedEntry, 'row'> & { row: number }>(
    `SELECT c.row, c.event AS seq, v.strokes, v.why, v.at_ms AS atMs
     FROM void v JOIN credit c ON c.seq = v.credit WHERE v.seq = ?`,
  );
  const markAt = db.prepare<
    [number],
    {
      readonly sheet: number;
      readonly row: number;
      readonly n: number;
      readonly from_x_mm: number;
      readonly from_y_mm: number;
      readonly to_x_mm: number;
      readonly to_y_mm: number;
      readonly why: string;
    }
  >('SELECT * FROM stray_mark WHERE seq = ?');

  const drawingAt = drawingEntryOf(db);
  const firedAt = firedRules(db);

  const named = <T extends { readonly row: number }>(found: T) => ({ ...found, row: names.rowName(found.row) });

  return {
    sheet(ref) {
      const entry = sheetAt.get(ref);
      return entry && { kind: 'sheet', entry };
    },
    spoil(ref) {
      const found = spoilAt.get(ref);
      return found && { kind: 'spoiled', entry: named(found) };
    },
    void(ref) {
      const found = voidAt.get(ref);
      return found && { kind: 'voided', entry: named(found) };
    },
    'stray-mark'(ref) {
      const mark = markAt.get(ref);
      if (mark === undefined) return undefined;
      const entry: StrayMarkOnSheet = {
        stroke: { sheet: mark.sheet, row: names.rowName(mark.row), n: mark.n },
        from: { xMm: mark.from_x_mm, yMm: mark.from_y_mm },
        to: { xMm: mark.to_x_mm, yMm: mark.to_y_mm },
        why: mark.why,
      };
      return { kind: 'stray-mark', entry };
    },
    request(ref) {
      const entry = drawingAt(ref);
      return entry === null ? undefined : { kind: 'drawing', entry };
    },
    rule(ref) {
      const entry = firedAt(ref);
      return entry && { kind: 'rule', entry };
    },
    gap(ref) {
      const entry = times.gapAt(ref);
      return entry && { kind: 'gap', entry };
    },
  };
}

/** All events that a page reports are read at once: one by one each would look up what gifts are called anew. */
function giftReaderOf({ db }: Books): (rows: readonly JournalRow[]) => ReadonlyMap<number, FeedEntry> {
  const giftsOf = db.prepare<[string], Omit<SeenGift, 'mapped'> & { mapped: number }>(
    `SELECT ${eventColumns}, ${countOfEvent} AS count, ${strokesOfEvent} AS strokes, w.id IS NOT NULL AS mapped
     FROM ${eventTables} ${worthOfEvent} WHERE e.seq IN (SELECT value FROM json_each(?))`,
  );
  return (rows) => {
    const seqs = [...new Set(rows.filter(isOfEvent).map(({ ref }) => ref))];
    const found = seqs.length === 0 ? [] : giftsOf.all(JSON.stringify(seqs));
    return new Map(found.map((gift) => [gift.seq, { kind: 'gift', entry: { ...gift, mapped: gift.mapped === 1 } }]));
  };
}

/** Ink lies by place, and the journal names it by turn: all of a sheet that a page reports is read at once. */
function inkReaderOf({ db, names }: Books): (rows: readonly JournalRow[]) => ReadonlyMap<number, FeedEntry> {
  const between = db.prepare<[number, number, number], InkRow>(
    `SELECT i.sheet, i.row, i.first_n AS "from", i.last_n AS "to", i.turn, i.at_ms AS atMs, e.seq,
       ${giftCalled} AS gift, coalesce(v.name, '') AS viewer
     FROM ink i CROSS JOIN credit c CROSS JOIN ${eventTables}
     WHERE i.sheet = ? AND i.turn BETWEEN ? AND ? AND c.seq = i.credit AND e.seq = c.event`,
  );
  return (rows) => {
    const spans = new Map<number, { first: number; last: number }>();
    for (const { ref } of rows.filter(({ kind }) => kind === 'ink')) {
      const [sheet, turn] = [Math.floor(ref / turnsPerSheet), ref % turnsPerSheet];
      const span = spans.get(sheet) ?? { first: turn, last: turn };
      spans.set(sheet, { first: Math.min(span.first, turn), last: Math.max(span.last, turn) });
    }
    const found = new Map<number, FeedEntry>();
    for (const [sheet, { first, last }] of spans) {
      for (const { turn, row, ...ink } of between.all(sheet, first, last)) {
        found.set(sheet * turnsPerSheet + turn, { kind: 'ink', entry: { ...ink, row: names.rowName(row) } });
      }
    }
    return found;
  };
}
