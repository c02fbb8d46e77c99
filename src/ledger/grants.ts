import { comparableName } from '../domain/plain-text.ts';
import { type PayingKind, strokesFor, type Worth } from '../domain/worth.ts';
import type { Books } from './books.ts';
import { eventsOfRoom, roomRange } from './late-index.ts';
import { boundedCredits } from './void-entry.ts';

/** What a backfill found and credited. */
interface Backfilled {
  /** Gifts, streaks and other events that had been unmapped. */
  readonly events: number;
  readonly strokes: number;
}

interface Unmapped {
  readonly seq: number;
  readonly origin: 'live' | 'test' | 'replay';
  readonly base: number;
  readonly count: number;
}

/**
 * Credits that a person gives; within a transaction only. Of a gift at most `mostPerGift` strokes are drawn, whenever
 * it is mapped.
 */
export function grants(books: Books, perGiftMax: number | null) {
  const { db, names, keys, eventKeys, viewers } = books;
  const lastEvent = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM event');
  const addEvent = db.prepare(
    `INSERT INTO event (key, room, kind, origin, session, viewer, base, count, worth, arrived_at_ms, payload)
     VALUES (?, ?, 'hand', 'hand', ?, ?, 0, ?, ?, ?, ?)`,
  );
  const unmapped = db.prepare<[{ room: number; id: string; name: string }], Unmapped>(
    `SELECT e.seq, e.origin, 0 AS base,
       max(e.count, coalesce((SELECT max(count) FROM growth WHERE event = e.seq), 0)) AS count
     FROM event e JOIN gift g ON g.id = e.gift
     WHERE e.room = @room AND e.worth IS NULL AND e.gift IS NOT NULL AND (g.platform_id = @id OR comparable_name(g.name) = @name
         OR g.platform_id IN (SELECT platform_id FROM gift WHERE platform_id <> '' AND comparable_name(name) = @name))
       AND NOT EXISTS (SELECT 1 FROM remap WHERE event = e.seq)
     ORDER BY e.seq`,
  );
  const unmappedOfKind = db.prepare<[Buffer, Buffer, number, number, string], Unmapped>(
    `SELECT e.seq, e.origin, min(e.base, coalesce((SELECT min(base) FROM growth WHERE event = e.seq), e.base)) AS base,
       max(e.count, coalesce((SELECT max(count) FROM growth WHERE event = e.seq), 0)) AS count
     FROM event e WHERE e.seq IN (${eventsOfRoom}) AND e.room = ? AND e.kind = ? AND e.worth IS NULL
       AND e.origin <> 'hand' AND NOT EXISTS (SELECT 1 FROM remap WHERE event = e.seq)
     ORDER BY e.seq`,
  );
  const credit = boundedCredits(books, perGiftMax);
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
     * Credits the gifts of a room that were unmapped when they came, by the gift's id or its name in any spelling; each
     * once, and from then on they grow by this worth.
     */
    backfill(giftNameOrId: string, roomName: string, worth: Worth): Backfilled {
      const room = names.knownRoom(roomName);
      if (room === null) return nothing;
      const events = unmapped.all({ room, id: giftNameOrId.trim(), name: comparableName(giftNameOrId) });
      books.countUnmapped(room, -events.filter(({ origin }) => origin === 'live').length);
      return pay(events, worth, true);
    },
    /** The same for what else of a room was kept and not mapped: follows, shares, subscriptions, likes. */
    backfillKind(kind: PayingKind, roomName: string, worth: Worth): Backfilled {
      const room = names.knownRoom(roomName);
      if (room === null) return nothing;
      return pay(unmappedOfKind.all(...roomRange(books.eventKeys, room), room, kind), worth, false);
    },
  };

  function pay(events: readonly Unmapped[], worth: Worth, isGift: boolean): Backfilled {
    let strokes = 0;
    for (const { seq, origin, base, count } of events) {
      addRemap.run(seq, names.worth(worth), books.wallMs());
      const worthNow = strokesFor(worth, count) - strokesFor(worth, base);
      const credits = credit({ seq, origin, isGift }, worth.rows, 0, worthNow);
      strokes += credits.reduce((sum, each) => sum + each.strokes, 0);
    }
    return { events: events.length, strokes };
  }
}

const nothing: Backfilled = { events: 0, strokes: 0 };
