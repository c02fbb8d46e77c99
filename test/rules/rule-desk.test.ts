import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PointsHeld } from '../../src/domain/points.ts';
import { checkRules } from '../../src/rules/rule-desk.ts';
import { deskOf } from './desk-in-memory.ts';
import { does, followOf, giftOf } from './rule-events.ts';

const file = `{
  // kept as it is written
  "rules": [
    { "name": "one", "on": "gift", "then": [{ "draw": { "row": "1" } }] }, // the first
    { "name": "two", "enabled": false, "on": "follow", "then": [{ "log": "{username}" }] }
  ]
}`;
const draws = (row: string) => ({ on: 'gift', [does]: [{ draw: { row } }] });

test('the file of rules is in force, with its kinds of events and its notes', () => {
  const { desk } = deskOf(file);
  assert.deepEqual(
    desk.list().map(({ name, enabled, on }) => [name, enabled, on]),
    [
      ['one', true, 'gift'],
      ['two', false, 'follow'],
    ],
  );
  assert.deepEqual(desk.kinds(), ['gift']);
  assert.equal(desk.fault(), null);
});

test('a broken file keeps the old rules in force, and says so once', () => {
  const { desk, file: held, lines, changes } = deskOf(file);
  held.text = '{ "rules": [ { "name": "x" } ] }';
  const before = lines.length;
  for (let n = 0; n < 3; n++) assert.equal(desk.reload().ok, false);
  assert.equal(lines.length, before + 1);
  assert.match(lines.at(-1) ?? '', /The rules are not valid: .*rule 1, on .*the old rules are used/);
  assert.equal(desk.list().length, 2);
  assert.equal(desk.fault()?.code, 'rules-invalid');
  assert.equal(desk.put('one', draws('2')).ok, false, 'nothing is written into a broken file');
  assert.equal(held.text, '{ "rules": [ { "name": "x" } ] }');
  held.text = file;
  assert.equal(desk.reload().ok, true);
  assert.equal(desk.fault(), null);
  assert.equal(changes(), 2);
});

test('a file that is broken at the start leaves no rules in force', () => {
  const { desk } = deskOf('{');
  assert.deepEqual([desk.list(), desk.kinds()], [[], []]);
  assert.equal(desk.fault()?.code, 'rules-invalid');
});

test('a rule is put, changed and taken out, and the notes of the file stay', () => {
  const { desk, file: held } = deskOf(file);
  assert.deepEqual(desk.put('three', draws('2')), { ok: true, rules: 3 });
  assert.deepEqual(desk.put('one', { ...draws('2'), enabled: false }), { ok: true, rules: 3 });
  assert.match(held.text, /kept as it is written/);
  assert.deepEqual(
    desk.list().map(({ name, enabled }) => `${name} ${enabled}`),
    ['one false', 'two false', 'three true'],
  );
  assert.deepEqual(desk.remove('two'), { ok: true, rules: 2 });
  assert.equal(desk.remove('two'), null);
  assert.deepEqual(
    desk.list().map(({ name }) => name),
    ['one', 'three'],
  );
  assert.deepEqual(desk.replaceAll([]), { ok: true, rules: 0 });
  assert.deepEqual(desk.put('first', draws('1')), { ok: true, rules: 1 });
});

test('a rule that is wrong, or that the disk does not take, changes nothing', () => {
  const { desk, file: held } = deskOf(file);
  const wrong = desk.put('one', draws('9'));
  assert.ok(!wrong.ok);
  assert.match(wrong.fault.what, /rule 1, then.*draw\.row \("9"\) is not a row of the config; it has 1, 2/);
  assert.equal(desk.put('A name', draws('1')).ok, false);
  held.trouble = 'the disk is full';
  const unwritten = desk.put('one', draws('2'));
  assert.ok(!unwritten.ok);
  assert.match(unwritten.fault.what, /cannot be written: the disk is full/);
  assert.equal(held.text, file);
  const kept = { name: 'one', on: 'gift', [does]: [{ draw: { row: '1' } }] };
  assert.equal(JSON.stringify(desk.list()[0]?.rule), JSON.stringify(kept));
});

test('rules are tried as they would pay, also those that are switched off', () => {
  const at = (seconds: number, event: ReturnType<typeof giftOf>) => ({ ...event, atMs: seconds * 1000 });
  const { desk } = deskOf(
    JSON.stringify({
      rules: [
        { name: 'ten', ...draws('1'), when: ['giftCount', '>=', 10], cooldown: { perPersonSeconds: 60 } },
        { name: 'per', on: 'gift', [does]: [{ draw: { row: '1', strokes: 2, per: 5 } }] },
        {
          name: 'first',
          enabled: false,
          on: 'follow',
          when: { var: 'isFirst' },
          [does]: [{ log: 'Welcome {username}' }],
        },
        { name: 'once', ...draws('1'), limit: { perLive: 1 } },
      ],
    }),
  );
  const trial = desk.trial(null);
  for (const event of [
    at(0, giftOf('Rose', 1, 12)),
    at(30, giftOf('Rose', 1, 11)),
    at(70, giftOf('Rose', 1, 3)),
    followOf(),
    followOf(),
  ])
    trial.take({ is: 'event', event, isFirst: null, held: null, ahead: null, sheet: null });
  const none = { cooldown: 0, limit: 0, points: 0, failed: 0 };
  const result = trial.result();
  assert.deepEqual(
    result.map(({ name, enabled, on, fires, refused, strokes }) => ({ name, enabled, on, fires, refused, strokes })),
    [
      { name: 'ten', enabled: true, on: 'gift', fires: 1, refused: { ...none, cooldown: 1 }, strokes: 1 },
      { name: 'per', enabled: true, on: 'gift', fires: 3, refused: none, strokes: 8 },
      { name: 'first', enabled: false, on: 'follow', fires: 1, refused: none, strokes: 0 },
      { name: 'once', enabled: true, on: 'gift', fires: 1, refused: { ...none, limit: 2 }, strokes: 1 },
    ],
  );
  assert.deepEqual(result[2]?.outside, [{ do: 'log', with: { text: 'Welcome ink_fan_01' } }]);
  assert.deepEqual(result[1]?.last, { atMs: 70_000, viewer: 'Ink Fan', strokes: 0, prize: '' });
});

