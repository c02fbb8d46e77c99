import assert from 'node:assert/strict';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import type { RuleEngine } from '../../src/domain/rules.ts';
import type { Worth } from '../../src/domain/worth.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { ruleEngine } from '../../src/rules/engine.ts';
import { parseRules } from '../../src/rules/rules-file.ts';
import { gift } from './world.ts';

/** The key of what a rule does; an object that has it as a plain key looks like a promise. */
export const does = 'then';

/** A rule on gifts that draws a stroke into row r, with what is given here. */
export const rule = (name: string, part: Readonly<Record<string, unknown>> = {}) => ({
  name,
  on: 'gift',
  [does]: [{ draw: { row: 'r' } }],
  ...part,
});

/** The rules of a file, which must be sound. */
export function rulesInForce(...rules: readonly Readonly<Record<string, unknown>>[]): RuleEngine {
  const read = parseRules(JSON.stringify({ rules }), ['a', 'r', 's'], { hasPlates: true, hasPoints: true });
  assert.ok(read.ok, JSON.stringify(read));
  return ruleEngine(read.rules);
}

/** Records events while these rules are in force. */
export function recordWith(
  ledger: Ledger,
  rules: RuleEngine | undefined,
  events: readonly LiveEvent[],
  worth: Worth | null = null,
) {
  return ledger.record(events.map((event) => ({ event, worth, rules })));
}

/** Which rules fired, with the strokes that they draw, the oldest first. */
export function fired(ledger: Ledger): string[] {
  return ledger.questions
    .ruleLog(1_000)
    .fired.map(({ rule: name, strokes }) => `${name} ${strokes}`)
    .reverse();
}

/** How often rules did not fire, and why. */
export function refused(ledger: Ledger): string[] {
  return ledger.questions.ruleLog(1_000).refused.map(({ rule: name, why, count }) => `${name} ${why} ${count}`);
}

/** A frame of a streak. */
export const streak = (group: string, count: number, told: Parameters<typeof gift>[0] = {}) =>
  gift({ group, count, ...told });
