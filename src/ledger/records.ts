import * as v from 'valibot';
import { type LiveEvent, liveEventVersion } from '../domain/live-event.ts';
import { comparableName } from '../domain/plain-text.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import { type CreditKind, type SimplePayingKind, simplePayingKinds } from '../domain/worth.ts';
import type { Books } from './books.ts';
import { eventsOfRoom, roomRange } from './late-index.ts';
import { type Gap, liveTimes } from './live-times.ts';
import { readLayout } from './memory.ts';
import { baseNow, countNow } from './money.ts';
import { eventColumns, eventTables, inkReader, type SeenGift } from './payers.ts';
import { keptPictures } from './pictures.ts';
import { type PlacedDrawing, placedDrawings } from './placed-drawings.ts';
import { countOfEvent, simpleKindsInSql, strokesOfEvent, worthOfEvent } from './reports.ts';
import { viewerByKey } from './viewers.ts';

/** A time of listening to one room, as it stands in the ledger. */
export interface SessionRecord {
  readonly id: string;
  /** Where lives are sent, and whose place there it is; '' where the ledger does not know it. */
  readonly platform: string;
  readonly channel: string;
  readonly room: string;
  readonly origin: CreditKind;
  readonly openedAtMs: number;
  /** Null while it lasts. */
  readonly closedAtMs: number | null;
  readonly why: string | null;
  /** The live itself ended in it. */
  readonly ended: boolean;
}

/** A part of a list; `next` is what to ask for the part after it, null at the end. */
export interface Part<T, Key> {
  readonly items: readonly T[];
  readonly next: Key | null;
}

/** What is certain on a sheet, be it open or gone. */
interface SheetRecord {
  readonly sheet: number;
  readonly layout: SheetLayout;
  readonly closed: boolean;
  readonly rows: readonly { readonly row: string; readonly certain: number; readonly spoiled: readonly number[] }[];
  /** Lines of its lettering that are certain. */
  readonly lettered: number;
  /** What was placed on its plates, which the layout has, too; left out where nothing was. */
  readonly drawings?: readonly PlacedDrawing[];
}

/** What somebody gave on one live. */
interface GiverRecord {
  /** The giver's number; it says nothing outside this ledger. */
  readonly giver: number;
  readonly viewer: string;
  readonly gifts: number;
  readonly coins: number;
  readonly strokes: number;
}

