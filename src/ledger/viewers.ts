import { hash } from 'node:crypto';
import type { Statement } from 'better-sqlite3';
import type { Viewer } from '../domain/live-event.ts';
import { comparableName } from '../domain/plain-text.ts';
import type { LedgerConnection } from './connection.ts';
import { type LateIndex, roomPrefix } from './late-index.ts';

export const dayMs = 86_400_000;

/** So many viewers are remembered: who gives once often gives again. */
const viewersRemembered = 1_000;

/** Turns ids of people, and whatever contains them, into keys (in hex) that say nothing without this ledger's secret. */
export interface Keys {
  /** 16 bytes that name an event: the number of its room, and 12 bytes of a hash with the secret. */
  event(room: number, parts: readonly string[]): string;
  /** 12 bytes that name a viewer: an HMAC of the platform's id. Where an event's key names a viewer, it is by this. */
  viewer(id: string): string;
}

/** The platforms' ids have no colons. */
const keyMark = 'key:';

/** An id for a viewer of this ledger whose id at the platform nobody knows any more: it has the same key. */
export function viewerByKey(key: Buffer): string {
  return `${keyMark}${key.toString('hex')}`;
}

/** Whether an id is one of those: it names an account of this ledger, and no id of a platform. */
export function isViewerByKey(id: string): boolean {
  return id.startsWith(keyMark);
}

/** Keys made with this ledger's own secret. */
export function openKeys(secret: Buffer): Keys {
  const hmac = hmacOf(secret);
  const salt = secret.toString('hex');
  const viewers = new Map<string, string>();
  return {
    event: (room, parts) => roomPrefix(room) + hash('sha256', `${salt} ${JSON.stringify(parts)}`, 'hex').slice(0, 24),
    viewer(id) {
      if (isViewerByKey(id)) return id.slice(keyMark.length);
      const known = viewers.get(id);
      if (known !== undefined) return known;
      const made = hmac(`viewer ${id}`).slice(0, 24);
      if (viewers.size >= viewersRemembered) viewers.clear();
      viewers.set(id, made);
      return made;
    },
  };
}

/**
 * HMAC-SHA-256 (RFC 2104) in hex, made of two hashes: Node's own object for it costs as much as writing an event.
 * The secret is no longer than a block of 64 bytes.
 */
export function hmacOf(secret: Buffer): (text: string) => string {
  const block = Buffer.alloc(64);
  secret.copy(block);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = Buffer.concat([block.map((byte) => byte ^ 0x5c), Buffer.alloc(32)]);
  return (text) => {
    outer.write(hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'hex'), 64, 'hex');
    return hash('sha256', outer, 'hex');
  };
}

/** So many addresses of pictures are written together: fewer at a time would cost more pages in all. */
const picturesPerWrite = 500;
/** So many wait where the disk takes none. */
const picturesWaitingMax = 1_000;

/** Where viewers' names are kept, and nowhere else. */
export interface Viewers {
  /**
   * The number of a viewer. Notes that they were seen and how they call themselves; writes only what is new, and the day
   * at most once a day. The address of their picture, which is five times as long as the rest, waits until it is
   * written with others: a power cut can take it, until they are seen again.
   */
  seen(viewer: Viewer, atMs: number): number;
  readonly pictures: WaitingPictures;
  /** Forgets what was remembered of the table: after a rollback, or when names were replaced. */
  forget(): void;
  /** The viewer who was last seen under this name, null when none was. */
  byName(name: string): number | null;
  /** A viewer by number: the account's key, in hex, and how they were last seen; null when there is none. */
  known(id: number): { readonly key: string; readonly user: Viewer } | null;
}

interface Seen {
  readonly id: number;
  readonly name: string;
  readonly handle: string | null;
  readonly seenAtMs: number | null;
  readonly hasPicture: boolean;
}

/** Addresses of pictures that wait to be written. */
class WaitingPictures {
  /** By the account's number, which is another one's when the transaction that gave it came to nothing. */
  readonly #waiting = new Map<number, { readonly key: Buffer; readonly url: string }>();
  readonly #write: Statement<[string, number, Buffer]>;
  readonly #named: Statement<[number]>;

  constructor(db: LedgerConnection) {
    this.#write = db.prepare('UPDATE viewer SET picture_url = ? WHERE id = ? AND key = ? AND pseudonym = 0');
    this.#named = db.prepare('SELECT 1 FROM viewer WHERE id = ? AND pseudonym = 0');
  }

