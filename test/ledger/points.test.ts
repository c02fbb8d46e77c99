import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { giftNumber, sheet } from '../bench/ledger/evening.ts';
import { entriesOf, openWith, terms } from './points-world.ts';
import { streak } from './rule-world.ts';
import { gift, openOk, recordOne, tempFolder, worthOf } from './world.ts';

type Context = Parameters<typeof tempFolder>[0];
const fileOf = (t: Context) => join(tempFolder(t), 'l.db');

function other(kind: 'follow' | 'share', told: Parameters<typeof gift>[0] = {}): LiveEvent {
  const { payload: _, kind: __, ...head } = gift(told);
  return { ...head, kind, payload: {} };
}
function subscribe(gifted: number, told: Parameters<typeof gift>[0] = {}): LiveEvent {
  return { ...other('share', told), kind: 'subscribe', payload: { gifted } };
}
function donation(amountMinor: number, currency: string, told: Parameters<typeof gift>[0] = {}): LiveEvent {
  return { ...other('share', told), kind: 'donation', payload: { amountMinor, currency, text: '', isAudio: false } };
}
function tip(tokens: number, told: Parameters<typeof gift>[0] = {}): LiveEvent {
  return { ...other('share', told), kind: 'tip', payload: { tokens, item: '', text: '' } };
}

test('a gift that grows earns its growth exactly once, whatever comes again and in whatever order', (t) => {
  const file = fileOf(t);
  let ledger = openWith(file);
  for (const count of [3, 1, 3, 7]) recordOne(ledger, streak('g', count, { coins: 5 }), worthOf('a'));
  ledger.close();
  ledger = openWith(file);
  for (const count of [7, 2, 8]) recordOne(ledger, streak('g', count, { coins: 5 }), worthOf('a'));
  assert.deepEqual(entriesOf(ledger), [
    'u1 points 10 10 start',
    'u1 points 30 40 earned',
    'u1 xp 90 90 earned',
    'u1 points 40 80 earned',
    'u1 xp 120 210 earned',
    'u1 points 10 90 earned',
    'u1 xp 30 240 earned',
  ]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('each kind earns by its rate: follows once a person, money by its amount, what has no rate nothing', (t) => {
  const ledger = openWith(fileOf(t), { ...terms, start: 0, xpPerPoint: 0 });
  for (const event of [
    other('follow'),
    other('follow', { room: 'room-2' }),
    other('share', { id: 's1' }),
    other('share', { id: 's1' }),
    other('share', { id: 's2' }),
    subscribe(3, { id: 'sub' }),
    donation(149, 'EUR', { id: 'd1' }),
    donation(5_000, 'USD', { id: 'd2' }),
    donation(5_000, 'U"\'$D', { id: 'd3' }),
    tip(8, { id: 't1' }),
    gift({ id: 'free', coins: 0 }),
  ])
    recordOne(ledger, event, null);
  assert.deepEqual(entriesOf(ledger), [
    'u1 points 50 50 earned',
    'u1 points 5 55 earned',
    'u1 points 5 60 earned',
    'u1 points 300 360 earned',
    'u1 points 2 362 earned',
    'u1 points 2 364 earned',
    'u1 points 2 366 earned',
  ]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('tests, replays, credits by hand and whoever is not named earn nothing', (t) => {
  const ledger = openWith(fileOf(t));
  recordOne(ledger, gift({ origin: 'test' }), worthOf('a'));
  recordOne(ledger, gift({ origin: 'replay' }), worthOf('a'));
  recordOne(ledger, gift({ user: null }), worthOf('a'));
  ledger.amend((amend) => amend.credit('a', 3, 'name of u1', 'a promise'));
  assert.deepEqual(entriesOf(ledger), []);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a gift is paid by the terms and the price with which it came, also under another config, or none', (t) => {
  const file = fileOf(t);
  let ledger = openOk(file);
  recordOne(ledger, streak('before', 1), null);
  ledger.close();
  const plain = { ...terms, start: 0, xpPerPoint: 0 };
  ledger = openWith(file, plain);
  recordOne(ledger, streak('g', 1, { coins: 5 }), null);
  recordOne(ledger, streak('before', 100), null);
  ledger.close();
  ledger = openWith(file, { ...plain, rates: { gift: { points: 100, per: 1 } } });
  recordOne(ledger, streak('g', 2, { coins: 900 }), null);
  recordOne(ledger, streak('h', 1), null);
  ledger.close();
  ledger = openWith(file, null);
  recordOne(ledger, streak('g', 3, { coins: 900 }), null);
  recordOne(ledger, streak('none', 9), null);
  ledger.close();
  ledger = openOk(file);
  recordOne(ledger, streak('none', 10), null);
  recordOne(ledger, streak('h', 2), null);
  assert.deepEqual(
    entriesOf(ledger).map((line) => line.split(' ')[2]),
    ['10', '10', '100', '10', '100'],
  );
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('no number of gifts, however forged, costs an event its credit or a balance its sum', (t) => {
  const ledger = openWith(fileOf(t));
  recordOne(ledger, streak('g', 1, { coins: Number.MAX_SAFE_INTEGER }), null);
  recordOne(ledger, streak('g', Number.MAX_SAFE_INTEGER, { coins: Number.MAX_SAFE_INTEGER }), null);
  recordOne(ledger, streak('negative', 4, { coins: -50 }), null);
  recordOne(ledger, gift({ user: '\u{1F980} ключ', count: Number.MAX_SAFE_INTEGER }), null);
  assert.deepEqual(
    entriesOf(ledger)
      .filter((line) => line.includes('points'))
      .map((line) => line.split(' ').at(-3)),
    ['10', '1000000000', '8', '10', '1000000000'],
  );
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a lone gift that earns points takes at most 12 frames of the log, and at most 7 in the mean', (t) => {
  const file = fileOf(t);
  let ledger = openWith(file);
  ledger.turnSheet(sheet);
  const frames: number[] = [];
  const length = () => statSync(`${file}-wal`).size / (24 + 4_096);
  for (let each = 0; each < 2_500; each++) {
    // A log that is begun anew by a checkpoint does not show its growth in the file's size.
    if (each % 150 === 0) {
      ledger.close();
      ledger = openWith(file);
      ledger.save(ledger.load());
    }
    const before = length();
    ledger.record([giftNumber(each)]);
    frames.push(length() - before);
  }
  assert.ok(Math.max(...frames) <= 12, `${Math.max(...frames)} frames`);
  const mean = frames.reduce((sum, count) => sum + count, 0) / frames.length;
  assert.ok(mean <= 7, `${mean} frames in the mean`);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('without points in the config nothing is written of them', (t) => {
  const ledger = openWith(fileOf(t), null);
  recordOne(ledger, gift(), worthOf('a'));
  assert.deepEqual(entriesOf(ledger), []);
  ledger.close();
});
