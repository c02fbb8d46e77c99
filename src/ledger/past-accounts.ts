import type { Viewer } from '../domain/live-event.ts';
import type { PointsTerms } from '../domain/points.ts';
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

/** What people had as a live went on, but for what rules took and gave in it: as it is known by the times of its entries. */
export function pastAccounts(books: Books) {
  const { db } = books;
  const entriesOf = (where: string) =>
    `SELECT seq, viewer, kind, change, coalesce(xp, 0) AS xp, coalesce(source, '') AS source, event, at_ms, previous
     FROM points WHERE ${where}`;
  const entriesBehind = db.prepare<[number, number], EntryRow>(entriesOf('seq > ? ORDER BY seq LIMIT ?'));
  const entryAt = db.prepare<[number], EntryRow & { previous: number | null }>(entriesOf('seq = ?'));
  const newestEntry = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM points');
  const account = db.prepare<[number], { points: number | null; xp: number | null; last: number | null }>(
    'SELECT points, xp, points_last AS last FROM viewer WHERE id = ?',
  );

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

  /** What people had as a live went on, but for what rules took and gave in it. */
  return (fromMs: number, terms: PointsTerms) => {
    const firstEntry = lastEntryBefore(fromMs);
    const held = new Map<number, { points: number; xp: number }>();
    let [read, next, after, lastOwn]: [EntryRow[], number, number, number] = [[], 0, firstEntry, 0];

    /** What somebody had then: what there is now, without all that came since. */
    function of(viewer: number) {
      const known = held.get(viewer);
      if (known !== undefined) return known;
      const now = account.get(viewer);
      const had = { points: now?.points ?? terms.start, xp: now?.xp ?? 0 };
      for (let seq = now?.last ?? null; seq !== null && seq > firstEntry; ) {
        const entry = entryAt.get(seq);
        if (entry === undefined) break;
        had.xp -= entry.kind === 'xp' ? entry.change : entry.xp;
        // What everybody begins with is there before the first entry.
        if (entry.kind === 'points' && entry.source !== 'start') had.points -= entry.change;
        seq = entry.previous;
      }
      held.set(viewer, had);
      return had;
    }

    /** Whether experience rose with an entry; what everybody begins with is there before, and what rules did is left out. */
    function entered({ viewer, kind, change, xp, source, at_ms: atMs }: EntryRow): TriedStep | null {
      const has = of(viewer);
      if (['start', 'rule', 'spent', 'refund'].includes(source)) return null;
      const from = { ...has };
      if (kind === 'points') has.points = Math.max(0, has.points + change);
      has.xp = Math.max(0, has.xp + (kind === 'xp' ? change : xp));
      const user = has.xp > from.xp ? accountNamed(books, viewer) : null;
      return user === null ? null : { is: 'rise', user, from, to: { ...has }, atMs };
    }

    function nextEntry(): EntryRow | undefined {
      if (next >= read.length) [read, next] = [entriesBehind.all(after, perPart), 0];
      return read[next];
    }

    return {
      of,
      /** What was entered before an event of this number came; each rise of experience. */
      *upTo(seq: number, arrivedAtMs: number): Generator<TriedStep, void> {
        for (
          let entry = nextEntry();
          entry !== undefined && isBefore(entry, { seq, arrivedAtMs, lastOwn });
          entry = nextEntry()
        ) {
          next += 1;
          after = entry.seq;
          if (entry.source === 'earned') lastOwn = Math.max(lastOwn, entry.event ?? 0);
          const rise = entered(entry);
          if (rise !== null) yield rise;
        }
      },
    };
  };
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
