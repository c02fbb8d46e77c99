import type { ReadText } from '../domain/ink-text.ts';
import { mayGrow } from '../domain/live-event.ts';
import { isOfStreak, type RuleEvent } from '../domain/moment.ts';
import { levelOf, type PointsHeld } from '../domain/points.ts';
import type { PersonFacts, PointsStanding, RuleEngine, RuleOutcome, RuleVersion, SheetFacts } from '../domain/rules.ts';
import { strokesFor, type Worth } from '../domain/worth.ts';
import { boundedCredits } from './amend.ts';
import type { Books, Credited } from './books.ts';
import { giftTexts } from './gift-texts.ts';
import type { TextAsked } from './ink-texts.ts';
import { countOf } from './late-index.ts';
import { nearbyEvents } from './nearby.ts';
import { nothingHeld, type PointsBook } from './points.ts';
import { pointsRefunds } from './refunds.ts';
import { sheetFacts } from './sheet-facts.ts';

/** What a rule newly made due: strokes that are owed under an event of its own. */
export interface Due {
  readonly rule: string;
  /** The number of the event under which it is drawn. */
  readonly seq: number;
  readonly credits: readonly Credited[];
  /** What became of the text that it writes; null: of none. */
  readonly text: TextAsked | null;
}

/** An event as it stands in the ledger, for the rules that wait for it. */
interface Cause {
  readonly seq: number;
  readonly room: number;
  readonly session: number;
  readonly viewer: number | null;
  /** In hex. */
  readonly key: string;
  readonly atMs: number;
  /** How it was with the paper before it; missing: as it is now. */
  readonly sheet?: SheetFacts | undefined;
  /** What it has earned itself so far: that is there for what comes next, and not for its own rules. */
  readonly earned: PointsHeld;
}

type Why = 'cooldown' | 'limit' | 'points' | 'failed';

/** A rule of an event: its version, from which count on it is due, and how many units each one of the count is. */
type Armed = readonly [rule: number, needed: number, units: number];

interface KnownRule {
  readonly id: number;
  readonly line: number;
}

/** What a rule waits for, and how far its event has come. */
interface Reaching {
  readonly needed: number;
  readonly units: number;
  readonly count: number;
}

const chances = 2 ** 48;
/** Of a rule that only writes. */
const noStrokes: Worth = { rows: [], strokes: 0, per: 1 };
const rulesRemembered = 1_000;

interface Growth extends Pick<Cause, 'seq' | 'earned'> {
  readonly before: number;
  readonly now: number;
}

/** Fires rules for events that are written down; within their transaction only. */
export interface RuleBook {
  /** An event came: its rules are judged, for good. */
  came(event: RuleEvent, cause: Omit<Cause, 'atMs'>, engine: RuleEngine): readonly Due[];
  /**
   * Whether a rule would fire for an event that is not written yet; where none would, why not is counted. Somebody whom the
   * ledger does not know yet is viewer 0.
   */
  wouldFire(event: RuleEvent, cause: Omit<Cause, 'atMs'>, engine: RuleEngine): boolean;
  /** It grew from one count to another: what was armed with its first message may be due now, or pay more. */
  grew(event: RuleEvent, growth: Growth, engine: RuleEngine): readonly Due[];
  /** How it is with the paper, where a rule for such an event asks; to be asked before the event changes it. */
  sheetFor(event: RuleEvent, engine: RuleEngine): SheetFacts | undefined;
  /** After a rollback. */
  forget(): void;
}

