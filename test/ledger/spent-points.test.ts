import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { entriesOf, openWith, terms } from './points-world.ts';
import { does, fired, recordWith, refused, rule, rulesInForce, streak } from './rule-world.ts';
import { draw, emptyHand, gift, layoutOf, noonMs, tempFolder } from './world.ts';

type Context = Parameters<typeof tempFolder>[0];
const fileOf = (t: Context) => join(tempFolder(t), 'l.db');
/** Gifts earn two points a coin; nobody begins with any, and nothing else is earned. */
const plain = { ...terms, start: 0, xpPerPoint: 0 };
const said = (ledger: ReturnType<typeof openWith>) => ledger.questions.ruleLog(100).fired.map((each) => each.said);

test('a cost is paid with what it pays for, and a rule that nobody can pay is counted as refused', (t) => {
  const ledger = openWith(fileOf(t), plain);
  const ink = rulesInForce(rule('ink', { cost: 10, [does]: [{ draw: { row: 'r', strokes: 3 } }] }));
  recordWith(ledger, ink, [gift({ count: 4 }), gift(), gift(), gift({ user: 'u2' }), gift({ user: null })]);
  assert.deepEqual(fired(ledger), ['ink 3']);
  assert.deepEqual(refused(ledger), ['ink points 4']);
  assert.deepEqual(entriesOf(ledger), [
    'u1 points 8 8 earned',
    'u1 points 2 10 earned',
    'u1 points 2 12 earned',
    'u1 points -10 2 spent',
    'u2 points 2 2 earned',
  ]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('two rules that cost the same points in one event: the first is paid, the second refused', (t) => {
  const ledger = openWith(fileOf(t), { ...plain, start: 15 });
  recordWith(ledger, rulesInForce(rule('one', { cost: 10 }), rule('two', { cost: 10 })), [gift()]);
  assert.deepEqual(fired(ledger), ['one 1']);
  assert.deepEqual(refused(ledger), ['two points 1']);
  assert.deepEqual(entriesOf(ledger), ['u1 points 15 15 start', 'u1 points 2 17 earned', 'u1 points -10 7 spent']);
  ledger.close();
});

test('tests and replays spend nothing, earn nothing by rules, and rules with a cost can be tried', (t) => {
  const ledger = openWith(fileOf(t), plain);
  const rules = rulesInForce(rule('ink', { cost: 500, [does]: [{ draw: { row: 'r' } }, { points: 5 }, { xp: 5 }] }));
  recordWith(ledger, rules, [gift({ origin: 'test' }), gift({ origin: 'replay' })]);
  assert.deepEqual([fired(ledger), entriesOf(ledger)], [['ink 1', 'ink 1'], []]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('what a rule writes in ink says how much it waited for, whichever message of a streak comes first', (t) => {
  const write = { [does]: [{ write: '{giftCount} for {coins}, {points} left' }] };
  const rules = rulesInForce(rule('first', write), rule('five', { when: ['giftCount', '>=', 5], cost: 4, ...write }));
  for (const order of [
    [1, 4, 6, 9],
    [9, 6, 4, 1],
    [6, 1, 9, 4],
  ]) {
    const ledger = openWith(fileOf(t), { ...plain, start: 10 });
    for (const count of order) recordWith(ledger, rules, [streak('g', count, { coins: 7 })]);
    recordWith(ledger, rules, [gift({ id: 'alone', count: 3, coins: 7, user: 'u2' })]);
    assert.deepEqual(
      ledger.questions.drawings().map(({ name }) => name),
      ['3 for 21, 52 left', '5 for 35, 6 left', '1 for 7, 10 left'],
      `in the order ${order}`,
    );
    ledger.close();
  }
});

test('a cost is given back once when all of what it paid for is taken back, however much came between', (t) => {
  const file = fileOf(t);
  let ledger = openWith(file, { ...plain, start: 30 });
  const rules = rulesInForce(
    rule('ink', { cost: 10, limit: { perLive: 1 }, [does]: [{ draw: { row: 'r', strokes: 3 } }] }),
    rule('more', { cost: 20, limit: { perLive: 1 }, [does]: [{ draw: { row: 's', strokes: 2 } }] }),
  );
  recordWith(ledger, rules, [gift()]);
  const balances = () => entriesOf(ledger).map((line) => line.split(' ').slice(2).join(' '));
  assert.deepEqual(balances(), ['30 30 start', '2 32 earned', '-10 22 spent', '-20 2 spent']);
  ledger.amend((amend) => amend.void('r', 2, 'a slip', emptyHand));
  assert.equal(balances().length, 4, 'a part is left');
  ledger.amend((amend) => amend.void('r', 1, 'a slip', emptyHand));
  assert.deepEqual(balances().slice(4), ['10 12 refund']);
  ledger.close();
  ledger = openWith(file, null);
  ledger.turnSheet(layoutOf({ a: 9, r: 9, s: 9 }));
  assert.equal(draw(ledger, 9), 2);
  ledger.amend((amend) => {
    amend.spoilLast(1, 'dry');
    amend.void('s', 9, 'let it be', emptyHand);
    amend.void('r', 9, 'again', emptyHand);
  });
  assert.deepEqual(balances().slice(5), [], 'one stroke of it was drawn');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('taking back the strokes of a gift takes no points, earned or spent', (t) => {
  const ledger = openWith(fileOf(t), plain);
  recordWith(ledger, undefined, [gift({ count: 9 })], { rows: ['a'], strokes: 1, per: 1 });
  ledger.amend((amend) => amend.void('a', 9, 'a prank', emptyHand));
  assert.deepEqual(entriesOf(ledger), ['u1 points 18 18 earned']);
  ledger.close();
});

test('an export says where points came from and went to', (t) => {
  const ledger = openWith(fileOf(t), { ...terms, start: 50 });
  recordWith(ledger, rulesInForce(rule('ink', { cost: 10 })), [gift()]);
  ledger.amend((amend) => amend.void('r', 1, 'a slip', emptyHand));
  const lines = [...ledger.export('jsonl')].join('').trim().split('\n');
  const points = lines.map((line) => JSON.parse(line)).filter(({ entry }) => entry === 'points');
  assert.deepEqual(
    points.map(({ change, balance, payload }) => [change, balance, JSON.parse(payload)]),
    [
      [50, 50, { source: 'start', xp: null, firing: null, refunds: null }],
      [2, 52, { source: 'earned', xp: 6, firing: null, refunds: null }],
      [-10, 42, { source: 'spent', xp: null, firing: 1, refunds: null }],
      [10, 52, { source: 'refund', xp: null, firing: 1, refunds: 3 }],
    ],
  );
  ledger.close();
});

test('whoever was forgotten since is given nothing back', (t) => {
  const ledger = openWith(fileOf(t), { ...plain, start: 50 });
  recordWith(ledger, rulesInForce(rule('ink', { cost: 10 })), [gift()]);
  assert.equal(ledger.privacy.forget('name of u1').viewers, 1);
  ledger.amend((amend) => amend.void('r', 1, 'a slip', emptyHand));
  assert.deepEqual(
    entriesOf(ledger).map((line) => line.replace(/^.* points/, '')),
    [' 50 50 start', ' 2 52 earned', ' -10 42 spent', ' -42 0 '],
  );
  recordWith(ledger, undefined, [gift()]);
  assert.equal(entriesOf(ledger).at(-1), 'u1 points 2 2 earned', 'the account goes on, and does not begin anew');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('one gift taken back with all that its rules made due gives back what they cost, once', (t) => {
  const ledger = openWith(fileOf(t), { ...plain, start: 100 });
  const rules = rulesInForce(
    rule('ink', { cost: 10, [does]: [{ draw: { row: 'r', strokes: 3 } }] }),
    rule('name', { cost: 20, [does]: [{ write: '{displayName}' }] }),
  );
  const [recorded] = recordWith(ledger, rules, [gift(), gift({ user: 'u2' })]);
  for (const why of ['a prank', 'a prank'])
    ledger.amend((amend) => amend.voidEvent(recorded?.seq ?? 0, why, emptyHand));
  assert.deepEqual(
    entriesOf(ledger).filter((line) => line.endsWith('refund')),
    ['u1 points 10 82 refund', 'u1 points 20 102 refund'],
  );
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a text that cannot be written, or that is taken back, gives its cost back', (t) => {
  const ledger = openWith(fileOf(t), { ...plain, start: 100 });
  const rules = rulesInForce(rule('name', { cost: 30, [does]: [{ write: '{displayName}' }] }));
  recordWith(ledger, rules, [gift()]);
  const [asked] = ledger.questions.drawings(10);
  assert.equal(
    ledger.draw((drawings) => drawings.voidDrawing(asked?.id ?? 0, 'rude')),
    true,
  );
  assert.equal(
    ledger.draw((drawings) => drawings.voidDrawing(asked?.id ?? 0, 'rude')),
    false,
  );
  assert.deepEqual(entriesOf(ledger).slice(2), ['u1 points -30 72 spent', 'u1 points 30 102 refund']);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('points and levels that rules ask for and tell are of before the event, and texts have the cost paid', (t) => {
  const ledger = openWith(fileOf(t), { ...terms, start: 5, xpPerPoint: 10, level: { base: 10, exponent: 1 } });
  const rules = rulesInForce(
    rule('new', { when: { and: [{ '==': [{ var: 'points' }, 5] }, { '==': [{ var: 'level' }, 0] }] } }),
    rule('rich', {
      when: ['points', '>=', 25],
      cost: 20,
      [does]: [{ log: '{points} at {level}' }, { points: 7 }, { xp: 30 }],
    }),
  );
  recordWith(ledger, rules, [gift({ count: 10 }), gift({ count: 10 }), gift()]);
  assert.deepEqual(fired(ledger), ['new 1', 'rich 0', 'rich 0']);
  assert.deepEqual(said(ledger).slice(0, 2).reverse(), [
    '[{"do":"log","with":{"text":"25 at 40"}}]',
    '[{"do":"log","with":{"text":"14 at 45"}}]',
  ]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

const frame = fc.record({
  group: fc.constantFrom('1', '2'),
  count: fc.integer({ min: 0, max: 30 }),
});

test('whatever frames of a streak come, in any order, the same is spent, given and earned', (t) => {
  const folder = tempFolder(t);
  let run = 0;
  const rules = rulesInForce(
    rule('late', { when: ['giftCount', '>=', 20], cost: 40, [does]: [{ draw: { row: 's' } }] }),
    rule('ten', { when: ['giftCount', '>=', 10], cost: 30, [does]: [{ draw: { row: 'r' } }, { points: 10 }] }),
    rule('own', { when: ['giftCount', '>=', 5], cost: 60, [does]: [{ draw: { row: 'a' } }] }),
  );
  const outcome = (counts: readonly number[]) => {
    run += 1;
    const ledger = openWith(join(folder, `${run}.db`), { ...plain, start: 60 });
    for (const count of counts) recordWith(ledger, rules, [streak('g', count)]);
    const entries = entriesOf(ledger).map((line) => line.split(' '));
    const sum = (source: string) =>
      entries.filter((each) => each[4] === source).reduce((all, each) => all + Number(each[2]), 0);
    assert.deepEqual(ledger.check('full').findings, []);
    const found = [fired(ledger).sort(), sum('earned'), sum('spent'), sum('rule')];
    ledger.close();
    return found;
  };
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 6 }), (frames) => {
      const counts = frames.map(({ count }) => count);
      assert.deepEqual(outcome(counts), outcome([Math.max(...counts)]));
    }),
    { numRuns: 40 },
  );
});

test('a disk that takes nothing in the middle: neither the cost nor what it pays for is written', (t) => {
  const file = fileOf(t);
  const ledger = openWith(file, { ...plain, start: 10 });
  const rules = rulesInForce(rule('ink', { cost: 10 }));
  const items = function* () {
    yield { event: gift({ id: 'one' }), worth: null, rules };
    throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
  };
  assert.throws(() => ledger.record(items()));
  assert.deepEqual([entriesOf(ledger), fired(ledger)], [[], []]);
  recordWith(ledger, rules, [gift({ id: 'one' }), gift({ id: 'one' })]);
  assert.deepEqual(entriesOf(ledger), ['u1 points 10 10 start', 'u1 points 2 12 earned', 'u1 points -10 2 spent']);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('the full check finds points that nobody earned, and costs and refunds that do not belong together', (t) => {
  const file = fileOf(t);
  const ledger = openWith(file, { ...plain, start: 30 });
  recordWith(ledger, rulesInForce(rule('ink', { cost: 10 })), [gift(), gift({ arrivedAtMs: noonMs + 1 })]);
  ledger.amend((amend) => amend.void('r', 1, 'a slip', emptyHand));
  const finds = (sql: string) => {
    const db = new Database(file);
    db.exec(
      'PRAGMA foreign_keys = OFF; DROP TRIGGER points_have_a_source; DROP TRIGGER points_refund; DROP TRIGGER points_lasts; DROP TRIGGER points_stays; DROP TRIGGER points_previous_stays; DROP TRIGGER points_follow; DROP TRIGGER points_add_up; DROP INDEX points_of_firing; BEGIN',
    );
    db.exec(sql);
    db.exec('COMMIT');
    db.close();
    return ledger.check('full').findings.map((line) => line.replace(/^.*\(rule: /, ''));
  };
  const found = finds(
    `UPDATE points SET change = change + 1, balance = balance + 1 WHERE seq = 2;
     DELETE FROM points WHERE source = 'refund';
     INSERT INTO points (viewer, kind, change, balance, event, why, at_ms, source, firing)
       SELECT viewer, kind, change, balance, event, why, at_ms, source, firing FROM points WHERE source = 'spent' LIMIT 1`,
  ).join('\n');
  for (const rule of [
    /earned what it is worth/,
    /given back once/,
    /the cost of its rule/,
    /the one before it and the change/,
  ])
    assert.match(found, rule);
  ledger.close();
});

test('a text says what is left and which place that is among all who save, and nothing of somebody whom nobody knows', (t) => {
  const ledger = openWith(fileOf(t), plain);
  const rules = rulesInForce(
    rule('pays', { when: ['giftName', '==', 'lion'], cost: 12, [does]: [{ log: '{points} {place}' }] }),
    rule('free', { when: ['giftName', '==', 'rose'], [does]: [{ log: '[{displayName}{points}{place}]' }] }),
  );
  recordWith(ledger, undefined, [gift({ count: 10 }), gift({ user: 'u2', count: 6 }), gift({ user: 'u3', count: 40 })]);
  recordWith(ledger, rules, [gift({ gift: 'lion' }), gift({ gift: 'rose', user: null })]);
  const texts = said(ledger).map((each) => /"text":"([^"]*)"/.exec(each)?.[1]);
  assert.deepEqual(texts, ['[]', '10 3']);
  ledger.close();
});
