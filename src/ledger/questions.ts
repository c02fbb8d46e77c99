import { momentKinds } from '../domain/moment.ts';
import type { StrayMarkOnSheet } from '../domain/plotter.ts';
import type { StrokeRef } from '../domain/sheet.ts';
import type { Balance, Books } from './books.ts';
import { drawingQuestions } from './drawings.ts';
import { feedQuestions } from './feed.ts';
import { goalQuestions } from './goals.ts';
import type { Channel } from './names.ts';
import { pastEveningQuestions } from './past-evenings.ts';
import { pastLiveQuestions } from './past-lives.ts';
import { pastStreakQuestions } from './past-streaks.ts';
import { eventColumns, eventTables, payerQuestions, type SeenGift } from './payers.ts';
import { peopleQuestions } from './people.ts';
import { pastQuestions, recordQuestions } from './records.ts';
import { countOfEvent, reportQuestions, simpleKindsInSql, strokesOfEvent, worthOfEvent } from './reports.ts';
import { ruleQuestions } from './rule-log.ts';

/** Nobody gave these: they are no news for whoever looks at gifts. */
const momentsInSql = momentKinds.map((kind) => `'${kind}'`).join(', ');

/** What is still owed of an event in one row. */
interface OwedOfEvent {
  readonly event: number;
  /** The giver's number, '' for nobody. */
  readonly giver: string;
  readonly open: number;
}

/** What is owed in a row, and of its newest events each for itself, the newest first. */
export interface RowQueue {
  readonly row: string;
  readonly pending: number;
  readonly newest: readonly OwedOfEvent[];
}

/** Where what is owed of one event stands in the queue of a row. */
interface EventStanding {
  readonly row: string;
  readonly pending: number;
  /** Strokes of the event that are owed in this row; 0 where nothing is. */
  readonly open: number;
  /** Strokes of the row up to and with the event's last one; 0 where nothing of it is owed. */
  readonly aheadInRow: number;
  /** Strokes of the row that are owed for this event and all before it. */
  readonly upToEvent: number;
}

/** A streak's later parts stand behind newer gifts: so many older ones in a row, and the rest is older too. */
const olderInARow = 16;
const creditsLookedAt = 500;

/** Tells where what is owed stands in the queue. */
function standingQuestions(books: Books) {
  const { db, names, debts } = books;
  const rows = db.prepare<[], { row: number }>("SELECT id AS row FROM word WHERE kind = 'row'");
  const eventOf = db.prepare<[number], { event: number; viewer: number | null }>(
    'SELECT e.seq AS event, e.viewer FROM credit c JOIN event e ON e.seq = c.event WHERE c.seq = ?',
  );
  const owed = `WITH owed (credit, open) AS (
    SELECT credit, open FROM debt WHERE credit BETWEEN $row * 4294967296 AND $row * 4294967296 + 4294967295
    UNION ALL SELECT seq, strokes FROM credit
      WHERE seq BETWEEN coalesce((SELECT credit FROM frontier WHERE row = $row), $row * 4294967296)
        AND $row * 4294967296 + 4294967295)`;
  const ofEvent = db.prepare<[{ row: number; event: number }], { open: number; last: number; upToEvent: number }>(
    `${owed} SELECT coalesce(sum(o.open) FILTER (WHERE c.event = $event), 0) AS open,
       coalesce(max(o.credit) FILTER (WHERE c.event = $event), 0) AS last,
       coalesce(sum(o.open) FILTER (WHERE c.event <= $event), 0) AS upToEvent
     FROM owed o CROSS JOIN credit c WHERE c.seq = o.credit`,
  );
  const upTo = db.prepare<[{ row: number; last: number }], { strokes: number }>(
    `${owed} SELECT coalesce(sum(open), 0) AS strokes FROM owed WHERE credit <= $last`,
  );
  const laterOfGiver = db.prepare<[{ row: number; event: number; viewer: number }], { strokes: number }>(
    `${owed} SELECT coalesce(sum(o.open), 0) AS strokes FROM owed o CROSS JOIN credit c CROSS JOIN event e
     WHERE c.seq = o.credit AND c.event > $event AND e.seq = c.event AND e.viewer = $viewer`,
  );
  const giverOf = db.prepare<[number], { viewer: number | null }>('SELECT viewer FROM event WHERE seq = ?');
  return {
    /** Where one event stands in each row; it reads all that is owed, some ms for a hundred thousand credits. */
    standingOf(event: number): EventStanding[] {
      return rows.all().map(({ row }) => {
        const { open, last, upToEvent } = ofEvent.get({ row, event }) ?? { open: 0, last: 0, upToEvent: 0 };
        const aheadInRow = open === 0 ? 0 : (upTo.get({ row, last })?.strokes ?? 0);
        return { row: names.rowName(row), pending: debts.pending(row), open, aheadInRow, upToEvent };
      });
    },
    /** Who gave an event, as in `OwedOfEvent`, and how much is owed to them for what they gave after it. */
    giverOf(event: number): { readonly giver: string; readonly later: number } {
      const viewer = giverOf.get(event)?.viewer ?? null;
      if (viewer === null) return { giver: '', later: 0 };
      const later = rows.all().map(({ row }) => laterOfGiver.get({ row, event, viewer })?.strokes ?? 0);
      return { giver: String(viewer), later: later.reduce((sum, strokes) => sum + strokes, 0) };
    },
    /** All rows with what is owed there since an event, credit by credit. */
    queuesSince(event: number): RowQueue[] {
      return rows.all().map(({ row }) => {
        const newest: OwedOfEvent[] = [];
        let older = 0;
        let looked = 0;
        for (const { credit, open } of debts.newestFirst(row)) {
          const found = eventOf.get(credit);
          looked += 1;
          older = found === undefined || found.event < event ? older + 1 : 0;
          if (older > olderInARow || looked > creditsLookedAt) break;
          if (found === undefined || found.event < event) continue;
          newest.push({ event: found.event, giver: found.viewer === null ? '' : String(found.viewer), open });
        }
        return { row: names.rowName(row), pending: debts.pending(row), newest };
      });
    },
  };
}

