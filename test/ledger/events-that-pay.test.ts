import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LiveEvent, LivePayloads } from '../../src/domain/live-event.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';

const head = {
  version: 2,
  platform: 'p',
  channel: 'c',
  room: 'p:r',
  origin: 'live',
  session: 's',
  sequence: 1,
  atMs: 5,
  arrivedAtMs: 5,
  user: { id: 'p:rosa', name: 'rosa' },
} as const;
const gifted = (id: string, count: number): LiveEvent => ({
  ...head,
  id,
  kind: 'subscribe',
  payload: { gifted: count },
});
const worth = { rows: ['1'], strokes: 2, per: 1 };

function withLedger(strokesPerGiftMax: number | null, run: (ledger: Ledger, owed: () => number[][]) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-test-'));
  const opened = openLedger({ file: join(folder, 'livepen.db'), allot, wallMs: () => 0, strokesPerGiftMax });
  assert.ok(opened.ok);
  const { ledger } = opened;
  run(ledger, () => ledger.questions.accounts().map(({ credited, pending, voided }) => [credited, pending, voided]));
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
  rmSync(folder, { recursive: true });
}

test('subscriptions given to others pay for each of them, once however often they are heard', () => {
  withLedger(null, (ledger, owed) => {
    ledger.record([
      { event: gifted('p:1', 3), worth },
      { event: gifted('p:1', 3), worth },
    ]);
    assert.deepEqual(owed(), [[6, 6, 0]]);
    ledger.record([{ event: gifted('p:2', 1), worth }]);
    assert.deepEqual(owed(), [[8, 8, 0]]);
    const given = ledger.questions.lastGifts(2).map(({ kind, count, strokes }) => [kind, count, strokes]);
    assert.deepEqual(given, [
      ['subscribe', 1, 2],
      ['subscribe', 3, 6],
    ]);
  });
});

test('of subscriptions given at once no more strokes are drawn than of any gift, when they came or when they were mapped', () => {
  withLedger(5, (ledger, owed) => {
    ledger.record([{ event: gifted('p:1', 4), worth }]);
    assert.deepEqual(owed(), [[8, 5, 3]]);
    ledger.record([{ event: gifted('p:2', 4), worth: null }]);
    const filled = ledger.amend(({ backfillKind }) => backfillKind('subscribe', 'p:r', worth));
    assert.deepEqual(filled, { events: 1, strokes: 5 });
    assert.deepEqual(owed(), [[16, 10, 6]]);
  });
});

test('a past session is played again with its turns of the wheel, goals, raids and subscriptions, as often as they counted', () => {
  withLedger(null, (ledger) => {
    const said: { [K in 'wheel' | 'goal' | 'raid' | 'raid-out']: LivePayloads[K] } = {
      wheel: { prize: 'a cat', tokens: 50 },
      goal: { title: 'a hundred', tokens: 100 },
      raid: { viewers: 12 },
      'raid-out': { viewers: 7 },
    };
    ledger.record([
      { event: gifted('p:1', 3), worth },
      { event: { ...head, id: 'p:2', kind: 'wheel', payload: said.wheel }, worth },
      { event: { ...head, id: 'p:3', kind: 'goal', payload: said.goal }, worth },
      { event: { ...head, id: 'p:4', kind: 'raid', payload: said.raid }, worth },
      { event: { ...head, id: 'p:5', kind: 'raid-out', payload: said['raid-out'] }, worth: null },
    ]);
    const again = [...(ledger.questions.pastEvents('s') ?? [])].map(({ kind, payload }) => [kind, payload]);
    assert.deepEqual(again, [
      ['subscribe', { gifted: 3 }],
      ['wheel', { prize: '', tokens: 0 }],
      ['goal', { title: '', tokens: 0 }],
      ['raid', { viewers: 0 }],
    ]);
  });
});
