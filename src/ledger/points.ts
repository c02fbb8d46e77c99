import { type LiveEvent, mayGrow } from '../domain/live-event.ts';
import { givenBy } from '../domain/money.ts';
import {
  type Earning,
  earningOf,
  earningsOf,
  type PointsHeld,
  type PointsKind,
  type PointsTerms,
  xpWith,
} from '../domain/points.ts';
import type { Books } from './books.ts';

/** An event of the ledger as far as points are concerned. */
interface EarningEvent extends Earning {
  readonly seq: number;
}

/** Where an entry comes from, and what it is about. */
interface PointsEntry {
  readonly source: 'start' | 'earned' | 'chat' | 'rule' | 'spent' | 'hand';
  readonly why: string;
  readonly event?: number | null;
  readonly firing?: number;
  readonly windowMs?: number;
  readonly ownId?: string | null;
}

interface TermsRow {
  readonly after: number;
  readonly terms: PointsTerms | null;
}

/**
 * The points of accounts. What an event earns follows from how far it has come and from the terms under which it came: so
 * that all its frames, in any order and however often, earn the same. Within a transaction only.
 */
export type PointsBook = ReturnType<typeof pointsBook>;

/** Opens the points; `ofConfig` are the terms of the config, null where it has none, undefined where nobody says. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function pointsBook({ db, wallMs }: Books, ofConfig: PointsTerms | null | undefined) {
  const readTerms = db.prepare<[], { after: number; text: string }>(
    'SELECT after_event AS after, text FROM points_terms ORDER BY id',
  );
  const addTerms = db.prepare<[string, number]>(
    `INSERT INTO points_terms (after_event, text, at_ms)
     VALUES (coalesce((SELECT max(seq) FROM event), 0), ?, ?)`,
  );
  const held = db.prepare<[number], { points: number | null; xp: number | null }>(
    'SELECT points, xp FROM viewer WHERE id = ?',
  );
  const ahead = db.prepare<[number, number], { ahead: number }>(
    'SELECT count(*) AS ahead FROM viewer WHERE points > ? AND id <> ?',
  );
  const add = db.prepare(
    `INSERT INTO points (viewer, kind, change, balance, xp, event, why, at_ms, source, firing, window_ms, own_id, previous)
     SELECT id, @kind, @change, coalesce(CASE @kind WHEN 'points' THEN points ELSE xp END, 0) + @change, @xp, @event, @why,
       @atMs, @source, @firing, @windowMs, @ownId, points_last FROM viewer WHERE id = @viewer`,
  );
  const followedBefore = db.prepare<[number, number], unknown>(
    `SELECT 1 FROM event WHERE viewer = ? AND kind = 'follow' AND kind IN ('follow', 'share', 'subscribe', 'raid')
       AND origin = 'live' AND seq < ? LIMIT 1`,
  );
  const grown = db.prepare<[number], EarningEvent & { origin: string }>(
    `SELECT e.seq, e.kind, e.origin, coalesce(g.name, '') AS unit, coalesce(g.coins, 0) AS coins
     FROM event e LEFT JOIN gift g ON g.id = e.gift WHERE e.seq = ?`,
  );
  const chatNear = db.prepare<[number, number, number], unknown>(
    'SELECT 1 FROM points WHERE viewer = ? AND window_ms > ? AND window_ms < ? LIMIT 1',
  );
  let all: readonly TermsRow[] | null = null;
  let rises: XpRise[] = [];

  function known(): readonly TermsRow[] {
    all ??= readTerms.all().map(({ after, text }) => ({ after, terms: termsFrom(text) }));
    return all;
  }

  /** The terms under which an event came; null: under none. */
  const termsOf = (seq: number): PointsTerms | null => known().findLast(({ after }) => after < seq)?.terms ?? null;
  const inForce = (): PointsTerms | null => (ofConfig === undefined ? (known().at(-1)?.terms ?? null) : ofConfig);

  /** Adds to an account, which begins with what everybody gets. */
  function enter(viewer: number, { points, xp }: PointsHeld, entry: PointsEntry): void {
    const has = held.get(viewer);
    if (xp > 0) rises.push({ viewer, fromXp: has?.xp ?? 0, toXp: (has?.xp ?? 0) + xp });
    if (points !== 0) {
      const start = has?.points === null ? (inForce()?.start ?? 0) : 0;
      if (start > 0) write(viewer, 'points', start, null, { source: 'start', why: '' });
      write(viewer, 'points', points, xp === 0 ? null : xp, entry);
    } else if (xp !== 0) write(viewer, 'xp', xp, null, entry);
  }

  function write(viewer: number, kind: PointsKind, change: number, xp: number | null, entry: PointsEntry): void {
    const none = { event: null, firing: null, windowMs: null, ownId: null };
    add.run({ ...none, ...entry, viewer, kind, change, xp, atMs: wallMs() });
  }

  /** Enters what was newly earned; gives what the event has earned so far. */
  function earn(viewer: number, event: EarningEvent, before: number, now: number, terms: PointsTerms): PointsHeld {
    const [had, has] = [earningsOf(event, before, terms), earningsOf(event, now, terms)];
    const more = { points: has.points - had.points, xp: has.xp - had.xp };
    enter(viewer, more, { source: 'earned', why: '', event: event.seq });
    return has;
  }

  return {
    /** Adds to an account; nothing where both are 0. */
    enter,
    /** The terms of the config are in force from the next event on; to be called before it is written. */
    begin(): void {
      if (ofConfig === undefined) return;
      const text = JSON.stringify(ofConfig);
      if (text === JSON.stringify(known().at(-1)?.terms ?? null)) return;
      addTerms.run(text, wallMs());
      all = null;
    },
    /** An event was written that has come so far; gives what it has earned. */
    came(event: LiveEvent, { seq, viewer, reached }: Came): PointsHeld {
      const terms = viewer === null || event.origin !== 'live' ? null : termsOf(seq);
      if (viewer === null || terms === null) return nothingHeld;
      if (event.kind === 'follow' && followedBefore.get(viewer, seq) !== undefined) return nothingHeld;
      return earn(viewer, { seq, ...earningOf(event, givenBy(event)?.unit) }, 0, reached, terms);
    },
    /** It grew from one count to another: it earns by the terms and the price with which it came. Gives all of it. */
    grew(seq: number, viewer: number | null, before: number, now: number): PointsHeld {
      const terms = viewer === null ? null : termsOf(seq);
      const event = terms === null ? undefined : grown.get(seq);
      if (viewer === null || terms === null || event === undefined) return nothingHeld;
      if (event.origin !== 'live' || !mayGrow(event)) return nothingHeld;
      return earn(viewer, event, before, now, terms);
    },
    /** By which terms people earn now, and come to levels; null: nobody does. */
    inForce,
    /** What an account has, which begins with what everybody gets. */
    heldOf(viewer: number): PointsHeld {
      const { points = null, xp = null } = held.get(viewer) ?? {};
      return { points: points ?? inForce()?.start ?? 0, xp: xp ?? 0 };
    },
    /** Which place somebody has among all who save, with so many points in the place of what stands there. */
    placeOf: (viewer: number, points: number): number => 1 + (ahead.get(points, viewer)?.ahead ?? 0),
    /** A rule fired: its cost is paid, and what it gives is given. There must be so much. */
    fired({ viewer, firing, event, rule }: RuleFired, cost: number, given: PointsHeld): void {
      const about = { firing, event, why: rule };
      if (cost > 0) enter(viewer, { points: -cost, xp: 0 }, { ...about, source: 'spent' });
      enter(viewer, { points: given.points, xp: given.xp }, { ...about, source: 'rule' });
    },
    /**
     * Somebody wrote in the chat: it earns once in a window of time, whose number is the same for every message in it.
     * Returns whether it earned now.
     */
    chatted(viewer: number, atMs: number): boolean {
      const terms = inForce();
      if (terms === null || terms.chat === null) return false;
      const lengthMs = terms.chat.seconds * 1000;
      const windowMs = Math.floor(atMs / lengthMs) * lengthMs;
      if (chatNear.get(viewer, windowMs - lengthMs, windowMs + lengthMs) !== undefined) return false;
      const { points } = terms.chat;
      enter(viewer, { points, xp: xpWith(points, terms) }, { source: 'chat', why: '', windowMs });
      return true;
    },
    /** Whose experience rose since the last time, in that order. */
    takeRises(): readonly XpRise[] {
      const taken = rises;
      if (taken.length > 0) rises = [];
      return taken;
    },
    /** After a rollback. */
    forget(): void {
      all = null;
      rises = [];
    },
  };
}

/** Of what earns nothing. */
export const nothingHeld: PointsHeld = { points: 0, xp: 0 };

/** The experience of an account rose. */
export interface XpRise {
  readonly viewer: number;
  readonly fromXp: number;
  readonly toXp: number;
}

interface RuleFired {
  readonly viewer: number;
  readonly firing: number;
  readonly event: number;
  readonly rule: string;
}

interface Came {
  readonly seq: number;
  readonly viewer: number | null;
  /** How much of it there is: of money the amount. */
  readonly reached: number;
}

/** Terms as the ledger has them; it wrote them itself. */
function termsFrom(text: string): PointsTerms | null {
  return JSON.parse(text);
}
