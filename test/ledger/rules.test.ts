import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import type { RuleEngine } from '../../src/domain/rules.ts';
import { duesAreThoseOfAPlainCount } from './any-dues.ts';
import { does, fired, recordWith, refused, rule, rulesInForce, streak } from './rule-world.ts';
import { accountOf, draw, emptyHand, gift, layoutOf, noonMs, openOk, tempFolder, worthOf } from './world.ts';

type Context = Parameters<typeof tempFolder>[0];
const open = (t: Context) => openOk(join(tempFolder(t), 'l.db'));
const at = (seconds: number) => ({ arrivedAtMs: noonMs + seconds * 1000 });

function follow(user: string, told: Parameters<typeof gift>[0] = {}): LiveEvent {
  const { payload: _, kind: __, ...head } = gift({ user, ...told });
  return { ...head, kind: 'follow', payload: {} };
}

test('what a rule makes due is owed beside what the gift map says, and drawn like it', (t) => {
  const ledger = open(t);
  ledger.turnSheet(layoutOf({ a: 20, r: 20 }));
  const rules = rulesInForce(
    rule('roses', { when: ['giftName', '==', 'Rose'], [does]: [{ draw: { row: 'r', strokes: 3 } }] }),
  );
  const [recorded] = recordWith(ledger, rules, [gift({ count: 2 })], worthOf('a'));
  assert.deepEqual(
    recorded?.dues.map(({ rule: name, credits }) => [name, credits.map(({ row, strokes }) => [row, strokes])]),
    [['roses', [['r', 3]]]],
  );
  assert.deepEqual([accountOf(ledger, 'a').credited, accountOf(ledger, 'r').credited], [2, 3]);
  assert.equal(draw(ledger, 10), 5);
  assert.equal(ledger.questions.payerOf(1, 'r', 1)?.viewer, 'name of u1');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a rule fires once for an event: repeats, restarts and a rule of another form change nothing', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const rules = rulesInForce(rule('all', { [does]: [{ draw: { row: 'r', strokes: 2 } }] }));
  let ledger = openOk(file);
  const event = gift({ id: 'one' });
  recordWith(ledger, rules, [event, event]);
  ledger.close();
  ledger = openOk(file);
  recordWith(ledger, rulesInForce(rule('all', { [does]: [{ draw: { row: 'r', strokes: 9 } }] }), rule('more')), [
    event,
  ]);
  assert.deepEqual(fired(ledger), ['all 2']);
  assert.equal(accountOf(ledger, 'r').credited, 2);
  ledger.close();
});

