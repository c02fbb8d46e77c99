import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runLine } from '../../src/commands/line.ts';
import { who } from '../../src/commands/who.ts';
import { gift, layoutOf, openOk, recordOne, tempFolder, worthOf } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

const plates = ['left', 'right', 'free'].map((id, index) => ({
  id,
  name: `the ${id} one`,
  xMm: 60 * index,
  yMm: 100,
  widthMm: 50,
  heightMm: 50,
}));
const paths = {
  widthUm: 50_000,
  heightUm: 50_000,
  paths: [
    [0, 0, 9_000, 0],
    [0, 900, 9_000, 900],
  ],
};

test('`who PLATE` names what lies on a plate, who asked for it or paid with which gift, and how far it is', async (t) => {
  const folder = tempFolder(t);
  for (const file of ['livepen.toml', 'gifts.json'])
    cpSync(join(import.meta.dirname, '../../config', file), join(folder, file));
  const ledger = openOk(join(folder, 'livepen.db'));
  ledger.turnSheet({ ...layoutOf({ a: 9 }), plates });
  const event = gift({ gift: 'Lion', id: 'one' });
  const giver = { id: 'u1', name: 'Zo\u202eë' };
  recordOne(ledger, { ...event, user: giver }, { ...worthOf('a'), write: { text: '{username}', from: 1 } });
  ledger.draw((drawings) => {
    drawings.ask({ ownId: null, name: 'rose.svg', plate: null, scales: true, paths });
    drawings.place(1, 'left', paths);
    drawings.place(2, 'right', paths);
  });
  const path = (n: number) => ({ stroke: { sheet: 1, row: '@drawing-1', n }, credit: 0 });
  ledger.write((ink) => {
    ink.reserve('@drawing-1', 2);
    ink.confirm([path(1)]);
  });
  ledger.close();
  const said = async (...words: string[]) => {
    const console = heardConsole();
    await runLine(['who', ...words, '--config', join(folder, 'livepen.toml')], [who], console);
    return console.said
      .join('\n')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'then');
  };
  assert.equal(
    await said('left'),
    'Sheet 1, plate left: drawing 1 (Zoë), paid for with Lion from Zoë, then 1 of 2 paths are drawn.',
  );
  assert.match(
    await said('THE RIGHT ONE'),
    /drawing 2 \(rose\.svg\), asked for by the person at the plotter, then 0 of 2/,
  );
  assert.match(await said('free'), /No drawing was placed on plate free of sheet 1\./);
  assert.match(
    await said('a'),
    /Sheet 1 has no plate "a"\. Its plates are left, right, free\. Of a row, name a stroke: who a 1\./,
  );
});
