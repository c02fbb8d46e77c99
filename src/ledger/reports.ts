import * as v from 'valibot';
import type { MoneyKind } from '../domain/money.ts';
import { simplePayingKinds } from '../domain/worth.ts';
import type { Books } from './books.ts';
import type { LedgerConnection } from './connection.ts';
import { eventsOfRoom, roomRange } from './late-index.ts';
import { type Gap, liveTimes } from './live-times.ts';
import { countNow, isMoney, leastBase, moneyBase } from './money.ts';
import { type ReceiverIs, receiverColumns, receiverTable } from './payers.ts';

/** A smaller one is how exactly a clock is set that was right already. */
const jumpMsMin = 10_000;
/** Only the newest are of use: reports look back a night. */
const jumpsKept = 50;
const metaKey = 'clock-jumps';

const jumpsForm = v.array(v.object({ afterSeq: v.number(), upToSeq: v.number(), byMs: v.number() }));

/** The wall clock was set while the service ran: the events it wrote until then bear times that are off by so much. */
type ClockJump = v.InferOutput<typeof jumpsForm>[number];

interface ClockJumps {
  /** Looks whether the wall clock has jumped since it was last looked; whether something is to be written. */
  hasJumped(): boolean;
  /** Writes the jump down; within a transaction. */
  write(): void;
}

interface Clocks {
  readonly wallMs: () => number;
  readonly nowMs: () => number;
  readonly clockIsRight: () => boolean;
}

/**
 * Notes jumps of the wall clock from a start on. A Pi has no clock of its own: events come with the time of its last
 * shutdown until the network has answered. A clock that was right before is believed: then the machine slept.
 */
export function watchClockJumps(db: LedgerConnection, { wallMs, nowMs, clockIsRight }: Clocks): ClockJumps {
  const newest = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM event');
  const note = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  const newestSeq = () => newest.get()?.seq ?? 0;
  const offset = () => wallMs() - nowMs();
  const afterSeq = newestSeq();
  let offsetMs = offset();
  let wasRight = clockIsRight();
  let byMs = 0;
  return {
    hasJumped() {
      const jumpedMs = offset() - offsetMs;
      if (Math.abs(jumpedMs) >= jumpMsMin) {
        offsetMs += jumpedMs;
        if (!wasRight) byMs += jumpedMs;
      }
      wasRight = clockIsRight();
      return byMs !== 0;
    },
    write() {
      const jump = { afterSeq, upToSeq: newestSeq(), byMs };
      byMs = 0;
      if (jump.upToSeq === afterSeq) return;
      note.run(metaKey, JSON.stringify([...clockJumps(db), jump].slice(-jumpsKept)));
    },
  };
}

/** The jumps of the wall clock that were noted, the oldest first. */
function clockJumps(db: LedgerConnection): ClockJump[] {
  const stored = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?').get(metaKey);
  return stored === undefined ? [] : v.parse(jumpsForm, JSON.parse(stored.value));
}

/** A kind of gift that came on a live. */
export interface GiftSeen {
  readonly kind: 'gift' | MoneyKind;
  readonly giftId: string;
  /** Of money its unit: a currency, or `tokens`. */
  readonly gift: string;
  /** Of money all that was given, as people say it; else ''. */
  readonly amount: string;
  readonly coins: number;
  /** How many were given, streaks counted in full. */
  readonly count: number;
  readonly viewers: number;
  /** Whom they are for; '' where the message did not say: then it is the host. */
  readonly receiver: string;
  readonly receiverIs: ReceiverIs;
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
    /** What the gifts were worth. */
    readonly strokes: number;
  };
  /** What else paid (follows, likes and so on), by its kind. */
  readonly others: readonly {
    readonly kind: string;
    readonly count: number;
    /** Of money all that was given in one unit, as people say it; else ''. */
    readonly amount: string;
    readonly strokes: number;
  }[];
  /** Strokes that a person credited by hand. */
  readonly byHand: number;
  readonly drawn: number;
  /** Of strokes drawn, whenever it was, so many were said to have no ink; they are owed and drawn again. */
  readonly spoiled: number;
  /** Strokes owed now: they go on with the next night. */
  readonly carried: number;
  readonly unmapped: { readonly gifts: number; readonly coins: number };
  /** Whether a live was listened to at all. */
  readonly heard: boolean;
  readonly gaps: readonly Gap[];
}