test('a streak is paid by the rules that were in force when it began, however it goes on', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const then = rulesInForce(
    rule('ten', { when: ['giftCount', '>=', 10], [does]: [{ draw: { row: 'r', strokes: 5 } }] }),
    rule('each', { [does]: [{ draw: { row: 's', per: 4 } }] }),
  );
  const later = rulesInForce(rule('ten', { when: ['giftCount', '>=', 20] }), rule('new'));
  let ledger = openOk(file);
  recordWith(ledger, then, [streak('g', 3)]);
  assert.deepEqual(fired(ledger), ['each 0']);
  ledger.close();
  ledger = openOk(file);
  recordWith(ledger, later, [streak('g', 12)]);
  assert.deepEqual(fired(ledger), ['each 3', 'ten 5']);
  recordWith(ledger, later, [streak('g', 25), streak('h', 1)]);
  assert.deepEqual(fired(ledger), ['each 6', 'ten 5', 'new 1']);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('coins are paid by the whole streak, and a price that is not known counts as one', (t) => {
  const ledger = open(t);
  const rules = rulesInForce(
    rule('coins', { [does]: [{ draw: { row: 'r', per: 10, of: 'coins' } }] }),
    rule('rich', { when: ['coins', '>=', 100], [does]: [{ draw: { row: 's', strokes: 1 } }] }),
  );
  recordWith(ledger, rules, [
    streak('g', 2, { coins: 7 }),
    streak('g', 15, { coins: 7 }),
    streak('h', 25, { gift: 'unheard', coins: 0 }),
  ]);
  assert.deepEqual(fired(ledger), ['coins 10', 'rich 1', 'coins 2']);
  const shown = ledger.questions.lastGifts(10).filter(({ kind }) => kind === 'rule');
  assert.deepEqual(
    shown.map(({ gift: called, count, strokes }) => [called, count, strokes]),
    [
      ['rule', 1, 2],
      ['rule', 1, 1],
      ['rule', 1, 10],
    ],
    'each is one, whatever it pays for',
  );
  const [others] = ledger.questions.night(0).others;
  assert.deepEqual([others?.kind, others?.count, others?.strokes], ['rule', 3, 13]);
  ledger.close();
});

test('a streak whose first message lacks the price has the one that its gift had before, whatever order they come in', (t) => {
  const rules = rulesInForce(
    rule('coins', { [does]: [{ draw: { row: 'r', per: 10, of: 'coins' } }] }),
    rule('rich', { when: ['coins', '>=', 100], [does]: [{ draw: { row: 's' } }] }),
    rule('seven', { when: ['giftCoins', '==', 7], [does]: [{ draw: { row: 'a' } }] }),
  );
  const frames = [streak('g', 2, { coins: 0 }), streak('g', 15, { coins: 7 }), streak('g', 20, { coins: 0 })];
  const orders = [frames, frames.toReversed(), [...frames.slice(1), ...frames.slice(0, 1)]];
  const found = orders.map((order) => {
    const file = join(tempFolder(t), 'l.db');
    let ledger = openOk(file);
    recordWith(ledger, undefined, [gift({ user: 'u9', coins: 7 })]);
    recordWith(ledger, rules, order.slice(0, 1));
    ledger.close();
    ledger = openOk(file);
    recordWith(ledger, rules, order.slice(1));
    const dues = fired(ledger).toSorted();
    assert.deepEqual(ledger.check('full').findings, []);
    ledger.close();
    return dues;
  });
  for (const dues of found) assert.deepEqual(dues, ['coins 14', 'rich 1', 'seven 1']);
});

test('a cooldown holds for a person and for a rule, by the times of events, and is read from the ledger', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const rules = rulesInForce(
    rule('mine', { cooldown: { perPersonSeconds: 60 } }),
    rule('all', { cooldown: { perRuleSeconds: 60 }, [does]: [{ draw: { row: 's' } }] }),
  );
  let ledger = openOk(file);
  recordWith(ledger, rules, [gift({ user: 'u1', ...at(0) }), gift({ user: 'u2', ...at(30) })]);
  ledger.close();
  ledger = openOk(file);
  recordWith(ledger, rules, [
    gift({ user: 'u1', ...at(59) }),
    gift({ user: 'u1', ...at(60) }),
    gift({ user: 'u2', ...at(89) }),
  ]);
  assert.deepEqual(fired(ledger), ['mine 1', 'all 1', 'mine 1', 'mine 1', 'all 1']);
  assert.deepEqual(refused(ledger).sort(), ['all cooldown 1', 'all cooldown 2', 'mine cooldown 1', 'mine cooldown 1']);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a limit counts within one live, and tests and replays are worlds of their own', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const rules = rulesInForce(rule('two', { limit: { perLive: 2 } }));
  let ledger = openOk(file);
  recordWith(ledger, rules, [gift(), gift({ origin: 'test', session: 'tries' }), gift()]);
  ledger.close();
  ledger = openOk(file);
  recordWith(ledger, rules, [
    gift(),
    gift({ room: 'room-2' }),
    gift({ origin: 'test', session: 'tries' }),
    gift({ origin: 'test', session: 'tries' }),
  ]);
  assert.deepEqual(fired(ledger), ['two 1', 'two 1', 'two 1', 'two 1', 'two 1']);
  assert.deepEqual(refused(ledger), ['two limit 2']);
  assert.equal(accountOf(ledger, 'r').testCredited, 2);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('the first of its kind by a person is the first that the ledger knows', (t) => {
  const ledger = open(t);
  const rules = rulesInForce(
    rule('first', { on: 'follow', when: { var: 'isFirst' }, [does]: [{ draw: { row: 'r', strokes: 5 } }] }),
  );
  recordWith(ledger, rules, [
    gift({ user: 'u1' }),
    follow('u1'),
    follow('u2'),
    follow('u1', { room: 'room-2' }),
    follow('u3', { origin: 'test', session: 't' }),
  ]);
  assert.deepEqual(fired(ledger), ['first 5', 'first 5', 'first 5']);
  recordWith(ledger, undefined, [follow('u4')]);
  recordWith(ledger, rules, [follow('u4', { room: 'room-2' })]);
  assert.equal(fired(ledger).length, 3, 'it followed before there were rules');
  ledger.close();
});

test('the nth of a kind by a person within a time is counted in the order of the ledger, as a plain count says', (t) => {
  const folder = tempFolder(t);
  const rules = rulesInForce(
    rule('third', { within: 60, when: ['nth', '==', 3] }),
    rule('many', { within: 20, when: { '>': [{ var: 'nth' }, 1] }, [does]: [{ draw: { row: 's' } }] }),
  );
  const one = fc.record({
    user: fc.constantFrom('u1', 'u2'),
    gift: fc.constantFrom('Rose', 'GG'),
    room: fc.constantFrom('r1', 'r2'),
    seconds: fc.integer({ min: 0, max: 200 }),
  });
  let run = 0;
  fc.assert(
    fc.property(fc.array(one, { maxLength: 40 }), fc.nat(), fc.nat(), (all, restartAt, failAt) => {
      run += 1;
      const file = join(folder, `${run}.db`);
      let ledger = openOk(file);
      const events = all.map(({ seconds, ...told }, n) => gift({ id: `n${n}`, ...told, ...at(seconds) }));
      for (const [n, event] of events.entries()) {
        if (n === restartAt % 40) {
          ledger.close();
          ledger = openOk(file);
        }
        const stop = function* () {
          yield { event, worth: null, rules };
          throw new Error('the power fails');
        };
        if (n === failAt % 40) assert.throws(() => ledger.record(stop()), /the power fails/);
        recordWith(ledger, rules, n % 3 === 0 ? [event, event] : [event]);
      }
      const due = all.flatMap((each, n) => {
        const near = (seconds: number) =>
          all.filter(
            ({ user, gift: name, room, seconds: when }, index) =>
              index <= n &&
              user === each.user &&
              name === each.gift &&
              room === each.room &&
              (index === n || Math.abs(when - each.seconds) < seconds),
          ).length;
        return [...(near(60) === 3 ? ['third 1'] : []), ...(near(20) > 1 ? ['many 1'] : [])];
      });
      assert.deepEqual(fired(ledger), due);
      assert.deepEqual(ledger.check('full').findings, []);
      ledger.close();
    }),
    { numRuns: 25 },
  );
});

test('a wheel is turned once: after a crash that took the event with it, it stops where it did', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const parts = ['one', 'two', 'three', 'four', 'five'].map((prize, index) => ({
    prize,
    draw: { row: 'r', strokes: index + 1 },
  }));
  const rules = rulesInForce(rule('wheel', { [does]: [{ wheel: parts }, { alert: 'You won {prize}' }] }));
  const ledger = openOk(file);
  const events = Array.from({ length: 40 }, (_, n) => gift({ id: `w${n}` }));
  const prizes = () => ledger.questions.ruleLog(100).fired.map(({ prize, said }) => `${prize} ${said}`);
  const stop = function* () {
    for (const event of events) yield { event, worth: null, rules };
    throw new Error('the power fails');
  };
  assert.throws(() => ledger.record(stop()), /the power fails/);
  assert.deepEqual(prizes(), []);
  recordWith(ledger, rules, events);
  const first = prizes();
  assert.equal(new Set(first).size, 5, 'each part comes up');
  assert.match(first[0] ?? '', /You won (one|two|three|four|five)/);
  recordWith(ledger, rules, events);
  assert.deepEqual(prizes(), first);
  ledger.close();
});

test('a rule that throws is counted, and never costs the event its credit', (t) => {
  const ledger = open(t);
  const sound = rulesInForce(rule('bad'), rule('good'));
  const broken: RuleEngine = {
    ...sound,
    matching(event, person, failed) {
      const [bad, good] = sound.matching(event, person, failed);
      assert.ok(bad && good);
      failed({ ...bad, name: 'worse', text: '{"name":"worse"}' }, new Error('no'));
      const outcome = () => {
        throw new Error('no');
      };
      return [{ ...bad, outcome }, good];
    },
  };
  recordWith(ledger, broken, [gift()], worthOf('a', 4));
  assert.equal(accountOf(ledger, 'a').credited, 4);
  assert.deepEqual(fired(ledger), ['good 1']);
  assert.deepEqual(refused(ledger), ['bad failed 1', 'worse failed 1']);
  ledger.close();
});

test('a version that an older program accepted and this one cannot read costs a streak that goes on nothing', (t) => {
  const ledger = open(t);
  const sound = rulesInForce(rule('ten', { when: ['giftCount', '>=', 10] }));
  const older: RuleEngine = {
    ...sound,
    matching: (...asked) =>
      sound.matching(...asked).map((each) => ({ ...each, text: JSON.stringify({ ...JSON.parse(each.text), old: 1 }) })),
  };
  recordWith(ledger, older, [streak('g', 3)], worthOf('a'));
  recordWith(ledger, sound, [streak('g', 12)], worthOf('a'));
  assert.equal(accountOf(ledger, 'a').credited, 12);
  assert.deepEqual([fired(ledger), refused(ledger)], [[], ['ten failed 1']]);
  ledger.close();
});

test('strokes that a rule made due are taken back like others, and of one gift no more is drawn than the config allows', (t) => {
  const ledger = open(t);
  recordWith(ledger, rulesInForce(rule('all', { [does]: [{ draw: { row: 'r', strokes: 8 } }] })), [gift()]);
  assert.equal(
    ledger.amend((amend) => amend.void('r', 5, 'a prank', emptyHand)),
    5,
  );
  assert.deepEqual([accountOf(ledger, 'r').pending, accountOf(ledger, 'r').voided], [3, 5]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a gift is taken back with all that its rules made due, in one step, and nothing that is drawn', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const rules = rulesInForce(
    rule('all', { [does]: [{ draw: { row: 'r', strokes: 8 } }] }),
    rule('per', { [does]: [{ draw: { row: 's', per: 2 } }] }),
    rule('text', { when: ['giftName', '==', 'GG'], [does]: [{ write: '{displayName}' }] }),
  );
  let ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 20, r: 20, s: 20 }));
  recordWith(ledger, rules, [streak('g', 4, { gift: 'GG' })], worthOf('a'));
  draw(ledger, 3);
  const drawn = () => ['a', 'r', 's'].map((row) => accountOf(ledger, row).drawn);
  const before = drawn();
  recordWith(ledger, rules, [gift({ user: 'u2' })], worthOf('a'));
  const [voided, again] = [1, 2].map(() => ledger.amend((amend) => amend.voidEvent(1, 'a prank', emptyHand)));
  assert.deepEqual(voided, { strokes: 11, texts: 1, strokesInAll: 11, textsInAll: 1 });
  assert.deepEqual(again, { strokes: 0, texts: 0, strokesInAll: 11, textsInAll: 1 });
  assert.equal(
    ledger.amend((amend) => amend.voidEvent(99, 'a prank', emptyHand)),
    null,
  );
  assert.deepEqual(drawn(), before);
  assert.deepEqual(ledger.questions.owedDrawings(10), []);
  const pending = () => ['a', 'r', 's'].map((row) => accountOf(ledger, row).pending);
  assert.deepEqual(pending(), [1, 8, 0], 'the other gift is owed what it was');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
  ledger = openOk(file);
  recordWith(ledger, rules, [streak('g', 4, { gift: 'GG' }), streak('g', 2, { gift: 'GG' })], worthOf('a'));
  assert.deepEqual(pending(), [1, 8, 0], 'its messages that come again make nothing due');
  recordWith(ledger, rules, [streak('g', 6, { gift: 'GG' })], worthOf('a'));
  assert.deepEqual(pending(), [3, 8, 1], 'what it grows by is owed');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('of a gift that is taken back, what is on its way or may be ink already stays owed, and what lost its ink goes', (t) => {
  const ledger = open(t);
  ledger.turnSheet(layoutOf({ a: 20, r: 20 }));
  recordWith(ledger, rulesInForce(rule('all', { [does]: [{ draw: { row: 'r', strokes: 8 } }] })), [gift()]);
  const credit = ledger.queue.candidates(emptyHand).find(({ row }) => row === 'r')?.credit;
  const onItsWay = { ...emptyHand, fresh: () => 2, paidBy: (of: number) => (of === credit ? 2 : 0) };
  const mayBeInk = { ...emptyHand, perhapsInked: () => 3 };
  assert.equal(ledger.amend((amend) => amend.voidEvent(1, 'one', { ...onItsWay, perhapsInked: () => 2 }))?.strokes, 6);
  assert.equal(accountOf(ledger, 'r').pending, 2);
  recordWith(ledger, rulesInForce(rule('all', { [does]: [{ draw: { row: 'r', strokes: 8 } }] })), [gift()]);
  assert.equal(ledger.amend((amend) => amend.voidEvent(3, 'two', mayBeInk))?.strokes, 7, 'two of the other, one of it');
  draw(ledger, 3);
  ledger.amend((amend) => amend.spoilLast(3, 'dry'));
  assert.equal(ledger.amend((amend) => amend.voidEvent(1, 'three', emptyHand))?.strokes, 2);
  assert.equal(ledger.amend((amend) => amend.voidEvent(3, 'three', emptyHand))?.strokes, 1);
  assert.equal(accountOf(ledger, 'r').pending, 0);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('what rules were to say goes with the name of whom it is about; what they paid stays', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  recordWith(
    ledger,
    rulesInForce(rule('thanks', { [does]: [{ draw: { row: 'r' } }, { log: 'Thank you {displayName}' }] })),
    [gift(), gift({ user: 'u2' })],
  );
  const lines = [...ledger.export('jsonl')].join('').trimEnd().split('\n');
  const exported = lines.map((line) => JSON.parse(line)).filter(({ entry }) => entry === 'rule');
  assert.deepEqual(
    exported.map(({ event, kind, viewer, payload }) => [event, kind, viewer, JSON.parse(payload)[0].with.text]),
    [
      [1, 'thanks', 'name of u1', 'Thank you name of u1'],
      [3, 'thanks', 'name of u2', 'Thank you name of u2'],
    ],
  );
  const told = () =>
    ledger.questions
      .feedSince(ledger.questions.feedBegin(), 100)
      .entries.flatMap(({ kind, entry }) => (kind === 'rule' ? [[entry.viewer, entry.outside]] : []));
  assert.deepEqual(told(), [
    ['name of u1', [{ do: 'log', with: { text: 'Thank you name of u1' } }]],
    ['name of u2', [{ do: 'log', with: { text: 'Thank you name of u2' } }]],
  ]);
  ledger.privacy.forget('name of u1');
  assert.deepEqual(told(), [
    ['viewer 1', []],
    ['name of u2', [{ do: 'log', with: { text: 'Thank you name of u2' } }]],
  ]);
  const log = ledger.questions.ruleLog(10).fired;
  assert.deepEqual(
    log.map(({ said }) => said === ''),
    [false, true],
  );
  assert.equal(accountOf(ledger, 'r').credited, 2);
  ledger.close();
  const db = new Database(file, { readonly: true });
  assert.equal(JSON.stringify(db.prepare('SELECT * FROM firing').all()).includes('name of u1'), false);
  db.close();
});

test('entries of rules never change, and none is made for a second time', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  recordWith(ledger, rulesInForce(rule('all'), rule('ten', { when: ['giftCount', '>=', 10] })), [streak('g', 1)]);
  ledger.close();
  const db = new Database(file);
  for (const sql of [
    "UPDATE rule SET text = '{}'",
    'DELETE FROM rule',
    "UPDATE armed SET rules = '[]'",
    'DELETE FROM armed',
    'UPDATE firing SET paid = NULL',
    "UPDATE firing SET said = '[]'",
    'DELETE FROM firing',
    'INSERT OR REPLACE INTO firing SELECT * FROM firing',
    'INSERT INTO firing (rule, line, world, room, viewer, cause, at_ms) SELECT rule, line, world, room, viewer, cause, 1 FROM firing',
    'INSERT OR REPLACE INTO armed SELECT * FROM armed',
  ])
    assert.throws(() => db.exec(sql), /entries|fires once|forgotten/, sql);
  db.close();
});

