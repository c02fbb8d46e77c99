import type { Viewer } from '../domain/live-event.ts';
import type { PointsHeld, PointsTerms } from '../domain/points.ts';
import type { TriedStep } from '../domain/rules.ts';
import type { Books } from './books.ts';
import { viewerByKey } from './viewers.ts';

/** So many entries of points are read at a time. */
const perPart = 2_000;

interface EntryRow {
  readonly seq: number;
  readonly viewer: number;
  readonly kind: string;
  readonly change: number;
  readonly xp: number;
  readonly source: string;
  readonly event: number | null;
  readonly at_ms: number;
}

/** All who have points now: how many whoever has no entry since the beginning has, the least first; and who has one. */
interface Others {
  readonly untouched: readonly number[];
  readonly touched: ReadonlySet<number>;
}

/** What people had as a live went on, but for what rules took and gave in it: as it is known by the times of its entries. */
export function pastAccounts(books: Books): (fromMs: number, terms: PointsTerms) => AccountsThen {
  const statements = statementsOf(books);
  const { entryAt, newestEntry } = statements;

  /** The last entry of points from before a moment, by the times of the entries. */
  function lastEntryBefore(atMs: number): number {
    let [before, behind] = [0, (newestEntry.get()?.seq ?? 0) + 1];
    while (behind - before > 1) {
      const middle = Math.floor((before + behind) / 2);
      if ((entryAt.get(middle)?.at_ms ?? 0) < atMs) before = middle;
      else behind = middle;
    }
    return before;
  }

  return (fromMs, terms) => new AccountsThen(books, statements, lastEntryBefore(fromMs), terms);
}

function statementsOf({ db }: Books) {
  const entriesOf = (where: string) =>
    `SELECT seq, viewer, kind, change, coalesce(xp, 0) AS xp, coalesce(source, '') AS source, event, at_ms, previous
     FROM points WHERE ${where}`;
  return {
    entriesBehind: db.prepare<[number, number], EntryRow>(entriesOf('seq > ? ORDER BY seq LIMIT ?')),
    entryAt: db.prepare<[number], EntryRow & { previous: number | null }>(entriesOf('seq = ?')),
    newestEntry: db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM points'),
    account: db.prepare<[number], { points: number | null; xp: number | null; last: number | null }>(
      'SELECT points, xp, points_last AS last FROM viewer WHERE id = ?',
    ),
    touchedSince: db.prepare<[number], { id: number }>('SELECT id FROM viewer WHERE points_last > ?'),
    untouchedSince: db.prepare<[number], { points: number }>(
      'SELECT points FROM viewer WHERE points > 0 AND points_last <= ? ORDER BY points',
    ),
  };
}

/** What people had as a live went on, but for what rules took and gave in it. */
export class AccountsThen {
  readonly #books: Books;
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #firstEntry: number;
  readonly #terms: PointsTerms;
  readonly #held = new Map<number, { points: number; xp: number }>();
  /** Whoever has no points yet, but for what everybody begins with. */
  readonly #newcomers = new Set<number>();
  readonly #byId = new Map<string, number>();
  #others: Others | null = null;
  #read: EntryRow[] = [];
  #next = 0;
  #after: number;
  #lastOwn = 0;

  constructor(books: Books, statements: ReturnType<typeof statementsOf>, firstEntry: number, terms: PointsTerms) {
    this.#books = books;
    this.#statements = statements;
    this.#firstEntry = firstEntry;
    this.#terms = terms;
    this.#after = firstEntry;
  }

