import type { LiveEvent } from '../domain/live-event.ts';
import { strokesFor, type Worth } from '../domain/worth.ts';
import type { Books } from './books.ts';
import { baseOf, countOf, keyParts } from './late-index.ts';

/** Likes that pay for nothing yet are written down so many at a time: a backfill can pay for them. */
const writtenEvery = 50;

/** Rooms whose likes go on at the same time. */
const roomsRemembered = 100;

/** What is known of the likes of a room under one mapping. */
interface LikesSoFar {
  readonly seq: number;
  readonly base: number;
  readonly count: number;
  readonly worth: number | null;
}

/** Where a message about the likes of a room belongs: to an event that is known, or to a new one that begins there. */
type LikesPlace<Row> =
  | { readonly known: Row; readonly base: number }
  | { readonly known: null; readonly key: string; readonly base: number; readonly before: Row | null };

/** New likes of a live: those after one number of its total, up to another one. */
export type LikesRange = readonly [behind: number, upTo: number];

/** Whether an event has the running total of a room's likes, which is one event that grows. */
export function isRunningTotal(event: LiveEvent): boolean {
  return event.kind === 'like' && event.payload.total !== null;
}

/** Whether likes that pay for nothing have grown enough for a write. */
export function isWorthAWrite(known: LikesSoFar, count: number): boolean {
  return known.worth === null && count - known.count >= writtenEvery;
}

/**
 * The key under which it is noted after which event all likes are on disk; present while no service has likes in memory
 * only.
 */
const settledKey = 'likes settled after';

/** What the services before have left. */
interface Left {
  /** Up to this event more likes may have been received than are on disk. */
  readonly upTo: number;
  /** Whether the last run has written all likes that it had received. */
  readonly isSettled: boolean;
}

/**
 * The likes of a room are one event as long as one mapping holds. Another mapping, or the first one after likes that
 * were only kept, holds from the total on at which it came: then the likes go on as another event, which begins there.
 * Not every message is worth a write: what was heard since the last one is written down when the ledger closes. After a
 * service that died, as much as may have been heard counts by the mapping before.
 */
export class LikesOfRooms<Row extends LikesSoFar> {
  readonly #books: Books;
  readonly #read: (seq: number) => Row | undefined;
  /** By event: the newest total of likes that was received. */
  readonly #heard = new Map<number, number>();
  /** By event: up to which total a run that was killed may have received likes. */
  readonly #mayBeHeard = new Map<number, number>();
  /** By room: the range of likes that are on disk, or will be with this transaction. */
  readonly #reached = new Map<number, LikesRange>();
  /** Read with the first likes: a start does not need it. */
  #left: Left | null = null;
  /** Whether it is noted on disk that all likes are on disk. */
  #isNoted = false;

  constructor(books: Books, read: (seq: number) => Row | undefined) {
    this.#books = books;
    this.#read = read;
  }

