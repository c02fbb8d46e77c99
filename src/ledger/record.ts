import type { ReadText } from '../domain/ink-text.ts';
import { isGiven, type LiveEvent } from '../domain/live-event.ts';
import { givenBy, strokesForSum } from '../domain/money.ts';
import type { RuleEngine } from '../domain/rules.ts';
import { strokesFor, type Worth } from '../domain/worth.ts';
import { boundedCredits } from './amend.ts';
import type { Books, Credited } from './books.ts';
import { type Due, type RuleBook, ruleBook } from './firings.ts';
import { giftNote } from './gift-facts.ts';
import { giftTexts } from './gift-texts.ts';
import type { TextAsked } from './ink-texts.ts';
import { baseOf, countOf, keyParts } from './late-index.ts';
import { isRunningTotal, isWorthAWrite, LikesOfRooms, type LikesRange } from './likes.ts';
import { moneySums } from './money.ts';
import { bearsPrefix } from './names.ts';
import { streakNotes } from './past-streaks.ts';
import { nothingHeld, type PointsBook } from './points.ts';
import type { RecentEvents } from './recent-events.ts';
import { isViewerByKey } from './viewers.ts';

/** An event with what the gift map says of it; `worth` is null for what the map does not know. */
export interface Recordable {
  readonly event: LiveEvent;
  readonly worth: Worth | null;
  /** The rules in force when it came; missing where there are none. */
  readonly rules?: RuleEngine | undefined;
  /** It is written only if a rule fires for it. */
  readonly isForRules?: true;
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
  /** What became of the text that it pays for with this; null: of none. */
  readonly text: TextAsked | null;
  /** What rules made due by it. */
  readonly dues: readonly Due[];
  /** Which likes of its live it newly brings. */
  readonly likes?: readonly LikesRange[];
}

interface EventRow {
  readonly seq: number;
  readonly base: number;
  readonly count: number;
  readonly worth: number | null;
  readonly viewer: number | null;
}

/** Writes events down, each within a transaction. */
interface Recorder {
  record(item: Recordable): Recorded;
  /** Something was not worth a write of its own. */
  isDue(): boolean;
  /** Writes that down; the ledger closes. */
  settle(): void;
  /** After a rollback. */
  forget(): void;
  /** What rules make due. */
  readonly firings: RuleBook;
}

