import type { RuleEvent } from '../domain/moment.ts';
import type { OutsideAction, PersonFacts, RuleTrial, RuleTried } from '../domain/rules.ts';
import { strokesFor } from '../domain/worth.ts';
import { judge } from './engine.ts';
import type { Rule } from './rules-file.ts';

interface Fired {
  readonly atMs: number;
  readonly person: string;
  readonly room: string;
}

/** What is counted of a rule while it is tried. */
class Tally {
  fires = 0;
  lastAtMs = Number.NEGATIVE_INFINITY;
  /** By person, and by live. */
  readonly lastOf = new Map<string, number>();
  readonly timesIn = new Map<string, number>();
  readonly refused = { cooldown: 0, limit: 0, failed: 0 };
  strokes = 0;
  outside: readonly OutsideAction[] = [];
}

/**
 * Tries rules on events, one after the other, by the same judgement as in force; who is first, and what a cooldown or a
 * limit refuses, follows from these events alone; what people have saved is not known, and no cost is asked. A wheel turns
 * by chance.
 */
export function ruleTrial(rules: readonly Rule[], random: () => number): RuleTrial {
  const tallies = rules.map((rule) => ({ rule, tally: new Tally() }));
  const came = new Set<string>();
  /** When whoever gave what, by person, kind, live and gift. */
  const times = new Map<string, number[]>();
  return {
    take(event) {
      const person = `${event.user?.id ?? ''} ${event.kind}`;
      const { user } = event;
      const atMs = event.atMs ?? event.arrivedAtMs;
      const gift = event.kind === 'gift' ? event.payload.gift.id || event.payload.gift.name : '';
      const same = `${person} ${event.room} ${gift}`;
      const before = times.get(same) ?? [];
      const near = (withinMs: number) => before.filter((each) => Math.abs(each - atMs) < withinMs).length;
      const facts = {
        isFirst: () => (user === null ? null : !came.has(person)),
        standing: () => null,
        nthWithin: (withinMs: number) => (user === null ? null : 1 + near(withinMs)),
      };
      for (const { rule, tally } of tallies) if (rule.on === event.kind) take(rule, tally, event, facts, random);
      came.add(person);
      times.set(same, before);
      before.push(atMs);
    },
    result: () => tallies.map(resultOf),
  };
}

function take(rule: Rule, tally: Tally, event: RuleEvent, facts: PersonFacts, random: () => number): void {
  const count = countIn(event);
  try {
    if (!judge(rule, event, facts) || count < rule.countNeeded(event)) return;
    const fired = { atMs: event.atMs ?? event.arrivedAtMs, person: event.user?.id ?? '', room: event.room };
    const why = refusalOf(rule, tally, fired);
    if (why !== null) {
      tally.refused[why] += 1;
      return;
    }
    const { worth, write, outside } = rule.outcome(event, count, random, null);
    const units = rule.unitsPerCount(event);
    note(tally, fired);
    tally.outside = write === null ? outside : [{ do: 'write', with: { text: write } }, ...outside];
    tally.strokes += worth === null ? 0 : strokesFor(worth, units === 0 ? 1 : count * units);
  } catch {
    tally.refused.failed += 1;
  }
}

/** How far an event of a kind that rules wait for has come. */
function countIn(event: RuleEvent): number {
  if (event.kind === 'gift') return event.payload.count;
  return event.kind === 'subscribe' ? (event.payload.gifted ?? 1) : 1;
}

function note(tally: Tally, { atMs, person, room }: Fired): void {
  tally.fires += 1;
  tally.lastAtMs = atMs;
  tally.lastOf.set(person, atMs);
  tally.timesIn.set(room, (tally.timesIn.get(room) ?? 0) + 1);
}

function refusalOf(rule: Rule, tally: Tally, { atMs, person, room }: Fired): 'cooldown' | 'limit' | null {
  const lastOf = tally.lastOf.get(person) ?? Number.NEGATIVE_INFINITY;
  if (Math.abs(atMs - tally.lastAtMs) < rule.perRuleMs || Math.abs(atMs - lastOf) < rule.perPersonMs) return 'cooldown';
  const { perLiveMax } = rule;
  return perLiveMax !== null && (tally.timesIn.get(room) ?? 0) >= perLiveMax ? 'limit' : null;
}

function resultOf({ rule, tally }: { readonly rule: Rule; readonly tally: Tally }): RuleTried {
  const { fires, refused, strokes, outside } = tally;
  return { name: rule.name, enabled: rule.enabled, fires, refused, strokes, outside };
}
