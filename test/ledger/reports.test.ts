import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { allot } from '../../src/gifts/gift-map.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
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
  recordOne(ledger, give(7, { origin: 'test' }), worthOf('a'));
  draw(ledger, 8);
  ledger.amend((amend) => amend.credit('a', 1, '', 'a promise'));
  const report = ledger.questions.night(sinceMs);
  assert.deepEqual(report.given, { gifts: 7, coins: 5 * 5 + 2 * 30, viewers: 2, strokes: 10 });
  assert.deepEqual([report.byHand, report.others], [1, []]);
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

/** Nobody told whom it was for. */
const toHost = { receiver: '', receiverIs: '' };

test('the gifts seen on a live are told with their names, ids, coins, counts and mapping', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  recordOne(ledger, gift({ gift: 'rose', group: '1', count: 4 }), worthOf('a'));
  recordOne(ledger, gift({ gift: 'rose', group: '1', count: 6, user: 'u2' }), worthOf('a'));
  recordOne(ledger, gift({ gift: 'wheel', coins: 99, count: 2 }), null);
  recordOne(ledger, gift({ gift: 'rose', room: 'room-2', count: 50 }), worthOf('a'));
  const kind = { kind: 'gift', amount: '' };
  assert.deepEqual(ledger.questions.giftsSeen('room-1'), [
    {
      ...kind,
      giftId: 'id-wheel',
      gift: 'wheel',
      coins: 99,
      count: 2,
      viewers: 1,
      ...toHost,
      mapped: false,
      strokes: 0,
    },
    { ...kind, giftId: 'id-rose', gift: 'rose', coins: 1, count: 10, viewers: 2, ...toHost, mapped: true, strokes: 10 },
  ]);
  ledger.turnSheet(layoutOf({ a: 5 }));
  assert.equal(ledger.questions.giftsSeen('room-1').length, 2, 'also when their keys are indexed');
  assert.deepEqual(ledger.questions.giftsSeen('nowhere'), []);
  ledger.close();
});

test('sheets are told with what was drawn and uncertain on them, and the last ink is known', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.turnSheet(layoutOf({ a: 5 }));
  recordOne(ledger, gift({ count: 9 }), worthOf('a'));
  draw(ledger, 5);
  assert.deepEqual(ledger.questions.lastInk(1), { sheet: 1, row: 'a', n: 5 });
  assert.deepEqual(ledger.queue.candidates(emptyHand), []);
  assert.equal(ledger.queue.beyondThisSheet(), 4);
  ledger.turnSheet(layoutOf({ a: 5 }));
  assert.deepEqual(ledger.questions.sheets(), [
    { sheet: 1, openedAtMs: noonMs, closedAtMs: noonMs, drawn: 5, uncertain: 0, strayMarks: 0, pen: '' },
    { sheet: 2, openedAtMs: noonMs, closedAtMs: null, drawn: 0, uncertain: 0, strayMarks: 0, pen: '' },
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

/** A ledger whose wall clock is set by hand while its monotonic clock goes on. */
function jumpy(file: string, wallMs: number) {
  const clock = { wallMs, nowMs: 0, isRight: false };
  const opened = openLedger({
    file,
    allot,
    wallMs: () => clock.wallMs,
    nowMs: () => clock.nowMs,
    clockIsRight: () => clock.isRight,
  });
  assert.ok(opened.ok);
  const { ledger } = opened;
  return {
    ledger,
    clock,
    give: (count: number) => recordOne(ledger, gift({ count, arrivedAtMs: clock.wallMs }), worthOf('a')),
  };
}
const hourMs = 3_600_000;

test('a gift that came before the network set the clock is of the night in which it came, and so is its ink', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const weekAgo = jumpy(file, noonMs - 7 * 24 * hourMs);
  weekAgo.ledger.turnSheet(layoutOf({ a: 50 }));
  weekAgo.give(20);
  draw(weekAgo.ledger, 18);
  weekAgo.ledger.close();
  const { ledger, clock, give } = jumpy(file, noonMs - 7 * 24 * hourMs + 60_000);
  give(3);
  draw(ledger, 4);
  clock.nowMs += 60_000;
  clock.wallMs = noonMs;
  clock.isRight = true;
  give(5);
  draw(ledger, 2);
  const { given, drawn } = ledger.questions.night(noonMs - 12 * hourMs);
  assert.deepEqual([given.gifts, given.strokes], [8, 8]);
  assert.equal(drawn, 4, 'what was drawn after the first gift of the night');
  ledger.close();
});

test('a clock that was a month ahead until it was set makes no gift of the past one of tonight', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const { ledger, clock, give } = jumpy(file, noonMs + 30 * 24 * hourMs);
  give(3);
  clock.wallMs = noonMs;
  clock.isRight = true;
  give(5);
  clock.wallMs += 24 * hourMs;
  clock.nowMs += 24 * hourMs;
  give(7);
  assert.equal(ledger.questions.night(clock.wallMs - 12 * hourMs).given.gifts, 7);
  ledger.close();
});

test('a clock that goes back in the middle of a live costs the report no gift that came after', (t) => {
  const { ledger, clock, give } = jumpy(join(tempFolder(t), 'l.db'), noonMs);
  clock.isRight = true;
  give(1);
  clock.wallMs -= 48 * hourMs;
  give(2);
  assert.equal(ledger.questions.night(noonMs - 12 * hourMs).given.gifts, 3);
  ledger.close();
});

test('a machine that slept has not had a wrong clock', (t) => {
  const { ledger, clock, give } = jumpy(join(tempFolder(t), 'l.db'), noonMs);
  clock.isRight = true;
  give(1);
  clock.wallMs += 48 * hourMs;
  give(2);
  assert.equal(ledger.questions.night(clock.wallMs - 12 * hourMs).given.gifts, 2);
  ledger.close();
});

test('the report of a night tells apart what gifts, follows and a person credited, and whether a live was heard', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  assert.equal(ledger.questions.night(0).heard, false);
  recordOne(ledger, gift({ count: 2 }), worthOf('a'));
  const { payload: _, ...head } = gift();
  recordOne(ledger, { ...head, kind: 'follow', payload: {} }, worthOf('a', 3));
  ledger.amend((amend) => amend.credit('a', 5, '', 'a promise'));
  ledger.live((times) => times.openSession({ id: 's', room: 'r', origin: 'live', atMs: noonMs }));
  const { given, others, byHand, heard } = ledger.questions.night(0);
  assert.deepEqual([given.gifts, given.strokes, byHand, heard], [2, 2, 5, true]);
  assert.deepEqual(others, [{ kind: 'follow', count: 1, amount: '', strokes: 3 }]);
  ledger.close();
});
