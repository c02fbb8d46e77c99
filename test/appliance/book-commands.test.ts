import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bookCommands } from '../../src/appliance/book-commands.ts';
import type { CommandResult } from '../../src/appliance/command-result.ts';
import { openGiftBook } from '../../src/appliance/gift-book.ts';
import { openInFlight } from '../../src/appliance/ink-book.ts';
import type { GiftEvent, LiveEvent, LivePayloads } from '../../src/domain/live-event.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { MoneyKind } from '../../src/domain/money.ts';
import type { PayingKind } from '../../src/domain/worth.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { draw, layoutOf, openOk, tempFolder } from '../ledger/world.ts';
import { HandSource } from './hand-source.ts';

const room = '7';
const nothing = () => {};

/** A ledger with one sheet of rows 1 and 2, and a gift map that a test replaces. */
function desk(t: TestContext, rates: Readonly<Record<string, number>> = {}) {
  const clock = virtualClock();
  const ledger = openOk(join(tempFolder(t), 'livepen.db'), clock.wallMs);
  const layout = layoutOf({ 1: 40, 2: 40 });
  ledger.turnSheet(layout);
  let text = '{"version":1,"gifts":[]}';
  const file = { read: () => ({ ok: true, text }) as const, write: () => null };
  const gifts = openGiftBook(file, ['1', '2'], silentLog, [], rates);
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
    inFlight: openInFlight(new Map()),
    amended: nothing,
    asked: nothing,
    changed: nothing,
  });
  let sequence = 0;
  const give = (gift: GiftEvent['payload']['gift'], inRoom = room) => {
    sequence += 1;
    const event: GiftEvent = {
      ...source.give('any'),
      id: `${sequence}`,
      room: inRoom,
      payload: { gift, count: 1, streak: null },
    };
    ledger.record([{ event, worth: book.worthOf(event) }]);
  };
  const send = <K extends PayingKind | MoneyKind>(kind: K, payload: LivePayloads[K]) => {
    sequence += 1;
    const { payload: _, ...head } = source.give('any');
    const event = { ...head, id: `${sequence}`, room, kind, payload } as LiveEvent;
    ledger.record([{ event, worth: book.worthOf(event) }]);
  };
  const map = (lines: object) => {
    text = JSON.stringify({ version: 1, ...lines });
    assert.equal(book.reload().ok, true);
  };
  const owed = () => Object.fromEntries(ledger.questions.accounts().map(({ row, pending }) => [row, pending] as const));
  const credit = (strokes: number) => assert.ok(commands.credit('1', strokes, '', 'a promise').ok);
  const ink = (strokes: number) => draw(ledger, strokes);
  return { commands, source, give, send, map, owed, credit, ink };
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

test('likes, follows, shares and subscriptions that were kept before they were mapped are credited by a backfill, once', (t) => {
  const { commands, send, map, owed } = desk(t);
  const codeOf = (called: string) => {
    const result = commands.backfill(called);
    return result.ok ? result.said : result.fault.code;
  };
  send('like', { count: 250, total: 250 });
  for (let index = 0; index < 3; index += 1) send('share', {});
  send('follow', {});
  send('subscribe', {});
  assert.equal(codeOf('likes'), 'gift-unmapped');
  assert.equal(codeOf('constructor'), 'gift-not-seen');
  const events = { follow: { row: '1' }, share: { row: '1' }, subscribe: { row: '1', strokes: 5 } };
  map({ events: { ...events, likes: { row: '2', every: 100 } } });
  for (const called of ['Likes', 'share', 'follows', 'subscriptions']) {
    assert.match(codeOf(called), /credited\.$/);
    assert.equal(codeOf(called), 'nothing-unmapped');
  }
  assert.match(refusal(commands.backfill('likes')), /they are, or were not kept\. .*\[live\] keep/);
  assert.deepEqual([owed()[1], owed()[2]], [3 + 1 + 5, 2]);
});

test('a gift that comes without its name is credited by a backfill under the name that its id had before', (t) => {
  const { commands, give, map, owed } = desk(t);
  give({ id: '907', name: 'Caf\u00e9', coins: 5 }, 'the live before');
  give({ id: '907', name: '', coins: 0 });
  map({ gifts: [{ name: 'Caf\u00e9', row: '2', strokes: 3 }] });
  assert.equal(commands.backfill('cafe\u0301').ok, true);
  assert.match(refusal(commands.backfill('907')), /^All gifts "Caf\u00e9" of this live are credited already\./);
  assert.equal(owed()[2], 3);
});

test('gifts that come without an id are credited by their own name alone', (t) => {
  const { commands, give, map, owed } = desk(t);
  give({ id: '', name: 'Rose', coins: 1 });
  give({ id: '', name: 'Tulip', coins: 1 });
  map({ gifts: [{ name: 'Rose', row: '2', strokes: 3 }] });
  assert.equal(commands.backfill('rose').ok, true);
  assert.equal(owed()[2], 3);
});

