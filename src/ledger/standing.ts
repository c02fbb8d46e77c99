import type { Books } from './books.ts';

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
export function standingQuestions(books: Books) {
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