/**
 * Writes events and what they are worth. After any set of frames of an event, in any order and with any repeats, the
 * same is credited: what the growth from the least base to the largest count is worth, by the mapping of the first
 * frame (of likes, by the mapping of their time). Which messages are about one event is known by its key or, where
 * facts are missing, by all that is known of it (docs/decisions/0013). Of one gift at most `perGiftMax` strokes are
 * drawn; what lies beyond is credited and taken back at once, as entries.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function recorder(
  books: Books,
  recent: RecentEvents,
  points: PointsBook,
  readText: ReadText,
  perGiftMax: number | null = null,
): Recorder {
  const { db, names, keys, eventKeys, viewerKeys, viewers } = books;
  const notes = streakNotes(books);
  const sums = moneySums(books);
  const written = giftTexts(books, readText);
  const firings = ruleBook(books, points, readText, perGiftMax);
  const read = db.prepare<[number], EventRow>(
    // Of a growth the base is the least so far and the count the largest: the last one is found without reading all.
    `SELECT seq, viewer, min(base, coalesce((SELECT min(base) FROM growth WHERE event = seq), base)) AS base,
            max(count, coalesce((SELECT max(count) FROM growth
              WHERE event = seq AND base = (SELECT min(base) FROM growth WHERE event = seq)), 0)) AS count,
            coalesce(worth, (SELECT r.worth FROM remap r WHERE r.event = seq)) AS worth
     FROM event WHERE seq = ?`,
  );
  const add = db.prepare(
    `INSERT INTO event (key, room, kind, origin, session, viewer, gift, base, count, worth, at_ms, arrived_at_ms, payload)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const newest = db.prepare<[], { seq: number }>('SELECT max(seq) AS seq FROM event');
  const grow = db.prepare<[number, number, number, number]>(
    'INSERT INTO growth (event, base, count, arrived_at_ms) VALUES (?, ?, ?, ?)',
  );

  const likes = new LikesOfRooms(books, (seq) => read.get(seq));

  const creditBounded = boundedCredits(books, perGiftMax);
  const credit = (seq: number, event: LiveEvent, worth: Worth, before: number, strokes: number) =>
    creditBounded(
      { seq, origin: event.origin, isGift: isGiven(event) || event.kind === 'subscribe' },
      worth.rows,
      before,
      strokes,
    );

  function addEvent(
    room: number,
    key: string,
    { event, worth, rules }: Recordable,
    receiver = 0,
    from = baseOf(event),
  ): Recorded {
    const given = givenBy(event);
    const { base, count } = reached(room, event, worth, from);
    const viewer = event.user === null || isRunningTotal(event) ? null : viewers.seen(event.user, event.arrivedAtMs);
    const session = names.session(event.session);
    const seq = Number(
      add.run(
        Buffer.from(key, 'hex'),
        room,
        event.kind,
        event.origin,
        session,
        viewer,
        event.kind === 'gift'
          ? names.gift(event.payload.gift)
          : given && names.gift({ id: '', name: given.unit, coins: 0 }),
        base,
        count,
        worth === null ? null : names.worth(worth),
        event.atMs === null ? null : Math.trunc(event.atMs),
        Math.trunc(event.arrivedAtMs),
        event.kind === 'gift'
          ? textOf({ ...notes.begun(room, event), ...giftNote(event, receiver) })
          : payloadOf(event),
      ).lastInsertRowid,
    );
    eventKeys.add(key, seq);
    if (worth === null && isGiven(event) && event.origin === 'live') books.countUnmapped(room, 1);
    const reach = given === null ? strokesFor : strokesForSum;
    const strokes = worth === null ? 0 : reach(worth, count) - reach(worth, base);
    // Before it pays: how much its first message brings must not count.
    const sheet = rules && firings.sheetFor(event, rules);
    const credits = worth === null ? [] : credit(seq, event, worth, 0, strokes);
    const text = written.reached(seq, worth?.write, 0, count - base);
    const earned = points.came(event, { seq, viewer, reached: count - base });
    const dues =
      rules === undefined ? [] : firings.came(event, { seq, room, session, viewer, key, earned, sheet }, rules);
    const giver = giverOf(viewer);
    return { event, isNew: true, grown: count - base, mapped: worth !== null, credits, seq, giver, text, dues };
  }

  /** From where to where an event counts: money goes on where the sum of its giver stood. */
  function reached(room: number, event: LiveEvent, worth: Worth | null, base: number) {
    const given = givenBy(event);
    if (given === null || worth === null) return { base, count: countOf(event) };
    return sums.add({
      ...given,
      room,
      origin: event.origin,
      session: event.session,
      viewer: event.user === null ? '' : keys.viewer(event.user.id),
      atMs: Math.trunc(event.atMs ?? event.arrivedAtMs),
      worth: names.worth(worth),
    });
  }

  function addGrowth(known: EventRow, { event, rules }: Recordable, from = baseOf(event)): Recorded {
    // Money that arrives again adds nothing.
    const isAgain = givenBy(event) !== null;
    const base = isAgain ? known.base : Math.min(known.base, from);
    const count = isAgain ? known.count : Math.max(known.count, countOf(event));
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
    const { seq } = known;
    const untouched = { event, isNew: false, grown: 0, credits: [], text: null, dues: [] };
    const nothing = { ...untouched, mapped: worth !== null, seq, giver };
    // Likes arrive by the thousand: only a crossing is worth a write.
    if (grown === 0 || (event.kind === 'like' && strokes === 0 && !isWorthAWrite(known, count))) return nothing;
    grow.run(known.seq, base, count, Math.trunc(event.arrivedAtMs));
    const before = worth === null ? 0 : strokesFor(worth, known.count) - strokesFor(worth, known.base);
    const credits = worth === null ? [] : credit(known.seq, event, worth, before, strokes);
    const text = written.reached(seq, worth?.write, known.count - known.base, count - base);
    const earned = points.grew(seq, known.viewer, known.count, count);
    const dues =
      rules === undefined ? [] : firings.grew(event, { seq, before: known.count, now: count, earned }, rules);
    return { ...nothing, grown, credits, text, dues };
  }

  /** Where the mapping has changed, what came before ends where the new one begins: a backfill pays for all of it. */
  function addLikes(room: number, item: Recordable): Recorded {
    const place = likes.place(room, item.event, item.worth);
    const newly = { likes: likes.newly(room, item.event, place) };
    if (place.known !== null) return { ...addGrowth(place.known, item, place.base), ...newly };
    const { key, base, before } = place;
    if (before !== null && before.worth === null && base > before.count)
      grow.run(before.seq, before.base, base, Math.trunc(item.event.arrivedAtMs));
    return { ...addEvent(room, key, item, 0, base), ...newly };
  }

  /** The number of whom a gift is for, 0 where the message names nobody. */
  function receiverOf(event: LiveEvent): number {
    const receiver = event.kind === 'gift' ? event.payload.receiver : undefined;
    return receiver === undefined ? 0 : viewers.seen(receiver, event.arrivedAtMs);
  }

  /** Whether a rule would fire for an event of whoever comes: nobody is entered by coming. What is refused is counted. */
  function isFired(room: number, key: string, { event, rules }: Recordable): boolean {
    if (rules === undefined) return false;
    const session = names.session(event.session);
    const viewer = event.user === null ? null : (viewerKeys.find(keys.viewer(event.user.id)) ?? 0);
    const cause = { seq: (newest.get()?.seq ?? 0) + 1, room, session, viewer, key, earned: nothingHeld };
    return firings.wouldFire(event, cause, rules);
  }

  /** A gift whose message does not say its price has the one that its id had before: for rules and points as for the map. */
  function priced({ event, ...rest }: Recordable): Recordable {
    if (event.kind !== 'gift' || event.payload.gift.coins !== 0 || event.payload.gift.id === '')
      return { event, ...rest };
    const gift = { ...event.payload.gift, coins: names.priceOf(event.payload.gift.id) };
    return { ...rest, event: { ...event, payload: { ...event.payload, gift } } };
  }

  function record(written: Recordable): Recorded {
    const item = priced(written);
    const count = countOf(item.event);
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`an event cannot count ${count}`);
    points.begin();
    const room = names.roomOf(item.event);
    holdIds(item.event);
    if (isRunningTotal(item.event)) return addLikes(room, item);
    const key = keys.event(room, keyParts(item.event, keys.viewer));
    const receiver = receiverOf(item.event);
    const own = eventKeys.find(key);
    const seq = own ?? recent.find(room, key, item.event, receiver);
    const known = seq === null ? undefined : read.get(seq);
    if (known === undefined && item.isForRules === true && !isFired(room, key, item)) return unwritten(item.event);
    if (known !== undefined && item.event.kind === 'gift') notes.went(known.seq, item.event);
    const recorded = known === undefined ? addEvent(room, key, item, receiver) : addGrowth(known, item);
    recent.recorded(room, key, own !== null || known === undefined, item.event, receiver, recorded.seq);
    return recorded;
  }

  return {
    record,
    isDue: () => likes.isDue,
    settle: () => likes.settle(),
    forget() {
      likes.forget();
      firings.forget();
      points.forget();
    },
    firings,
  };
}

/** People of a platform whose rooms bear its name bear it, too: else they would be another platform's. */
function holdIds({ platform, room, user, ...event }: LiveEvent): void {
  if (platform === '') return;
  const receiver = event.kind === 'gift' ? (event.payload.receiver ?? null) : null;
  for (const person of [user, receiver]) {
    if (person === null || isViewerByKey(person.id)) continue;
    if (bearsPrefix(platform, person.id) !== bearsPrefix(platform, room))
      throw new Error(`person ${person.id} could be another platform's than room ${room}`);
  }
}

/** Of an event that leaves nothing. */
function unwritten(event: LiveEvent): Recorded {
  return { event, isNew: false, grown: 0, mapped: false, credits: [], seq: 0, giver: '', text: null, dues: [] };
}

function giverOf(viewer: number | null): string {
  return viewer === null ? '' : String(viewer);
}

/** What an event carries beyond its columns, null when nothing. */
function payloadOf(event: LiveEvent): string | null {
  if (event.kind === 'like') return null;
  return textOf(event.payload);
}

function textOf(payload: object): string | null {
  const text = JSON.stringify(payload);
  return text === '{}' ? null : text;
}
