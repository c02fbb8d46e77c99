import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StrokesInFlight } from '../../src/ledger/queue.ts';
import {
  accountOf,
  connection,
  disconnected,
  draw,
  emptyHand,
  gift,
  layoutOf,
  noonMs,
  openOk,
  recordOne,
  tempFolder,
  worthOf,
} from './world.ts';

function fresh(t: { after(task: () => void): void }) {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.turnSheet(layoutOf({ a: 20, b: 20 }));
  t.after(() => ledger.close());
  return ledger;
}

test('the newest debt is voided first', (t) => {
  const ledger = fresh(t);
  for (const user of ['u1', 'u2', 'u3']) recordOne(ledger, gift({ user, count: 3 }), worthOf('a'));
  assert.equal(
    ledger.amend((amend) => amend.void('a', 4, 'a prank', emptyHand)),
    4,
  );
  const viewers = [1, 2, 3, 4, 5, 6].map((n) => ledger.questions.payerOf(1, 'a', n)?.viewer);
  assert.deepEqual(
    viewers,
    ['u1', 'u1', 'u1', 'u2', 'u2', undefined].map((user) => user && `name of ${user}`),
  );
  recordOne(ledger, gift({ user: 'u4' }), worthOf('a'));
  assert.equal(ledger.questions.payerOf(1, 'a', 6)?.viewer, 'name of u4');
  assert.equal(draw(ledger, 20), 6);
  assert.deepEqual(ledger.check('full').findings, []);
});

test('only what is owed and was not handed over is voided', (t) => {
  const ledger = fresh(t);
  recordOne(ledger, gift({ count: 6 }), worthOf('a'));
  const [{ credit } = { credit: 0 }] = ledger.queue.candidates(emptyHand);
  const hand: StrokesInFlight = {
    ...emptyHand,
    fresh: () => 2,
    paidBy: (each) => (each === credit ? 2 : 0),
    perhapsInked: () => 3,
  };
  assert.equal(
    ledger.amend((amend) => amend.void('a', 9, 'enough', hand)),
    3,
    'the third may have left ink in an earlier run',
  );
  assert.equal(
    ledger.amend((amend) => amend.void('a', 9, 'enough', hand)),
    0,
  );
  assert.equal(
    ledger.amend((amend) => amend.void('no such row', 9, 'enough', emptyHand)),
    0,
  );
  assert.equal(accountOf(ledger, 'a').pending, 3);
});

test('a spoiled place is left as it is when its debt is voided', (t) => {
  const ledger = fresh(t);
  recordOne(ledger, gift({ count: 3 }), worthOf('a'));
  draw(ledger, 3);
  ledger.amend((amend) => amend.spoil(1, 'a', 1, 3, 'dry'));
  ledger.write((ink) => ink.reserveRedraw('a', 3, true));
  assert.equal(
    ledger.amend((amend) => amend.void('a', 5, 'good enough', emptyHand)),
    2,
    'the third is being drawn again',
  );
  assert.deepEqual(ledger.questions.redraws(1), [{ sheet: 1, row: 'a', n: 3 }]);
  assert.deepEqual(ledger.check('full').findings, []);
});

test('strokes credited by hand are a kind of their own, with a viewer and a reason', (t) => {
  const ledger = fresh(t);
  recordOne(ledger, gift({ user: 'u1' }), worthOf('a'));
  ledger.amend((amend) => {
    amend.credit('a', 3, 'name of u1', 'the frame was lost');
    amend.credit('a', 2, 'a newcomer', 'a promise');
    amend.credit('b', 1, '', 'for nobody');
  });
  const [nobody, newcomer, known, gifted] = ledger.questions.lastGifts(4);
  assert.deepEqual([known?.origin, known?.viewer, known?.strokes], ['hand', 'name of u1', 3]);
  assert.deepEqual([newcomer?.viewer, newcomer?.strokes, nobody?.viewer], ['a newcomer', 2, '']);
  assert.equal(gifted?.origin, 'live');
  assert.equal(ledger.questions.payerOf(1, 'a', 4)?.origin, 'hand');
  assert.match([...ledger.export('jsonl')].join(''), /the frame was lost/);
  assert.equal(draw(ledger, 20), 7);
  for (const strokes of [0, -1, 1.5]) {
    assert.throws(() => ledger.amend((amend) => amend.credit('a', strokes, '', '')), RangeError);
  }
  assert.deepEqual(ledger.check('full').findings, []);
});

test('a backfill credits the unmapped gifts of one live, once, and they grow on', (t) => {
  const ledger = fresh(t);
  const old = gift({ gift: 'Wheel', group: '1', count: 2 });
  recordOne(ledger, old, null);
  recordOne(ledger, gift({ gift: 'wheel', coins: 5 }), null);
  recordOne(ledger, gift({ gift: 'Wheel', room: 'room-2' }), null);
  recordOne(ledger, gift({ gift: 'rose' }), null);
  const backfill = () => ledger.amend((amend) => amend.backfill('WHEEL', 'room-1', worthOf(['a', 'b'], 4)));
  assert.equal(ledger.questions.unmappedGifts(), 3);
  assert.deepEqual(backfill(), { events: 2, strokes: 12 });
  assert.deepEqual(backfill(), { events: 0, strokes: 0 });
  assert.equal(ledger.questions.unmappedGifts(), 1);
  assert.equal(recordOne(ledger, { ...old, payload: { ...old.payload, count: 3 } }, null).grown, 1);
  assert.equal(accountOf(ledger, 'a').credited, 16);
  assert.equal(ledger.amend((amend) => amend.backfill('id-rose', 'room-1', worthOf('b'))).events, 1);
  assert.equal(ledger.amend((amend) => amend.backfill('rose', 'room-9', worthOf('b'))).events, 0);
  assert.deepEqual(ledger.check('full').findings, []);
});

test('a gift without a mapping is counted on whichever platform it came, as long as lives go on side by side', (t) => {
  const ledger = fresh(t);
  const place = (platform: string, room: string) => ({ platform, room, channel: 'ink', session: `in ${room}` });
  const [old, one, other, third] = [place('a', '1'), place('a', '2'), place('b', 'b:1'), place('c', 'c:1')];
  const give = (at: typeof old, name: string, worth: ReturnType<typeof worthOf> | null) =>
    recordOne(ledger, gift({ ...at, user: at.platform === 'a' ? 'u' : `${at.platform}:u`, gift: name }), worth);
  ledger.noteLive(connection('connected', { ...old, arrivedAtMs: noonMs - 9_000 }));
  give(old, 'Old', null);
  ledger.noteLive(disconnected(noonMs - 5_000, 'the live ended', { ...old, arrivedAtMs: noonMs - 5_000 }));
  for (const at of [one, other]) ledger.noteLive(connection('connected', { ...at, arrivedAtMs: noonMs }));
  give(one, 'Wheel', null);
  give(other, 'Rose', worthOf('a'));
  assert.equal(ledger.questions.unmappedGifts(), 1);
  ledger.noteLive(connection('connected', { ...third, arrivedAtMs: noonMs }));
  give(third, 'Heart', null);
  give(other, 'Rose', worthOf('a'));
  assert.equal(ledger.questions.unmappedGifts(), 2);
  ledger.amend((amend) => amend.backfill('Wheel', '2', worthOf('a')));
  assert.equal(ledger.questions.unmappedGifts(), 1);
});
