import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { draw, emptyHand, gift, layoutOf, noonMs, openOk, recordOne, tempFolder, worthOf } from './world.ts';

test('the report of a night tells what was given, drawn, carried over and unmapped since it began', (t) => {
  let nowMs = noonMs;
  const ledger = openOk(join(tempFolder(t), 'l.db'), () => nowMs);
  const give = (count: number, more: Parameters<typeof gift>[0] = {}) => gift({ count, arrivedAtMs: nowMs, ...more });
  ledger.turnSheet(layoutOf({ a: 50 }));
  recordOne(ledger, give(10), worthOf('a'));
  draw(ledger, 4);
  const dayMs = 86_400_000;
  nowMs += dayMs;
  const sinceMs = nowMs;
  recordOne(ledger, give(3, { user: 'u2', coins: 5, group: 'g' }), worthOf('a', 2));
  recordOne(ledger, give(5, { user: 'u2', coins: 5, group: 'g' }), worthOf('a', 2));
  recordOne(ledger, give(2, { gift: 'wheel', coins: 30, user: 'u3' }), null);
  recordOne(ledger, give(7, { source: 'test' }), worthOf('a'));
  draw(ledger, 8);
  ledger.amend((amend) => amend.credit('a', 1, '', 'a promise'));
  const report = ledger.questions.night(sinceMs);
  assert.deepEqual(report.given, { gifts: 7, coins: 5 * 5 + 2 * 30, viewers: 2, strokes: 11 });
  assert.deepEqual([report.drawn, report.carried], [8, 21 - 12]);
  assert.deepEqual(report.unmapped, { gifts: 2, coins: 60 });
  assert.deepEqual(report.gaps, []);
  assert.deepEqual(ledger.questions.night(nowMs + dayMs).given, { gifts: 0, coins: 0, viewers: 0, strokes: 0 });
  ledger.close();
});

test('strokes that are drawn twice because they had no ink are told apart in the report of a night', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.turnSheet(layoutOf({ a: 50 }));
  recordOne(ledger, gift({ count: 5 }), worthOf('a'));
  draw(ledger, 5);
  ledger.amend((amend) => amend.spoil(1, 'a', 2, 3, 'pen dry'));
  draw(ledger, 2);
  const { given, drawn, spoiled, carried } = ledger.questions.night(0);
  assert.deepEqual([given.strokes, drawn, spoiled, carried], [5, 7, 2, 0]);
  ledger.close();
});

test('a gift whose name never came is told by its number, to whoever asks for gifts, strokes or news', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.turnSheet(layoutOf({ a: 50 }));
  const nameless = gift({ gift: 'rose' });
  const { payload } = nameless;
  recordOne(ledger, { ...nameless, payload: { ...payload, gift: { id: '5655', name: '', coins: 0 } } }, worthOf('a'));
  draw(ledger, 1);
  const called = [
    ...ledger.questions.lastGifts(1).map(({ gift: name }) => name),
    ledger.questions.payerOf(1, 'a', 1)?.gift,
  ];
  assert.deepEqual(called, ['gift 5655', 'gift 5655']);
  ledger.close();
});

test('the gifts seen on a live are told with their names, ids, coins, counts and mapping', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  recordOne(ledger, gift({ gift: 'rose', group: '1', count: 4 }), worthOf('a'));
  recordOne(ledger, gift({ gift: 'rose', group: '1', count: 6, user: 'u2' }), worthOf('a'));
  recordOne(ledger, gift({ gift: 'wheel', coins: 99, count: 2 }), null);
  recordOne(ledger, gift({ gift: 'rose', room: 'room-2', count: 50 }), worthOf('a'));
  assert.deepEqual(ledger.questions.giftsSeen('room-1'), [
    { giftId: 'id-wheel', gift: 'wheel', coins: 99, count: 2, viewers: 1, mapped: false, strokes: 0 },
    { giftId: 'id-rose', gift: 'rose', coins: 1, count: 10, viewers: 2, mapped: true, strokes: 10 },
  ]);
  ledger.turnSheet(layoutOf({ a: 5 }));
  assert.equal(ledger.questions.giftsSeen('room-1').length, 2, 'also when their keys are indexed');
  assert.deepEqual(ledger.questions.giftsSeen('nowhere'), []);
  ledger.close();
});

test('sheets are told with what was drawn and doubtful on them, and the last ink is known', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.turnSheet(layoutOf({ a: 5 }));
  recordOne(ledger, gift({ count: 9 }), worthOf('a'));
  draw(ledger, 5);
  assert.deepEqual(ledger.questions.lastInk(1), { sheet: 1, row: 'a', n: 5 });
  assert.deepEqual(ledger.queue.candidates(emptyHand), []);
  assert.equal(ledger.queue.beyondThisSheet(), 4);
  ledger.turnSheet(layoutOf({ a: 5 }));
  assert.deepEqual(ledger.questions.sheets(), [
    { sheet: 1, openedAtMs: noonMs, closedAtMs: noonMs, drawn: 5, doubtful: 0, blemishes: 0 },
    { sheet: 2, openedAtMs: noonMs, closedAtMs: null, drawn: 0, doubtful: 0, blemishes: 0 },
  ]);
  assert.equal(ledger.questions.lastInk(2), null);
  ledger.close();
});

test('what a person decided outlives a restart until it is taken back', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const first = openOk(file);
  first.decide('pause', 'asked');
  first.close();
  const second = openOk(file);
  assert.equal(second.decision('pause'), 'asked');
  assert.equal(second.decision('change-paper'), null);
  second.decide('pause', null);
  assert.equal(second.decision('pause'), null);
  second.close();
});
