import * as v from 'valibot';
import { type LiveEvent, liveEventVersion } from '../domain/live-event.ts';
import type { Books } from './books.ts';
import { eventTables } from './payers.ts';
import { viewerByKey } from './viewers.ts';

/** A part is read at a time: an unfinished query would keep the ledger from being written. */
const perPart = 500;

interface PastRow {
  readonly seq: number;
  readonly kind: string;
  readonly room: number;
  readonly base: number;
  readonly count: number;
  readonly giftId: string | null;
  readonly gift: string | null;
  readonly coins: number | null;
  readonly key: Buffer | null;
  readonly name: string | null;
  readonly receiverKey: Buffer | null;
  readonly receiverName: string | null;
  readonly isGuest: number;
  readonly at_ms: number | null;
  readonly arrived_at_ms: number;
}

const simple = v.picklist(['follow', 'share', 'subscribe']);

/** Tells past sessions again. */
export function pastQuestions({ db, names }: Books) {
  const sessionNumber = db.prepare<[string], { id: number }>("SELECT id FROM word WHERE kind = 'session' AND text = ?");
  const part = db.prepare<[number, number, number], PastRow>(
    `SELECT e.seq, e.kind, e.room, min(e.base, coalesce((SELECT min(base) FROM growth WHERE event = e.seq), e.base)) AS base,
       max(e.count, coalesce((SELECT max(count) FROM growth WHERE event = e.seq), 0)) AS count,
       g.platform_id AS giftId, g.name AS gift, g.coins, v.key, v.name,
       r.key AS receiverKey, r.name AS receiverName, coalesce(e.payload ->> 'guest', 0) AS isGuest,
       e.at_ms, e.arrived_at_ms
     FROM ${eventTables}
     WHERE e.seq > ? AND e.session = ? AND e.kind IN ('gift', 'like', 'follow', 'share', 'subscribe')
     ORDER BY e.seq LIMIT ?`,
  );

  function eventOf(row: PastRow, session: string): LiveEvent {
    const head = {
      version: liveEventVersion as typeof liveEventVersion,
      id: `${session} ${row.seq}`,
      platform: '',
      channel: '',
      origin: 'replay' as const,
      room: names.roomName(row.room),
      session,
      sequence: row.seq,
      atMs: row.at_ms,
      arrivedAtMs: row.arrived_at_ms,
      user: row.key === null ? null : { id: viewerByKey(row.key), name: row.name ?? '' },
    };
    const { giftId, gift, coins, base, count } = row;
    if (row.kind === 'gift') {
      const payload = { gift: { id: giftId ?? '', name: gift ?? '', coins: coins ?? 0 }, count, streak: null };
      const { receiverKey: to, receiverName, isGuest } = row;
      if (to === null) return { ...head, kind: 'gift', payload };
      const receiver = { id: viewerByKey(to), name: receiverName ?? '', guest: isGuest === 1 };
      return { ...head, kind: 'gift', payload: { ...payload, receiver } };
    }
    // The likes of a whole room are one event; what was there before anyone listened is its base.
    if (row.kind === 'like') {
      return { ...head, kind: 'like', payload: { count: count - base, total: base === 0 ? null : count } };
    }
    return { ...head, kind: v.parse(simple, row.kind), payload: {} };
  }

  function* all(id: number, session: string): Generator<LiveEvent, void> {
    for (let after = 0; ; ) {
      const rows = part.all(after, id, perPart);
      for (const row of rows) yield eventOf(row, session);
      const last = rows.at(-1);
      if (last === undefined || rows.length < perPart) return;
      after = last.seq;
    }
  }

  return {
    /**
     * What came in a session that can pay, the oldest first, each with the count that it grew to. Null when there is no
     * such session. It takes longer the longer the ledger is.
     */
    pastEvents(session: string): Iterable<LiveEvent> | null {
      const id = sessionNumber.get(session)?.id;
      return id === undefined ? null : all(id, session);
    },
  };
}