  /** What somebody had then: what there is now, without all that came since. */
  of(viewer: number): { points: number; xp: number } {
    const known = this.#held.get(viewer);
    if (known !== undefined) return known;
    const { points = null, xp = null, last = null } = this.#statements.account.get(viewer) ?? {};
    const had = { points: points ?? this.#terms.start, xp: xp ?? 0 };
    if (points === null) this.#newcomers.add(viewer);
    for (let seq = last; seq !== null && seq > this.#firstEntry; ) {
      const entry = this.#statements.entryAt.get(seq);
      if (entry === undefined) break;
      had.xp -= entry.kind === 'xp' ? entry.change : entry.xp;
      // What everybody begins with is there before the first entry.
      if (entry.source === 'start') this.#newcomers.add(viewer);
      else if (entry.kind === 'points') had.points -= entry.change;
      seq = entry.previous;
    }
    this.#held.set(viewer, had);
    return had;
  }

  /** What was entered before an event of this number came; each rise of experience. */
  *upTo(seq: number, arrivedAtMs: number): Generator<TriedStep, void> {
    for (let entry = this.#nextEntry(); entry !== undefined; entry = this.#nextEntry()) {
      if (!isBefore(entry, { seq, arrivedAtMs, lastOwn: this.#lastOwn })) return;
      this.#next += 1;
      this.#after = entry.seq;
      if (entry.source === 'earned') this.#lastOwn = Math.max(this.#lastOwn, entry.event ?? 0);
      const rise = this.#entered(entry);
      if (rise !== null) yield rise;
    }
  }

  /** How many others have more than so many points; to be asked before anything else is entered. `id`: how rules name them. */
  aheadOf(viewer: number, id: string) {
    this.#byId.set(id, viewer);
    return (points: number, changed: ReadonlyMap<string, PointsHeld>): number => {
      const { untouched, touched } = this.#allOthers();
      const changes = new Map([...changed].map(([person, each]) => [this.#byId.get(person) ?? 0, each.points]));
      let ahead = countAbove(untouched, points);
      for (const each of new Set([...touched, ...changes.keys(), viewer])) {
        const has = this.of(each).points;
        const change = changes.get(each);
        if (!touched.has(each) && !this.#newcomers.has(each) && has > points) ahead -= 1;
        const saves = change !== undefined || !this.#newcomers.has(each);
        if (each !== viewer && saves && has + (change ?? 0) > points) ahead += 1;
      }
      return ahead;
    };
  }

  #allOthers(): Others {
    const { untouchedSince, touchedSince } = this.#statements;
    this.#others ??= {
      untouched: untouchedSince.all(this.#firstEntry).map(({ points }) => points),
      touched: new Set(touchedSince.all(this.#firstEntry).map(({ id }) => id)),
    };
    return this.#others;
  }

  /** Whether experience rose with an entry; what everybody begins with is there before, and what rules did is left out. */
  #entered({ viewer, kind, change, xp, source, at_ms: atMs }: EntryRow): TriedStep | null {
    const has = this.of(viewer);
    if (['start', 'rule', 'spent', 'refund'].includes(source)) return null;
    const from = { ...has };
    if (kind === 'points') {
      has.points = Math.max(0, has.points + change);
      this.#newcomers.delete(viewer);
    }
    has.xp = Math.max(0, has.xp + (kind === 'xp' ? change : xp));
    const user = has.xp > from.xp ? accountNamed(this.#books, viewer) : null;
    if (user === null) return null;
    return { is: 'rise', user, from, to: { ...has }, ahead: this.aheadOf(viewer, user.id), atMs };
  }

  #nextEntry(): EntryRow | undefined {
    if (this.#next >= this.#read.length) {
      this.#read = this.#statements.entriesBehind.all(this.#after, perPart);
      this.#next = 0;
    }
    return this.#read[this.#next];
  }
}

/** How many of numbers, the least first, are more than one. */
function countAbove(sorted: readonly number[], number: number): number {
  let [below, above] = [-1, sorted.length];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if ((sorted[middle] ?? 0) > number) above = middle;
    else below = middle;
  }
  return sorted.length - above;
}

/** Whether an entry was written before an event came; `lastOwn` is the newest event that had an entry of its own so far. */
function isBefore(
  { event, at_ms: atMs }: EntryRow,
  { seq, arrivedAtMs, lastOwn }: Readonly<Record<'seq' | 'arrivedAtMs' | 'lastOwn', number>>,
): boolean {
  if (event !== null && event >= seq) return false;
  return atMs <= arrivedAtMs || (event !== null && event > lastOwn);
}

/** A viewer by number, with the lasting id that names them in this ledger. */
export function accountNamed({ viewers }: Pick<Books, 'viewers'>, viewer: number): Viewer | null {
  const { user } = viewers.known(viewer) ?? {};
  return user === undefined ? null : { ...user, id: viewerByKey(Buffer.from(user.id, 'hex')) };
}
