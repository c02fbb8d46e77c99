import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openDecisions } from '../../src/appliance/decisions.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { buildWorld } from './world.ts';

/** A ledger on a disk that takes no decision while it is full. */
function whileFull(ledger: Ledger, isFull: () => boolean): Ledger {
  return {
    ...ledger,
    decide(about, choice) {
      if (isFull()) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
      ledger.decide(about, choice);
    },
  };
}

test('a pause that the disk does not take holds at once, and is written down as soon as the disk takes it', async () => {
  const { ledger, clock, close } = buildWorld();
  let isFull = true;
  const full = whileFull(ledger, () => isFull);
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

test('at the end the disk is asked once more, and what it refuses is told', async () => {
  const { ledger, clock, close } = buildWorld();
  let isFull = true;
  const told: string[] = [];
  const full = whileFull(ledger, () => isFull);
  const log = { ...silentLog, warn: (sentence: string) => told.push(sentence) };
  const first = openDecisions(full, log, clock);
  first.set('pause', true);
  first.close();
  assert.match(told.at(-1) ?? '', /^A decision \(pause\) could not be saved and is lost\./);
  assert.equal(ledger.decision('pause'), null);
  const second = openDecisions(full, log, clock);
  second.set('pause', true);
  const before = told.length;
  isFull = false;
  second.close();
  assert.equal(ledger.decision('pause'), 'asked');
  assert.equal(told.length, before);
  ledger.decide('pause', null);
  await clock.advance(5_000);
  assert.equal(ledger.decision('pause'), null, 'nothing is written after the end');
  await close();
});
