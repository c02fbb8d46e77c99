import type { RuleDesk } from '../../src/domain/rules.ts';
import type { SeenGift } from '../../src/ledger/payers.ts';
import { deskOf } from '../rules/desk-in-memory.ts';
import { does } from '../rules/rule-events.ts';
import type { Fail } from './broken.ts';

/**
 * The rules of a world: paid once, from a count on, and for every so many of a streak. Those that draw nothing fire within
 * a cooldown and a limit, to which the ledger's own check holds them.
 */
const rules = [
  { name: 'once', on: 'gift', when: ['giftName', '==', 'corgi'], [does]: [{ draw: { row: '1' } }] },
  { name: 'four', on: 'gift', when: ['giftCount', '>=', 4], [does]: [{ draw: { rows: ['2', '3'], strokes: 2 } }] },
  { name: 'per', on: 'gift', when: ['giftName', '==', 'Rose'], [does]: [{ draw: { row: '3', per: 3 } }] },
  { name: 'cool', on: 'gift', cooldown: { perRuleSeconds: 10 }, [does]: [{ log: '{displayName}' }] },
  { name: 'mine', on: 'gift', cooldown: { perPersonSeconds: 20 }, [does]: [{ log: '{displayName}' }] },
  { name: 'two', on: 'gift', limit: { perLive: 2 }, [does]: [{ log: '{giftName}' }] },
  { name: 'off', enabled: false, on: 'gift', [does]: [{ draw: { row: '1', strokes: 50 } }] },
];

/** A desk with these rules for each process. */
export function ruledDesk(): RuleDesk {
  return deskOf(JSON.stringify({ rules }), ['1', '2', '3']).desk;
}

/** What these rules make due for a gift, counted without them. */
function dueFor(gift: string, count: number): number {
  return (
    (gift === 'Corgi' && count >= 1 ? 1 : 0) + (count >= 4 ? 2 : 0) + (gift === 'Rose' ? Math.floor(count / 3) : 0)
  );
}

/** Holds what rules made due, person by person, against a plain count of what each gave. */
export function checkRuled(seen: readonly SeenGift[], fail: Fail): void {
  const due = new Map<string, number>();
  for (const { kind, origin, viewer, gift, count, strokes } of seen) {
    if (origin !== 'live' || (kind !== 'gift' && kind !== 'rule')) continue;
    const more = kind === 'rule' ? -strokes : dueFor(gift, count);
    due.set(viewer, (due.get(viewer) ?? 0) + more);
  }
  for (const [viewer, off] of due)
    if (off !== 0)
      fail('no loss', `rules made ${Math.abs(off)} strokes ${off > 0 ? 'less' : 'more'} due for ${viewer}`);
}
