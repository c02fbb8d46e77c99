import type { Viewer } from '../domain/live-event.ts';
import { isOfStreak, levelReached, type Moment, momentKinds, type RuleEvent } from '../domain/moment.ts';
import { givenBy } from '../domain/money.ts';
import { earningOf, earningsOf, levelOf, type PointsHeld, type PointsTerms } from '../domain/points.ts';
import type { OutsideAction, PersonFacts, PointsStanding, RuleTrial, RuleTried, TriedStep } from '../domain/rules.ts';
import { strokesFor } from '../domain/worth.ts';
import { judge } from './engine.ts';
import { factsOfSheet } from './facts.ts';
import type { Rule } from './rules-file.ts';

type TriedEvent = Extract<TriedStep, { readonly is: 'event' }>;
/** With what it earns itself: that is there in what is said of it, and not for what its rules ask and cost. */
type EarningStep = TriedEvent & { readonly earned: PointsHeld };

/** What is counted of a rule while it is tried. */
class Tally {
  fires = 0;
  lastAtMs = Number.NEGATIVE_INFINITY;
  /** By person, and by live. */
  readonly lastOf = new Map<string, number>();
  readonly timesIn = new Map<string, number>();
  readonly refused = { cooldown: 0, limit: 0, points: 0, failed: 0 };
  strokes = 0;
  spent = 0;
  points = 0;
  xp = 0;
  last: RuleTried['last'] = null;
  outside: readonly OutsideAction[] = [];
  /** What it changed in people's accounts. */
  readonly changed: Accounts;

  constructor(changed: Accounts) {
    this.changed = changed;
  }
}

/** By person, what rules that are tried gave and took. */
type Accounts = Map<string, { points: number; xp: number }>;

/** What of a kind the ledger does not keep. */
const notKept: Readonly<Partial<Record<Rule['on'], string>>> = {
  state: 'Changes of the state are not kept.',
  'dead-letter': 'Dead letters are in the file of the worker.',
  chat: 'Of the chat, only messages for which a rule held are kept.',
  join: 'Of people who joined, only those for whom a rule fired are kept.',
  emote: 'Of emotes, only those for which a rule fired are kept.',
};

/**
 * Tries rules on what happened, one after the other, by the same judgement as in force. What a cooldown or a limit refuses
 * follows from these events alone. Those that are switched on pay from the same accounts, as in force; one that is switched
 * off is tried as if it alone were switched on, too. A wheel turns by chance.
 */
export function ruleTrial(rules: readonly Rule[], random: () => number, terms: PointsTerms | null): RuleTrial {
  return new Trial(rules, random, terms);
}

class Trial implements RuleTrial {
  readonly timersMinutes: readonly number[];
  readonly likesEvery: readonly number[];
  readonly #random: () => number;
  readonly #terms: PointsTerms | null;
  /** Of the rules that are switched on. */
  readonly #accounts: Accounts = new Map();
  readonly #tallies: readonly { readonly rule: Rule; readonly tally: Tally }[];
  readonly #came = new Set<string>();
  /** When whoever gave what, by person, kind, live and gift. */
  readonly #times = new Map<string, number[]>();

  constructor(rules: readonly Rule[], random: () => number, terms: PointsTerms | null) {
    this.timersMinutes = [...new Set(rules.flatMap(({ everyMinutes }) => everyMinutes ?? []))];
    this.likesEvery = [...new Set(rules.flatMap(({ everyLikes }) => everyLikes ?? []))];
    this.#random = random;
    this.#terms = terms;
    this.#tallies = rules.map((rule) => ({ rule, tally: new Tally(rule.enabled ? this.#accounts : new Map()) }));
  }

  take(step: TriedStep): void {
    if (step.is === 'event') this.#takeEvent({ ...step, earned: this.#earnedBy(step) });
    else this.#takeLevels({ ...step, held: step.to, earned: nothing }, step.to.xp - step.from.xp);
  }

