import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { GiftEvent } from '../../src/domain/live-event.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { openLedger } from '../../src/ledger/ledger.ts';

const streakOf = (count: number): GiftEvent => ({
  version: 2,
  kind: 'gift',
  id: `frame-${count}`,
  platform: 'tiktok',
  channel: 'name',
  origin: 'live',
  room: '7',
  session: 's',
  sequence: count,
  atMs: null,
  arrivedAtMs: count,
  user: { id: '1', name: 'ink_fan_01' },
  payload: { gift: { id: '5655', name: 'Rose', coins: 1 }, count, streak: { group: 'g', receiver: '', ended: false } },
});

test('of one gift at most so many strokes are owed; what lies beyond is recorded as not drawn, however it grows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-test-'));
  const file = join(folder, 'livepen.db');
  const opened = openLedger({ file, allot, wallMs: () => 0, strokesPerGiftMax: 10 });
  assert.ok(opened.ok);
  const { ledger } = opened;
  const worth = { rows: ['1'], strokes: 3, per: 1 };
  const owed = () => ledger.questions.accounts().map(({ credited, pending, voided }) => [credited, pending, voided]);
  ledger.record([{ event: streakOf(2), worth }]);
  assert.deepEqual(owed(), [[6, 6, 0]]);
  ledger.record([{ event: streakOf(5), worth }]);
  assert.deepEqual(owed(), [[15, 10, 5]]);
  ledger.record([
    { event: streakOf(9), worth },
    { event: streakOf(4), worth },
  ]);
  assert.deepEqual(owed(), [[27, 10, 17]]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
  rmSync(folder, { recursive: true });
});

test('a gift that is mapped after it came draws no more of it than one that was mapped before', () => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-test-'));
  const file = join(folder, 'livepen.db');
  const opened = openLedger({ file, allot, wallMs: () => 0, strokesPerGiftMax: 10 });
  assert.ok(opened.ok);
  const { ledger } = opened;
  const worth = { rows: ['1'], strokes: 3, per: 1 };
  const owed = () => ledger.questions.accounts().map(({ credited, pending, voided }) => [credited, pending, voided]);
  ledger.record([{ event: streakOf(5), worth: null }]);
  assert.deepEqual(
    ledger.amend(({ backfill }) => backfill('Rose', '7', worth)),
    { events: 1, strokes: 10 },
  );
  assert.deepEqual(owed(), [[15, 10, 5]]);
  ledger.record([{ event: streakOf(6), worth: null }]);
  assert.deepEqual(owed(), [[18, 10, 8]]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
  rmSync(folder, { recursive: true });
});