/** How far back an event of the night is looked for behind one whose wall time says that it was before. */
const misdatedEvents = 1_000;
/** How many sheets back ink of the night is looked for, whatever their wall times say. */
const misdatedSheets = 20;

/** When an event came: its wall time, put right by the jumps of the clock that were noted after it. */
const cameAtMs = `(arrived_at_ms + coalesce((
  SELECT sum(value ->> 'byMs') FROM json_each(?) WHERE seq > value ->> 'afterSeq' AND seq <= value ->> 'upToSeq'
), 0))`;

const worthNow = 'coalesce(e.worth, (SELECT worth FROM remap WHERE event = e.seq))';

/** What an event `e` with its worth `w` was credited, without looking at its credits. */
export const strokesOfEvent = `CASE WHEN w.id IS NULL THEN 0 WHEN ${isMoney}
  THEN strokes_for_sum(${countNow}, w.strokes, w.per) - strokes_for_sum(${moneyBase}, w.strokes, w.per)
  ELSE (${countNow} / w.per - ${leastBase} / w.per) * w.strokes END`;
/** Kinds that pay so many strokes each time, as a list of SQL. */
export const simpleKindsInSql = simplePayingKinds.map((kind) => `'${kind}'`).join(', ');
export const worthOfEvent = `LEFT JOIN worth w ON w.id = ${worthNow}`;
/** Whether an event `e` is one, whatever it counts: money its amount, and a rule that for which it pays. */
const isOne = `(${isMoney} OR e.kind = 'rule')`;
/** How many an event `e` is: money is one gift, whatever the amount. */
export const countOfEvent = `CASE WHEN ${isOne} THEN 1 ELSE ${countNow} END`;

