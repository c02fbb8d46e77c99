import type { RuleDesk } from '../../src/domain/rules.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
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
  { name: 'hello', on: 'live-started', [does]: [{ draw: { row: '1', strokes: 2 } }] },
  { name: 'sheet', on: 'sheet-opened', [does]: [{ say: '{sheet}' }] },
  {
    name: 'draws',
    on: 'state',
    when: ['to', '==', 'drawing'],
    cooldown: { perRuleSeconds: 30 },
    [does]: [{ log: '{from}' }],
  },
  { name: 'minute', on: 'timer', every: 1, [does]: [{ log: '{streamId}' }] },
  {
    name: 'wheel',
    on: 'gift',
    when: ['giftName', '==', 'corgi'],
    [does]: [
      {
        wheel: [
          { prize: 'a', draw: { row: '1' } },
          { weight: 2, prize: 'b', draw: { row: '2' } },
        ],
      },
      { say: '{prize}' },
    ],
  },
  { name: 'off', enabled: false, on: 'gift', [does]: [{ draw: { row: '1', strokes: 50 } }] },
];

/** A desk with these rules for each process. */
export function ruledDesk(): RuleDesk {
  return deskOf(JSON.stringify({ rules }), ['1', '2', '3']).desk;
}

/** What these rules make due for a gift, counted without them. */
function dueFor(gift: string, count: number): number {
  return (
    (gift === 'Corgi' && count >= 1 ? 2 : 0) + (count >= 4 ? 2 : 0) + (gift === 'Rose' ? Math.floor(count / 3) : 0)
  );
}

/** Holds what rules made due, person by person, against a plain count of what each gave; and moments against what happened. */
export function checkRuled(seen: readonly SeenGift[], { questions }: Ledger, fail: Fail): void {
  const sessions = questions.sessions(10_000, null)?.items ?? [];
  const lives = new Set(sessions.filter(({ origin }) => origin === 'live').map(({ room }) => room));
  const sinceMs = new Map<string, number>();
  for (const { room, openedAtMs } of sessions) sinceMs.set(room, Math.min(openedAtMs, sinceMs.get(room) ?? openedAtMs));
  checkMoments(questions, lives.size, sinceMs, fail);
  // A live that starts draws two strokes, for nobody.
  const due = new Map([['', 2 * lives.size]]);
  for (const { kind, origin, viewer, gift, count, strokes } of seen) {
    if (origin !== 'live' || (kind !== 'gift' && kind !== 'rule')) continue;
    const more = kind === 'rule' ? -strokes : dueFor(gift, count);
    due.set(viewer, (due.get(viewer) ?? 0) + more);
  }
  for (const [viewer, off] of due)
    if (off !== 0)
      fail('no loss', `rules made ${Math.abs(off)} strokes ${off > 0 ? 'less' : 'more'} due for ${viewer}`);
}

/** Each live starts once, each sheet opens once, each minute of a live comes once, and nothing fires in a cooldown. */
function checkMoments(
  questions: Ledger['questions'],
  lives: number,
  sinceMs: ReadonlyMap<string, number>,
  fail: Fail,
): void {
  const { fired } = questions.ruleLog(1_000_000);
  const of = (name: string) => fired.filter(({ rule }) => rule === name);
  const sheets = feedOf(questions).filter(({ kind }) => kind === 'sheet').length;
  if (of('hello').length !== lives)
    fail('no loss', `${lives} lives started, and a rule fired ${of('hello').length} times`);
  if (of('sheet').length !== sheets)
    fail('no loss', `${sheets} sheets opened, and a rule fired ${of('sheet').length} times`);
  const texts = of('sheet').map(({ said }) => said);
  if (new Set(texts).size !== texts.length) fail('no loss', 'a rule fired twice for a sheet');
  const minutes = of('minute').map(({ said, atMs }) => {
    const room = /"text":"([^"]*)"/.exec(said)?.[1] ?? '';
    return `${room} ${Math.floor((atMs - (sinceMs.get(room) ?? 0)) / 60_000)}`;
  });
  if (new Set(minutes).size !== minutes.length) fail('no loss', 'a rule fired twice for a minute of a live');
}

function feedOf(questions: Ledger['questions']) {
  return questions.feedSince(questions.feedBegin(), 1_000_000).entries;
}