/** Which events of a session are asked for; all where nothing is said. */
export interface EventChoice {
  readonly kinds?: readonly string[];
  /** By the name or the handle, in any spelling; all who bear it. */
  readonly person?: string;
  /** When they came, wall time in ms: from the first on, and before the other. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

interface EventsAsked {
  readonly from: number;
  readonly to: number;
  readonly session: number;
  readonly limit: number;
  readonly kinds: string | null;
  readonly person: string | null;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Events looked at for one part of a session, so that a question takes as long however long the ledger is. */
const eventsPerLook = 20_000;

/** Reads what lies further back: past sheets, sessions, givers. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function recordQuestions(books: Books) {
  const { db, names, eventKeys } = books;
  const ink = inkReader(books);
  const times = liveTimes(books);
  const drawingsOn = placedDrawings(db);
  const pictures = keptPictures(db);
  const layoutOf = db.prepare<[number], { layout: string; closed: number }>(
    'SELECT layout, id IN (SELECT sheet FROM sheet_close) AS closed FROM sheet WHERE id = ?',
  );
  const placesOf = db.prepare<[number], { row: number; certain: number }>(
    'SELECT row, certain FROM place WHERE sheet = ?',
  );
  const letteredOf = db.prepare<[number], { lettered: number | null }>(
    'SELECT max(last_n) AS lettered FROM lettering WHERE sheet = ?',
  );
  const sessionNumber = db.prepare<[string], { id: number }>("SELECT id FROM word WHERE kind = 'session' AND text = ?");
  const sessions = db.prepare<[number, number], Omit<SessionRecord, 'ended'> & { number: number; ended: number }>(
    `SELECT s.id AS number, w.text AS id, coalesce(l.platform, '') AS platform, coalesce(l.channel, '') AS channel, m.text AS room, s.origin, s.opened_at_ms AS openedAtMs,
       s.closed_at_ms AS closedAtMs, s.why, s.ended
     FROM session s JOIN word w ON w.id = s.id JOIN word m ON m.id = s.room
       LEFT JOIN room l ON l.id = s.room
     WHERE s.id < ? ORDER BY s.id DESC LIMIT ?`,
  );
  const newest = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM event');
  const events = db.prepare<[EventsAsked], Omit<SeenGift, 'mapped'> & { mapped: number }>(
    `SELECT ${eventColumns}, ${countOfEvent} AS count, ${strokesOfEvent} AS strokes, w.id IS NOT NULL AS mapped
     FROM ${eventTables} ${worthOfEvent} WHERE e.seq > @from AND e.seq <= @to AND e.session = @session
       AND (@kinds IS NULL OR e.kind IN (SELECT value FROM json_each(@kinds)))
       AND (@person IS NULL OR comparable_name(v.name) = @person OR comparable_name(v.handle) = @person)
       AND e.arrived_at_ms >= @sinceMs AND e.arrived_at_ms < @untilMs
     ORDER BY e.seq LIMIT @limit`,
  );
  const roomOf = db.prepare<[number], { room: number }>('SELECT room FROM session WHERE id = ?');
  const firstOfRoom = db.prepare<[Buffer, Buffer, number, number], { seq: number | null }>(
    `SELECT min(seq) AS seq FROM event WHERE seq IN (${eventsOfRoom}) AND room = ?`,
  );
  const givers = db.prepare<[Buffer, Buffer, number, number], GiverRecord>(
    `SELECT v.id AS giver, v.name AS viewer, sum(${countOfEvent}) AS gifts,
       sum(${countOfEvent} * g.coins) AS coins, sum(${strokesOfEvent}) AS strokes
     FROM event e JOIN gift g ON g.id = e.gift JOIN viewer v ON v.id = e.viewer ${worthOfEvent}
     WHERE e.seq IN (${eventsOfRoom}) AND e.room = ? AND e.origin = 'live' GROUP BY v.id`,
  );
  const nameOf = db.prepare<[number], { name: string }>('SELECT name FROM viewer WHERE id = ?');

  return {
    /** A sheet of whatever time; null when there never was one of this number. */
    sheetRecord(sheet: number): SheetRecord | null {
      const found = layoutOf.get(sheet);
      if (found === undefined) return null;
      const certain = new Map(placesOf.all(sheet).map((place) => [place.row, place.certain]));
      const stored = pictures.filled(readLayout(found.layout));
      const drawings = drawingsOn(sheet, stored);
      const layout = drawings.length === 0 ? stored : { ...stored, drawings: drawings.map(({ track }) => track) };
      return {
        sheet,
        layout,
        closed: found.closed === 1,
        ...(drawings.length === 0 ? {} : { drawings }),
        lettered: letteredOf.get(sheet)?.lettered ?? 0,
        rows: layout.rows.map(({ id }) => {
          const row = names.knownRow(id);
          const upTo = row === null ? 0 : (certain.get(row) ?? 0);
          const there = new Set(row === null ? [] : ink.inked(sheet, row).map(({ n }) => n));
          const spoiled = Array.from({ length: upTo }, (_, index) => index + 1).filter((n) => !there.has(n));
          return { row: id, certain: upTo, spoiled };
        }),
      };
    },
    /** Sessions, the newest first; `before` is one that came last. Null when there is no such session. */
    sessions(limit: number, before: string | null): Part<SessionRecord, string> | null {
      const from = before === null ? Number.MAX_SAFE_INTEGER : sessionNumber.get(before)?.id;
      if (from === undefined) return null;
      const found = sessions.all(from, limit + 1);
      const items = found.slice(0, limit).map(({ number: _, ended, ...session }) => ({ ...session, ended: ended > 0 }));
      return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    /**
     * What came in a session, the oldest first, after an event; of some kinds, of a person or of a time alone where that
     * is asked for. A part can be empty and yet not be the last. Null when there is no such session.
     */
    sessionEvents(
      id: string,
      limit: number,
      after: number | null,
      { kinds = [], person = '', sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER }: EventChoice = {},
    ): Part<SeenGift, number> | null {
      const session = sessionNumber.get(id)?.id;
      if (session === undefined) return null;
      const room = roomOf.get(session)?.room;
      const start = room === undefined ? 1 : (firstOfRoom.get(...roomRange(eventKeys, room), room)?.seq ?? 1);
      const from = Math.max(after ?? 0, start - 1);
      const end = newest.get()?.seq ?? 0;
      const found = events.all({
        from,
        to: from + eventsPerLook,
        session,
        limit,
        kinds: kinds.length === 0 ? null : JSON.stringify(kinds),
        person: person === '' ? null : comparableName(person),
        sinceMs: Math.trunc(sinceMs),
        untilMs: Math.trunc(untilMs),
      });
      const items = found.map((event) => ({ ...event, mapped: event.mapped === 1 }));
      const lookedTo = items.length === limit ? (items.at(-1)?.seq ?? from) : from + eventsPerLook;
      return { items, next: lookedTo < end ? lookedTo : null };
    },
    /** What everybody gave on a live so far; it takes longer the more came. */
    giversOf(roomName: string): GiverRecord[] {
      const room = names.knownRoom(roomName);
      return room === null ? [] : givers.all(...roomRange(eventKeys, room), room);
    },
    viewerName: (giver: number): string => nameOf.get(giver)?.name ?? '',
    /** Times since a moment in which a live was on and not received; wall times in ms. */
    gapsSince: (sinceMs: number): Gap[] => times.gapsSince(sinceMs),
  };
}

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

