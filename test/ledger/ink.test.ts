import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { accountOf, draw, emptyHand, gift, layoutOf, openOk, recordOne, tempFolder, worthOf } from './world.ts';

/** A ledger with a sheet of two rows and five gifts of two strokes each, paid into row a. */
function withDebts(t: { after(task: () => void): void }) {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 20, b: 20 }));
  for (const user of ['u1', 'u2', 'u3', 'u4', 'u5']) recordOne(ledger, gift({ user, count: 2 }), worthOf('a'));
  t.after(() => ledger.close());
  return ledger;
}

test('first credited is first drawn, and the payer of a stroke is known before and after', (t) => {
  const ledger = withDebts(t);
  const viewers = () => Array.from({ length: 10 }, (_, index) => ledger.questions.payerOf(1, 'a', index + 1)?.viewer);
  const expected = ['u1', 'u1', 'u2', 'u2', 'u3', 'u3', 'u4', 'u4', 'u5', 'u5'].map((user) => `name of ${user}`);
  assert.deepEqual(viewers(), expected);
  draw(ledger, 5);
  assert.deepEqual(viewers(), expected);
  assert.equal(ledger.questions.payerOf(1, 'a', 5)?.drawn, true);
  assert.equal(ledger.questions.payerOf(1, 'a', 6)?.drawn, false);
  assert.equal(ledger.questions.payerOf(1, 'a', 11), null);
  ledger.turnSheet(layoutOf({ a: 20 }));
  draw(ledger, 10);
  assert.equal(ledger.questions.payerOf(1, 'a', 5)?.viewer, 'name of u3');
  assert.equal(ledger.questions.payerOf(2, 'a', 5)?.viewer, 'name of u5');
  assert.equal(ledger.questions.payerOf(1, 'a', 6), null, 'a closed sheet owes nothing');
});

test('what is in hand is not chosen again, and the next payer is the next in line', (t) => {
  const ledger = withDebts(t);
  const [first] = ledger.queue.candidates(emptyHand);
  assert.ok(first !== undefined);
  const hand = { ...emptyHand, fresh: () => 3, paidBy: (credit: number) => (credit === first.credit ? 2 : 0) };
  const [next] = ledger.queue.candidates({ ...hand, paidBy: (credit) => (credit === first.credit ? 2 : 1) });
  assert.deepEqual([next?.n, next?.credit], [4, first.credit + 1]);
});

test('a confirmation repeated changes nothing; a gap, an unpaid stroke and a closed sheet are bugs', (t) => {
  const ledger = withDebts(t);
  const [{ credit } = { credit: 0 }] = ledger.queue.candidates(emptyHand);
  const stroke = (n: number, sheet = 1) => ({ stroke: { sheet, row: 'a', n }, credit });
  ledger.write((ink) => ink.confirm([stroke(1), stroke(1), stroke(2)]));
  ledger.write((ink) => ink.confirm([stroke(1), stroke(2)]));
  assert.equal(accountOf(ledger, 'a').drawn, 2);
  assert.throws(() => ledger.write((ink) => ink.confirm([stroke(4)])), /certain up to 2/);
  assert.throws(() => ledger.write((ink) => ink.confirm([stroke(3)])), /owes 0 strokes/);
  ledger.turnSheet(layoutOf({ a: 20 }));
  assert.throws(() => ledger.write((ink) => ink.confirm([stroke(3)])), /closed/);
  assert.equal(accountOf(ledger, 'a').drawn, 2);
  assert.deepEqual(ledger.check('full').findings, []);
});

test('a write that fails half way leaves nothing, neither on disk nor in memory', (t) => {
  const ledger = withDebts(t);
  const before = ledger.questions.accounts();
  const [{ credit } = { credit: 0 }] = ledger.queue.candidates(emptyHand);
  const broken = () =>
    ledger.write((ink) => {
      ink.confirm([{ stroke: { sheet: 1, row: 'a', n: 1 }, credit }]);
      ink.reserve('a', 9);
      throw new Error('the power of this test');
    });
  assert.throws(broken, /the power of this test/);
  assert.deepEqual(ledger.questions.accounts(), before);
  assert.equal(ledger.queue.candidates(emptyHand)[0]?.n, 1);
  assert.equal(ledger.sheet()?.handedAtOpen.get('a'), undefined);
  assert.equal(draw(ledger, 20), 10);
  assert.deepEqual(ledger.check('full').findings, []);
});

test('a spoiled stroke is owed in its old place while its sheet lies there', (t) => {
  const ledger = withDebts(t);
  draw(ledger, 6);
  assert.equal(
    ledger.amend((amend) => amend.spoil(1, 'a', 2, 9, 'pen dry')),
    5,
    'only certain ones',
  );
  const { drawn, spoiled, pending } = accountOf(ledger, 'a');
  assert.deepEqual([drawn, spoiled, pending], [6, 5, 9]);
  const [next] = ledger.queue.candidates(emptyHand);
  assert.deepEqual([next?.n, next?.again], [2, true]);
  assert.equal(draw(ledger, 5), 5);
  assert.deepEqual(ledger.questions.redraws(1), []);
  assert.equal(ledger.queue.candidates(emptyHand)[0]?.n, 7);
});

