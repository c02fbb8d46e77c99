import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { columnsOf, cutTo, exit, padTo } from '../../src/commands/command.ts';
import { gifts } from '../../src/commands/gifts.ts';
import { runLine } from '../../src/commands/line.ts';
import { who } from '../../src/commands/who.ts';
import { gift, layoutOf, openOk, recordOne, tempFolder, worthOf } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

/** Names that are long, wide, or written from right to left. */
const names = [
  'a_name_without_a_blank_'.repeat(4),
  'a name of many words '.repeat(4),
  '\u30ed\u30fc\u30ba'.repeat(8),
  '\u05e9\u05dc\u05d5\u05dd '.repeat(9),
];

test('whatever names come, `who`, `gifts seen` and the error of a wrong row take no line of more than 80 columns', async (t) => {
  const folder = tempFolder(t);
  for (const file of ['livepen.toml', 'gifts.json']) {
    cpSync(join(import.meta.dirname, '../../config', file), join(folder, file));
  }
  const ledger = openOk(join(folder, 'livepen.db'));
  ledger.turnSheet(layoutOf({ 1: 40, 'a row with a long name that somebody wrote': 40 }));
  names.forEach((name, index) => {
    const event = gift({ gift: name, id: `frame ${index}` });
    const receiver = { id: '2', name: name.slice(0, 30), guest: true };
    recordOne(
      ledger,
      {
        ...event,
        user: { id: 'u1', name },
        payload: { ...event.payload, gift: { ...event.payload.gift, id: String(5_000 + index) }, receiver },
      },
      worthOf('1'),
    );
  });
  ledger.close();
  const config = ['--config', join(folder, 'livepen.toml')];
  const said = async (...line: string[]) => {
    const console = heardConsole();
    await runLine([...line, ...config], [gifts, who], console);
    return console.said.join('\n');
  };
  for (const asked of [
    ['gifts', 'seen'],
    ['who', '1', '1'],
    ['who', '1', '2'],
    ['who', '1', '3'],
    ['who', '1', '4'],
    ['who', names[1] ?? '', '1'],
    ['who', '2', '77'],
    ['who', 'a row with a long name that somebody wrote', '40'],
  ]) {
    const text = await said(...asked);
    for (const line of text.split('\n')) assert.ok(columnsOf(line) <= 80, `${columnsOf(line)} columns: ${line}`);
    assert.doesNotMatch(text, /usage/);
  }
  const seen = (await said('gifts', 'seen')).replace(/\s/g, '');
  for (const name of names) assert.ok(seen.includes(name.replace(/\s/g, '')), `the whole name: ${name}`);
});

test('a letter of two columns counts as two', () => {
  for (const [text, columns] of [
    ['abc', 3],
    ['\u30ed\u30fc\u30ba', 6],
    ['\u2764\ufe0f', 2],
    ['e\u0301', 1],
    ['\ud55c', 2],
    ['\u{1f339} Rose', 7],
    ['\u05e9\u05dc', 2],
  ] as const)
    assert.equal(columnsOf(text), columns, text);
  assert.equal(cutTo('\u30ed\u30fc\u30ba', 4), '\u30ed\u2026');
  assert.equal(padTo('\u30ed\u30fc', 6), '\u30ed\u30fc  ');
});

test('`gifts seen` and `who` tell whom a gift was for', async (t) => {
  const folder = tempFolder(t);
  for (const file of ['livepen.toml', 'gifts.json']) {
    cpSync(join(import.meta.dirname, '../../config', file), join(folder, file));
  }
  const ledger = openOk(join(folder, 'livepen.db'));
  ledger.turnSheet(layoutOf({ 1: 40 }));
  for (const [id, name, guest] of [
    ['1', 'the artist', false],
    ['2', 'ink_guest', true],
  ] as const) {
    const event = gift({ gift: 'Rose', id: `frame ${id}` });
    const receiver = { id, name, guest };
    recordOne(ledger, { ...event, payload: { ...event.payload, receiver } }, worthOf('1'));
  }
  recordOne(ledger, gift({ gift: 'Rose', id: 'frame 3' }), worthOf('1'));
  ledger.close();
  const config = ['--config', join(folder, 'livepen.toml')];
  const said = async (...line: string[]) => {
    const console = heardConsole();
    assert.equal(await runLine([...line, ...config], [gifts, who], console), exit.ok, console.said.join('\n'));
    return console.said.join('\n');
  };
  const seen = await said('gifts', 'seen');
  for (const line of [/strokes {2}to$/m, / 1 {2}the artist$/m, / 1 {2}ink_guest \(guest\)$/m, / 1 {2}the host$/m]) {
    assert.match(seen, line);
  }
  assert.match(await said('who', '1', '2'), /stroke 2: Rose from name of u1 to ink_guest \(guest\),/);
  assert.match(await said('who', '1', '3'), /stroke 3: Rose from name of u1,/);
});
