import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { gifts } from '../../src/commands/gifts.ts';
import { runLine } from '../../src/commands/line.ts';
import { who } from '../../src/commands/who.ts';
import { gift, layoutOf, openOk, recordOne, tempFolder, worthOf } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

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
