import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import type { PointsTerms } from '../../src/domain/points.ts';
import type { RuleEngine } from '../../src/domain/rules.ts';
import type { Due } from '../../src/ledger/firings.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openWith, terms } from './points-world.ts';
import { does, fired, recordWith, rule, rulesInForce, streak } from './rule-world.ts';
import { gift, noonMs, tempFolder } from './world.ts';

type Context = Parameters<typeof tempFolder>[0];
const fileOf = (t: Context) => join(tempFolder(t), 'l.db');

/** A point and one of experience for a coin; level n takes 10 n. */
const plain: PointsTerms = {
  ...terms,
  start: 0,
  rates: { gift: { points: 1, per: 1 } },
  xpPerPoint: 1,
  level: { base: 10, exponent: 1 },
};
const up = { on: 'level-up', [does]: [{ draw: { row: 'r', strokes: 2 } }, { log: '{displayName} {level} {points}' }] };

function ruled(file: string, engine: RuleEngine, by: PointsTerms | null = plain) {
  const ledger = openWith(file, by);
  const told: Due[] = [];
  ledger.followRules({ engine: () => engine, due: (dues) => void told.push(...dues) });
  return { ledger, told };
}

/** What was said for each level, in its order. */
const said = ({ questions }: Ledger) =>
  questions
    .ruleLog(1_000)
    .fired.flatMap(({ said: text }) => /"text":"(?:name of )?([^"]*)"/.exec(text)?.[1] ?? [])
    .reverse();

test('each level that somebody comes to fires once, with what led to it, through growth, repeats and restarts', (t) => {
  const file = fileOf(t);
  const rules = rulesInForce(rule('up', up));
  let { ledger, told } = ruled(file, rules);
  recordWith(ledger, rules, [streak('g', 9)]);
  assert.equal(told.length, 0);
  recordWith(ledger, rules, [streak('g', 12), gift({ user: 'u2', count: 25 }), streak('g', 12)]);
  assert.deepEqual(
    told.map(({ credits }) => credits.map(({ row, strokes }) => [row, strokes])),
    [[['r', 2]], [['r', 2]], [['r', 2]]],
  );
  ledger.close();
  ({ ledger, told } = ruled(file, rules));
  recordWith(ledger, rules, [streak('g', 12), streak('g', 31)]);
  assert.deepEqual(said(ledger), ['u1 1 12', 'u2 1 25', 'u2 2 25', 'u1 2 31', 'u1 3 31']);
  assert.equal(told.length, 2);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a condition asks for the level that was reached, and a reward of points leads no further', (t) => {
  const rules = rulesInForce(
    rule('three', { ...up, when: ['level', '==', 3] }),
    rule('bonus', { on: 'level-up', when: ['username', '==', 'name of u1'], [does]: [{ points: 100 }] }),
    rule('xp', { when: ['giftName', '==', 'GG'], [does]: [{ xp: 20 }] }),
  );
  const { ledger } = ruled(fileOf(t), rules);
  recordWith(ledger, rules, [gift({ count: 35 }), gift({ user: 'u2', gift: 'GG' })]);
  assert.deepEqual(fired(ledger), ['bonus 0', 'bonus 0', 'three 2', 'bonus 0', 'xp 0']);
  recordWith(ledger, rules, [gift({ user: 'u2', gift: 'GG' })]);
  assert.deepEqual(fired(ledger).slice(5), ['xp 0', 'three 2']);
  ledger.close();
});

