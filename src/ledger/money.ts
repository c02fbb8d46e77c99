import { eveningOf, type MoneyGiven } from '../domain/money.ts';
import type { CreditKind } from '../domain/worth.ts';
import type { Books } from './books.ts';

/** Whether an event `e` gives money: its count is then the sum that it brought its giver to, and its base the one before. */
export const isMoney = "e.kind IN ('donation', 'tip')";

/** How far an event `e` has come. */
export const countNow = 'max(e.count, coalesce((SELECT max(count) FROM growth WHERE event = e.seq), 0))';
/** From where on what grows counts: from the least that was there before it. */
export const leastBase = 'min(e.base, coalesce((SELECT min(base) FROM growth WHERE event = e.seq), e.base))';
/** From where on money counts: what was mapped later, from the sum that was there by then. */
export const moneyBase = 'max(e.base, coalesce((SELECT max(base) FROM growth WHERE event = e.seq), 0))';
/** From where on an event `e` counts. */
export const baseNow = `CASE WHEN ${isMoney} THEN ${moneyBase} ELSE ${leastBase} END`;

/** What an event `e` with its unit as gift `g` gives of money, as people say it. */
export const amountCalled = `given_in_words(e.kind, ${countNow} - ${moneyBase}, g.name)`;

/** What of an event of money says into which sum it goes. */
interface MoneyOfEvent extends MoneyGiven {
  readonly room: number;
  readonly origin: CreditKind;
  readonly session: string;
  /** The giver's key; '' for all who are not named. */
  readonly viewer: string;
  /** When the platform says that it was given, or else when it came. */
  readonly atMs: number;
  /** The number of its worth: by another mapping a new sum begins, so that none is paid by the fractions of another. */
  readonly worth: number;
}

/**
 * The sums of what one giver gave on one channel in one evening, in one unit and by one mapping (docs/decisions/0017);
 * tests and replays have sums of their own. Each stands in one row, which is found by its key: an evening of any length
 * is never read again. Within a transaction only.
 */
export function moneySums({ db, keys, names }: Books) {
  const read = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?');
  const write = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');

  function keyOf({ room, origin, session, viewer, kind, unit, atMs, worth }: MoneyOfEvent): string {
    const channel = names.channelOf(room);
    const place = channel === null ? [names.roomName(room)] : [channel.platform, channel.channel];
    const world = origin === 'live' ? [] : [origin, session];
    return `sum ${keys.event(0, [...place, ...world, viewer, kind, unit, eveningOf(atMs), String(worth)])}`;
  }

  return {
    /** Adds what an event gives to its sum; returns where the sum stood before, and where it stands now. */
    add(given: MoneyOfEvent): { readonly base: number; readonly count: number } {
      const key = keyOf(given);
      const base = Number(read.get(key)?.value ?? 0);
      const count = base + given.amount;
      if (!Number.isSafeInteger(count)) throw new RangeError(`nobody gives ${count} in one evening`);
      write.run(key, String(count));
      return { base, count };
    },
  };
}
