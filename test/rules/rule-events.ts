import assert from 'node:assert/strict';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import type { RuleEvent } from '../../src/domain/moment.ts';
import type { RuleVersion } from '../../src/domain/rules.ts';
import { ruleEngine } from '../../src/rules/engine.ts';
import { parseRules, type Rule } from '../../src/rules/rules-file.ts';

const frame = {
  version: 2,
  id: 'm1',
  platform: 'tiktok',
  channel: '',
  origin: 'test',
  room: 'r',
  session: 's',
  sequence: 1,
  atMs: 1_700_000_000_000,
  arrivedAtMs: 0,
  user: { id: 'u', name: 'Ink Fan', handle: 'ink_fan_01', roles: ['Moderator'] },
} as const;

/** The key of what a rule does; an object that has it as a plain key looks like a promise. */
export const does = 'then';

/** A gift of a test viewer. */
export const giftOf = (name: string, coins: number, count = 1): LiveEvent => ({
  ...frame,
  kind: 'gift',
  payload: { gift: { id: '5655', name, coins }, count, streak: null },
});

/** A donation of a test viewer. */
export const donationOf = (amountMinor: number, currency: string, text = ''): LiveEvent => ({
  ...frame,
  kind: 'donation',
  payload: { amountMinor, currency, text, isAudio: false },
});

/** A follow of a test viewer, or of nobody. */
export const followOf = (user: LiveEvent['user'] = frame.user): LiveEvent => ({
  ...frame,
  user,
  kind: 'follow',
  payload: {},
});

/** The rules of a file that is sound. */
export function rulesOf(rules: readonly unknown[]): readonly Rule[] {
  const read = parseRules(JSON.stringify({ version: 1, rules }), ['1', '2', 'hearts']);
  assert.ok(read.ok, JSON.stringify(read));
  return read.rules;
}

/** What is wrong with a file. */
export function problemsIn(rules: readonly unknown[]) {
  const read = parseRules(JSON.stringify({ version: 1, rules }), ['1', '2', 'hearts']);
  assert.ok(!read.ok, 'was accepted');
  return read.problems;
}

/** A rule that draws a stroke, with what is given here. */
export const ruleWith = (part: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  name: 'r',
  on: 'gift',
  [does]: [{ draw: { row: '1' } }],
  ...part,
});

/** Whether a rule with this condition holds for an event. */
export function holdsFor(when: unknown, event: LiveEvent, isFirst: boolean | null = null): boolean {
  return matchingOf([ruleWith({ on: event.kind, when })], event, isFirst).length === 1;
}

/** The rules that hold for an event. */
export function matchingOf(rules: readonly unknown[], event: RuleEvent, isFirst: boolean | null = null) {
  return ruleEngine(rulesOf(rules)).matching(
    event,
    { isFirst: () => isFirst, nthWithin: () => null, standing: () => null, sheet: () => null },
    ({ name }, error) => {
      assert.fail(`${name}: ${String(error)}`);
    },
  );
}

/** The only rule of a file. */
export function onlyRule(part: Readonly<Record<string, unknown>>): RuleVersion {
  const [rule] = rulesOf([ruleWith(part)]);
  assert.ok(rule);
  return rule;
}
