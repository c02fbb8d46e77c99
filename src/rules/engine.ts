import type { LiveEvent } from '../domain/live-event.ts';
import type { PersonFacts, RuleEngine, RuleFailed, RuleVersion } from '../domain/rules.ts';
import { type Facts, factsOf, withPerson } from './facts.ts';
import { type Rule, readRule } from './rules-file.ts';

/** So many versions that are no longer in force are remembered. */
const versionsMax = 1_000;

/** The rules of a file, ready to be asked. */
export function ruleEngine(rules: readonly Rule[]): RuleEngine {
  const byKind = Map.groupBy(
    rules.filter(({ enabled }) => enabled),
    ({ on }): string => on,
  );
  const versions = new Map<string, RuleVersion>();
  return {
    matching: (event, person, failed) => due(byKind.get(event.kind) ?? [], event, person, failed),
    version(text) {
      const known = versions.get(text) ?? ruleOfVersion(text);
      if (versions.size >= versionsMax) versions.clear();
      versions.set(text, known);
      return known;
    },
  };
}

function due(rules: readonly Rule[], event: LiveEvent, person: PersonFacts, failed: RuleFailed): Rule[] {
  if (rules.length === 0) return [];
  const facts = factsOf(event);
  if (rules.some(({ condition }) => condition.asks.includes('isFirst'))) withPerson(facts, person);
  return rules.filter((rule) => {
    try {
      return holds(rule, facts);
    } catch (error) {
      failed(rule.name, error);
      return false;
    }
  });
}

function holds({ condition }: Rule, facts: Facts): boolean {
  return condition.asks.every((name) => name in facts) && condition.holds(facts);
}

/** A version that was in force once; it was checked then. */
function ruleOfVersion(text: string): Rule {
  return readRule(JSON.parse(text), null, 'rule', (place, value, rule) => {
    throw new Error(`a version of a rule cannot be read: ${place} (${String(value)}) ${rule}`);
  });
}