export type { Payer } from './payers.ts';

/** A row's account: every count of strokes of its life, and how many of them came from tests. */
export interface RowAccount extends Balance {
  readonly row: string;
  readonly credited: number;
  readonly pending: number;
  readonly testCredited: number;
}

/** A sheet in numbers. */
export interface SheetSummary {
  readonly sheet: number;
  readonly openedAtMs: number;
  readonly closedAtMs: number | null;
  readonly drawn: number;
  readonly uncertain: number;
  readonly strayMarks: number;
  /** What is printed on the pen with which it was begun; '' where nobody said. */
  readonly pen: string;
}

/** Of so many sessions those are looked for that were open at the same time. */
const sessionsLookedAt = 1_000;

/** Reads the ledger for people; no query here grows with the number of events, the reports with those of their time. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function questionsOf(books: Books) {
  const { db, names } = books;
  const balances = db.prepare<[], Balance & { row: number; redraws: number }>(
    `SELECT r.id AS row, coalesce(sum(drawn), 0) AS drawn, coalesce(sum(spoiled), 0) AS spoiled,
       coalesce(sum(voided), 0) AS voided, (SELECT count(*) FROM redraw WHERE redraw.row = r.id) AS redraws
     FROM word r LEFT JOIN balance b ON b.row = r.id WHERE r.kind = 'row' GROUP BY r.id ORDER BY r.id`,
  );
  const lastGifts = db.prepare<[number], Omit<SeenGift, 'mapped'> & { mapped: number }>(
    `SELECT ${eventColumns}, ${countOfEvent} AS count, ${strokesOfEvent} AS strokes, w.id IS NOT NULL AS mapped
     FROM ${eventTables} ${worthOfEvent} WHERE e.kind NOT IN (${momentsInSql}) ORDER BY e.seq DESC LIMIT ?`,
  );
  const ofPayingKind = db.prepare<[number]>(
    `SELECT 1 FROM event WHERE seq = ? AND kind IN ('gift', 'hand', 'donation', 'tip', 'like', 'rule', ${simpleKindsInSql})`,
  );
  const eventCount = db.prepare<[], { events: number }>('SELECT coalesce(max(seq), 0) AS events FROM event');
  const newestRoom = db.prepare<[], { room: number }>(
    `SELECT room FROM event WHERE origin = 'live' ORDER BY seq DESC LIMIT 1`,
  );
  const heardBeside = db.prepare<[{ room: number; now: number }], { room: number }>(
    `WITH heard AS (
       SELECT room, opened_at_ms AS from_ms, coalesce(closed_at_ms, @now) AS to_ms FROM session
       WHERE origin = 'live' ORDER BY id DESC LIMIT ${sessionsLookedAt}
     ), last AS (SELECT min(from_ms) AS from_ms, max(to_ms) AS to_ms FROM heard WHERE room = @room)
     SELECT heard.room FROM heard, last
     WHERE heard.room <> @room AND heard.from_ms <= last.to_ms AND heard.to_ms >= last.from_ms
     GROUP BY heard.room ORDER BY max(heard.from_ms) DESC`,
  );
  const uncertain = db.prepare<[], { uncertain: number }>(
    'SELECT coalesce(sum(doubtful), 0) AS uncertain FROM sheet_close',
  );
  const lastInk = db.prepare<[number], { row: number; n: number }>(
    'SELECT row, last_n AS n FROM ink WHERE sheet = ? ORDER BY turn DESC LIMIT 1',
  );
  const redraws = db.prepare<[number], { row: number; n: number }>('SELECT row, n FROM redraw WHERE sheet = ?');
  const strayMarks = db.prepare<
    [number],
    { row: number; n: number; from_x_mm: number; from_y_mm: number; to_x_mm: number; to_y_mm: number; why: string }
  >('SELECT * FROM stray_mark WHERE sheet = ? ORDER BY seq');
  const giftName = db.prepare<[string], { name: string }>(
    "SELECT name FROM gift WHERE platform_id = ? AND name <> '' ORDER BY id DESC LIMIT 1",
  );
  const sheets = db.prepare<[], SheetSummary>(
    `SELECT s.id AS sheet, s.opened_at_ms AS openedAtMs, c.at_ms AS closedAtMs, coalesce(c.doubtful, 0) AS uncertain,
       coalesce((SELECT sum(certain) FROM place WHERE sheet = s.id), 0) AS drawn,
       (SELECT count(*) FROM stray_mark WHERE sheet = s.id) AS strayMarks, coalesce(s.layout ->> '$.ink.name', '') AS pen
     FROM sheet s LEFT JOIN sheet_close c ON c.sheet = s.id ORDER BY s.id`,
  );

  const newestSession = db.prepare<[], { session: number | null }>('SELECT max(id) AS session FROM session');
  let last: { readonly newest: number; readonly session: number | null; readonly rooms: readonly number[] } | null;
  last = null;

  /** The room of the newest event, and those beside it: they are others with another session at the earliest. */
  function roomsOfLast(): readonly number[] {
    const newest = newestRoom.get()?.room;
    if (newest === undefined) return [];
    const session = newestSession.get()?.session ?? null;
    if (last?.newest !== newest || last.session !== session) {
      const beside = heardBeside.all({ room: newest, now: books.wallMs() }).map(({ room }) => room);
      last = { newest, session, rooms: [newest, ...beside] };
    }
    return last.rooms;
  }

  return {
    ...payerQuestions(books),
    ...reportQuestions(books),
    ...feedQuestions(books),
    ...recordQuestions(books),
    ...standingQuestions(books),
    ...pastQuestions(books),
    ...pastLiveQuestions(books),
    ...pastEveningQuestions(books),
    ...pastStreakQuestions(books),
    ...drawingQuestions(db),
    ...peopleQuestions(books),
    ...ruleQuestions(books),
    ...goalQuestions(books),
    accounts(): RowAccount[] {
      return balances.all().map(({ row, redraws: again, ...balance }) => {
        const { live, test, hand, replay } = books.debts.credited(row);
        return {
          row: names.rowName(row),
          credited: live + test + hand + replay,
          ...balance,
          pending: books.debts.pending(row) + again,
          testCredited: test,
        };
      });
    },
    lastGifts: (limit: number): SeenGift[] =>
      lastGifts.all(limit).map((gift) => ({ ...gift, mapped: gift.mapped === 1 })),
    /** Whether there is an event of this number, of a kind that can pay. */
    hasGift: (seq: number): boolean => ofPayingKind.get(seq) !== undefined,
    /** The name under which the gift of this id came last; null when it never had one. */
    /** The newest price that a gift of this id had, in coins; 0 where none is known. */
    giftPrice: (id: string): number => names.priceOf(id),
    giftName: (id: string): string | null => giftName.get(id)?.name ?? null,
    eventCount: (): number => eventCount.get()?.events ?? 0,
    /** Gifts of the last live, on every platform, that the gift map did not know and no backfill has credited since. */
    unmappedGifts: (): number => roomsOfLast().reduce((sum, room) => sum + books.unmapped(room), 0),
    /**
     * The rooms of the last live: that of the newest event, and those that were heard while it was, wherever they are
     * sent. None when no live was ever heard.
     */
    roomsOfLastLive(): readonly (Channel & { readonly room: string })[] {
      return roomsOfLast().map((room) => ({
        ...(names.channelOf(room) ?? { platform: '', channel: '' }),
        room: names.roomName(room),
      }));
    },
    sheets: (): SheetSummary[] => sheets.all(),
    /** Strokes that were perhaps drawn on sheets that are gone, and were owed again. */
    uncertain: (): number => uncertain.get()?.uncertain ?? 0,
    /** How far each row of the open sheet is certain. */
    places(): { readonly row: string; readonly certain: number }[] {
      return [...(books.sheet()?.certain ?? [])].map(([row, certain]) => ({ row: names.rowName(row), certain }));
    },
    /** The stroke that became certain last on a sheet, null when it has no ink. */
    lastInk(sheet: number): StrokeRef | null {
      const found = lastInk.get(sheet);
      return found === undefined ? null : { sheet, row: names.rowName(found.row), n: found.n };
    },
    /** Strokes of a sheet that are to be drawn again in their places. */
    redraws: (sheet: number): StrokeRef[] =>
      redraws.all(sheet).map(({ row, n }) => ({ sheet, row: names.rowName(row), n })),
    /** Marks on a sheet that are no strokes. */
    strayMarks: (sheet: number): StrayMarkOnSheet[] =>
      strayMarks.all(sheet).map((mark) => ({
        stroke: { sheet, row: names.rowName(mark.row), n: mark.n },
        from: { xMm: mark.from_x_mm, yMm: mark.from_y_mm },
        to: { xMm: mark.to_x_mm, yMm: mark.to_y_mm },
        why: mark.why,
      })),
  };
}

/** Questions about the past and the balances. */
export type Questions = ReturnType<typeof questionsOf>;
