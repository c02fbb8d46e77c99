import type { Books } from './books.ts';

/** What is still owed of an event in one row. */
export interface OwedOfEvent {
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
  return {
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
