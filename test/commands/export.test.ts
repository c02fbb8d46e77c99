import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { gift, layoutOf, openOk, tempFolder, worthOf } from '../ledger/world.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

test('a long export into a pipe is whole, and nothing piles up while it waits for a slow reader', (t) => {
  const file = join(tempFolder(t), 'livepen.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 5 }));
  const events = 12_000;
  for (let from = 0; from < events; from += 1_000) {
    const ids = Array.from({ length: 1_000 }, (_, index) => `${from + index}`);
    ledger.record(ids.map((id) => ({ event: gift({ id }), worth: worthOf('a') })));
  }
  ledger.close();
  const line = '"$0" "$1" ledger export --file "$2" | { sleep 0.3; cut -d , -f 1 | sort | uniq -c; }';
  const { stdout, stderr } = spawnSync('sh', ['-c', line, process.execPath, main, file], { encoding: 'utf8' });
  assert.equal(stderr, '', 'Node warns of listeners that pile up');
  assert.match(stdout, new RegExp(` ${events} {"entry":"event"\n`));
  assert.match(stdout, new RegExp(` ${events} {"entry":"credit"\n`));
});
