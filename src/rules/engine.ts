import type { RuleEvent } from '../domain/moment.ts';
import type { PersonFacts, RuleEngine, RuleFailed, RuleVersion } from '../domain/rules.ts';
import { factOf, factsOf, factsOfSheet, withPerson } from './facts.ts';
import { type Rule, readRule } from './rules-file.ts';

/** So many versions that are no longer in force are remembered. */
const versionsMax = 1_000;

/**
 * The rules for one kind of event. Those that need one value of a fact are found by it, and of those that need a value or
 * more the ones with the least come first: what no event of this kind concerns costs nothing.
 */
interface RulesOfKind {
  readonly asked: ReadonlySet<string>;
  readonly asksOfSheet: boolean;
  readonly byValue: readonly { readonly fact: string; readonly values: ReadonlyMap<unknown, readonly Rule[]> }[];
  readonly byLeast: readonly {
    readonly fact: string;
    readonly rules: readonly { readonly least: number; readonly rule: Rule }[];
  }[];
  readonly others: readonly Rule[];
  readonly placeOf: ReadonlyMap<Rule, number>;
}

/** The rules of a file, ready to be asked. */
export function ruleEngine(rules: readonly Rule[]): RuleEngine {
  const enabled = rules.filter((rule) => rule.enabled);
  const byKind = new Map([...Map.groupBy(enabled, ({ on }): string => on)].map(([on, all]) => [on, ofKind(all)]));
  const timers = [...new Set(enabled.flatMap(({ everyMinutes }) => everyMinutes ?? []))];
  const likes = [...new Set(enabled.flatMap(({ everyLikes }) => everyLikes ?? []))];
  const versions = new Map<string, RuleVersion>();
  return {
    matching(event, person, failed) {
      const found = byKind.get(event.kind);
      return found === undefined ? [] : due(found, event, person, failed);
    },
    waitsFor: (kind) => byKind.has(kind),
    timersMinutes: () => timers,
    likesEvery: () => likes,
    asksOfSheet: (kind) => byKind.get(kind)?.asksOfSheet === true,
    version(text) {
      const known = versions.get(text) ?? ruleOfVersion(text);
      if (versions.size >= versionsMax) versions.clear();
      versions.set(text, known);
      return known;
    },
  };
}

function ofKind(rules: readonly Rule[]): RulesOfKind {
  const byValue = new Map<string, Map<unknown, Rule[]>>();
  const byLeast = new Map<string, { readonly least: number; readonly rule: Rule }[]>();
  const others: Rule[] = [];
  for (const rule of rules) {
    const { needs, needsAtLeast } = rule.condition;
    if (needs !== null) {
      const values = byValue.get(needs.fact) ?? new Map<unknown, Rule[]>();
      byValue.set(needs.fact, values.set(needs.value, [...(values.get(needs.value) ?? []), rule]));
    } else if (needsAtLeast !== null) {
      const { fact, value: least } = needsAtLeast;
      byLeast.set(fact, [...(byLeast.get(fact) ?? []), { least, rule }]);
    } else others.push(rule);
  }
  for (const list of byLeast.values()) list.sort((a, b) => a.least - b.least);
  const asked = askedBy(rules);
  const asksOfSheet = factsOfSheet.some((name) => asked.has(name));
  return {
    asked,
    asksOfSheet,
    byValue: Array.from(byValue, ([fact, values]) => ({ fact, values })),
    byLeast: Array.from(byLeast, ([fact, list]) => ({ fact, rules: list })),
    others,
    placeOf: new Map(rules.map((rule, n) => [rule, n])),
  };
}

function askedBy(rules: readonly Rule[]): ReadonlySet<string> {
  return new Set(rules.flatMap(({ condition }) => condition.asks));
}

const none: readonly Rule[] = [];

/** The rules that an event may concern, by one value of a fact each. */
function concerned({ byValue, byLeast, others }: RulesOfKind, event: RuleEvent): readonly Rule[] {
  // For each gift, of which most concern none: nothing is made before a rule is found.
  let found = others;
  for (const { fact, values } of byValue) {
    const rules = values.get(factOf(event, fact));
    if (rules !== undefined) found = found.length === 0 ? rules : found.concat(rules);
  }
  for (const { fact, rules } of byLeast) {
    const value = Number(factOf(event, fact));
    if (!(value >= (rules[0]?.least ?? Number.POSITIVE_INFINITY))) continue;
    found = found.concat(rules.filter(({ least }) => value >= least).map(({ rule }) => rule));
  }
  return found;
}

function due(ofKind: RulesOfKind, event: RuleEvent, person: PersonFacts, failed: RuleFailed): readonly Rule[] {
  const maybe = concerned(ofKind, event);
  if (maybe.length === 0) return none;
  const { asked, placeOf } = ofKind;
  let facts: ReturnType<typeof factsOf> | null = null;
  const found: Rule[] = [];
  for (const rule of maybe) {
    try {
      facts ??= factsOf(event, asked);
      if (isItsTime(rule, event) && rule.condition.holds(known(facts, person, rule))) found.push(rule);
    } catch (error) {
      failed(rule, error);
    }
  }
  return found.length < 2 ? found : found.sort((a, b) => (placeOf.get(a) ?? 0) - (placeOf.get(b) ?? 0));
}

/** What is known for one rule: what a person did is looked up for those alone that ask for it. */
function known(facts: ReturnType<typeof factsOf>, person: PersonFacts, { condition, withinMs }: Rule) {
  return condition.asksOfPerson ? withPerson(facts, person, { asks: condition.asks, withinMs }) : facts;
}

/** A timer is the moment of those rules alone that wait for as long, and likes of those that wait for as many. */
function isItsTime({ everyMinutes, everyLikes }: Rule, event: RuleEvent): boolean {
  if (event.kind === 'likes') return event.payload.every === everyLikes;
  return event.kind !== 'timer' || event.payload.everyMinutes === everyMinutes;
}

/** Whether a rule holds for an event, switched on or not. May throw. */
export function judge(rule: Rule, event: RuleEvent, person: PersonFacts): boolean {
  const asked = askedBy([rule]);
  const facts = factsOf(event, asked);
  return isItsTime(rule, event) && rule.condition.holds(known(facts, person, rule));
}

/** A version that was in force once; it was checked then. */
function ruleOfVersion(text: string): Rule {
  return readRule(
    JSON.parse(text),
    { rowIds: null, hasPlates: true, hasPoints: true },
    'rule',
    (place, value, rule) => {
      throw new Error(`a version of a rule cannot be read: ${place} (${String(value)}) ${rule}`);
    },
  );
}
