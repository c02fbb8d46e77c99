import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bookCommands } from '../../src/appliance/book-commands.ts';
import { openGiftBook } from '../../src/appliance/gift-book.ts';
import { openHand } from '../../src/appliance/hand.ts';
import type { GiftEvent } from '../../src/domain/live-event.ts';
import { silentLog } from '../../src/domain/log.ts';
import { virtualClock } from '../../src/system/virtual-clock.ts';
import { layoutOf, openOk, tempFolder } from '../ledger/world.ts';
import { HandSource } from './hand-source.ts';

const room = '7';
const nothing = () => {};

/** A ledger with one sheet of rows 1 and 2, and a gift map that a test replaces. */
function desk(t: TestContext) {
  const clock = virtualClock();
  const ledger = openOk(join(tempFolder(t), 'livepen.db'), clock.wallMs);
  const layout = layoutOf({ 1: 40, 2: 40 });
  ledger.turnSheet(layout);
  let text = '{"version":1,"gifts":[]}';
  const gifts = openGiftBook({ read: () => ({ ok: true, text }), write: () => null }, ['1', '2'], silentLog);
  if (!gifts.ok) throw new Error(JSON.stringify(gifts.problems));
  const { book } = gifts;
  t.after(() => ledger.close());
  const source = new HandSource('session-1');
  const commands = bookCommands({
    clock,
    log: silentLog,
    ledger,
    source,
    gifts: book,
    rows: layout.rows,
    hand: () => openHand(new Map(), { taken: nothing, dropped: nothing }),
    changed: nothing,
  });
  let sequence = 0;
  const give = (gift: GiftEvent['payload']['gift']) => {
    sequence += 1;
    const event: GiftEvent = {
      ...source.give('any'),
      id: `${sequence}`,
      room,
      payload: { gift, count: 1, streak: null },
    };
    ledger.record([{ event, worth: book.worthOf(event) }]);
  };
  const map = (lines: object) => {
    text = JSON.stringify({ version: 1, ...lines });
    assert.equal(book.reload().ok, true);
  };
  const owed = () => Object.fromEntries(ledger.questions.accounts().map(({ row, pending }) => [row, pending] as const));
  return { commands, give, map, owed };
}

test('a backfill credits the gift that was named, not every other that came without a name', (t) => {
  const { commands, give, map, owed } = desk(t);
  give({ id: '905', name: '', coins: 0 });
  give({ id: '906', name: '', coins: 0 });
  map({ gifts: [{ id: '905', row: '2', strokes: 3 }] });
  const told = commands.backfill('905');
  assert.equal(told.ok && told.said, '1 gift "905" of this live credited with 3 strokes.');
  assert.equal(owed()[2], 3);
  assert.equal(commands.backfill('906').ok, false);
  assert.equal(owed()[2], 3);
});

test('gifts that share a name are backfilled each by what it is worth itself', (t) => {
  const { commands, give, map, owed } = desk(t);
  give({ id: '11', name: 'heart', coins: 10 });
  give({ id: '12', name: 'Heart', coins: 500 });
  map({
    coinRanges: [
      { minCoins: 5, maxCoins: 50, row: '1' },
      { minCoins: 100, row: '2', strokes: 7 },
    ],
  });
  const told = commands.backfill('Heart');
  assert.equal(told.ok && told.said, '2 gifts "Heart" of this live credited with 8 strokes.');
  assert.deepEqual([owed()[1], owed()[2]], [1, 7]);
});

test('a redraw of what cannot have been drawn is refused, with what was wrong', (t) => {
  const { commands } = desk(t);
  const codeOf = (from: number, to: number, sheet?: number) => {
    const told = commands.redraw('1', from, to, 'no ink', sheet);
    return told.ok ? told.said : told.fault.code;
  };
  assert.equal(codeOf(5, 2), 'range-backwards');
  assert.equal(codeOf(1, 2, 7), 'no-sheet');
  assert.equal(codeOf(1, 2), '0 strokes of row 1 on sheet 1 owed again: no ink.');
});

test('where nothing is owed, nothing is said to be taken back', (t) => {
  const { commands } = desk(t);
  const told = commands.voidDebt('1', 3, 'a slip');
  assert.match(told.ok ? told.said : '', /^Nothing of row 1 could be taken back/);
});
