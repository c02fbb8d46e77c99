import { counted } from '../domain/counted.ts';
import type { LiveEvent } from '../domain/live-event.ts';
import { type CreditKind, strokesFor, type Worth } from '../domain/worth.ts';
import type { Books, Credited } from './books.ts';
import { baseOf, countOf, keyParts } from './keys-of-events.ts';
import { streakNotes } from './past-streaks.ts';
import { voidEntries } from './void-entry.ts';

/** An event with what the gift map says of it; `worth` is null for what the map does not know. */
export interface Recordable {
  readonly event: LiveEvent;
  readonly worth: Worth | null;
}

/** What recording an event did. Nothing, when it was known already: `grown` is 0 and there are no credits. */
export interface Recorded {
  readonly event: LiveEvent;
  readonly isNew: boolean;
  readonly grown: number;
  readonly mapped: boolean;
  readonly credits: readonly Credited[];
  /** The event's number; events count up as they are written. */
  readonly seq: number;
  /** The giver's number, '' for nobody. */
  readonly giver: string;
}

interface EventRow {
  readonly seq: number;
  readonly base: number;
  readonly count: number;
  readonly worth: number | null;
  readonly viewer: number | null;
}

/**
 * Writes events and what they are worth. After any set of frames of an event, in any order and with any repeats, the same
 * is credited: what the growth from the least base to the largest count is worth, by the mapping of the first frame.
 * Of one gift at most `mostPerGift` strokes are drawn; what lies beyond is credited and taken back at once, as entries.
 */
export function recorder(books: Books, mostPerGift: number | null = null): (item: Recordable) => Recorded {
  const { db, names, keys, eventKeys, viewers } = books;
  const enterVoid = voidEntries(books);
  const notes = streakNotes(books);
  const read = db.prepare<[number], EventRow>(
    `SELECT seq, viewer, min(base, coalesce((SELECT min(base) FROM growth WHERE event = seq), base)) AS base,
            max(count, coalesce((SELECT max(count) FROM growth WHERE event = seq), 0)) AS count,
            coalesce(worth, (SELECT r.worth FROM remap r WHERE r.event = seq)) AS worth
     FROM event WHERE seq = ?`,
  );
  const add = db.prepare(
    `INSERT INTO event (key, room, kind, source, session, viewer, gift, base, count, worth, at_ms, arrived_at_ms, payload)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const grow = db.prepare<[number, number, number, number]>(
    'INSERT INTO growth (event, base, count, arrived_at_ms) VALUES (?, ?, ?, ?)',
  );

  /** Credits what an event is newly worth, on top of what it was worth `before`. */
  function credit(seq: number, event: LiveEvent, worth: Worth, before: number, strokes: number): readonly Credited[] {
    const most = event.kind === 'gift' && mostPerGift !== null ? mostPerGift : Number.POSITIVE_INFINITY;
    const due = Math.min(before + strokes, most) - Math.min(before, most);
    const credits = books.credit(seq, sourceOf(event), worth.rows, due);
    for (const beyond of books.credit(seq, sourceOf(event), worth.rows.slice(0, 1), strokes - due)) {
      books.debts.pay(beyond.credit, beyond.strokes);
      enterVoid(
        names.row(beyond.row),
        beyond.credit,
        beyond.strokes,
        `more than ${counted(mostPerGift ?? 0, 'stroke')} of one gift`,
      );
    }
    return credits;
  }

  function addEvent(room: number, key: string, { event, worth }: Recordable): Recorded {
    const base = baseOf(event);
    const count = countOf(event);
    const isCrowd = event.kind === 'like' && event.payload.total !== null;
    const viewer = event.user === null || isCrowd ? null : viewers.seen(event.user, event.arrivedAtMs);
    const seq = Number(
      add.run(
        Buffer.from(key, 'hex'),
        room,
        event.kind,
        sourceOf(event),
        names.session(event.session),
        viewer,
        event.kind === 'gift' ? names.gift(event.payload.gift) : null,
        base,
        count,
        worth === null ? null : names.worth(worth),
        event.atMs === null ? null : Math.trunc(event.atMs),
        Math.trunc(event.arrivedAtMs),
        event.kind === 'gift' ? notes.begun(room, event) : payloadOf(event),
      ).lastInsertRowid,
    );
    eventKeys.add(key, seq);
    if (worth === null && event.kind === 'gift' && event.source === 'tiktok') books.countUnmapped(room, 1);
    const strokes = worth === null ? 0 : strokesFor(worth, count) - strokesFor(worth, base);
    const credits = worth === null ? [] : credit(seq, event, worth, 0, strokes);
    return { event, isNew: true, grown: count - base, mapped: worth !== null, credits, seq, giver: giverOf(viewer) };
  }

  function addGrowth(known: EventRow, event: LiveEvent): Recorded {
    const base = Math.min(known.base, baseOf(event));
    const count = Math.max(known.count, countOf(event));
    const worth = known.worth === null ? null : names.worthOf(known.worth);
    const strokes =
      worth === null
        ? 0
        : strokesFor(worth, count) -
          strokesFor(worth, known.count) +
          strokesFor(worth, known.base) -
          strokesFor(worth, base);
    const grown = count - known.count + known.base - base;
    const giver = giverOf(known.viewer);
    const nothing = { event, isNew: false, grown: 0, mapped: worth !== null, credits: [], seq: known.seq, giver };
    // Likes arrive by the thousand: only a crossing is worth a write.
    if (grown === 0 || (event.kind === 'like' && strokes === 0)) return nothing;
    grow.run(known.seq, base, count, Math.trunc(event.arrivedAtMs));
    const before = worth === null ? 0 : strokesFor(worth, known.count) - strokesFor(worth, known.base);
    const credits = worth === null ? [] : credit(known.seq, event, worth, before, strokes);
    return { ...nothing, grown, credits };
  }

  return (item) => {
    const count = countOf(item.event);
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`an event cannot count ${count}`);
    const room = names.room(item.event.room);
    const key = keys.event(room, keyParts(item.event, keys.viewer));
    const seq = eventKeys.find(key);
    const known = seq === null ? undefined : read.get(seq);
    if (known === undefined) return addEvent(room, key, item);
    if (item.event.kind === 'gift') notes.went(known.seq, item.event);
    return addGrowth(known, item.event);
  };
}

function giverOf(viewer: number | null): string {
  return viewer === null ? '' : String(viewer);
}

function sourceOf(event: LiveEvent): CreditKind {
  return event.source === 'tiktok' ? 'live' : event.source;
}

/** What an event carries beyond its columns, null when nothing. */
function payloadOf(event: LiveEvent): string | null {
  if (event.kind === 'like') return null;
  const text = JSON.stringify(event.payload);
  return text === '{}' ? null : text;
}
