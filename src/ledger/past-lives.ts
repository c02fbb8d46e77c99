import * as v from 'valibot';
import { targetOf } from '../domain/goals.ts';
import { type LiveEvent, liveEventVersion } from '../domain/live-event.ts';
import { type Moment, momentOfBox } from '../domain/moment.ts';
import type { PointsTerms } from '../domain/points.ts';
import type { TriedStep } from '../domain/rules.ts';
import { type SimplePayingKind, simplePayingKinds } from '../domain/worth.ts';
import type { Books } from './books.ts';
import { goalsByNumber } from './goals.ts';
import { timesIn } from './moments.ts';
import { baseNow, countNow } from './money.ts';
import { type AccountsThen, accountNamed, pastAccounts } from './past-accounts.ts';
import { eventTables } from './payers.ts';
import { simpleKindsInSql } from './reports.ts';
import { sheetFacts } from './sheet-facts.ts';

/** What is asked of a past live, beside which. */
interface PastLiveWish {
  /** Timers of rules, in minutes. */
  readonly timersMinutes: readonly number[];
  /** After how many likes rules are to be tried. */
  readonly likesEvery: readonly number[];
  /** For what people get points; null: for nothing. */
  readonly terms: PointsTerms | null;
}

/** So many events, of whichever live, are looked through at a time. */
const perPart = 2_000;
const minuteMs = 60_000;

interface PastSession {
  readonly id: number;
  readonly room: number;
  readonly origin: LiveEvent['origin'];
  readonly openedAtMs: number;
  readonly closedAtMs: number | null;
  readonly ended: number;
}

interface PastRow {
  readonly seq: number;
  readonly kind: string;
  readonly base: number;
  readonly count: number;
  readonly giftId: string | null;
  readonly gift: string | null;
  readonly coins: number | null;
  readonly viewer: number | null;
  readonly payload: string | null;
  readonly at_ms: number | null;
  readonly arrived_at_ms: number;
}

/** What is read of an event's words; they may be forgotten. */
const words = v.object({
  text: v.fallback(v.string(), ''),
  item: v.fallback(v.string(), ''),
  prize: v.fallback(v.string(), ''),
  title: v.fallback(v.string(), ''),
  tokens: v.fallback(v.number(), 0),
  viewers: v.fallback(v.number(), 0),
  emoteId: v.fallback(v.string(), ''),
});
type TriedEvent = Extract<TriedStep, { readonly is: 'event' }>;
const simple = v.picklist(simplePayingKinds);

