import type { PointsKind } from '../domain/points.ts';
import type { Books } from './books.ts';
import type { PointsBook } from './points.ts';

/** Somebody who has points. */
interface Person {
  /** What names them outside: made of the platform's id with this ledger's secret, and no other ledger's. */
  readonly person: string;
  readonly name: string;
  readonly points: number;
  readonly xp: number;
}

/** An entry of points, for people. */
interface PointsRecord {
  readonly seq: number;
  readonly kind: PointsKind;
  readonly change: number;
  readonly balance: number;
  /** The experience that came along. */
  readonly xp: number;
  /** Where it comes from; 'forgotten' where the account was emptied with the name. */
  readonly source: string;
  readonly why: string;
  /** The number of the event that it is about; null: of none. */
  readonly event: number | null;
  readonly atMs: number;
}

/** All that is asked about one person is read entry by entry, from the newest back. */
const entriesMax = 500;
/** To so many people at once something can be given: it is one transaction, and nothing else goes on meanwhile. */
export const peopleAtOnceMax = 20_000;

const personColumns =
  'lower(hex(v.key)) AS person, v.name, coalesce(v.points, 0) AS points, coalesce(v.xp, 0) AS xp FROM viewer v';

/** Reads who has points. */
export function peopleQuestions({ db }: Pick<Books, 'db'>) {
  const top = db.prepare<[number], Person>(
    `SELECT ${personColumns} WHERE v.points_last IS NOT NULL ORDER BY v.points DESC, v.id LIMIT ?`,
  );
  const byKey = db.prepare<[Buffer], Person & { id: number; last: number | null }>(
    `SELECT v.id, v.points_last AS last, ${personColumns} JOIN viewer_key k ON k.id = v.id WHERE k.key = ?`,
  );
  const unindexed = db.prepare<[Buffer], Person & { id: number; last: number | null }>(
    `SELECT v.id, v.points_last AS last, ${personColumns}
     WHERE v.key = ? AND v.id > coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'viewer keys up to'), 0)`,
  );
  const entry = db.prepare<[number], PointsRecord & { previous: number | null }>(
    `SELECT seq, kind, change, balance, coalesce(xp, 0) AS xp, coalesce(source, 'forgotten') AS source, why, event,
       at_ms AS atMs, previous FROM points WHERE seq = ?`,
  );

  function find(person: string) {
    const key = /^[0-9a-f]{24}$/.test(person) ? Buffer.from(person, 'hex') : null;
    return key === null ? null : (byKey.get(key) ?? unindexed.get(key) ?? null);
  }

  return {
    /** Who has saved most, `limit` of them. */
    people: (limit: number): readonly Person[] => top.all(limit),
    /** The number of a person's account; null when nobody is called so. */
    accountOf: (person: string): number | null => find(person)?.id ?? null,
    /** What somebody has, and the newest entries of it, the newest first; null when nobody is called so. */
    person(person: string, limit: number): (Person & { readonly entries: readonly PointsRecord[] }) | null {
      const found = find(person);
      if (found === null) return null;
      const entries: PointsRecord[] = [];
      let next = found.last;
      while (next !== null && entries.length < Math.min(limit, entriesMax)) {
        const read = entry.get(next);
        if (read === undefined) break;
        const { previous, ...shown } = read;
        entries.push(shown);
        next = previous;
      }
      const { id: _, last: __, ...who } = found;
      return { ...who, entries };
    },
  };
}

/** Something that a person adds to accounts, or takes from them. */
interface PointsByHand {
  /** The account; null: all that have points. */
  readonly account: number | null;
  readonly kind: PointsKind;
  readonly change: number;
  readonly why: string;
  /** By which a repeat is known; null: each time is another one. */
  readonly ownId: string | null;
}

/** What it came to. */
export type PointsAdded =
  | {
      readonly ok: true;
      /** It was done before under its own id; the rest is what was done then. */
      readonly isRepeat: boolean;
      readonly kind: PointsKind;
      /** How many accounts changed, and by how much together; below 0: it was taken. */
      readonly accounts: number;
      readonly sum: number;
      /** Of how many less was taken than was asked for, since they had no more, or nothing; of a repeat nobody knows. */
      readonly hadLess: number;
      readonly hadNone: number;
    }
  /** One account has only so much; or so many accounts have points. */
  | { readonly ok: false; readonly has: number };

/** Corrections of points by a person; within a transaction only. */
export function pointsByHand({ db }: Books, points: PointsBook) {
  const known = db.prepare<[string], { accounts: number; sum: number; kind: PointsKind | null }>(
    'SELECT count(*) AS accounts, coalesce(sum(change), 0) AS sum, min(kind) AS kind FROM points WHERE own_id = ?',
  );
  const all = db.prepare<[], { id: number }>('SELECT id FROM viewer WHERE points_last IS NOT NULL');
  return {
    /** Adds so much to an account, or to all; of all nobody loses more than they have, one alone must have it. */
    addPoints({ account, kind, change, why, ownId }: PointsByHand): PointsAdded {
      const before = ownId === null ? undefined : known.get(ownId);
      if (before !== undefined && before.kind !== null)
        return { ok: true, isRepeat: true, ...before, kind: before.kind, hadLess: 0, hadNone: 0 };
      const ids = account === null ? all.all().map(({ id }) => id) : [account];
      if (ids.length > peopleAtOnceMax) return { ok: false, has: ids.length };
      let [accounts, sum, hadLess, hadNone] = [0, 0, 0, 0];
      for (const id of ids) {
        const has = points.heldOf(id)[kind];
        if (account !== null && has + change < 0) return { ok: false, has };
        const part = Math.max(change, -has);
        if (part === 0) {
          hadNone += 1;
          continue;
        }
        points.enter(id, { points: 0, xp: 0, [kind]: part }, { source: 'hand', why, ownId });
        accounts += 1;
        sum += part;
        if (part !== change) hadLess += 1;
      }
      // What all are given is nothing that one of them came to, and could be a million levels at once.
      if (account === null) points.takeRises();
      return { ok: true, isRepeat: false, kind, accounts, sum, hadLess, hadNone };
    },
  };
}