const terms = {
  start: 100,
  rates: {},
  chat: null,
  xpPerPoint: 1,
  level: { base: 100, exponent: 1 },
};

test('a trial asks for costs as in force: one account for what is switched on, one for each rule that is not', () => {
  const { desk } = deskOf(
    JSON.stringify({
      rules: [
        { name: 'dear', ...draws('1'), cost: 60 },
        { name: 'cheap', ...draws('1'), cost: 30 },
        { name: 'off', ...draws('1'), cost: 40, enabled: false },
        { name: 'rich', ...draws('1'), when: ['points', '>=', 100] },
        { name: 'xp', on: 'gift', when: ['giftName', '==', 'Lion'], [does]: [{ xp: 210 }, { points: 5 }] },
        { name: 'level', on: 'level-up', [does]: [{ say: '{displayName} {level}' }] },
      ],
    }),
  );
  const trial = desk.trial(terms);
  const take = (event: ReturnType<typeof giftOf>, held: PointsHeld | null) =>
    trial.take({ is: 'event', event: { ...event, origin: 'live' }, isFirst: null, held, ahead: () => 0, sheet: null });
  take(giftOf('Rose', 1), null);
  take(giftOf('Rose', 1), { points: 100, xp: 0 });
  take(giftOf('Lion', 1), { points: 120, xp: 0 });
  const [user] = [giftOf('Rose', 1).user];
  assert.ok(user);
  trial.take({ is: 'rise', user, from: { points: 120, xp: 0 }, to: { points: 120, xp: 90 }, ahead: () => 0, atMs: 5 });
  const none = { cooldown: 0, limit: 0, points: 0, failed: 0 };
  assert.deepEqual(
    trial.result().map(({ name, fires, refused, spent, points, xp }) => [name, fires, refused, spent, points, xp]),
    [
      ['dear', 1, { ...none, points: 2 }, 60, 0, 0],
      ['cheap', 2, { ...none, points: 1 }, 60, 0, 0],
      ['off', 0, { ...none, points: 3 }, 0, 0, 0],
      ['rich', 1, none, 0, 0, 0],
      ['xp', 1, none, 0, 5, 210],
      ['level', 3, none, 0, 0, 0],
    ],
  );
  assert.deepEqual(trial.result().at(-1)?.outside, [{ do: 'say', with: { text: 'Ink Fan 3' } }]);
});

test('a trial of a test or a replay asks nobody to pay, and a timer is tried by its minutes', () => {
  const { desk } = deskOf(
    JSON.stringify({
      rules: [
        { name: 'dear', ...draws('1'), cost: 600 },
        { name: 'often', on: 'timer', every: 5, [does]: [{ draw: { row: '1' } }] },
        { name: 'seldom', on: 'timer', every: 30, [does]: [{ draw: { row: '1' } }] },
      ],
    }),
  );
  const trial = desk.trial(terms);
  assert.deepEqual(trial.timersMinutes, [5, 30]);
  trial.take({ is: 'event', event: giftOf('Rose', 1), isFirst: null, held: null, ahead: null, sheet: null });
  const timer = { kind: 'timer', origin: 'live', user: null, payload: { everyMinutes: 5, nth: 1 } } as const;
  const event = { ...timer, platform: '', channel: '', room: 'r', session: '', atMs: null, arrivedAtMs: 0 };
  trial.take({ is: 'event', event, isFirst: null, held: null, ahead: null, sheet: null });
  assert.deepEqual(
    trial.result().map(({ name, fires, spent }) => [name, fires, spent]),
    [
      ['dear', 1, 0],
      ['often', 1, 0],
      ['seldom', 0, 0],
    ],
  );
});

test('the five rules that are shipped are sound with the shipped rows, switched off, and each has a sentence', () => {
  const text = readFileSync(join(import.meta.dirname, '../../config/rules.json'), 'utf8');
  const rowIds = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'];
  assert.deepEqual(checkRules(text, rowIds), { ok: true, rules: 5, enabled: 0 });
  for (const { note, name } of deskOf(text, rowIds).desk.list()) assert.match(note, /^[A-Z].*\.$/, name);
});

test('of thousands of problems as many are reported as a person reads, with their lines', () => {
  const letters = (n: number) =>
    String.fromCharCode(...[n % 26, (n / 26) % 26, (n / 676) % 26].map((each) => 97 + each));
  const keys = Array.from({ length: 5_000 }, (_, n) => `"x${letters(n)}": 1`);
  const checked = checkRules(
    `{ "rules": [{ "name": "a", "on": "gift", ${keys.join(',\n')}, "then": [{ "log": "x" }] }] }`,
    [],
  );
  assert.ok(!checked.ok);
  assert.equal(checked.lines.length, 101);
  assert.match(checked.lines[99] ?? '', /^line 100: rule 1, xvda \(1\) is not known here/);
  assert.equal(checked.lines.at(-1), 'and 4900 more; correct these first');
});
