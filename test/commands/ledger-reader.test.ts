import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { ledger as ledgerCommand } from '../../src/commands/ledger.ts';
import { runLine } from '../../src/commands/line.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { heardConsole } from './heard-console.ts';

test('a broken gift map does not keep anybody from looking into the ledger', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-reader-'));
  const config = join(folder, 'livepen.toml');
  cpSync(join(import.meta.dirname, '../../config/livepen.toml'), config);
  writeFileSync(join(folder, 'gifts.json'), '{"version": 1, "gifts": [{"name": "Rose", "row": "gone"}]}');
  const opened = openLedger({ file: join(folder, 'livepen.db'), allot, wallMs: () => 0 });
  assert.ok(opened.ok);
  opened.ledger.close();
  const console = heardConsole();
  const code = await runLine(['ledger', 'check', '--config', config], [ledgerCommand], console);
  assert.equal(code, exit.ok, console.said.join('\n'));
  rmSync(folder, { recursive: true });
});
