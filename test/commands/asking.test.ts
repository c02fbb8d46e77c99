import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { spawn } from '@lydell/node-pty';

const module = join(import.meta.dirname, '../../src/commands/command.ts');
const program = `
const { askPersonOrNobody } = await import(${JSON.stringify(module)});
console.log('answered ' + await askPersonOrNobody('Is it there?'));
`;

/** What a program on a terminal of its own says after it asked and these keys were pressed. */
function answerTo(keys: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cols: 80, rows: 24 });
  let said = '';
  let isAsked = false;
  child.onData((text) => {
    said += text;
    if (isAsked || !said.includes('[y/N] ')) return;
    isAsked = true;
    child.write(keys);
  });
  return new Promise((resolve) => {
    child.onExit(({ exitCode }) => resolve(`${/answered \w+/.exec(said)?.[0] ?? said}, ${exitCode}`));
  });
}

test('a question on a terminal is answered by yes, by no, and by Ctrl-C or Ctrl-D by nobody', async () => {
  for (const [keys, answer] of [
    ['y\r', 'answered true, 0'],
    ['\r', 'answered false, 0'],
    ['\u0003', 'answered null, 0'],
    ['\u0004', 'answered null, 0'],
  ] as const) {
    assert.equal(await answerTo(keys), answer);
  }
});
