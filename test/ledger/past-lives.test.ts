import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Goal } from '../../src/domain/goals.ts';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import type { PointsTerms } from '../../src/domain/points.ts';
import type { RuleTried } from '../../src/domain/rules.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { ruleEngine } from '../../src/rules/engine.ts';
import { parseRules, type Rule } from '../../src/rules/rules-file.ts';
import { ruleTrial } from '../../src/rules/trial.ts';
import { terms as usual } from './points-world.ts';
import { does, rule } from './rule-world.ts';
import { connection, disconnected, draw, gift, layoutOf, like, noonMs, optionsFor, tempFolder } from './world.ts';

type Context = Parameters<typeof tempFolder>[0];
const terms: PointsTerms = { ...usual, start: 20, level: { base: 50, exponent: 1 } };
const says = { [does]: [{ log: '{eventType}' }] };

/** A ledger with rules and a clock that is set by hand. */
function ruled(t: Context, rules: readonly Readonly<Record<string, unknown>>[], goals: readonly Goal[] = []) {
  const read = parseRules(JSON.stringify({ rules }), ['a', 'r', 's'], { hasPlates: true, hasPoints: true });
  assert.ok(read.ok, JSON.stringify(read));
  const clock = { ms: noonMs };
  const options = { ...optionsFor(join(tempFolder(t), 'l.db'), () => clock.ms), points: terms, goals };
  const opened = openLedger(options);
  assert.ok(opened.ok);
  const { ledger } = opened;
  const engine = ruleEngine(read.rules);
  const follow = () => ledger.followRules({ engine: () => engine, due: () => {} });
  return { ledger, clock, engine, follow, rules: read.rules };
}

/** What the rules would have done in a past session. */
function tried(ledger: Ledger, rules: readonly Rule[], session = 'session-1'): readonly RuleTried[] {
  const trial = ruleTrial(rules, () => 0, terms);
  const past = ledger.questions.pastLive(session, {
    timersMinutes: trial.timersMinutes,
    likesEvery: trial.likesEvery,
    terms,
  });
  assert.ok(past);
  for (const steps of past) for (const step of steps) trial.take(step);
  return trial.result();
}

/** By rule and why, how often it fired or was refused. */
const timesTried = (results: readonly RuleTried[]) =>
  Object.fromEntries(
    results.flatMap(({ name, fires, refused, spent }) => {
      const whys = Object.entries(refused).map(([why, times]) => [`${name} ${why}`, times] as const);
      return [[`${name} fired`, fires], [`${name} spent`, spent], ...whys].filter(([, times]) => times !== 0);
    }),
  );

function timesDone({ questions }: Ledger, rules: readonly Rule[]) {
  const { fired, refused } = questions.ruleLog(1_000);
  const times = new Map<string, number>();
  const add = (name: string, more: number) => more > 0 && times.set(name, (times.get(name) ?? 0) + more);
  for (const each of fired) {
    add(`${each.rule} fired`, 1);
    add(`${each.rule} spent`, rules.find(({ name }) => name === each.rule)?.cost ?? 0);
  }
  for (const { rule: name, why, count } of refused) add(`${name} ${why}`, count);
  return Object.fromEntries(times);
}

const demanding = [
  rule('pays', { cost: 15 }),
  rule('dear', { cost: 60, when: ['giftName', '==', 'lion'] }),
  rule('soon', { cooldown: { perRuleSeconds: 30 } }),
  rule('each', { cooldown: { perPersonSeconds: 60 }, limit: { perLive: 4 } }),
  rule('third', { when: ['nth', '==', 3], within: 100 }),
  rule('rich', { when: ['points', '>=', 60], [does]: [{ log: '{points}' }] }),
  rule('place', { [does]: [{ log: '{place} with {points}' }] }),
  rule('high', { when: ['level', '>=', 2], ...says }),
  rule('gives', { when: ['giftName', '==', 'lion'], [does]: [{ xp: 40 }, { points: 3 }] }),
  rule('up', { on: 'level-up', [does]: [{ draw: { row: 'r' } }, { log: '{level}: {place} with {points}' }] }),
  rule('first', { on: 'follow', when: ['isFirst', '==', true], [does]: [{ points: 7 }] }),
  rule('again', { on: 'follow', when: ['isFirst', '==', false], ...says }),
];

const anyStep = fc.record({
  afterS: fc.integer({ min: 1, max: 40 }),
  user: fc.constantFrom('u1', 'u2', 'u3'),
  what: fc.constantFrom('rose', 'rose', 'lion', 'follow', 'chat', 'hand'),
  coins: fc.integer({ min: 1, max: 20 }),
});

test('rules that were in force are tried as they did: what fired, what was refused and why, and what was paid', (t) => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const { ledger, clock, engine, follow, rules } = ruled(t, demanding);
      const earlier = (told: Parameters<typeof gift>[0]) => ({ ...gift(told), arrivedAtMs: clock.ms });
      const record = (event: LiveEvent) => ledger.record([{ event, worth: null, rules: engine }]);
      // People come with what they saved on another evening, before there were these rules.
      ledger.record([{ event: earlier({ room: 'room-0', session: 's-0', user: 'u1', coins: 9 }), worth: null }]);
      clock.ms += 3_600_000;
      follow();
      ledger.noteLive({ ...connection('connected', {}), arrivedAtMs: clock.ms });
      for (const { afterS, user, what, coins } of steps) {
        clock.ms += afterS * 1000;
        const place = { user, room: 'room-1', session: 'session-1' };
        if (what === 'rose' || what === 'lion') record(earlier({ ...place, gift: what, coins }));
        else if (what === 'follow') record({ ...earlier(place), kind: 'follow', payload: {} });
        else if (what === 'chat') ledger.chatted([{ user: { id: user, name: user }, atMs: clock.ms }]);
        else {
          const person = ledger.questions.people(9)[0]?.person ?? '';
          const account = ledger.questions.accountOf(person);
          const byHand = { account, kind: 'points', change: coins, why: 'a present', ownId: null } as const;
          if (account !== null) ledger.amend((amend) => amend.addPoints(byHand));
        }
      }
      const found = tried(ledger, rules);
      assert.deepEqual(timesTried(found), timesDone(ledger, rules));
      const { fired } = ledger.questions.ruleLog(1_000);
      for (const named of ['place', 'up'])
        assert.equal(
          JSON.stringify(found.find(({ name }) => name === named)?.outside),
          fired.find((each) => each.rule === named)?.said ?? '[]',
        );
      ledger.close();
    }),
    { numRuns: 60 },
  );
});