  /** As long as the disk takes none, the newest are let go. */
  add(id: number, key: Buffer, url: string): void {
    if (this.#waiting.size < picturesWaitingMax || this.#waiting.has(id)) this.#waiting.set(id, { key, url });
  }

  get isDue(): boolean {
    return this.#waiting.size >= picturesPerWrite;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Within a transaction; they wait on until it is known to be `written`. */
  write(): void {
    for (const [id, { key, url }] of this.#waiting) this.#write.run(url, id, key);
  }

  written(): void {
    this.#waiting.clear();
  }

  /** Lets go of those of people whose name was replaced. */
  forgetNameless(): void {
    for (const id of this.#waiting.keys()) if (this.#named.get(id) === undefined) this.#waiting.delete(id);
  }
}

type Shown = Omit<Viewer, 'id'>;

/** The viewers of one open ledger. `clockIsRight`: whether the wall time can be trusted now. */
export function openViewers(db: LedgerConnection, keys: Keys, index: LateIndex, clockIsRight: () => boolean): Viewers {
  const read = db.prepare<[number], Omit<Seen, 'id' | 'hasPicture'> & { hasPicture: number }>(
    'SELECT name, handle, seen_at_ms AS seenAtMs, picture_url IS NOT NULL AS hasPicture FROM viewer WHERE id = ?',
  );
  const named = db.prepare<[string], { id: number }>(
    'SELECT id FROM viewer WHERE comparable_name(name) = ? AND pseudonym = 0 ORDER BY seen_at_ms DESC LIMIT 1',
  );
  const add = db.prepare<[Buffer, string, string | null, string | null, number | null]>(
    'INSERT INTO viewer (key, name, handle, roles, seen_at_ms) VALUES (?, ?, ?, ?, ?)',
  );
  const change = db.prepare<[string, string | null, string | null, number | null, number]>(
    `UPDATE viewer SET name = ?, handle = coalesce(?, handle), roles = coalesce(?, roles), seen_at_ms = ?, pseudonym = 0
     WHERE id = ?`,
  );
  const byId = db.prepare<[number], { key: Buffer; name: string; handle: string | null; roles: string | null }>(
    'SELECT key, name, handle, roles FROM viewer WHERE id = ?',
  );
  const recent = new Map<string, Seen>();
  const pictures = new WaitingPictures(db);

  function stored(platformId: string): Seen | null {
    const id = index.find(keys.viewer(platformId));
    const found = id === null ? undefined : read.get(id);
    return id === null || found === undefined ? null : { id, ...found, hasPicture: found.hasPicture === 1 };
  }

  function enter(platformId: string, shown: Shown, seenAtMs: number | null): Seen {
    const key = keys.viewer(platformId);
    const { name, handle = null } = shown;
    const id = Number(add.run(Buffer.from(key, 'hex'), name, handle, rolesOf(shown), seenAtMs).lastInsertRowid);
    index.add(key, id);
    return { id, name, handle, seenAtMs, hasPicture: false };
  }

  function remember(platformId: string, seen: Seen, picture: string | undefined): number {
    if (picture !== undefined) pictures.add(seen.id, Buffer.from(keys.viewer(platformId), 'hex'), picture);
    if (recent.size >= viewersRemembered) recent.clear();
    recent.set(platformId, picture === undefined ? seen : { ...seen, hasPicture: true });
    return seen.id;
  }

  return {
    seen({ id: platformId, ...shown }, atMs) {
      const { name, handle = null, pictureUrl } = shown;
      const day = clockIsRight() ? Math.trunc(atMs) : null;
      const known = recent.get(platformId) ?? stored(platformId);
      if (known === null) return remember(platformId, enter(platformId, shown, day), pictureUrl);
      // Some messages name a person by the id alone: that is no news.
      if (name === '') return remember(platformId, known, undefined);
      const isSame = known.name === name && (handle === null || handle === known.handle);
      // Pictures and roles change with every message: they are no reason for a write, and go along with one.
      if (isSame && !isOlder(known.seenAtMs, day))
        return remember(platformId, known, known.hasPicture ? undefined : pictureUrl);
      change.run(name, handle, rolesOf(shown), day, known.id);
      return remember(platformId, { ...known, name, handle: handle ?? known.handle, seenAtMs: day }, pictureUrl);
    },
    pictures,
    forget: () => recent.clear(),
    byName: (name) => named.get(comparableName(name))?.id ?? null,
    known(id) {
      const found = byId.get(id);
      if (found === undefined) return null;
      const key = found.key.toString('hex');
      const { name, handle, roles } = found;
      const user: Viewer = {
        id: key,
        name,
        ...(handle === null ? {} : { handle }),
        ...(roles === null ? {} : { roles: JSON.parse(roles) }),
      };
      return { key, user };
    },
  };
}

function rolesOf({ roles }: Shown): string | null {
  return roles === undefined ? null : JSON.stringify(roles);
}

/** Whether the day on which a viewer was seen must be written anew. */
function isOlder(seenAtMs: number | null, nowMs: number | null): boolean {
  if (nowMs === null) return false;
  return seenAtMs === null || Math.abs(nowMs - seenAtMs) > dayMs;
}
