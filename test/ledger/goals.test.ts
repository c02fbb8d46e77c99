import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import type { Goal } from '../../src/domain/goals.ts';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import type { RuleEngine } from '../../src/domain/rules.ts';
import type { Due } from '../../src/ledger/firings.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { does, fired, recordWith, rule, rulesInForce, streak } from './rule-world.ts';
import { connection, emptyHand, gift, layoutOf, optionsFor, recordOne, tempFolder, worthOf } from './world.ts';

type Context = Parameters<typeof tempFolder>[0];
const fileOf = (t: Context) => join(tempFolder(t), 'l.db');
const rooms = ['room-1', 'room-2'];

const goal = (of: Goal['of'], target: number, part: Partial<Goal> = {}): Goal => ({
  name: `${of} ${target}`,
  of,
  currency: null,
  target,
  per: 'live',
  ...part,
});

function openWith(file: string, goals: readonly Goal[] | undefined, engine: RuleEngine | null = null, perGiftMax = 0) {
  const opened = openLedger({
    ...optionsFor(file),
    ...(goals === undefined ? {} : { goals }),
    ...(perGiftMax === 0 ? {} : { strokesPerGiftMax: perGiftMax }),
  });
  if (!opened.ok) throw new Error(opened.fault.what);
  const { ledger } = opened;
  const told: Due[] = [];
  if (engine !== null) ledger.followRules({ engine: () => engine, due: (dues) => void told.push(...dues) });
  return { ledger, told };
}

/** How far each goal is, as `name amount`, with an exclamation mark where it is reached. */
const standing = ({ questions }: Ledger, of: readonly string[] = rooms) =>
  questions.goals(of).map(({ name, amount, reachedAtMs }) => `${name}: ${amount}${reachedAtMs === null ? '' : '!'}`);

const sound = (ledger: Ledger) => assert.deepEqual(ledger.check('full').findings, []);

function other(kind: 'follow' | 'donation', told: Parameters<typeof gift>[0], amountMinor = 0): LiveEvent {
  const { payload: _, kind: __, ...head } = gift(told);
  if (kind === 'follow') return { ...head, kind, payload: {} };
  return { ...head, kind, payload: { amountMinor, currency: told?.gift ?? 'EUR', text: '', isAudio: false } };
}

const all = [
  goal('coins', 50),
  goal('coins', 100, { name: 'all coins', per: 'lasting' }),
  goal('strokes', 20),
  goal('donations', 1_000, { currency: 'EUR' }),
  goal('follows', 2),
];

test('each kind is counted once, by live and in all, whatever comes again, through restarts', (t) => {
  const file = fileOf(t);
  let { ledger } = openWith(file, all);
  const events = [
    streak('g', 3, { coins: 5 }),
    streak('g', 8, { coins: 5 }),
    gift({ id: 'free', gift: 'free', coins: 0, user: 'u2' }),
    gift({ id: 'far', coins: 30, room: 'room-2', user: 'u3' }),
    other('follow', { id: 'f1' }),
    other('follow', { id: 'f1', room: 'room-2' }),
    other('donation', { id: 'd1' }, 600),
    other('donation', { id: 'd2', gift: 'USD' }, 5_000),
    gift({ id: 'test', origin: 'test', coins: 99 }),
    gift({ id: 'again', origin: 'replay', coins: 99 }),
  ];
  for (const event of events) recordOne(ledger, event, event.kind === 'gift' ? worthOf('a', 2) : null);
  const expected = ['coins 50: 41', 'all coins: 71', 'strokes 20: 18', 'donations 1000: 600', 'follows 2: 1'];
  assert.deepEqual(standing(ledger), expected);
  sound(ledger);
  ledger.close();
  ({ ledger } = openWith(file, all));
  for (const event of events.toReversed()) recordOne(ledger, event, event.kind === 'gift' ? worthOf('a', 2) : null);
  assert.deepEqual(standing(ledger), expected);
  assert.deepEqual(standing(ledger, ['room-2'])[0], 'coins 50: 30');
  recordOne(ledger, streak('g', 10, { coins: 5 }), worthOf('a', 2));
  recordOne(ledger, other('follow', { id: 'f2', user: 'u2' }), null);
  assert.deepEqual(standing(ledger), [
    'coins 50: 51!',
    'all coins: 81',
    'strokes 20: 22!',
    'donations 1000: 600',
    'follows 2: 2!',
  ]);
  sound(ledger);
  ledger.close();
});

test('a goal that is reached fires once for each live, with what led to it, also where strokes are taken back', (t) => {
  const file = fileOf(t);
  const rules = rulesInForce(
    rule('goal', { on: 'goal-reached', [does]: [{ log: '{goal} of {target}' }, { draw: { row: 'r', strokes: 30 } }] }),
  );
  const goals = [goal('strokes', 10), goal('strokes', 40, { name: 'far', per: 'lasting' })];
  let { ledger, told } = openWith(file, goals, rules);
  recordWith(ledger, rules, [gift({ count: 12, id: 'one' })], worthOf('a'));
  assert.deepEqual(fired(ledger), ['goal 30', 'goal 30'], 'what a goal draws counts for what lasts');
  assert.equal(told.length, 2);
  assert.deepEqual(standing(ledger), ['strokes 10: 12!', 'far: 72!']);
  ledger.amend((amend) => amend.void('a', 9, 'a prank', emptyHand));
  assert.deepEqual(standing(ledger), ['strokes 10: 3!', 'far: 63!']);
  ledger.close();
  ({ ledger, told } = openWith(file, goals, rules));
  recordWith(ledger, rules, [gift({ count: 20, id: 'two' })], worthOf('a'));
  assert.equal(fired(ledger).length, 2);
  recordWith(ledger, rules, [gift({ count: 20, id: 'three', room: 'room-2' })], worthOf('a'));
  assert.equal(fired(ledger).length, 3);
  sound(ledger);
  ledger.close();
});

