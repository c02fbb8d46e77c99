import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import decodeQR from 'qr/decode.js';
import { exit } from '../../src/commands/command.ts';
import { runLine } from '../../src/commands/line.ts';
import { codeOf, status } from '../../src/commands/status.ts';
import { tempFolder } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

const token = 'o'.repeat(43);
const link = `http://192.168.178.123:8420/sign-in?token=${token}`;

/** The picture of a code in half blocks, two rows of dots a line, as a camera sees it. */
function seen(code: string): { width: number; height: number; data: Uint8Array } {
  const dotsPerModule = 4;
  const lines = code.split('\n').map((line) => [...line.slice(line.indexOf('m') + 1, line.lastIndexOf('\u001b'))]);
  const rows = lines.flatMap((line) => [
    line.map((half) => half === '█' || half === '▀'),
    line.map((half) => half === '█' || half === '▄'),
  ]);
  const [width, height] = [(rows[0]?.length ?? 0) * dotsPerModule, rows.length * dotsPerModule];
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isWhite = rows[Math.floor(y / dotsPerModule)]?.[Math.floor(x / dotsPerModule)] === true;
      data.fill(isWhite ? 255 : 0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { width, height, data };
}

test('the code in the terminal is read as the link, and has room on it', async () => {
  const code = await codeOf(link);
  assert.equal(decodeQR(seen(code)), link);
  const lines = code.split('\n');
  assert.ok(lines.length < 24, `${lines.length} lines`);
});

test('in the network the links have the name and the numbers of this machine, and a terminal shows the code', async (t) => {
  const folder = tempFolder(t);
  const config = join(folder, 'livepen.toml');
  cpSync(join(import.meta.dirname, '../../config/livepen.toml'), config);
  writeFileSync(config, readFileSync(config, 'utf8').replace('host = "127.0.0.1"', 'host = "0.0.0.0"'));
  writeFileSync(join(folder, 'api-token'), token);
  writeFileSync(join(folder, 'board-token'), 'b'.repeat(43));
  const show = async (isTerminal: boolean) => {
    const console = { ...heardConsole(), isTerminal };
    assert.equal(await runLine(['status', '--token', '--config', config], [status], console), exit.ok);
    return console.said.join('\n');
  };
  const piped = await show(false);
  const own = Object.values(networkInterfaces()).flatMap((all = []) => all.filter(({ internal }) => !internal));
  for (const { address } of own.filter(({ family }) => family === 'IPv4')) {
    assert.ok(piped.includes(`  http://${address}:8420/sign-in?token=${token}\n`), piped);
    assert.ok(`${piped}\n`.includes(`  http://${address}:8420/board?token=${'b'.repeat(43)}\n`), piped);
  }
  assert.match(piped, /\.local:8420\/sign-in\?token=o+\n/);
  assert.match(piped, /\.local:8420\/board\?token=b+(?:\n|$)/);
  assert.ok(!piped.includes('█'));
  assert.ok((await show(true)).includes('█'));
});
