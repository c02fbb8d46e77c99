import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { gifts } from '../../src/commands/gifts.ts';
import { runLine } from '../../src/commands/line.ts';
import { withApi } from '../api/with-api.ts';
import { smallestConfig } from '../config/texts.ts';
import { tempFolder } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';
import { typing } from './typing.ts';

test('`gifts map --url` maps a gift in the service of that address, not in the file of this machine', () =>
  withApi(async (call, world) => {
    await typing(call, [gifts], async (type) => {
      assert.match(await type(exit.ok, 'gifts', 'map', 'Galaxy', '1, 2'), /"Galaxy" is mapped/);
    });
    world.appliance.start();
    await world.until('needs-sheet');
    world.source.give('Galaxy');
    await world.clock.advance(100);
    assert.equal(world.appliance.status().strokes.credited, 1);
  }));

for (const [name, rows, code, said] of [
  ['Galaxy', '99', exit.usage, 'There is no row "99".\nThe rows are 1.'],
  ['Rose', '1,99', exit.usage, 'There is no row "99".\nThe rows are 1.'],
  ['Galaxy', '1,1', exit.usage, 'Row "1" is named twice.\nName each row once.'],
  ['Galaxy', '', exit.usage, 'There is no row "".\nThe rows are 1.'],
  [' ', '1', exit.usage, /^"" is neither the name nor the id of a gift\.\nGive its name/],
  ['9'.repeat(30), '1', exit.usage, /^"9+" is neither the name nor the id/],
  ['x'.repeat(101), '1', exit.usage, /^"x+" is neither the name nor the id/],
] as const) {
  test(`\`gifts map ${name.slice(0, 12)} ${rows}\` blames what was typed, and neither blames nor changes the file`, async (t) => {
    const folder = tempFolder(t);
    const config = join(folder, 'livepen.toml');
    const map = '{\n  "Rose": "1"\n}\n';
    writeFileSync(config, smallestConfig);
    writeFileSync(join(folder, 'gifts.json'), map);
    const console = heardConsole();
    assert.equal(await runLine(['gifts', 'map', name, rows, '--config', config], [gifts], console), code);
    if (typeof said === 'string') assert.equal(console.said.join('\n'), said);
    else assert.match(console.said.join('\n'), said);
    assert.equal(readFileSync(join(folder, 'gifts.json'), 'utf8'), map);
    await withApi(async (call) => {
      const body = JSON.stringify({ gift: name, rows: rows.split(',') });
      const { status, json } = await call('POST', '/gifts/map', { body });
      assert.equal(status, 422);
      assert.doesNotMatch(`${json.type} ${json.detail} ${json.remedy}`, /gift-map|the file|not valid/);
      assert.equal((await call('POST', '/gifts/reload')).status, 200);
    });
  });
}

test('a gift map that is broken is what is told, with its line, when a gift is to be mapped', async (t) => {
  const folder = tempFolder(t);
  const config = join(folder, 'livepen.toml');
  writeFileSync(config, smallestConfig);
  writeFileSync(join(folder, 'gifts.json'), '{\n  "GG": "1",\n  "Rose": "7"\n}\n');
  const console = heardConsole();
  assert.equal(await runLine(['gifts', 'map', 'Galaxy', '1', '--config', config], [gifts], console), exit.config);
  assert.match(console.said.join('\n'), /gifts\.json has a problem:\n {2}line 3: Rose \("7"\) is not a row/);
});
