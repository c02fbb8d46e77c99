import { randomBytes } from 'node:crypto';
import type { Allot } from '../domain/worth.ts';
import { type Books, openBooks } from './books.ts';
import type { LedgerConnection } from './connection.ts';
import type { TellOriginal } from './faults.ts';
import { lateIndex } from './late-index.ts';
import { openNames } from './names.ts';
import { openKeys, openViewers } from './viewers.ts';

export interface LedgerOptions {
  readonly file: string;
  readonly allot: Allot;
  /** Wall time in ms since 1970, for entries that people read. */
  readonly wallMs: () => number;
  /** Monotonic time in ms, by which jumps of the wall time are seen; without it none are. */
  readonly nowMs?: () => number;
  /** Whether the wall time can be trusted now; it always can when nothing is said. */
  readonly clockIsRight?: () => boolean;
  /** Of one gift, so many strokes are drawn at most; null: all. */
  readonly strokesPerGiftMax?: number | null;
  /** For the log at debug. */
  readonly tellOriginal?: TellOriginal;
}

/** The books of an open file, with this ledger's own secret. */
export function booksOf(db: LedgerConnection, { allot, wallMs, clockIsRight = () => true }: LedgerOptions): Books {
  const keys = openKeys(secretOf(db));
  const eventKeys = lateIndex(db, { name: 'event', idColumn: 'seq', prefixBytes: 4 });
  const viewerKeys = lateIndex(db, { name: 'viewer', idColumn: 'id', prefixBytes: 0 });
  const viewers = openViewers(db, keys, viewerKeys, clockIsRight);
  const names = openNames(db);
  return openBooks({ db, names, keys, viewers, eventKeys, viewerKeys, wallMs: () => Math.trunc(wallMs()), allot });
}

/** The secret with which this ledger makes keys of people's ids; made once, with the ledger. */
function secretOf(db: LedgerConnection): Buffer {
  const find = db.prepare<[], { value: string }>("SELECT value FROM meta WHERE key = 'secret'");
  const stored = find.get();
  if (stored !== undefined) return Buffer.from(stored.value, 'hex');
  const secret = randomBytes(32);
  db.prepare<[string]>("INSERT INTO meta (key, value) VALUES ('secret', ?)").run(secret.toString('hex'));
  return secret;
}