test('experience by hand raises one person to levels; what all are given, or what was taken before, raises nobody anew', (t) => {
  const rules = rulesInForce(rule('up', up));
  const { ledger } = ruled(fileOf(t), rules);
  recordWith(ledger, rules, [gift({ count: 5 }), gift({ user: 'u2', count: 5 })]);
  const account = 1;
  const add = (change: number, whom: number | null = account) =>
    ledger.amend((amend) => amend.addPoints({ account: whom, kind: 'xp', change, why: 'a prize', ownId: null }));
  add(20);
  assert.deepEqual(said(ledger), ['u1 1 5', 'u1 2 5']);
  add(-15);
  add(20);
  assert.deepEqual(said(ledger).slice(2), ['u1 3 5']);
  add(100, null);
  assert.equal(fired(ledger).length, 3);
  recordWith(ledger, rules, [gift({ user: 'u2', count: 5 })]);
  assert.deepEqual(said(ledger).slice(3), ['u2 11 10'], 'what was given to all counts for what comes next');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('words in the chat lead to levels, and tests, replays and whoever is not named do not', (t) => {
  const rules = rulesInForce(rule('up', up));
  const { ledger } = ruled(fileOf(t), rules, { ...plain, chat: { points: 10, seconds: 60 } });
  const user = { id: 'u1', name: 'name of u1' };
  ledger.chatted([{ user, atMs: noonMs }]);
  ledger.chatted([
    { user, atMs: noonMs },
    { user, atMs: noonMs + 60_000 },
  ]);
  assert.deepEqual(said(ledger), ['u1 1 10', 'u1 2 20']);
  const other = { count: 90, user: 'u2' };
  recordWith(ledger, rules, [gift({ ...other, origin: 'test' }), gift({ ...other, origin: 'replay' })]);
  recordWith(ledger, rules, [gift({ ...other, user: null })]);
  assert.equal(fired(ledger).length, 2);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('somebody who was forgotten and comes back is not paid for a level again', (t) => {
  const rules = rulesInForce(rule('up', up));
  const { ledger } = ruled(fileOf(t), rules);
  recordWith(ledger, rules, [gift({ count: 15 })]);
  assert.equal(ledger.privacy.forget('name of u1').viewers, 1);
  recordWith(ledger, rules, [gift({ count: 25, id: 'again' })]);
  assert.deepEqual(said(ledger), ['u1 2 25'], 'what was said of the first went with the name');
  assert.equal(fired(ledger).length, 2);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a disk that takes nothing in the middle takes level and gift along, and both come later', (t) => {
  const rules = rulesInForce(rule('up', up));
  const { ledger, told } = ruled(fileOf(t), rules);
  const items = function* () {
    yield { event: gift({ id: 'one', count: 15 }), worth: null, rules };
    throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
  };
  assert.throws(() => ledger.record(items()));
  assert.deepEqual([fired(ledger), told], [[], []]);
  recordWith(ledger, rules, [gift({ id: 'two', user: 'u2' }), gift({ id: 'one', count: 15 })]);
  assert.deepEqual(said(ledger), ['u1 1 15']);
  ledger.close();
});

test('a leap over all levels is a moment for each, and the last of them is the last', (t) => {
  const rules = rulesInForce(rule('up', up));
  const { ledger } = ruled(fileOf(t), rules);
  recordWith(ledger, rules, [gift({ count: 1_000, coins: 30_000 })]);
  assert.equal(fired(ledger).length, 500);
  recordWith(ledger, rules, [gift({ count: 1_000, coins: 30_000, id: 'more' })]);
  assert.equal(fired(ledger).length, 500);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('whatever frames of a streak come, in any order, the same levels are reached', (t) => {
  const folder = tempFolder(t);
  const rules = rulesInForce(rule('up', up), rule('ten', { when: ['giftCount', '>=', 10], [does]: [{ xp: 25 }] }));
  let run = 0;
  const levels = (counts: readonly number[]) => {
    run += 1;
    const { ledger } = ruled(join(folder, `${run}.db`), rules);
    for (const count of counts) recordWith(ledger, rules, [streak('g', count)]);
    const found = said(ledger).map((line) => line.split(' ')[1]);
    ledger.close();
    return found;
  };
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }), (counts) => {
      assert.deepEqual(levels(counts), levels([Math.max(...counts)]));
    }),
    { numRuns: 12 },
  );
});
