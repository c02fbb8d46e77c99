import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Status } from '../../src/appliance/status.ts';
import { openScreen } from '../../src/commands/demo/screen.ts';

const row = { row: '2', name: 'Fingers and hearts', pending: 12, onSheet: { capacity: 40, certain: 17 } };
const status = {
  state: { name: 'origin-unknown', heard: true },
  sheet: { number: 12 },
  strokes: { drawn: 1264, pending: 117 },
  rows: [row, { ...row, onSheet: null }, { ...row, name: 'Cheers' }],
} as unknown as Status;

for (const columns of [32, 40, 60, 80, 200]) {
  test(`no line of the demo's picture is wider than a terminal of ${columns} columns`, () => {
    const said: string[] = [];
    const out = (text: string) => void said.push(text);
    const screen = openScreen({ out, err: out, drive: out, isTerminal: true, columns, env: {} });
    screen.picture(status);
    const lines = stripVTControlCharacters(said.join('\n')).split('\n');
    assert.equal(lines.length, 6);
    for (const line of lines) assert.ok(line.length <= columns, `${line.length}: ${line}`);
    screen.line('a gift');
    assert.ok(said.at(-1)?.startsWith('\u001b[6A'), 'exactly what was shown is taken back');
  });
}
