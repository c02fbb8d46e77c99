import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { demo } from '../../src/commands/demo.ts';
import { runLine } from '../../src/commands/line.ts';
import { tempFolder } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

for (const [option, sheets, strokes] of [
  ['--picture', 2, 528],
  ['--drawings', 1, 264],
] as const) {
  test(`the demo with ${option} is drawn to its end, each line of it on its place`, async (t) => {
    const console = heardConsole();
    const folder = tempFolder(t);
    assert.equal(await runLine(['demo', option, '--out', folder], [demo], console), exit.ok, console.said.join('\n'));
    const said = console.said.join('\n');
    assert.match(said, new RegExp(`${strokes} strokes in place, 0 lines elsewhere`));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.svg')),
      Array.from({ length: sheets }, (_, index) => `sheet-${index + 1}.svg`),
    );
  });
}