test('moments that the ledger still knows are tried: beginning and end, sheets, drawings, goals and timers', (t) => {
  const goals: readonly Goal[] = [{ name: 'Coins', of: 'coins', currency: null, target: 5, per: 'live' }];
  const rules = [
    rule('hello', { on: 'live-started', ...says }),
    rule('bye', { on: 'live-ended', ...says }),
    rule('sheet', { on: 'sheet-opened', [does]: [{ say: 'sheet {sheet}' }] }),
    rule('done', { on: 'drawing-done', ...says }),
    rule('five', { on: 'timer', every: 5, enabled: false, ...says }),
    rule('hour', { on: 'timer', every: 60, ...says }),
    rule('goal', { on: 'goal-reached', [does]: [{ say: '{goal} {target}' }] }),
    rule('state', { on: 'state', ...says }),
    rule('likes', { on: 'like', every: 100, [does]: [{ log: '{likes}' }] }),
  ];
  const { ledger, clock, rules: read } = ruled(t, rules, goals);
  const plates = [{ id: 'p', name: 'p', xMm: 100, yMm: 10, widthMm: 50, heightMm: 50 }];
  ledger.turnSheet({ ...layoutOf({ r: 20 }), plates });
  clock.ms += 60_000;
  ledger.noteLive({ ...connection('connected', {}), arrivedAtMs: clock.ms });
  clock.ms += 11 * 60_000;
  ledger.record([{ event: { ...gift({ coins: 7 }), arrivedAtMs: clock.ms }, worth: null }]);
  ledger.record([{ event: like(50, 180, { arrivedAtMs: clock.ms }), worth: null }]);
  ledger.record([{ event: like(60, 320, { arrivedAtMs: clock.ms }), worth: null }]);
  const paths = { widthUm: 9_000, heightUm: 9_000, paths: [[0, 0, 9_000, 0]] };
  const asked = { paths, name: 'heart', ownId: null, plate: null, scales: true };
  const { request } = ledger.draw((drawings) => drawings.ask(asked));
  ledger.draw((drawings) => drawings.place(request, 'p', paths));
  draw(ledger, 1);
  ledger.turnSheet({ ...layoutOf({ r: 20 }), plates });
  clock.ms += 5 * 60_000;
  ledger.noteLive({ ...connection('stream-end', {}), arrivedAtMs: clock.ms });
  ledger.noteLive(disconnected(clock.ms, 'over', { arrivedAtMs: clock.ms }));
  clock.ms += 3_600_000;
  ledger.turnSheet({ ...layoutOf({ r: 20 }), plates });
  const found = tried(ledger, read);
  assert.deepEqual(
    found.map(({ name, fires }) => [name, fires]),
    [
      ['hello', 1],
      ['bye', 1],
      ['sheet', 1],
      ['done', 1],
      ['five', 3],
      ['hour', 0],
      ['goal', 1],
      ['state', 0],
      ['likes', 2],
    ],
  );
  assert.deepEqual(found[2]?.outside, [{ do: 'say', with: { text: 'sheet 2' } }]);
  assert.deepEqual(found[6]?.outside, [{ do: 'say', with: { text: 'Coins 5' } }]);
  assert.equal(found[7]?.notKept, 'Changes of the state are not kept.');
  // The same live, heard again: it does not start again, and its timer goes on.
  const again = { session: 'session-2' };
  clock.ms += 1_000;
  ledger.noteLive({ ...connection('connected', again), arrivedAtMs: clock.ms });
  clock.ms += 6 * 60_000;
  const later = tried(ledger, read, 'session-2').filter(({ fires }) => fires > 0);
  assert.deepEqual(
    later.map(({ name, fires }) => [name, fires]),
    [
      ['five', 2],
      ['hour', 1],
    ],
  );
  assert.equal(ledger.questions.pastLive('nobody', { timersMinutes: [], likesEvery: [], terms }), null);
  ledger.close();
});

test('what somebody has now, and whether they came before, is known for an event that is made up', (t) => {
  const { ledger } = ruled(t, []);
  ledger.record([
    { event: gift({ user: 'u1', coins: 10 }), worth: null },
    { event: { ...gift({ user: 'u2' }), kind: 'follow', payload: {} }, worth: null },
  ]);
  const { personNow } = ledger.questions;
  const now = (id: string) => {
    const { held, isFirst, ahead } = personNow(id, 'follow');
    return [held, isFirst, ...[0, 40, 69, 70].map((points) => ahead?.(points, new Map()))];
  };
  assert.deepEqual(now('u1'), [{ points: 40, xp: 60 }, true, 1, 1, 1, 0]);
  assert.deepEqual(now('u2'), [{ points: 70, xp: 150 }, false, 1, 0, 0, 0]);
  assert.deepEqual(now('u3'), [null, true, 2, 1, 1, 0]);
  ledger.close();
});
