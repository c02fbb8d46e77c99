import type { Books } from './books.ts';
import { eventsOfRoom, roomRange } from './late-index.ts';
import { type Gap, liveTimes } from './live-times.ts';

/** A kind of gift that came on a live. */
export interface GiftSeen {
  readonly giftId: string;
  readonly gift: string;
  readonly coins: number;
  /** How many were given, streaks counted in full. */
  readonly count: number;
  readonly viewers: number;
  /** Whether all of them were mapped, by the map of their time or by a backfill since. */
  readonly mapped: boolean;
  readonly strokes: number;
}

/** What a night came to. Strokes are counted without tests and replays. */
export interface NightReport {
  readonly sinceMs: number;
  readonly given: {
    readonly gifts: number;
    readonly coins: number;
    readonly viewers: number;
    readonly strokes: number;
  };
  readonly drawn: number;
  /** Of strokes drawn, whenever it was, so many were said to have no ink; they are owed and drawn again. */
  readonly spoiled: number;
  /** Strokes owed now: they go on with the next night. */
  readonly carried: number;
  readonly unmapped: { readonly gifts: number; readonly coins: number };
  readonly gaps: readonly Gap[];
}

/** How far back an event with a later wall time is looked for behind one with an earlier: the wall time can jump. */
const jumpedEvents = 1_000;

const countNow = 'max(e.count, coalesce((SELECT max(count) FROM growth WHERE event = e.seq), 0))';
const baseNow = 'min(e.base, coalesce((SELECT min(base) FROM growth WHERE event = e.seq), e.base))';
const worthNow = 'coalesce(e.worth, (SELECT worth FROM remap WHERE event = e.seq))';

/** What an event `e` with its worth `w` was credited, without looking at its credits. */
export const strokesOfEvent = `coalesce((${countNow} / w.per - ${baseNow} / w.per) * w.strokes, 0)`;
export const worthOfEvent = `LEFT JOIN worth w ON w.id = ${worthNow}`;
export const countOfEvent = countNow;

/** Reports over many events; they read what belongs to the night or the live, not the whole ledger. */
export function reportQuestions(books: Books) {
  const { db, names } = books;
  const times = liveTimes(books);
  const seen = db.prepare<[Buffer, Buffer, number, number], Omit<GiftSeen, 'mapped'> & { mapped: number }>(
    `SELECT g.platform_id AS giftId, g.name AS gift, g.coins, sum(${countNow}) AS count, count(DISTINCT e.viewer) AS viewers,
       min(w.id IS NOT NULL) AS mapped, sum(${strokesOfEvent}) AS strokes
     FROM event e JOIN gift g ON g.id = e.gift ${worthOfEvent}
     WHERE e.seq IN (${eventsOfRoom}) AND e.room = ? AND e.source = 'live' GROUP BY g.id ORDER BY g.coins DESC, g.name`,
  );
  const newest = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM event');
  const latestIn = db.prepare<[number, number], { at: number | null }>(
    'SELECT max(arrived_at_ms) AS at FROM event WHERE seq > ? AND seq <= ?',
  );
  const given = db.prepare<
    [number, number],
    { gifts: number; coins: number; viewers: number; strokes: number; unmapped: number; unmappedCoins: number }
  >(
    `SELECT coalesce(sum(count) FILTER (WHERE kind = 'gift'), 0) AS gifts, coalesce(sum(count * coins), 0) AS coins,
       count(DISTINCT viewer) AS viewers, coalesce(sum(strokes), 0) AS strokes,
       coalesce(sum(count) FILTER (WHERE kind = 'gift' AND NOT mapped), 0) AS unmapped,
       coalesce(sum(count * coins) FILTER (WHERE NOT mapped), 0) AS unmappedCoins
     FROM (
       SELECT e.kind, e.viewer, ${countNow} AS count, coalesce(g.coins, 0) AS coins, ${strokesOfEvent} AS strokes, w.id IS NOT NULL AS mapped
       FROM event e LEFT JOIN gift g ON g.id = e.gift ${worthOfEvent}
       WHERE e.seq > ? AND e.arrived_at_ms >= ? AND e.source IN ('live', 'hand')
     )`,
  );
  const drawn = db.prepare<[number, number], { strokes: number }>(
    `SELECT coalesce(sum(i.last_n - i.first_n + 1), 0) AS strokes FROM ink i JOIN credit c ON c.seq = i.credit
     WHERE i.sheet >= ? AND i.at_ms >= ? AND c.source IN ('live', 'hand')`,
  );
  const spoiled = db.prepare<[number], { strokes: number }>(
    `SELECT coalesce(sum(s.last_n - s.first_n + 1), 0) AS strokes FROM spoil s JOIN credit c ON c.seq = s.credit
     WHERE s.at_ms >= ? AND c.source IN ('live', 'hand')`,
  );
  const firstSheet = db.prepare<[number], { sheet: number }>(
    'SELECT coalesce(min(sheet), (SELECT max(id) FROM sheet), 0) AS sheet FROM sheet_close WHERE at_ms >= ?',
  );
  const settled = db.prepare<[], { row: number; strokes: number }>(
    `SELECT r.id AS row, coalesce(sum(drawn - spoiled + voided), 0) AS strokes
     FROM word r LEFT JOIN balance b ON b.row = r.id AND b.source IN ('live', 'hand') WHERE r.kind = 'row' GROUP BY r.id`,
  );

  /** The number before the first event of a time, found from the end: the ledger is long and a night is short. */
  function eventsBefore(sinceMs: number): number {
    let high = newest.get()?.seq ?? 0;
    while (high > 0) {
      const low = Math.max(0, high - jumpedEvents);
      if ((latestIn.get(low, high)?.at ?? 0) < sinceMs) return high;
      high = low;
    }
    return 0;
  }

  function carried(): number {
    return settled.all().reduce((sum, { row, strokes }) => {
      const { live, hand } = books.debts.credited(row);
      return sum + live + hand - strokes;
    }, 0);
  }

  return {
    /** The gifts that came on this live, the dearest first. */
    giftsSeen(roomName: string): GiftSeen[] {
      const room = names.knownRoom(roomName);
      return room === null
        ? []
        : seen.all(...roomRange(books.eventKeys, room), room).map((gift) => ({ ...gift, mapped: gift.mapped === 1 }));
    },
    /** What was given and drawn since a moment, and what is left; wall time in ms. */
    night(sinceMs: number): NightReport {
      const found = given.get(eventsBefore(sinceMs), Math.trunc(sinceMs));
      if (found === undefined) throw new Error('a sum has one line');
      const { gifts, coins, viewers, strokes, unmapped, unmappedCoins } = found;
      return {
        sinceMs,
        given: { gifts, coins, viewers, strokes },
        drawn: drawn.get(firstSheet.get(sinceMs)?.sheet ?? 0, Math.trunc(sinceMs))?.strokes ?? 0,
        spoiled: spoiled.get(Math.trunc(sinceMs))?.strokes ?? 0,
        carried: carried(),
        unmapped: { gifts: unmapped, coins: unmappedCoins },
        gaps: times.gapsSince(sinceMs),
      };
    },
  };
}