const simple = v.picklist(simplePayingKinds);

/** What just happened, as often as it counts; its words stay where they were said. */
function simpleEvent(kind: SimplePayingKind, count: number) {
  switch (kind) {
    case 'subscribe':
      return { kind, payload: count > 1 ? { gifted: count } : {} };
    case 'wheel':
      return { kind, payload: { prize: '', tokens: 0 } };
    case 'goal':
      return { kind, payload: { title: '', tokens: 0 } };
    case 'raid':
      return { kind, payload: { viewers: 0 } };
    default:
      return { kind, payload: {} };
  }
}

/** Tells past sessions again. */
export function pastQuestions({ db, names }: Books) {
  const sessionNumber = db.prepare<[string], { id: number }>("SELECT id FROM word WHERE kind = 'session' AND text = ?");
  const part = db.prepare<[number, number, number], PastRow>(
    `SELECT e.seq, e.kind, e.room, ${baseNow} AS base, ${countNow} AS count,
       g.platform_id AS giftId, g.name AS gift, g.coins, v.key, v.name,
       r.key AS receiverKey, r.name AS receiverName, coalesce(e.payload ->> 'guest', 0) AS isGuest,
       e.at_ms, e.arrived_at_ms
     FROM ${eventTables}
     WHERE e.seq > ? AND e.session = ? AND e.kind IN ('gift', 'donation', 'tip', 'like', ${simpleKindsInSql})
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
    // What was written with it stays where it was said.
    const given = count - base;
    if (row.kind === 'donation') {
      const payload = { amountMinor: given, currency: gift ?? '', text: '', isAudio: false };
      return { ...head, kind: 'donation', payload };
    }
    if (row.kind === 'tip') return { ...head, kind: 'tip', payload: { tokens: given, item: '', text: '' } };
    // The likes of a whole room are one event; what was there before anyone listened is its base.
    if (row.kind === 'like') {
      return { ...head, kind: 'like', payload: { count: given, total: base === 0 ? null : count } };
    }
    return { ...head, ...simpleEvent(v.parse(simple, row.kind), given) };
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