test('a text that a rule writes is asked for in the transaction of its event, once, and goes with a name', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const rules = rulesInForce(
    rule('names', { when: ['giftCount', '>=', 5], [does]: [{ write: 'Thanks {displayName}' }] }),
    rule('both', { [does]: [{ draw: { row: 'r' } }, { write: '{giftName}' }], limit: { perLive: 1 } }),
  );
  let ledger = openOk(file);
  const [first] = recordWith(ledger, rules, [streak('g', 2)]);
  assert.deepEqual(
    first?.dues.map(({ rule: name, text }) => [name, text?.kind]),
    [['both', 'owed']],
  );
  ledger.close();
  ledger = openOk(file);
  recordWith(ledger, rules, [streak('g', 7), streak('g', 9), streak('g', 3)]);
  const names = () => ledger.questions.drawings().map(({ name }) => name);
  assert.deepEqual(names(), ['Thanks name of u1', 'rose']);
  assert.deepEqual(fired(ledger), ['both 1', 'names 0']);
  assert.equal(
    ledger.amend((amend) => amend.void('r', 1, 'a prank', emptyHand)),
    1,
  );
  assert.deepEqual(
    ledger.questions.owedDrawings(10).map(({ name }) => name),
    ['Thanks name of u1'],
    'what is taken back writes nothing',
  );
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.privacy.forget('name of u1');
  assert.deepEqual(names(), ['', '']);
  ledger.close();
});

test('after any frames of streaks, in any order, with repeats and a restart, the same is due as a plain count says', (t) => {
  duesAreThoseOfAPlainCount(tempFolder(t), 60);
});
