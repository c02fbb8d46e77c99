import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
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
  const trial = desk.trial();
  for (const event of [
    at(0, giftOf('Rose', 1, 12)),
    at(30, giftOf('Rose', 1, 11)),
    at(70, giftOf('Rose', 1, 3)),
    followOf(),
    followOf(),
  ])
    trial.take(event);
  const none = { cooldown: 0, limit: 0, failed: 0 };
  assert.deepEqual(trial.result(), [
    { name: 'ten', enabled: true, fires: 1, refused: { ...none, cooldown: 1 }, strokes: 1, outside: [] },
    { name: 'per', enabled: true, fires: 3, refused: none, strokes: 8, outside: [] },
    {
      name: 'first',
      enabled: false,
      fires: 1,
      refused: none,
      strokes: 0,
      outside: [{ do: 'log', with: { text: 'Welcome ink_fan_01' } }],
    },
    { name: 'once', enabled: true, fires: 1, refused: { ...none, limit: 2 }, strokes: 1, outside: [] },
  ]);
});

test('the five rules that are shipped are sound with the shipped rows, switched off, and each has a sentence', () => {
  const text = readFileSync(join(import.meta.dirname, '../../config/rules.json'), 'utf8');
  const rowIds = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'];
  assert.deepEqual(checkRules(text, rowIds), { ok: true, rules: 5, enabled: 0 });
  for (const { note, name } of deskOf(text, rowIds).desk.list()) assert.match(note, /^[A-Z].*\.$/, name);
});
