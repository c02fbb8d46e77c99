import { strokesFor, type Worth } from '../domain/worth.ts';
import type { Books } from './books.ts';

/** What a backfill found and credited. */
export interface Backfilled {
  /** Gifts and streaks that had been unmapped. */
  readonly events: number;
  readonly strokes: number;
}

/** Credits that a person gives; within a transaction only. */
export function grants(books: Books) {
  const { db, names, keys, eventKeys, viewers } = books;
  const lastEvent = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM event');
  const addEvent = db.prepare(
    `INSERT INTO event (key, room, kind, source, session, viewer, base, count, worth, arrived_at_ms, payload)
     VALUES (?, ?, 'hand', 'hand', ?, ?, 0, ?, ?, ?, ?)`,
  );
  const unmapped = db.prepare<
    [number, string, string],
    { seq: number; source: 'live' | 'test' | 'replay'; count: number }
  >(
    `SELECT e.seq, e.source, max(e.count, coalesce((SELECT max(count) FROM growth WHERE event = e.seq), 0)) AS count
     FROM event e JOIN gift g ON g.id = e.gift
     WHERE e.room = ? AND e.worth IS NULL AND e.gift IS NOT NULL AND (g.platform_id = ? OR g.name = ? COLLATE NOCASE)
       AND NOT EXISTS (SELECT 1 FROM remap WHERE event = e.seq)
     ORDER BY e.seq`,
  );
  const addRemap = db.prepare<[number, number, number]>('INSERT INTO remap (event, worth, at_ms) VALUES (?, ?, ?)');

  return {
    /**
     * Credits strokes by hand, as its own kind, with the reason kept. The viewer is the one last seen under this name;
     * a name that was never seen becomes a viewer of its own; '' is nobody.
     */
    credit(rowName: string, strokes: number, viewerName: string, why: string): void {
      if (!Number.isSafeInteger(strokes) || strokes <= 0) throw new RangeError(`cannot credit ${strokes} strokes`);
      const row = names.row(rowName);
      const nowMs = books.wallMs();
      const viewer =
        viewerName === ''
          ? null
          : (viewers.byName(viewerName) ?? viewers.seen({ id: `by hand ${viewerName}`, name: viewerName }, nowMs));
      const room = names.room('');
      const key = keys.event(room, ['hand', String((lastEvent.get()?.seq ?? 0) + 1)]);
      const worth = names.worth({ rows: [rowName], strokes: 1, per: 1 });
      const payload = JSON.stringify({ why });
      const { lastInsertRowid } = addEvent.run(
        Buffer.from(key, 'hex'),
        room,
        names.session(''),
        viewer,
        strokes,
        worth,
        nowMs,
        payload,
      );
      eventKeys.add(key, Number(lastInsertRowid));
      books.debts.credit(row, Number(lastInsertRowid), 'hand', strokes);
    },
    /**
     * Credits the gifts of a room that were unmapped when they came, by the gift's id or its name in any case; each once,
     * and from then on they grow by this worth.
     */
    backfill(giftNameOrId: string, roomName: string, worth: Worth): Backfilled {
      const room = names.knownRoom(roomName);
      const events = room === null ? [] : unmapped.all(room, giftNameOrId, giftNameOrId);
      if (room !== null) books.countUnmapped(room, -events.filter(({ source }) => source === 'live').length);
      let strokes = 0;
      for (const { seq, source, count } of events) {
        addRemap.run(seq, names.worth(worth), books.wallMs());
        const worthNow = strokesFor(worth, count);
        books.credit(seq, source, worth.rows, worthNow);
        strokes += worthNow;
      }
      return { events: events.length, strokes };
    },
  };
}
