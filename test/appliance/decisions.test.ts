import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openDecisions } from '../../src/appliance/decisions.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { buildWorld } from './world.ts';

test('a pause that the disk does not take holds at once, and is written down as soon as the disk takes it', async () => {
  const { ledger, clock, close } = buildWorld();
  let isFull = true;
  const full: Ledger = {
    ...ledger,
    decide(about, choice) {
      if (isFull) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
      ledger.decide(about, choice);
    },
  };
  const decisions = openDecisions(full, silentLog, clock);
  decisions.set('pause', true);
  assert.ok(decisions.holds('pause'));
  await clock.advance(5_000);
  assert.equal(ledger.decision('pause'), null);
  isFull = false;
  await clock.advance(1_000);
  assert.equal(ledger.decision('pause'), 'asked');
  isFull = true;
  decisions.set('pause', false);
  decisions.set('pause', true);
  isFull = false;
  await clock.advance(1_000);
  assert.equal(ledger.decision('pause'), 'asked', 'what holds last is what is written');
  await close();
});