/** Reads what a rule could have waited for in a past session, as far as the ledger keeps it. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function pastLiveQuestions(books: Books) {
  const { db, names, keys } = books;
  const sessionAt = db.prepare<[string], PastSession>(
    `SELECT s.id, s.room, s.origin, s.opened_at_ms AS openedAtMs, s.closed_at_ms AS closedAtMs, s.ended
     FROM session s JOIN word w ON w.id = s.id WHERE w.kind = 'session' AND w.text = ?`,
  );
  // When test sessions began was not noted: it is known by their events.
  const unopened = db.prepare<[string], PastSession>(
    `SELECT w.id, e.room, e.origin, e.arrived_at_ms AS openedAtMs, e.arrived_at_ms AS closedAtMs, 0 AS ended
     FROM word w JOIN event e ON e.session = w.id WHERE w.kind = 'session' AND w.text = ? LIMIT 1`,
  );
  const heardBefore = db.prepare<[number, number], { sinceMs: number | null; untilMs: number | null }>(
    `SELECT min(opened_at_ms) AS sinceMs, max(closed_at_ms) AS untilMs FROM session
     WHERE room = ? AND origin = 'live' AND id < ?`,
  );
  const newest = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM event');
  const part = db.prepare<[number, number, number], PastRow>(
    `SELECT e.seq, e.kind, ${baseNow} AS base, ${countNow} AS count, g.platform_id AS giftId, g.name AS gift, g.coins,
       e.viewer, e.payload, e.at_ms, e.arrived_at_ms
     FROM ${eventTables}
     WHERE e.seq > ? AND e.seq <= ? AND e.session = ?
       AND e.kind IN ('gift', 'donation', 'tip', 'chat', 'like', 'join', 'emote', 'battle', 'raid-out',
         ${simpleKindsInSql}) ORDER BY e.seq`,
  );
  const growths = db.prepare<[number, number], { count: number; atMs: number }>(
    `SELECT count, arrived_at_ms AS atMs FROM event WHERE seq = ?
     UNION ALL SELECT count, arrived_at_ms FROM growth WHERE event = ? ORDER BY count`,
  );
  const cameBefore = db.prepare<[number, string, string, number], unknown>(
    `SELECT 1 FROM event WHERE viewer = ? AND kind = ? AND kind IN ('follow', 'share', 'subscribe', 'raid')
       AND origin = ? AND seq < ? LIMIT 1`,
  );
  const sheets = db.prepare<[number, number], { atMs: number; sheet: number }>(
    'SELECT opened_at_ms AS atMs, id AS sheet FROM sheet WHERE opened_at_ms BETWEEN ? AND ? ORDER BY id',
  );
  const drawings = db.prepare<[number, number], { atMs: number; drawing: number }>(
    `SELECT s.at_ms AS atMs, s.request AS drawing FROM request_step s JOIN request r ON r.id = s.request
       LEFT JOIN event e ON e.seq = r.event
     WHERE s.state = 'drawn' AND e.kind IS NOT 'rule' AND s.at_ms BETWEEN ? AND ? ORDER BY s.seq`,
  );
  const reached = db.prepare<[number, number, number], { atMs: number; goal: number; target: number }>(
    `SELECT at_ms AS atMs, goal, target FROM goal_reached WHERE at_ms BETWEEN ? AND ? AND room IN (0, ?) ORDER BY seq`,
  );
  const account = db.prepare<[number], { points: number | null; xp: number | null }>(
    'SELECT points, xp FROM viewer WHERE id = ?',
  );
  const aheadNow = db.prepare<[number, number], { ahead: number }>(
    'SELECT count(*) AS ahead FROM viewer WHERE points > ? AND id <> ?',
  );
  const accountByKey = db.prepare<[Buffer], { id: number }>('SELECT id FROM viewer_key WHERE key = ?');
  const unindexed = db.prepare<[Buffer], { id: number }>(
    `SELECT id FROM viewer WHERE key = ?
       AND id > coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'viewer keys up to'), 0)`,
  );

  const accountsSince = pastAccounts(books);
  const personOf = (viewer: number) => accountNamed(books, viewer);

  function eventOf(row: PastRow, session: string, { room, origin }: PastSession): LiveEvent {
    const { giftId, gift, coins, base, count } = row;
    const head = {
      version: liveEventVersion as typeof liveEventVersion,
      id: `${session} ${row.seq}`,
      ...(names.channelOf(room) ?? { platform: '', channel: '' }),
      origin,
      room: names.roomName(room),
      session,
      sequence: row.seq,
      atMs: row.at_ms,
      arrivedAtMs: row.arrived_at_ms,
      user: row.viewer === null ? null : personOf(row.viewer),
    };
    if (row.kind === 'gift') {
      const payload = { gift: { id: giftId ?? '', name: gift ?? '', coins: coins ?? 0 }, count, streak: null };
      return { ...head, kind: 'gift', payload };
    }
    const said = v.parse(words, JSON.parse(row.payload ?? '{}'));
    const { text } = said;
    if (row.kind === 'donation')
      return {
        ...head,
        kind: 'donation',
        payload: { amountMinor: count - base, currency: gift ?? '', text, isAudio: false },
      };
    if (row.kind === 'tip') return { ...head, kind: 'tip', payload: { tokens: count - base, item: said.item, text } };
    if (row.kind === 'join') return { ...head, kind: 'join', payload: {} };
    if (row.kind === 'emote') return { ...head, kind: 'emote', payload: { emoteId: said.emoteId } };
    if (row.kind === 'battle') return { ...head, kind: 'battle', payload: { battleId: '' } };
    if (row.kind === 'raid-out') return { ...head, kind: 'raid-out', payload: { viewers: said.viewers } };
    if (row.kind === 'chat') return { ...head, kind: 'chat', payload: { text } };
    return { ...head, ...simpleEvent(v.parse(simple, row.kind), count - base, said) };
  }

  /** When the likes of a live came to what rules wait for, by what was written of them. */
  function likesOf(row: PastRow, session: PastSession, { likesEvery }: PastLiveWish): readonly Moment[] {
    if (session.origin !== 'live') return [];
    const found: Moment[] = [];
    let upTo = row.base;
    for (const { count, atMs } of growths.all(row.seq, row.seq)) {
      for (const every of likesEvery)
        for (const nth of timesIn([upTo, count], every))
          found.push({ ...headOf(session, atMs), kind: 'likes', payload: { every, nth } });
      upTo = Math.max(upTo, count);
    }
    return found;
  }

  const headOf = ({ room }: PastSession, atMs: number) => ({
    ...(names.channelOf(room) ?? { platform: '', channel: '' }),
    room: names.roomName(room),
    session: '',
    atMs: null,
    arrivedAtMs: atMs,
    origin: 'live' as const,
    user: null,
  });

  /** What happened beside what people did, in its order. */
  function momentsOf(session: PastSession, nowMs: number, { timersMinutes }: PastLiveWish): readonly Moment[] {
    if (session.origin !== 'live') return [];
    const { room, openedAtMs } = session;
    const until = session.closedAtMs ?? nowMs;
    const before = heardBefore.get(room, session.id);
    const sinceMs = before?.sinceMs ?? openedAtMs;
    const ofLive = (atMs: number) => headOf(session, atMs);
    const found: Moment[] = [];
    if (before?.sinceMs === null) found.push({ ...ofLive(openedAtMs), kind: 'live-started', payload: {} });
    for (const everyMinutes of timersMinutes)
      for (const [nth, atMs] of timesOf(
        everyMinutes * minuteMs,
        sinceMs,
        before?.untilMs ?? sinceMs,
        openedAtMs,
        until,
      ))
        found.push({ ...ofLive(atMs), kind: 'timer', payload: { everyMinutes, nth } });
    for (const { atMs, sheet } of sheets.all(openedAtMs, until))
      found.push(momentOfBox('sheet-opened', { sheet }, atMs));
    for (const { atMs, drawing } of drawings.all(openedAtMs, until))
      found.push(momentOfBox('drawing-done', { drawing }, atMs));
    const goals = goalsByNumber(books);
    for (const { atMs, goal, target } of reached.all(openedAtMs, until, room)) {
      const { name = '', currency = null } = goals.get(goal) ?? {};
      found.push(momentOfBox('goal-reached', { goal: name, target: targetOf({ target, currency }) }, atMs));
    }
    if (session.ended === 1) found.push({ ...ofLive(until), kind: 'live-ended', payload: {} });
    return found.toSorted((a, b) => a.arrivedAtMs - b.arrivedAtMs);
  }

  const momentStep = (event: Moment): TriedStep => ({
    is: 'event',
    event,
    isFirst: null,
    held: null,
    ahead: null,
    sheet: null,
  });

  function eventStep(row: PastRow, name: string, session: PastSession, accounts: AccountsThen | null): TriedStep {
    const { viewer, kind, seq } = row;
    const event = eventOf(row, name, session);
    if (viewer === null) return { is: 'event', event, isFirst: null, held: null, ahead: null, sheet: null };
    const isFirst = cameBefore.get(viewer, kind, session.origin, seq) === undefined;
    const held = accounts === null ? null : { ...accounts.of(viewer) };
    const ahead = event.user === null || accounts === null ? null : accounts.aheadOf(viewer, event.user.id);
    return { is: 'event', event, isFirst, held, ahead, sheet: null };
  }

  function* stepsOf(name: string, session: PastSession, wish: PastLiveWish, nowMs: number) {
    const moments = [...momentsOf(session, nowMs, wish)];
    const accounts = wish.terms === null ? null : accountsSince(session.openedAtMs, wish.terms);
    /** Moments and points of the time before an event, which is the last one where there is none. */
    function* before(seq: number, arrivedAtMs: number): Generator<TriedStep, void> {
      const later = moments.findIndex((moment) => moment.arrivedAtMs > arrivedAtMs);
      for (const moment of moments.splice(0, later < 0 ? moments.length : later)) yield momentStep(moment);
      if (accounts !== null) yield* accounts.upTo(seq, arrivedAtMs);
    }
    const end = newest.get()?.seq ?? 0;
    /** One after the other: what people have then is asked of each before the next one. */
    function* partOf(after: number): Generator<TriedStep, void> {
      for (const row of part.all(after, Math.min(end, after + perPart), session.id)) {
        if (row.kind === 'like') {
          moments.push(...likesOf(row, session, wish));
          moments.sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
          continue;
        }
        yield* before(row.seq, row.arrived_at_ms);
        yield eventStep(row, name, session, accounts);
      }
      if (after + perPart >= end) yield* before(end + 1, session.closedAtMs ?? nowMs);
    }
    for (let after = 0; after === 0 || after < end; after += perPart) yield partOf(after);
  }

  const paper = sheetFacts(books);
  return {
    /** How it is with the paper now. */
    sheetNow: () => paper.now(),
    /**
     * What happened in a past session, the oldest first, in parts which may be empty: events with as much as they grew
     * to, and the moments that the ledger still knows; each is to be taken before the next one. Null when there is no such
     * session.
     */
    pastLive(name: string, wish: PastLiveWish): Iterable<Iterable<TriedStep>> | null {
      const session = sessionAt.get(name) ?? unopened.get(name);
      return session === undefined ? null : stepsOf(name, session, wish, books.wallMs());
    },
    /** What somebody has now, and whether nobody's event of a kind came before; of whom the ledger does not know, null. */
    personNow(id: string, kind: string): Pick<TriedEvent, 'held' | 'ahead'> & { readonly isFirst: boolean } {
      const key = Buffer.from(keys.viewer(id), 'hex');
      const viewer = (accountByKey.get(key) ?? unindexed.get(key))?.id;
      const ahead = (than: number) => aheadNow.get(than, viewer ?? 0)?.ahead ?? 0;
      if (viewer === undefined) return { held: null, ahead, isFirst: true };
      const { points = null, xp = null } = account.get(viewer) ?? {};
      const isFirst = cameBefore.get(viewer, kind, 'live', Number.MAX_SAFE_INTEGER) === undefined;
      return { held: points === null ? null : { points, xp: xp ?? 0 }, ahead, isFirst };
    },
  };
}

/**
 * The times of a timer in a session, counted from when the live was first connected; of times that passed without a
 * connection only the newest counts.
 */
function* timesOf(everyMs: number, sinceMs: number, heardUntilMs: number, fromMs: number, untilMs: number) {
  const nthAt = (atMs: number) => Math.floor((atMs - sinceMs) / everyMs);
  const first = nthAt(fromMs);
  if (first >= 1 && first > nthAt(heardUntilMs)) yield [first, fromMs] as const;
  for (let nth = first + 1; nth <= nthAt(untilMs); nth++) yield [nth, sinceMs + nth * everyMs] as const;
}

function simpleEvent(
  kind: SimplePayingKind,
  count: number,
  { prize, tokens, title, viewers }: v.InferOutput<typeof words>,
) {
  switch (kind) {
    case 'subscribe':
      return { kind, payload: count > 1 ? { gifted: count } : {} };
    case 'wheel':
      return { kind, payload: { prize, tokens } };
    case 'goal':
      return { kind, payload: { title, tokens } };
    case 'raid':
      return { kind, payload: { viewers } };
    default:
      return { kind, payload: {} };
  }
}