test('a spoiled stroke of a sheet that is gone is owed on the next, before newer debts', (t) => {
  const ledger = withDebts(t);
  draw(ledger, 6);
  ledger.turnSheet(layoutOf({ a: 20 }));
  ledger.amend((amend) => amend.spoil(1, 'a', 1, 1, 'torn'));
  const [next] = ledger.queue.candidates(emptyHand);
  assert.deepEqual([next?.n, next?.again], [1, false]);
  draw(ledger, 1);
  assert.equal(ledger.questions.payerOf(2, 'a', 1)?.viewer, 'name of u1');
  assert.equal(
    ledger.amend((amend) => amend.spoil(1, 'a', 1, 1, 'torn')),
    0,
    'spoiled once',
  );
});

test('the same old confirmation does not heal a stroke that was spoiled since', (t) => {
  const ledger = withDebts(t);
  const [{ credit } = { credit: 0 }] = ledger.queue.candidates(emptyHand);
  const old = [{ stroke: { sheet: 1, row: 'a', n: 1 }, credit }];
  ledger.write((ink) => ink.confirm(old));
  ledger.amend((amend) => amend.spoil(1, 'a', 1, 1, 'dry'));
  ledger.write((ink) => ink.confirm(old));
  assert.deepEqual(ledger.questions.redraws(1), [{ sheet: 1, row: 'a', n: 1 }]);
});

test('the last strokes are those that were drawn last, whatever their row', (t) => {
  const ledger = withDebts(t);
  recordOne(ledger, gift({ count: 2 }), worthOf('b'));
  const [a, b] = ledger.queue.candidates(emptyHand);
  const stroke = (row: string, n: number, credit = 0) => ({ stroke: { sheet: 1, row, n }, credit });
  ledger.write((ink) =>
    ink.confirm([
      stroke('a', 1, a?.credit),
      stroke('b', 1, b?.credit),
      stroke('a', 2, a?.credit),
      stroke('b', 2, b?.credit),
    ]),
  );
  const last = ledger.amend((amend) => amend.spoilLast(3, 'dry'));
  assert.deepEqual(
    last.map(({ row, n }) => `${row}${n}`),
    ['b2', 'a2', 'b1'],
  );
  assert.deepEqual(
    ledger.amend((amend) => amend.spoilLast(3, 'still dry')).map(({ row, n }) => `${row}${n}`),
    ['a1'],
  );
});

test('strokes in doubt when their sheet is taken away are counted, and owed on the next', (t) => {
  const ledger = withDebts(t);
  draw(ledger, 3);
  ledger.amend((amend) => amend.spoil(1, 'a', 1, 2, 'dry'));
  ledger.write((ink) => {
    ink.reserve('a', 5);
    ink.reserveRedraw('a', 1, true);
  });
  const { closed } = ledger.turnSheet(layoutOf({ a: 20 }));
  assert.deepEqual(closed, { sheet: 1, uncertain: 3, drawings: [] });
  assert.equal(ledger.questions.uncertain(), 3);
  const { drawn, spoiled, pending } = accountOf(ledger, 'a');
  assert.deepEqual([drawn, spoiled, pending], [3, 2, 9]);
  assert.equal(draw(ledger, 20), 9);
});

test('no more is in doubt than was owed, though places are noted ahead', (t) => {
  const ledger = withDebts(t);
  draw(ledger, 9);
  ledger.write((ink) => ink.reserve('a', 13));
  assert.equal(ledger.turnSheet(layoutOf({ a: 20 })).closed?.uncertain, 1);
});

test('what was handed over before a restart is known after it', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const first = openOk(file);
  first.turnSheet(layoutOf({ a: 20 }));
  recordOne(first, gift({ count: 9 }), worthOf('a'));
  draw(first, 2);
  first.write((ink) => ink.reserve('a', 6));
  first.close();
  const second = openOk(file);
  assert.deepEqual(second.sheet()?.handedAtOpen, new Map([['a', 6]]));
  assert.deepEqual(second.questions.places(), [{ row: 'a', certain: 2 }]);
  second.close();
});

test('marks that are no strokes are kept with their sheet', (t) => {
  const ledger = withDebts(t);
  const mark = {
    stroke: { sheet: 1, row: 'a', n: 3 },
    from: { xMm: 1, yMm: 2 },
    to: { xMm: 3.5, yMm: 4 },
    why: 'slipped',
  };
  ledger.write((ink) => ink.strayMark(mark));
  assert.deepEqual(ledger.questions.strayMarks(1), [mark]);
  assert.equal(ledger.questions.sheets()[0]?.strayMarks, 1);
});

test('who of a live has got a stroke is known after a restart, longest ago first, whatever sheet it is on', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const before = openOk(file);
  before.turnSheet(layoutOf({ a: 20, b: 20 }));
  const give = (user: string, row: string, room = 'room') => recordOne(before, gift({ user, room }), worthOf(row));
  const owed = give('u1', 'b');
  const first = give('u2', 'a');
  const elsewhere = give('u3', 'a', 'another room');
  const second = give('u4', 'a');
  // Row a comes first.
  draw(before, 2);
  before.turnSheet(layoutOf({ a: 20, b: 20 }));
  draw(before, 1);
  before.close();
  const { queue, ...ledger } = openOk(file);
  t.after(() => ledger.close());
  assert.deepEqual(queue.servedOfRoom('room'), [first.giver, second.giver]);
  assert.deepEqual(queue.servedOfRoom('another room'), [elsewhere.giver]);
  assert.deepEqual(
    [...queue.debtsOfRoom('room', 100)].map(({ giver }) => giver),
    [owed.giver],
  );
});
