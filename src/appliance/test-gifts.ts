import type { Fault } from '../domain/fault.ts';
import type { LiveEvent } from '../domain/live-event.ts';
import { parseMoney, tipUnit, tokensMax } from '../domain/money.ts';
import { counted, nameMeant } from '../domain/plain-text.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import { strokesFor, type Worth } from '../domain/worth.ts';
import { testGiftEvent, testMoneyEvent } from '../sources/test-gift.ts';
import { type GiftBook, unpaidMoney } from './gift-book.ts';

/** More gifts at once are taken for a typing error; a sheet holds about as many. */
const testGiftsMax = 1_000;

/** A gift that a person tries: by row, or by the id or name that the gift map knows; or money, as `5.00 EUR` or tokens. */
export type TestGiftOrder =
  | { readonly row: string; readonly count: number }
  | { readonly gift: string; readonly count: number }
  | { readonly donation: string }
  | { readonly tip: number };

type TestEvent =
  | { readonly ok: true; readonly event: LiveEvent; readonly worth: Worth | null }
  | { readonly ok: false; readonly fault: Fault };

/** Makes events of test gifts; each has a key of its own, so that trying twice pays twice. */
export function testGiftMaker(
  gifts: GiftBook,
  rowIds: readonly string[],
  session: string,
): (asked: TestGiftOrder, wallMs: number) => TestEvent {
  let sequence = 0;
  const nextHead = (wallMs: number) => {
    sequence += 1;
    return { id: `${session}-${sequence}`, session, sequence, wallMs };
  };
  return (asked, wallMs) => {
    if ('donation' in asked || 'tip' in asked) return testMoney(gifts, asked, () => nextHead(wallMs));
    if (!Number.isInteger(asked.count) || asked.count < 1 || asked.count > testGiftsMax) {
      return refuse(
        'count-out-of-range',
        `A test gift cannot be given ${asked.count} times.`,
        `Give a whole number from 1 to ${testGiftsMax}.`,
      );
    }
    const row = 'row' in asked ? nameMeant(rowIds, asked.row) : null;
    if ('row' in asked && row === null) {
      return refuse('unknown-row', `There is no row "${asked.row}".`, `The rows are ${rowIds.join(', ')}.`);
    }
    if ('gift' in asked && !gifts.knows(asked.gift)) {
      return refuse(
        'unknown-gift',
        `The gift map has no gift "${asked.gift}".`,
        'Add it to gifts.json and load it again, or name a row.',
      );
    }
    const name = 'row' in asked ? `row ${row}` : asked.gift;
    const id = 'row' in asked ? '' : asked.gift;
    const event = testGiftEvent({ ...nextHead(wallMs), gift: { id, name, coins: 0 }, count: asked.count });
    const worth = row === null ? gifts.worthOf(event) : { rows: [row], strokes: 1, per: 1 };
    return { ok: true, event, worth };
  };
}

function testMoney(
  gifts: GiftBook,
  asked: Extract<TestGiftOrder, { donation: string } | { tip: number }>,
  nextHead: () => Parameters<typeof testMoneyEvent>[1],
): TestEvent {
  const given = 'tip' in asked ? asked.tip : parseMoney(asked.donation);
  if (given === null)
    return refuse(
      'no-amount',
      `"${'tip' in asked ? '' : asked.donation}" is no amount of money with its currency.`,
      'Give it as in "5.00 EUR".',
    );
  if (typeof given === 'number' && !(Number.isInteger(given) && given >= 1 && given <= tokensMax))
    return refuse('no-amount', `${given} is not a number of tokens.`, `Give a whole number from 1 to ${tokensMax}.`);
  const event = testMoneyEvent(given, nextHead());
  const worth = gifts.worthOf(event);
  if (worth !== null) return { ok: true, event, worth };
  return { ok: false, fault: unpaidMoney(typeof given === 'number' ? tipUnit : given.currency) };
}

/**
 * What a gift is worth, in words: its strokes, its rows, and how many sheets they fill when they are many. `most`: so
 * many strokes are drawn of one gift at most; null: all.
 */
export function inWords(
  worth: Worth | null,
  count: number,
  rows: SheetLayout['rows'],
  most: number | null = null,
): string {
  const credited = worth === null ? 0 : strokesFor(worth, count);
  const strokes = Math.min(credited, most ?? credited);
  const beyond = credited > strokes ? ` (it would be ${credited}, but debt.maxStrokesPerGift is ${most})` : '';
  const to = worth === null || strokes === 0 ? '' : ` in row ${inOrder(worth.rows)}`;
  const fitting = rows.filter(({ id }) => worth?.rows.includes(id)).reduce((sum, { capacity }) => sum + capacity, 0);
  const sheets = fitting === 0 ? 0 : Math.ceil(strokes / fitting);
  const text = worth?.write !== undefined && count >= worth.write.from ? ' and a text in ink' : '';
  return `${counted(strokes, 'stroke')}${beyond}${to}${sheets > 1 ? `, which fill ${sheets} sheets` : ''}${text}`;
}

/** Rows in the order in which a gift fills them, in words; the first ones by their ids. */
function inOrder([first, ...more]: readonly string[]): string {
  if (more.length === 0) return `${first}`;
  const named = more.length > 3 ? [...more.slice(0, 2), `${more.length - 2} more`] : more;
  return `${first} (when it is full: ${named.join(', ')})`;
}

function refuse(code: string, what: string, remedy: string): TestEvent {
  return { ok: false, fault: { code, what, remedy } };
}