  result(): readonly RuleTried[] {
    return this.#tallies.map(({ rule, tally }) => {
      const { fires, refused, strokes, spent, points, xp, last, outside } = tally;
      const { name, enabled, on } = rule;
      const missing = notKept[on] ?? (asksOfSheet(rule) ? 'How full the sheet was is not kept.' : '');
      return { name, enabled, on, fires, refused, strokes, spent, points, xp, last, outside, notKept: missing };
    });
  }

  #takeEvent(step: EarningStep): void {
    const { event } = step;
    const { user } = event;
    const person = `${user?.id ?? ''} ${event.kind}`;
    const gift = event.kind === 'gift' ? event.payload.gift.id || event.payload.gift.name : '';
    const same = `${person} ${event.room} ${gift}`;
    const before = this.#times.get(same) ?? [];
    const atMs = timeOf(event);
    const near = (withinMs: number) => before.filter((each) => Math.abs(each - atMs) < withinMs).length;
    const xpOfRules = () => this.#accounts.get(user?.id ?? '')?.xp ?? 0;
    const xpBefore = xpOfRules();
    const holds = this.#tallies.filter(({ rule, tally }) =>
      this.#holds(rule, tally, event, {
        isFirst: () => (user === null ? null : (step.isFirst ?? !this.#came.has(person))),
        standing: () => this.#standingOf(step, rule, tally),
        sheet: () => step.sheet,
        nthWithin: (withinMs) => (user === null ? null : 1 + near(withinMs)),
      }),
    );
    // Rules of one event pay in the order of the counts that they need.
    const due = holds.toSorted((a, b) => a.rule.countNeeded(event) - b.rule.countNeeded(event));
    for (const { rule, tally } of due) if (countIn(event) >= rule.countNeeded(event)) this.#fire(rule, tally, step);
    this.#came.add(person);
    this.#times.set(same, before);
    before.push(atMs);
    if (user === null) return;
    const { held, ahead, earned } = step;
    this.#takeLevels({ user, held: held ?? this.#start(), ahead, earned, atMs }, 0, xpOfRules() - xpBefore);
  }

  #holds(rule: Rule, tally: Tally, event: RuleEvent, facts: PersonFacts): boolean {
    if (rule.on !== event.kind) return false;
    try {
      return judge(rule, event, facts);
    } catch {
      tally.refused.failed += 1;
      return false;
    }
  }

  /** What everybody begins with. */
  #start(): PointsHeld {
    return { points: this.#terms?.start ?? 0, xp: 0 };
  }

  /** What an event earns by the terms of today. */
  #earnedBy({ event, isFirst }: TriedEvent): PointsHeld {
    const terms = this.#terms;
    if (terms === null || event.user === null || event.origin !== 'live' || isMoment(event)) return nothing;
    if (event.kind === 'follow' && isFirst === false) return nothing;
    const { amount = countIn(event), unit } = givenBy(event) ?? {};
    return earningsOf(earningOf(event, unit), amount, terms);
  }

  /** What its person has, by the rules that are switched on and, of one that is not, by itself; so much more. */
  #standingOf(
    { event, held, ahead }: TriedEvent,
    { enabled }: Rule,
    { changed }: Tally,
    more = nothing,
  ): PointsStanding | null {
    const id = event.user?.id;
    if (id === undefined || this.#terms === null) return null;
    const all = enabled ? [this.#accounts] : [this.#accounts, changed];
    const { points, xp } = sumOf([held ?? this.#start(), more, ...all.flatMap((each) => each.get(id) ?? [])]);
    const place = ahead === null ? {} : { place: () => 1 + ahead(points, together(all)) };
    return { points, level: levelOf(xp, this.#terms), ...place };
  }

  /** Somebody who has `held` rose by so much that stands in it, and by so much that rules gave. */
  #takeLevels({ user, atMs, ...has }: Risen, earned: number, given = 0): void {
    const terms = this.#terms;
    if (terms === null || earned + given <= 0 || !this.#tallies.some(({ rule }) => rule.on === 'level-up')) return;
    const toXp = has.held.xp + (this.#accounts.get(user.id)?.xp ?? 0);
    const last = levelOf(toXp, terms);
    for (let level = levelOf(toXp - earned - given, terms) + 1; level <= last; level++)
      this.#takeEvent({
        is: 'event',
        event: levelReached(user, level, atMs),
        isFirst: null,
        ...has,
        sheet: null,
      });
  }

  #fire(rule: Rule, tally: Tally, step: EarningStep): void {
    const { event } = step;
    const cost = event.origin === 'live' ? rule.cost : 0;
    const standing = this.#standingOf(step, rule, tally);
    const why = refusalOf(rule, tally, event) ?? (cost > (standing?.points ?? 0) ? 'points' : null);
    if (why !== null) {
      tally.refused[why] += 1;
      return;
    }
    try {
      const count = countIn(event);
      const { points, xp } = step.earned;
      const left = this.#standingOf(step, rule, tally, { points: points - cost, xp });
      const now = { count, standing: left };
      const needed = () => ({
        count: rule.countNeeded(event),
        standing: this.#standingOf(step, rule, tally, { points: -cost, xp: 0 }),
      });
      const outcome = rule.outcome(event, now, this.#random, isOfStreak(event) ? needed : undefined);
      const units = rule.unitsPerCount(event);
      const strokes = outcome.worth === null ? 0 : strokesFor(outcome.worth, units === 0 ? 1 : count * units);
      note(tally, event);
      tally.strokes += strokes;
      tally.last = { atMs: timeOf(event), viewer: event.user?.name ?? '', strokes, prize: outcome.prize ?? '' };
      const { write, outside } = outcome;
      tally.outside = write === null ? outside : [{ do: 'write', with: { text: write } }, ...outside];
      if (standing !== null && event.origin === 'live') settle(tally, event.user?.id ?? '', cost, outcome);
    } catch {
      tally.refused.failed += 1;
    }
  }
}

/** Whose experience rose, and what they have. */
interface Risen extends Pick<EarningStep, 'ahead' | 'earned'> {
  readonly user: Viewer;
  readonly held: PointsHeld;
  readonly atMs: number;
}

const nothing: PointsHeld = { points: 0, xp: 0 };

function isMoment(event: RuleEvent): event is Moment {
  return momentKinds.some((kind) => kind === event.kind);
}

function sumOf(all: readonly PointsHeld[]): PointsHeld {
  return all.reduce((sum, { points, xp }) => ({ points: sum.points + points, xp: sum.xp + xp }), { points: 0, xp: 0 });
}

/** What several changed, by person. */
function together(all: readonly Accounts[]): ReadonlyMap<string, PointsHeld> {
  const [only, ...others] = all;
  if (only === undefined || others.length === 0) return only ?? new Map();
  const people = [...new Set(all.flatMap((each) => [...each.keys()]))];
  return new Map(people.map((id) => [id, sumOf(all.flatMap((each) => each.get(id) ?? []))]));
}

function asksOfSheet({ on, condition }: Rule): boolean {
  return factsOfSheet.some((name) => condition.asks.includes(name) && !(name === 'sheet' && on === 'sheet-opened'));
}

function timeOf({ atMs, arrivedAtMs }: RuleEvent): number {
  return Math.trunc(atMs ?? arrivedAtMs);
}

/** How far an event of a kind that rules wait for has come. */
function countIn(event: RuleEvent): number {
  if (event.kind === 'gift') return event.payload.count;
  return event.kind === 'subscribe' ? (event.payload.gifted ?? 1) : 1;
}

/** The cost is paid, and what it gives is given. */
function settle(tally: Tally, person: string, cost: number, { points, xp }: PointsHeld): void {
  const account = tally.changed.get(person) ?? { points: 0, xp: 0 };
  account.points += points - cost;
  account.xp += xp;
  tally.changed.set(person, account);
  tally.spent += cost;
  tally.points += points;
  tally.xp += xp;
}

function note(tally: Tally, event: RuleEvent): void {
  const { room } = event;
  tally.fires += 1;
  tally.lastAtMs = timeOf(event);
  tally.lastOf.set(event.user?.id ?? '', timeOf(event));
  tally.timesIn.set(room, (tally.timesIn.get(room) ?? 0) + 1);
}

function refusalOf(rule: Rule, tally: Tally, event: RuleEvent): 'cooldown' | 'limit' | null {
  const atMs = timeOf(event);
  const lastOf = tally.lastOf.get(event.user?.id ?? '') ?? Number.NEGATIVE_INFINITY;
  if (Math.abs(atMs - tally.lastAtMs) < rule.perRuleMs || Math.abs(atMs - lastOf) < rule.perPersonMs) return 'cooldown';
  const { perLiveMax } = rule;
  return perLiveMax !== null && (tally.timesIn.get(event.room) ?? 0) >= perLiveMax ? 'limit' : null;
}