  place(room: number, event: LiveEvent, worth: Worth | null): LikesPlace<Row> {
    const { names } = this.#books;
    const left = this.#begin();
    const { known, parts } = this.#newest(room, event);
    const base = baseOf(event);
    if (known === null) return { known: null, key: this.#keyOf(room, event, 0), base, before: null };
    const isSame = known.worth === (worth === null ? null : names.worth(worth));
    const heardUpTo = Math.max(known.count, this.#heard.get(known.seq) ?? 0);
    const oldUpTo = Math.max(heardUpTo, this.#leftBehind(known, left));
    // Totals from before the change that are sent again add nothing.
    if (!isSame && countOf(event) > oldUpTo) {
      this.#heard.delete(known.seq);
      return { known: null, key: this.#keyOf(room, event, parts), base: Math.max(base, oldUpTo), before: known };
    }
    this.#heard.set(known.seq, Math.max(heardUpTo, countOf(event)));
    if (this.#heard.size > roomsRemembered) this.#heard.delete(this.#heard.keys().next().value ?? known.seq);
    return { known, base: parts === 1 ? base : Math.max(base, known.base) };
  }

  /** Which likes of a room an event newly brings, whatever its messages' order; `place` is where it belongs. */
  newly(room: number, event: LiveEvent, place: LikesPlace<Row>): readonly LikesRange[] {
    const stored = 'before' in place ? place.before : place.known;
    const before = this.#reached.get(room) ?? (stored === null ? null : ([stored.base, stored.count] as const));
    const [behind, upTo] = [place.base, countOf(event)];
    if (this.#reached.size >= roomsRemembered) this.#reached.clear();
    if (before === null) {
      this.#reached.set(room, [behind, upTo]);
      return [[behind, upTo]];
    }
    const [least, most] = before;
    this.#reached.set(room, [Math.min(least, behind), Math.max(most, upTo)]);
    return [...(behind < least ? [[behind, least] as const] : []), ...(upTo > most ? [[most, upTo] as const] : [])];
  }

  /** Whether likes were received that are not on disk. */
  get isDue(): boolean {
    return this.#left !== null;
  }

  /** Writes the totals that were received; within a transaction, the last one before the ledger closes. */
  settle(): void {
    const left = this.#begin();
    const { db, names, wallMs } = this.#books;
    const grow = db.prepare('INSERT INTO growth (event, base, count, arrived_at_ms) VALUES (?, ?, ?, ?)');
    for (const [seq, upTo] of this.#heard) {
      const known = this.#read(seq);
      if (known === undefined || upTo <= known.count) continue;
      const worth = known.worth === null ? null : names.worthOf(known.worth);
      // What pays and is not on disk was not taken by it, and comes again.
      const pays = worth !== null && strokesFor(worth, upTo) > strokesFor(worth, known.count);
      if (!pays) grow.run(seq, known.base, upTo, wallMs());
    }
    db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(settledKey, String(left.upTo));
  }

  /** After a rollback. */
  forget(): void {
    this.#reached.clear();
    this.#isNoted = this.#left?.isSettled ?? false;
  }

  /** Notes that from now on not all likes that are received are on disk. */
  #begin(): Left {
    const { db } = this.#books;
    if (this.#left === null) {
      const noted = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?').get(settledKey);
      const newest = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM event').get();
      this.#left = { upTo: Number(noted?.value ?? newest?.seq ?? 0), isSettled: noted !== undefined };
      this.#isNoted = this.#left.isSettled;
    }
    if (this.#isNoted) db.prepare('DELETE FROM meta WHERE key = ?').run(settledKey);
    this.#isNoted = false;
    return this.#left;
  }

  /** The first has the key that all likes of a room had before mappings could change. */
  #keyOf(room: number, event: LiveEvent, part: number): string {
    const { keys } = this.#books;
    const [, ...world] = keyParts(event, keys.viewer);
    return keys.event(room, part === 0 ? ['likes', ...world] : ['likes from', String(part), ...world]);
  }

  #newest(room: number, event: LiveEvent): { readonly known: Row | null; readonly parts: number } {
    for (let known: Row | null = null, parts = 0; ; parts += 1) {
      const seq = this.#books.eventKeys.find(this.#keyOf(room, event, parts));
      const found = seq === null ? undefined : this.#read(seq);
      if (found === undefined) return { known, parts };
      known = found;
    }
  }

  #leftBehind(known: Row, left: Left): number {
    if (known.seq > left.upTo) return 0;
    const before = this.#mayBeHeard.get(known.seq);
    if (before !== undefined) return before;
    const unwritten = known.worth === null ? writtenEvery : this.#books.names.worthOf(known.worth).per;
    const upTo = known.count + unwritten - 1;
    this.#mayBeHeard.set(known.seq, upTo);
    if (this.#mayBeHeard.size > roomsRemembered)
      this.#mayBeHeard.delete(this.#mayBeHeard.keys().next().value ?? known.seq);
    return upTo;
  }
}
