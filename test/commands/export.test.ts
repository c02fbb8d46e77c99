import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gift, layoutOf, openOk, tempFolder, worthOf } from '../ledger/world.ts';
import { runLivepen } from '../service/service.ts';

test('a long export into a pipe is whole, and nothing piles up while it waits for its reader', async (t) => {
  const file = join(tempFolder(t), 'livepen.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 5 }));
  const events = 12_000;
  for (let from = 0; from < events; from += 1_000) {
    const ids = Array.from({ length: 1_000 }, (_, index) => `${from + index}`);
    ledger.record(ids.map((id) => ({ event: gift({ id }), worth: worthOf('a') })));
  }
  ledger.close();
  const { code, output } = await runLivepen(['ledger', 'export', '--format', 'jsonl', '--file', file]);
  assert.equal(code, 0);
  assert.doesNotMatch(output, /Warning/);
  const count = (entry: string) => output.split('\n').filter((line) => line.startsWith(`{"entry":"${entry}",`)).length;
  assert.deepEqual([count('event'), count('credit')], [events, events]);
});