/**
 * What rules make due, exactly once: which rules wait for an event is fixed by its first message, each fires once for it
 * when its count is reached, and cooldowns, limits and costs are read from what was written before: rules of one event
 * pay in the order of the counts that they need. Of one gift each rule draws `perGiftMax` strokes at most.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function ruleBook(books: Books, points: PointsBook, readText: ReadText, perGiftMax: number | null): RuleBook {
  const { db, names, keys, eventKeys } = books;
  const { refund } = pointsRefunds(books);
  const credit = boundedCredits(books, perGiftMax);
  const written = giftTexts(books, readText);
  const nearby = nearbyEvents(books);
  const paper = sheetFacts(books);
  const findRule = db.prepare<[string], KnownRule>('SELECT id, line FROM rule WHERE text = ?');
  const lineOf = db.prepare<[string], { line: number }>('SELECT line FROM rule WHERE name = ? ORDER BY id LIMIT 1');
  const nextRule = db.prepare<[], { id: number }>('SELECT coalesce(max(id), 0) + 1 AS id FROM rule');
  const addRule = db.prepare<[number, string, number, string]>(
    'INSERT INTO rule (id, name, line, text) VALUES (?, ?, ?, ?)',
  );
  const textOf = db.prepare<[number], { text: string; line: number }>('SELECT text, line FROM rule WHERE id = ?');
  const addArmed = db.prepare<[number, string]>('INSERT INTO armed (event, rules) VALUES (?, ?)');
  const armedOf = db.prepare<[number], { rules: string }>('SELECT rules FROM armed WHERE event = ?');
  const causeAt = db.prepare<[number], Omit<Cause, 'key' | 'earned'> & { key: Buffer }>(
    'SELECT seq, room, session, viewer, key, coalesce(at_ms, arrived_at_ms) AS atMs FROM event WHERE seq = ?',
  );
  // By place: to bind by name takes a tenth of what a firing costs.
  const addFiring = db.prepare(
    `INSERT INTO firing (rule, line, world, room, viewer, cause, paid, prize, said, at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const paidOf = db.prepare<[number, number], { paid: number | null }>(
    'SELECT paid FROM firing WHERE cause = ? AND rule = ?',
  );
  const firedNear = db.prepare<[number, number, number, number], unknown>(
    'SELECT 1 FROM firing WHERE line = ? AND world = ? AND at_ms > ? AND at_ms < ? LIMIT 1',
  );
  const firedNearBy = db.prepare<[number, number, number, number, number | null], unknown>(
    'SELECT 1 FROM firing WHERE line = ? AND world = ? AND at_ms > ? AND at_ms < ? AND viewer IS ? LIMIT 1',
  );
  const firedIn = db.prepare<[number, number, number], { times: number }>(
    'SELECT count(*) AS times FROM firing WHERE line = ? AND world = ? AND room = ?',
  );
  const addRefusal = db.prepare<[number, number, Why]>(
    `INSERT INTO refusal (line, minute, why, count) VALUES (?, ?, ?, 1)
     ON CONFLICT DO UPDATE SET count = count + 1`,
  );
  const addPaid = db.prepare(
    `INSERT INTO event (key, room, kind, origin, session, viewer, base, count, worth, at_ms, arrived_at_ms)
     VALUES (?, ?, 'rule', ?, ?, ?, 0, ?, ?, ?, ?)`,
  );
  const paidNow = db.prepare<[number], { count: number; worth: number }>(
    'SELECT worth, max(count, coalesce((SELECT max(count) FROM growth WHERE event = seq), 0)) AS count FROM event WHERE seq = ?',
  );
  const grow = db.prepare<[number, number, number]>(
    'INSERT INTO growth (event, base, count, arrived_at_ms) VALUES (?, 0, ?, ?)',
  );
  const cameBefore = db.prepare<[number, string, string, number, number], unknown>(
    `SELECT 1 FROM event WHERE viewer = ? AND kind = ? AND kind IN ('follow', 'share', 'subscribe', 'raid')
       AND origin = ? AND seq < ? AND (origin = 'live' OR session = ?) LIMIT 1`,
  );
  const rules = new Map<string, KnownRule>();
  const times = new Map<string, number>();

  function ruleOf({ name, text }: RuleVersion): KnownRule {
    const known = rules.get(text) ?? findRule.get(text) ?? enterRule(name, text);
    if (rules.size >= rulesRemembered) rules.clear();
    rules.set(text, known);
    return known;
  }

  function enterRule(name: string, text: string): KnownRule {
    const id = nextRule.get()?.id ?? 1;
    const line = lineOf.get(name)?.line ?? id;
    addRule.run(id, name, line, text);
    return { id, line };
  }

  const worldOf = (event: RuleEvent, { session }: Pick<Cause, 'session'>) => (event.origin === 'live' ? 0 : session);

  function refuse(line: number, why: Why, atMs: number): void {
    addRefusal.run(line, Math.floor(atMs / 60_000), why);
  }

  function timesIn(line: number, world: number, room: number): number {
    const key = `${line} ${world} ${room}`;
    const found = times.get(key) ?? firedIn.get(line, world, room)?.times ?? 0;
    if (times.size >= rulesRemembered) times.clear();
    times.set(key, found);
    return found;
  }

  /** Why a rule does not fire now; null when it may. */
  function refusalOf(version: RuleVersion, line: number, world: number, { room, viewer, atMs }: Cause): Why | null {
    const { perPersonMs, perRuleMs, perLiveMax } = version;
    const isNear = perRuleMs > 0 && firedNear.get(line, world, atMs - perRuleMs, atMs + perRuleMs) !== undefined;
    const isNearBy =
      perPersonMs > 0 && firedNearBy.get(line, world, atMs - perPersonMs, atMs + perPersonMs, viewer) !== undefined;
    if (isNear || isNearBy) return 'cooldown';
    return perLiveMax !== null && timesIn(line, world, room) >= perLiveMax ? 'limit' : null;
  }

  /** The points of a person without what this event has earned; null where there are no points. */
  function standingOf({ viewer, earned }: Pick<Cause, 'viewer' | 'earned'>, less = 0): PointsStanding | null {
    const terms = points.inForce();
    if (viewer === null || terms === null) return null;
    const held = points.heldOf(viewer);
    const left = held.points - earned.points - less;
    return { points: left, level: levelOf(held.xp - earned.xp, terms), place: () => points.placeOf(viewer, left) };
  }

  /** Tests and replays pay nothing, and are given nothing. */
  const costOf = (event: RuleEvent, { cost }: RuleVersion) => (event.origin === 'live' ? cost : 0);

  function canPay(event: RuleEvent, cause: Cause, version: RuleVersion): boolean {
    const cost = costOf(event, version);
    return cost === 0 || (standingOf(cause)?.points ?? 0) >= cost;
  }

  function fire(
    event: RuleEvent,
    cause: Cause,
    version: RuleVersion,
    { needed, units, count }: Reaching,
  ): readonly Due[] {
    const { id, line } = ruleOf(version);
    const world = worldOf(event, cause);
    const cost = costOf(event, version);
    const why = refusalOf(version, line, world, cause) ?? (canPay(event, cause, version) ? null : 'points');
    const outcome = why === null ? outcomeOf(event, cause, version, { needed, count }) : null;
    if (outcome === null) {
      refuse(line, why ?? 'failed', cause.atMs);
      return [];
    }
    const due = pay(event, cause, version.name, outcome, units === 0 ? 1 : count * units);
    const { lastInsertRowid } = addFiring.run(
      id,
      line,
      world,
      cause.room,
      cause.viewer,
      cause.seq,
      due?.seq ?? null,
      outcome.prize,
      outcome.outside.length === 0 ? null : JSON.stringify(outcome.outside),
      cause.atMs,
    );
    // What nobody asked for is read when somebody does; another version of the rule may have a limit.
    const inLive = `${line} ${world} ${cause.room}`;
    const counted = times.get(inLive);
    if (counted !== undefined) times.set(inLive, counted + 1);
    settle(event, cause, { firing: Number(lastInsertRowid), rule: version.name }, cost, outcome);
    if (due === null) return [];
    // What cannot be written is not paid for.
    if (due.text !== null && due.text.kind !== 'owed') refund([due.seq], 'it cannot be written');
    return [due];
  }

  function settle(
    event: RuleEvent,
    { viewer, seq }: Cause,
    fired: { readonly firing: number; readonly rule: string },
    cost: number,
    given: PointsHeld,
  ): void {
    if (event.origin === 'live' && viewer !== null && points.inForce() !== null)
      points.fired({ ...fired, viewer, event: seq }, cost, given);
  }

  /** What comes of a rule; null where it throws: the event keeps its credit all the same. */
  function outcomeOf(
    event: RuleEvent,
    cause: Cause,
    version: RuleVersion,
    { needed, count }: Pick<Reaching, 'needed' | 'count'>,
  ): RuleOutcome | null {
    const chance = () => Number.parseInt(keys.event(0, ['chance', cause.key, version.name]).slice(8, 20), 16) / chances;
    const cost = costOf(event, version);
    const now = { count, standing: standingOf({ ...cause, earned: nothingHeld }, cost) };
    const inked = () => ({ count: needed, standing: standingOf(cause, cost) });
    try {
      return version.outcome(event, now, chance, isOfStreak(event) ? inked : undefined);
    } catch {
      return null;
    }
  }

  function pay(event: RuleEvent, cause: Cause, rule: string, outcome: RuleOutcome, count: number): Due | null {
    const { write, worth = null } = outcome;
    if (worth === null && write === null) return null;
    const key = keys.event(cause.room, ['rule', cause.key, rule]);
    const { room, session, viewer } = cause;
    const { lastInsertRowid } = addPaid.run(
      Buffer.from(key, 'hex'),
      room,
      event.origin,
      session,
      viewer,
      count,
      names.worth(worth ?? noStrokes),
      event.atMs === null ? null : Math.trunc(event.atMs),
      Math.trunc(event.arrivedAtMs),
    );
    const seq = Number(lastInsertRowid);
    eventKeys.add(key, seq);
    const of = { seq, origin: event.origin, isGift: isBounded(event) };
    const text = write === null ? null : written.reached(seq, { text: write, from: 1 }, 0, 1);
    const credits = worth === null ? [] : credit(of, worth.rows, 0, strokesFor(worth, count));
    return { rule, seq, credits, text };
  }

  function payMore(event: RuleEvent, cause: number, rule: number, name: string, count: number): readonly Due[] {
    const seq = paidOf.get(cause, rule)?.paid ?? null;
    const known = seq === null ? undefined : paidNow.get(seq);
    if (seq === null || known === undefined || count <= known.count) return [];
    const worth = names.worthOf(known.worth);
    const before = strokesFor(worth, known.count);
    grow.run(seq, count, Math.trunc(event.arrivedAtMs));
    const of = { seq, origin: event.origin, isGift: isBounded(event) };
    const credits = credit(of, worth.rows, before, strokesFor(worth, count) - before);
    return [{ rule: name, seq, credits, text: null }];
  }

  function personFacts(event: RuleEvent, cause: Cause): PersonFacts {
    const { seq, session, viewer } = cause;
    return {
      nthWithin: (withinMs) => nearby.nth(event, { ...cause, world: worldOf(event, cause) }, withinMs),
      standing: () => standingOf(cause),
      sheet: () => cause.sheet ?? paper.now(),
      isFirst() {
        if (viewer === null) return null;
        return cameBefore.get(viewer, event.kind, event.origin, seq, session) === undefined;
      },
    };
  }

  return {
    // For each gift: objects are written out, since to spread them costs as much as to judge a hundred rules.
    came(event, { seq, room, session, viewer, key, earned, sheet }, engine) {
      const atMs = timeOf(event);
      const cause = { seq, room, session, viewer, key, earned, sheet, atMs };
      nearby.came(event, { seq, room, viewer, atMs, world: worldOf(event, cause) });
      const failed = (rule: RuleVersion) => refuse(ruleOf(rule).line, 'failed', cause.atMs);
      const matching = engine.matching(event, personFacts(event, cause), failed);
      if (matching.length === 0) return [];
      const count = countOf(event);
      const armed: Armed[] = [];
      const dues: Due[] = [];
      const due = matching.map((version) => ({
        version,
        needed: version.countNeeded(event),
        units: version.unitsPerCount(event),
      }));
      for (const { version, needed, units } of due) {
        const isWaiting = mayGrow(event) && (count < needed || units > 0);
        if (isWaiting) armed.push([ruleOf(version).id, needed, units]);
      }
      for (const { version, needed, units } of due.toSorted((a, b) => a.needed - b.needed))
        if (count >= needed) dues.push(...fire(event, cause, version, { needed, units, count }));
      if (armed.length > 0) addArmed.run(seq, JSON.stringify(armed));
      return dues;
    },
    wouldFire(event, { seq, ...rest }, engine) {
      const cause = { seq, ...rest, atMs: timeOf(event) };
      const failed: RuleVersion[] = [];
      const matching = engine.matching(event, personFacts(event, cause), (rule) => failed.push(rule));
      const world = worldOf(event, cause);
      const lacks = (version: RuleVersion) => (canPay(event, cause, version) ? null : 'points');
      const whys = matching.map((version) => refusalOf(version, ruleOf(version).line, world, cause) ?? lacks(version));
      if (whys.includes(null)) return true;
      for (const [index, version] of matching.entries())
        refuse(ruleOf(version).line, whys[index] ?? 'failed', cause.atMs);
      for (const version of failed) refuse(ruleOf(version).line, 'failed', cause.atMs);
      return false;
    },
    grew(event, { seq, before, now, earned }, engine) {
      const found = mayGrow(event) ? armedOf.get(seq) : undefined;
      const row = found && causeAt.get(seq);
      if (found === undefined || row === undefined) return [];
      const cause = { ...row, key: row.key.toString('hex'), earned };
      const armed = readArmed(found.rules).toSorted(([, a], [, b]) => a - b);
      return armed.flatMap(([rule, needed, units]) => {
        if (now < needed) return [];
        if (before >= needed && units === 0) return [];
        const stored = textOf.get(rule);
        if (stored === undefined) throw new Error(`the ledger has no rule ${rule}`);
        const version = versionOf(engine, stored.text);
        if (version === null) {
          refuse(stored.line, 'failed', cause.atMs);
          return [];
        }
        if (before < needed) return fire(event, cause, version, { needed, units, count: now });
        return payMore(event, seq, rule, version.name, now * units);
      });
    },
    sheetFor: (event, engine) => (engine.asksOfSheet(event.kind) ? paper.now() : undefined),
    forget() {
      rules.clear();
      times.clear();
      nearby.forget();
      paper.forget();
    },
  };
}

function timeOf({ atMs, arrivedAtMs }: RuleEvent): number {
  return Math.trunc(atMs ?? arrivedAtMs);
}

/** Null where the program of today cannot read it any more: the event keeps its credit all the same. */
function versionOf(engine: RuleEngine, text: string): RuleVersion | null {
  try {
    return engine.version(text);
  } catch {
    return null;
  }
}

/** Of what is given in one event so many strokes are drawn at most. */
function isBounded({ kind }: RuleEvent): boolean {
  return kind === 'gift' || kind === 'donation' || kind === 'tip' || kind === 'subscribe';
}

function readArmed(text: string): readonly Armed[] {
  const stored: unknown = JSON.parse(text);
  if (!Array.isArray(stored)) throw new Error(`${text} is no list of rules`);
  return stored.map((each: unknown): Armed => {
    const [rule, needed, units]: unknown[] = Array.isArray(each) ? each : [];
    if (typeof rule !== 'number' || typeof needed !== 'number' || typeof units !== 'number')
      throw new Error(`${text} is no list of rules`);
    return [rule, needed, units];
  });
}
