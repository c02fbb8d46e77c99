import type { LiveEvent } from '../domain/live-event.ts';
import type { RuleEvent } from '../domain/moment.ts';
import type { LedgerConnection } from './connection.ts';

/**
 * What names an event within its room: the same for every provider, session, reconnect and repeated frame.
 * A streak is named by who gives what to whom in which group; a message id only names a frame, so it serves
 * where one frame is the whole event. A viewer's follow counts once a room, the likes of a room are one event that grows.
 * Viewers are named by their keys, never by their ids. Test gifts and replays that draw are worlds of their own: their keys carry their session.
 */
export function keyParts(event: LiveEvent, viewerKey: (id: string) => string): readonly string[] {
  const world = event.origin === 'live' ? [] : [event.origin, event.session];
  const user = (): string => (event.user === null ? '' : viewerKey(event.user.id));
  switch (event.kind) {
    case 'gift': {
      const { gift, streak } = event.payload;
      return streak === null
        ? ['frame', event.id, ...world]
        : ['streak', user(), gift.id, streak.group, streak.receiver, ...world];
    }
    case 'like':
      return event.payload.total === null ? ['like', event.id, ...world] : ['likes', ...world];
    case 'follow':
      return event.user === null ? ['follow of', event.id, ...world] : ['follow', user(), ...world];
    default:
      return [event.kind, event.id, ...world];
  }
}

/**
 * How far an event has grown: cumulative for gifts, the room's running total for likes, the amount of money, the number
 * of subscriptions that are given to others, 1 for what just happens.
 */
export function countOf(event: RuleEvent): number {
  switch (event.kind) {
    case 'donation':
      return event.payload.amountMinor;
    case 'tip':
      return event.payload.tokens;
    case 'gift':
      return event.payload.count;
    case 'like':
      return event.payload.total ?? event.payload.count;
    case 'subscribe':
      return event.payload.gifted ?? 1;
    default:
      return 1;
  }
}

/** The part of the count that was there before we listened, which does not pay. */
export function baseOf(event: LiveEvent): number {
  if (event.kind !== 'like' || event.payload.total === null) return 0;
  return Math.max(0, event.payload.total - event.payload.count);
}

/** What the keys of a room's events begin with, and no other's. */
export function roomPrefix(room: number): string {
  return room.toString(16).padStart(8, '0');
}

/** So many keys wait in memory before they are entered into their index together. */
const keysWaitingMax = 10_000;
const prefixesRemembered = 1_000;

/** Sorts behind whatever a key can go on with. */
const afterAllKeys = Buffer.alloc(20, 0xff);

/**
 * Finds a row by its key, in hex. A key lands anywhere in its index, and a single one dirties several pages there; so keys are
 * entered many at a time. The newest ones wait in memory, and after a restart are read again from the end of the table.
 */
export interface LateIndex {
  find(key: string): number | null;
  /** A row was added to the table. */
  add(key: string, id: number): void;
  /** The last row that is in the index. */
  indexedUpTo(): number;
  readonly isDue: boolean;
  /** Enters what waits; within a transaction. */
  settle(): void;
  /** After a rollback. */
  forget(): void;
}

/** What distinguishes one table of keys from another. */
interface Keyed {
  readonly name: 'event' | 'viewer';
  readonly idColumn: 'seq' | 'id';
  /** Keys that begin with the same so many bytes belong together: when none of them is indexed, none is looked for. */
  readonly prefixBytes: number;
}

/** The keys of a table, and the table `<name>_key` in which they are found. */
export function lateIndex(db: LedgerConnection, { name, idColumn, prefixBytes }: Keyed): LateIndex {
  const meta = `${name} keys up to`;
  const upTo = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?');
  const setUpTo = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  const indexed = db.prepare<[Buffer], { id: number }>(`SELECT id FROM ${name}_key WHERE key = ?`);
  const newer = db.prepare<[number], { key: Buffer; id: number }>(
    `SELECT key, ${idColumn} AS id FROM ${name} WHERE ${idColumn} > ?`,
  );
  const enter = db.prepare<[number]>(
    `INSERT INTO ${name}_key (key, id) SELECT key, ${idColumn} FROM ${name} WHERE ${idColumn} > ? ORDER BY key`,
  );
  const newest = db.prepare<[], { id: number }>(`SELECT coalesce(max(${idColumn}), 0) AS id FROM ${name}`);
  const anyIndexed = db.prepare<[Buffer, Buffer], unknown>(
    `SELECT 1 FROM ${name}_key WHERE key BETWEEN ? AND ? LIMIT 1`,
  );
  const indexedPrefixes = new Map<string, boolean>();
  let waiting: Map<string, number> | null = null;

  function indexedUpTo(): number {
    return Number(upTo.get(meta)?.value ?? 0);
  }

  function read(): Map<string, number> {
    waiting ??= new Map(newer.all(indexedUpTo()).map(({ key, id }) => [key.toString('hex'), id]));
    return waiting;
  }

  function mayBeIndexed(key: string): boolean {
    const prefix = key.slice(0, 2 * prefixBytes);
    const known = indexedPrefixes.get(prefix);
    if (known !== undefined) return known;
    const from = Buffer.from(prefix, 'hex');
    const found = anyIndexed.get(from, Buffer.concat([from, afterAllKeys])) !== undefined;
    if (indexedPrefixes.size >= prefixesRemembered) indexedPrefixes.clear();
    indexedPrefixes.set(prefix, found);
    return found;
  }

  function forget(): void {
    waiting = null;
    indexedPrefixes.clear();
  }

  return {
    find(key) {
      const fresh = read().get(key);
      if (fresh !== undefined) return fresh;
      return mayBeIndexed(key) ? (indexed.get(Buffer.from(key, 'hex'))?.id ?? null) : null;
    },
    add(key, id) {
      waiting?.set(key, id);
    },
    indexedUpTo,
    get isDue() {
      return (waiting?.size ?? 0) >= keysWaitingMax;
    },
    settle() {
      enter.run(indexedUpTo());
      setUpTo.run(meta, String(newest.get()?.id ?? 0));
      forget();
    },
    forget,
  };
}

/** The numbers of the events of a room and of all that are not indexed yet; takes what `roomRange` says. */
export const eventsOfRoom = `
  SELECT id FROM event_key WHERE key >= ? AND key < ? UNION ALL SELECT seq FROM event WHERE seq > ?`;

/** Bounds of a room's keys, and where the unindexed events begin. */
export function roomRange(index: LateIndex, room: number): [from: Buffer, to: Buffer, unindexed: number] {
  return [Buffer.from(roomPrefix(room), 'hex'), Buffer.from(roomPrefix(room + 1), 'hex'), index.indexedUpTo()];
}