test('a live that starts with ink counts it, and what is more than a gift may draw was never there', (t) => {
  const rules = rulesInForce(rule('hello', { on: 'live-started', [does]: [{ draw: { row: 'r', strokes: 4 } }] }));
  const { ledger } = openWith(fileOf(t), [goal('strokes', 50)], rules, 10);
  ledger.noteLive(connection('connected', { room: 'room-1' }));
  recordOne(ledger, gift({ count: 300 }), worthOf('a'));
  assert.deepEqual(standing(ledger), ['strokes 50: 14']);
  sound(ledger);
  ledger.close();
});

test('what came while there was no goal, or another one, is not counted; a higher target goes on from where it is', (t) => {
  const file = fileOf(t);
  const steps: readonly (readonly [readonly Goal[] | undefined, readonly string[]])[] = [
    [[], []],
    [[goal('coins', 5, { name: 'c' })], ['c: 3']],
    [[], []],
    [[goal('coins', 6, { name: 'c' })], ['c: 6!']],
    [
      [goal('coins', 12, { name: 'c' }), goal('coins', 9)],
      ['c: 9', 'coins 9: 3'],
    ],
    [undefined, ['c: 12!', 'coins 9: 6']],
  ];
  for (const [index, [goals, expected]] of steps.entries()) {
    const { ledger } = openWith(file, goals);
    recordOne(ledger, gift({ id: `g${index}`, coins: 3 }), null);
    assert.deepEqual(standing(ledger), expected);
    sound(ledger);
    ledger.close();
  }
});

test('a streak that began while a goal counted counts to its end, and is not reached by a goal that is gone', (t) => {
  const file = fileOf(t);
  let { ledger } = openWith(file, [goal('coins', 5)]);
  recordOne(ledger, streak('g', 3), null);
  ledger.close();
  ({ ledger } = openWith(file, []));
  recordOne(ledger, streak('g', 9), null);
  sound(ledger);
  ledger.close();
  ({ ledger } = openWith(file, [goal('coins', 5)]));
  assert.deepEqual(standing(ledger), ['coins 5: 9']);
  recordOne(ledger, streak('g', 10), null);
  assert.deepEqual(standing(ledger), ['coins 5: 10!']);
  ledger.close();
});

test('a disk that takes nothing in the middle takes count and goal along, and both come later', (t) => {
  const { ledger } = openWith(fileOf(t), [goal('coins', 5)]);
  const items = function* () {
    yield { event: gift({ id: 'one', count: 9 }), worth: null };
    throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
  };
  assert.throws(() => ledger.record(items()));
  assert.deepEqual(standing(ledger), ['coins 5: 0']);
  recordOne(ledger, gift({ id: 'one', count: 9 }), null);
  assert.deepEqual(standing(ledger), ['coins 5: 9!']);
  sound(ledger);
  ledger.close();
});

test('whatever frames come, in any order, goals are as far as a plain count says', (t) => {
  const folder = tempFolder(t);
  let run = 0;
  const frame = fc.record({ group: fc.constantFrom('1', '2', '3'), count: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 10 }), fc.nat(10), (frames, cut) => {
      run += 1;
      const file = join(folder, `${run}.db`);
      const goals = [goal('coins', 60), goal('strokes', 25, { per: 'lasting' })];
      for (const part of [frames.slice(0, cut), frames.slice(cut)]) {
        const { ledger } = openWith(file, goals);
        for (const { group, count } of part) recordOne(ledger, streak(group, count, { coins: 2 }), worthOf('a'));
        ledger.close();
      }
      const most = new Map<string, number>();
      for (const { group, count } of frames) most.set(group, Math.max(count, most.get(group) ?? 0));
      const sum = [...most.values()].reduce((total, count) => total + count, 0);
      const { ledger } = openWith(file, goals);
      const mark = (isReached: boolean) => (isReached ? '!' : '');
      assert.deepEqual(standing(ledger), [
        `coins 60: ${2 * sum}${mark(sum >= 30)}`,
        `strokes 25: ${sum}${mark(sum >= 25)}`,
      ]);
      sound(ledger);
      ledger.close();
    }),
    { numRuns: 12 },
  );
});

test('what guards goals refuses to reach one twice, or one that is not reached, and the check finds a wrong sum', (t) => {
  const file = fileOf(t);
  const { ledger } = openWith(file, [goal('coins', 5)]);
  ledger.turnSheet(layoutOf({ a: 9 }));
  recordOne(ledger, gift({ count: 9 }), null);
  const db = new Database(file);
  const reach = (target: number) =>
    db.exec(`INSERT INTO goal_reached (goal, room, target, at_ms) SELECT goal, room, ${target}, 0 FROM goal_sum`);
  assert.throws(() => reach(5), /a goal is reached once/);
  assert.throws(() => reach(10), /reached by what was counted/);
  assert.throws(() => db.exec('DELETE FROM goal_reached'), /never deleted/);
  assert.throws(() => db.exec("UPDATE goal_terms SET goals = '[]'"), /do not change/);
  db.exec('UPDATE goal_sum SET amount = amount + 1');
  db.close();
  assert.match(ledger.check('full').findings.join(), /off by -1 \(rule: a goal is as far/);
  ledger.close();
});