/** Reports over many events; they read what belongs to the night or the live, not the whole ledger. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function reportQuestions(books: Books) {
  const { db, names } = books;
  const times = liveTimes(books);
  const seen = db.prepare<[Buffer, Buffer, number, number], Omit<GiftSeen, 'mapped'> & { mapped: number }>(
    `SELECT e.kind, g.platform_id AS giftId, g.name AS gift, g.coins, sum(${countOfEvent}) AS count,
       CASE WHEN ${isMoney} THEN given_in_words(e.kind, sum(${countNow} - ${moneyBase}), g.name) ELSE '' END AS amount, count(DISTINCT e.viewer) AS viewers,
       ${receiverColumns}, min(w.id IS NOT NULL) AS mapped, sum(${strokesOfEvent}) AS strokes
     FROM event e JOIN gift g ON g.id = e.gift ${receiverTable} ${worthOfEvent}
     WHERE e.seq IN (${eventsOfRoom}) AND e.room = ? AND e.origin = 'live'
     GROUP BY e.kind, g.id, r.id, receiverIs ORDER BY g.coins DESC, g.name, receiverIs, receiver`,
  );
  const newest = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM event');
  const ofNight = db.prepare<[number, number, string, number], { first: number | null }>(
    `SELECT min(seq) AS first FROM event WHERE seq > ? AND seq <= ? AND ${cameAtMs} >= ?`,
  );
  const given = db.prepare<
    [number],
    { gifts: number; coins: number; viewers: number; strokes: number; unmapped: number; unmappedCoins: number }
  >(
    `SELECT coalesce(sum(count) FILTER (WHERE NOT money), 0) AS gifts, coalesce(sum(count * coins), 0) AS coins,
       count(DISTINCT viewer) FILTER (WHERE NOT money) AS viewers, coalesce(sum(strokes) FILTER (WHERE NOT money), 0) AS strokes,
       coalesce(sum(count) FILTER (WHERE NOT mapped), 0) AS unmapped,
       coalesce(sum(count * coins) FILTER (WHERE NOT mapped), 0) AS unmappedCoins
     FROM (
       SELECT e.viewer, ${isMoney} AS money, ${countOfEvent} AS count, coalesce(g.coins, 0) AS coins, ${strokesOfEvent} AS strokes, w.id IS NOT NULL AS mapped
       FROM event e LEFT JOIN gift g ON g.id = e.gift ${worthOfEvent}
       WHERE e.seq > ? AND e.origin = 'live' AND (e.kind = 'gift' OR ${isMoney})
     )`,
  );
  const others = db.prepare<[number], { origin: string; kind: string; count: number; amount: string; strokes: number }>(
    `SELECT origin, kind, sum(count) AS count, sum(strokes) AS strokes,
       CASE WHEN unit IS NULL THEN '' ELSE given_in_words(kind, sum(given), unit) END AS amount
     FROM (
       SELECT e.origin, e.kind, CASE WHEN ${isMoney} THEN g.name END AS unit,
         CASE WHEN ${isMoney} THEN ${countNow} - ${moneyBase} END AS given,
         CASE WHEN ${isOne} THEN 1 ELSE ${countNow} - ${leastBase} END AS count,
         ${strokesOfEvent} AS strokes, w.id IS NOT NULL AS mapped
       FROM event e LEFT JOIN gift g ON g.id = e.gift ${worthOfEvent}
       WHERE e.seq > ? AND e.origin IN ('live', 'hand') AND NOT (e.origin = 'live' AND e.kind = 'gift')
     ) WHERE strokes > 0 OR unit IS NOT NULL AND mapped GROUP BY origin, kind, unit ORDER BY kind, unit`,
  );
  const isOfNight = '(c.event > ? OR i.at_ms >= ?)';
  const drawn = db.prepare<[number, number, number], { strokes: number }>(
    `WITH since AS (
       SELECT i.sheet, min(i.turn) AS turn FROM ink i JOIN credit c ON c.seq = i.credit
       WHERE i.sheet >= ? AND ${isOfNight} GROUP BY i.sheet
     )
     SELECT coalesce(sum(i.last_n - i.first_n + 1), 0) AS strokes
     FROM since JOIN ink i ON i.sheet = since.sheet AND i.turn >= since.turn JOIN credit c ON c.seq = i.credit
     WHERE c.origin IN ('live', 'hand')`,
  );
  const spoiled = db.prepare<[number, number], { strokes: number }>(
    `SELECT coalesce(sum(i.last_n - i.first_n + 1), 0) AS strokes FROM spoil i JOIN credit c ON c.seq = i.credit
     WHERE ${isOfNight} AND c.origin IN ('live', 'hand')`,
  );
  const listened = db.prepare<[number], { id: number }>(
    "SELECT id FROM session WHERE origin = 'live' AND (closed_at_ms IS NULL OR closed_at_ms >= ?) LIMIT 1",
  );
  const firstSheet = db.prepare<[number], { sheet: number }>(
    `SELECT min((SELECT coalesce(max(id), 0) - ${misdatedSheets} FROM sheet), coalesce(min(sheet), 1e9)) AS sheet
     FROM sheet_close WHERE at_ms >= ?`,
  );
  const settled = db.prepare<[], { row: number; strokes: number }>(
    `SELECT r.id AS row, coalesce(sum(drawn - spoiled + voided), 0) AS strokes
     FROM word r LEFT JOIN balance b ON b.row = r.id AND b.origin IN ('live', 'hand') WHERE r.kind = 'row' GROUP BY r.id`,
  );

  /**
   * The number before the first event of a time, found from the end: the ledger is long and a night is short. What
   * comes after an event of the night is of the night too, whatever its wall time says.
   */
  function eventsBefore(sinceMs: number): number {
    const jumps = JSON.stringify(clockJumps(db));
    let before = newest.get()?.seq ?? 0;
    for (let high = before; high > 0; ) {
      const low = Math.max(0, high - misdatedEvents);
      const first = ofNight.get(low, high, jumps, sinceMs)?.first ?? null;
      if (first === null) return before;
      before = first - 1;
      high = low;
    }
    return before;
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
    night(since: number): NightReport {
      const sinceMs = Math.trunc(since);
      const before = eventsBefore(sinceMs);
      const found = given.get(before);
      if (found === undefined) throw new Error('a sum has one line');
      const { gifts, coins, viewers, strokes, unmapped, unmappedCoins } = found;
      const paid = others.all(before);
      const gaps = times.gapsSince(sinceMs);
      return {
        sinceMs: since,
        given: { gifts, coins, viewers, strokes },
        others: paid.flatMap(({ origin, ...each }) => (origin === 'live' ? [each] : [])),
        byHand: paid.reduce((sum, each) => sum + (each.origin === 'hand' ? each.strokes : 0), 0),
        drawn: drawn.get(firstSheet.get(sinceMs)?.sheet ?? 0, before, sinceMs)?.strokes ?? 0,
        spoiled: spoiled.get(before, sinceMs)?.strokes ?? 0,
        carried: carried(),
        unmapped: { gifts: unmapped, coins: unmappedCoins },
        heard: gaps.length > 0 || listened.get(sinceMs) !== undefined,
        gaps,
      };
    },
  };
}
