import type { Books } from './books.ts';

/** A cost that was paid, and what it paid for. */
interface Spent {
  readonly seq: number;
  readonly paid: number;
}

/** Gives back what rules cost; within a transaction only. */
export function pointsRefunds({ db, wallMs }: Pick<Books, 'db' | 'wallMs'>) {
  // Entries without a source take away what somebody had who is forgotten.
  const spentOn = db.prepare<[number], Spent>(
    `SELECT s.seq, f.paid FROM firing f CROSS JOIN points s
     WHERE f.paid = ? AND s.firing = f.seq AND s.source = 'spent'
       AND NOT EXISTS (SELECT 1 FROM points r WHERE r.firing = f.seq AND r.source = 'refund')
       AND NOT EXISTS (SELECT 1 FROM points g WHERE g.viewer = s.viewer AND g.kind = 'points' AND g.seq > s.seq AND g.source IS NULL)`,
  );
  // Credits lie by their rows: all of them are read, once for however many events.
  const nothingLeft = db.prepare<[string], { event: number }>(
    `WITH paid AS MATERIALIZED (SELECT value AS event FROM json_each(?)),
       part AS (
         SELECT event, 0 AS strokes FROM paid
         UNION ALL SELECT event, strokes FROM credit WHERE event IN (SELECT event FROM paid)
         UNION ALL SELECT c.event, -v.strokes FROM void v CROSS JOIN credit c
           WHERE c.seq = v.credit AND c.event IN (SELECT event FROM paid)
         UNION ALL SELECT q.event, 1 FROM request q WHERE q.event IN (SELECT event FROM paid)
           AND NOT EXISTS (SELECT 1 FROM request_step WHERE request = q.id AND state = 'void')
       )
     SELECT event FROM part GROUP BY event HAVING sum(strokes) = 0`,
  );
  const giveBack = db.prepare<[string, number, number]>(
    `INSERT INTO points (viewer, kind, change, balance, event, why, at_ms, source, firing, refunds, previous)
     SELECT s.viewer, s.kind, -s.change, v.points - s.change, s.event, ?, ?, 'refund', s.firing, s.seq, v.points_last
     FROM points s JOIN viewer v ON v.id = s.viewer WHERE s.seq = ?`,
  );
  return {
    /**
     * Something was taken back of what rules drew or wrote under these events: where nothing is left of it, its cost is
     * given back, once; not to whoever was forgotten since.
     */
    refund(paid: readonly number[], why: string): void {
      const spent = [...new Set(paid)].flatMap((event) => spentOn.all(event));
      if (spent.length === 0) return;
      const gone = nothingLeft.all(JSON.stringify(spent.map(({ paid: event }) => event)));
      const events = new Set(gone.map(({ event }) => event));
      for (const { seq, paid: event } of spent) if (events.has(event)) giveBack.run(why, wallMs(), seq);
    },
  };
}