test('a redraw of what cannot have been drawn is refused, with what was wrong', (t) => {
  const { commands } = desk(t);
  const codeOf = (from: number, to: number, sheet?: number) => {
    const told = commands.redraw('1', from, to, 'no ink', sheet);
    return told.ok ? told.said : told.fault.code;
  };
  assert.equal(codeOf(5, 2), 'range-backwards');
  assert.equal(codeOf(1, 2, 7), 'no-sheet');
  assert.equal(codeOf(1, 2), 'not-drawn');
});

/** What a command refuses with, in full. */
function refusal(result: CommandResult): string {
  assert.ok(!result.ok, JSON.stringify(result));
  return `${result.fault.what} ${result.fault.remedy}`;
}

test('what is not there is not corrected: the answer says what there is instead', (t) => {
  const { commands, credit, ink } = desk(t);
  assert.match(refusal(commands.voidDebt('1', 3, 'a slip')), /^Row 1 owes no strokes\./);
  assert.match(refusal(commands.penWasDry(5)), /^Nothing has been drawn on sheet 1 yet\./);
  assert.match(refusal(commands.redraw('1', 3, 4, 'no ink')), /^Row 1 of sheet 1 has no stroke 3 yet: none has/);
  assert.match(refusal(commands.closeNight('void', 'a rehearsal')), /^No strokes are owed\./);
  assert.match(refusal(commands.forget('somebody')), /^Nobody called "somebody" is in the ledger.* `livepen who`/);
  credit(4);
  ink(2);
  assert.match(
    refusal(commands.redraw('1', 3, 4, 'no ink')),
    /^Row 1 of sheet 1 has no stroke 3 yet: 2 strokes of it are/,
  );
});

test('where less is there than was asked for, the answer says so', (t) => {
  const { commands, credit, ink } = desk(t);
  credit(4);
  ink(2);
  const said = (result: CommandResult) => (result.ok ? result.said : refusal(result));
  assert.equal(
    said(commands.voidDebt('1', 9, 'a slip')),
    '2 strokes of row 1 taken back (of 9 asked for: there were no more): a slip.',
  );
  assert.match(said(commands.redraw('1', 2, 5, 'no ink')), /^1 stroke of row 1 on sheet 1 owed again \(of 4 asked for/);
  assert.match(said(commands.penWasDry(7)), /^The pen was dry: 1 stroke owed again \(of 7 asked for/);
  assert.match(refusal(commands.penWasDry(7)), /^All strokes of sheet 1 are owed again already\./);
  assert.match(refusal(commands.redraw('1', 1, 2, 'no ink')), /^These strokes of row 1 are owed again already\./);
});

test('money without a line or a rate waits for a backfill by its unit, which says what is missing, and pays once', (t) => {
  const { commands, send, map, owed } = desk(t, { USD: 0.92 });
  const donate = (amountMinor: number, currency: string) =>
    send('donation', { amountMinor, currency, text: '', isAudio: false });
  donate(1_250, 'USD');
  donate(500, 'GBP');
  send('tip', { tokens: 25, item: 'Draw a cat', text: '' });
  const told = (unit: string) => {
    const answer = commands.backfill(unit);
    return answer.ok ? answer.said : answer.fault.what;
  };
  assert.equal(told('USD'), 'The gift map does not pay for donations in USD.');
  assert.equal(told('tokens'), 'The gift map does not pay for tips.');
  map({ events: { donation: { per: '1.00 EUR', strokes: 2, row: '1' }, tip: { per: 10, row: '2' } } });
  assert.equal(told('usd'), '1 gift "USD" of this live credited with 23 strokes.');
  assert.equal(told('USD'), 'All gifts "USD" of this live are credited already.');
  assert.equal(told('GBP'), 'The gift map does not pay for donations in GBP.');
  assert.equal(told('tokens'), '1 gift "tokens" of this live credited with 3 strokes.');
  assert.deepEqual(owed(), { 1: 23, 2: 3 });
});

test('of several lives that are listened to, a backfill credits what came on each', (t) => {
  const { commands, source, give, map, owed } = desk(t);
  give({ id: '905', name: 'Rose', coins: 1 }, '7');
  give({ id: '905', name: 'Rose', coins: 1 }, '8');
  give({ id: '905', name: 'Rose', coins: 1 }, '9');
  source.rooms = ['7', '8'];
  map({ gifts: [{ id: '905', row: '2', strokes: 3 }] });
  const told = commands.backfill('Rose');
  assert.equal(told.ok && told.said, '2 gifts "Rose" of this live credited with 6 strokes.');
  assert.equal(owed()[2], 6);
});
