import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openInFlight, openInkBook } from '../../src/appliance/ink-book.ts';
import { silentLog } from '../../src/domain/log.ts';
import { readyWorld } from './ready-world.ts';

test('an ink book that closes while the disk is full touches the ledger no more', async () => {
  const world = await readyWorld();
  const warnings: string[] = [];
  let tried = 0;
  const inFlight = openInFlight(new Map());
  const ink = openInkBook({
    clock: world.clock,
    log: { ...silentLog, warn: (text) => warnings.push(text) },
    ledger: {
      ...world.ledger,
      write() {
        tried += 1;
        throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
      },
    },
    inFlight,
    changed: () => {},
  });
  ink.addStrayMarks([{ from: { xMm: 0, yMm: 0 }, to: { xMm: 1, yMm: 0 }, stroke: null, why: 'a stop' }]);
  await world.clock.advance(1_500);
  ink.close();
  const before = tried;
  ink.prove([]);
  await world.clock.advance(10_000);
  assert.equal(tried, before);
  assert.match(warnings.at(-1) ?? '', /Not saved: 1 mark/);
  await world.close();
});
