import type { Fault } from '../../src/domain/fault.ts';
import type { Goal, GoalStanding } from '../../src/domain/goals.ts';
import type { ReadText } from '../../src/domain/ink-text.ts';
import type { PointsTerms } from '../../src/domain/points.ts';
import type { RuleDesk } from '../../src/domain/rules.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { SeenGift } from '../../src/ledger/payers.ts';
import { deskOf } from '../rules/desk-in-memory.ts';
import { does } from '../rules/rule-events.ts';
import type { Fail } from './broken.ts';
import { chatCost, commandOfChat } from './chats.ts';
import { writtenFor } from './written.ts';

/** Longer than a world lasts, but a clock that is set may go further. */
const againWithinS = 3_600;

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
  { name: 'again', on: 'gift', when: ['nth', '==', 2], within: againWithinS, [does]: [{ log: '{giftName}' }] },
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
  {
    name: 'paid',
    on: 'gift',
    when: ['giftCount', '>=', 2],
    cost: 8,
    [does]: [{ draw: { row: '2' } }, { points: 1 }, { xp: 2 }],
  },
  { name: 'name', on: 'gift', when: ['giftCount', '>=', 3], cost: 3, [does]: [{ write: '!{displayName}' }] },
  { name: 'said', on: 'chat', when: ['message', 'startsWith', commandOfChat], [does]: [{ log: '{message}' }] },
  {
    name: 'ink',
    on: 'chat',
    when: ['message', 'startsWith', commandOfChat],
    cost: chatCost,
    [does]: [{ draw: { row: '2' } }, { log: '{message}' }],
  },
  { name: 'together', on: 'goal-reached', [does]: [{ draw: { row: '3' } }, { log: '{goal}' }] },
  { name: 'level', on: 'level-up', [does]: [{ draw: { row: '1' } }, { log: '{displayName}: {level}' }] },
  { name: 'off', enabled: false, on: 'gift', [does]: [{ draw: { row: '1', strokes: 50 } }] },
];

/** Where the sheets have plates, a name is written on one, for each gift of a kind. */
const thanks = {
  name: 'thanks',
  on: 'gift',
  when: ['giftName', '==', writtenFor],
  [does]: [{ write: '{displayName}' }],
};

const noLetter: Fault = { code: 'no-letter', what: 'There is no letter for it.', remedy: 'Write another one.' };

/** What the rule for a name writes cannot be written: what it cost is given back at once. */
export const readTexts: ReadText = (text) =>
  text.startsWith('!') ? { ok: false, fault: noLetter } : { ok: true, changed: [], left: [] };

/** By which terms people earn there. */
export const ruledTerms: PointsTerms = {
  start: 5,
  rates: { gift: { points: 3, per: 2 } },
  chat: null,
  xpPerPoint: 2,
  level: { base: 4, exponent: 1.5 },
};

/** What viewers reach together there. */
export const ruledGoals: readonly Goal[] = [
  { name: 'coins', of: 'coins', currency: null, target: 30, per: 'lasting' },
  { name: 'ink', of: 'strokes', currency: null, target: 25, per: 'lasting' },
  { name: 'live', of: 'coins', currency: null, target: 4, per: 'live' },
];

/** A desk with these rules for each process. */
export function ruledDesk(hasPlates: boolean): RuleDesk {
  return deskOf(JSON.stringify({ rules: hasPlates ? [...rules, thanks] : rules }), ['1', '2', '3']).desk;
}

/** What these rules make due for a gift, counted without them. */
function dueFor(gift: string, count: number): number {
  return (
    (gift === 'Corgi' && count >= 1 ? 2 : 0) + (count >= 4 ? 2 : 0) + (gift === 'Rose' ? Math.floor(count / 3) : 0)
  );
}

/** Holds what rules made due, person by person, against a plain count of what each gave; and moments against what happened. */
export function checkRuled(
  seen: readonly SeenGift[],
  { questions }: Ledger,
  { isClockSet }: { readonly isClockSet: boolean },
  fail: Fail,
): void {
  const sessions = questions.sessions(10_000, null)?.items ?? [];
  const lives = new Set(sessions.filter(({ origin }) => origin === 'live').map(({ room }) => room));
  const sinceMs = new Map<string, number>();
  for (const { room, openedAtMs } of sessions) sinceMs.set(room, Math.min(openedAtMs, sinceMs.get(room) ?? openedAtMs));
  checkMoments(questions, lives.size, { sinceMs, isClockSet }, fail);
  checkAgain(questions, fail);
  checkPoints(seen, questions, fail);
  checkGoals(seen, questions, [...lives], fail);
  // A live that starts draws two strokes, for nobody.
  const due = new Map([['', 2 * lives.size]]);
  due.set('', (due.get('') ?? 0) + goalsFired(questions).length);
  for (const { kind, origin, viewer, gift, count, strokes } of seen) {
    if (origin !== 'live' || (kind !== 'gift' && kind !== 'rule')) continue;
    const more = kind === 'rule' ? -strokes : dueFor(gift, count);
    due.set(viewer, (due.get(viewer) ?? 0) + more);
  }
  for (const { rule, viewer, origin } of questions.ruleLog(1_000_000).fired)
    if ((rule === 'paid' && origin === 'live') || rule === 'level' || rule === 'ink')
      due.set(viewer, (due.get(viewer) ?? 0) + 1);
  for (const [viewer, off] of due)
    if (off !== 0)
      fail('no loss', `rules made ${Math.abs(off)} strokes ${off > 0 ? 'less' : 'more'} due for ${viewer}`);
}

/** A rule fired for each gift before which its giver gave the same once in this live, within the time that it names. */
function checkAgain(questions: Ledger['questions'], fail: Fail): void {
  const times = new Map<string, number[]>();
  const sessions = (questions.sessions(10_000, null)?.items ?? []).filter(({ origin }) => origin === 'live');
  let due = 0;
  // They come with the newest first.
  for (const { id } of sessions.toReversed())
    for (const event of questions.pastEvents(id) ?? []) {
      if (event.kind !== 'gift' || event.user === null) continue;
      const same = JSON.stringify([event.room, event.user.id, event.payload.gift.id || event.payload.gift.name]);
      const before = times.get(same) ?? [];
      const atMs = event.atMs ?? event.arrivedAtMs;
      if (before.filter((each) => Math.abs(each - atMs) < againWithinS * 1_000).length === 1) due += 1;
      times.set(same, [...before, atMs]);
    }
  const fired = questions.ruleLog(1_000_000).fired.filter(({ rule, origin }) => rule === 'again' && origin === 'live');
  if (fired.length !== due) fail('no loss', `${due} gave a gift again, and a rule fired for ${fired.length}`);
}

/** What each has saved is what a plain count of their gifts and of what they paid for says, but for what they got back. */
function checkPoints(seen: readonly SeenGift[], questions: Ledger['questions'], fail: Fail): void {
  const gifts = seen.filter(({ kind }) => kind === 'gift');
  const log = questions.ruleLog(1_000_000);
  const firedOf = (name: string, atLeast: number) => {
    const fired = log.fired.filter(({ rule }) => rule === name);
    const unpaid = log.refused.filter(({ rule }) => rule === name).reduce((all, { count }) => all + count, 0);
    const asked = gifts.filter(({ count }) => count >= atLeast).length;
    if (fired.length + unpaid !== asked)
      fail('no loss', `a rule was asked for ${asked} times, fired ${fired.length} times, was refused ${unpaid} times`);
    return fired;
  };
  const paid = firedOf('paid', 2);
  firedOf('name', 3);
  const saved = new Map(questions.people(1_000_000).map(({ name, points, xp }) => [name, { points, xp }]));
  const ofLives = gifts.filter(({ origin, viewer }) => origin === 'live' && viewer !== '');
  const people = [...ofLives, ...log.fired.filter(({ rule }) => rule === 'ink')].map(({ viewer }) => viewer);
  for (const name of new Set(people)) {
    const theirs = ofLives.filter(({ viewer }) => viewer === name);
    const earned = theirs.reduce((all, { coins, count }) => all + Math.floor((Math.max(1, coins) * count * 3) / 2), 0);
    const times = paid.filter(({ viewer, origin }) => viewer === name && origin === 'live').length;
    const wishes = log.fired.filter(({ rule, viewer }) => rule === 'ink' && viewer === name).length;
    const { points, xp } = saved.get(name) ?? { points: 5, xp: 0 };
    checkLevels(name, xp, log.fired, fail);
    const back = points - (5 + earned - 7 * times - chatCost * wishes);
    if (xp !== 2 * earned + 2 * times) fail('no loss', `${name} has ${xp} xp, and earned ${2 * earned + 2 * times}`);
    // Nobody takes ink back there, and what a text cost that cannot be written is given back.
    if (back !== 0) fail('no loss', `${name} has ${points} points, earned ${earned} and paid ${times} times`);
  }
}

/** Somebody came to each level up to their own once, and in this order. */
function checkLevels(name: string, xp: number, fired: ReturnType<Ledger['questions']['ruleLog']>['fired'], fail: Fail) {
  const theirs = fired.filter(({ rule, viewer }) => rule === 'level' && viewer === name).toReversed();
  const levels = theirs.map(({ said }) => Number(/: (\d+)"/.exec(said)?.[1]));
  let level = 0;
  while (4 * (level + 1) ** 1.5 <= xp) level += 1;
  const due = Array.from({ length: level }, (_, index) => index + 1);
  if (levels.join() !== due.join())
    fail('no loss', `${name} is on level ${level}, and rules fired for ${levels.join()}`);
}

const goalsFired = (questions: Ledger['questions']) =>
  questions.ruleLog(1_000_000).fired.flatMap(({ rule, said }) => (rule === 'together' ? [said] : []));

/** Goals are as far as a plain count says, and each that is reached fired once. */
function checkGoals(
  seen: readonly SeenGift[],
  questions: Ledger['questions'],
  lives: readonly string[],
  fail: Fail,
): void {
  const ofLives = seen.filter(({ origin }) => origin === 'live');
  const sum = (of: (gift: SeenGift) => number) => ofLives.reduce((all, gift) => all + of(gift), 0);
  const seqs = new Set(ofLives.map(({ seq }) => seq));
  const takenBack = feedOf(questions).reduce(
    (all, told) => all + (told.kind === 'voided' && seqs.has(told.entry.seq) ? told.entry.strokes : 0),
    0,
  );
  const counted = new Map([
    ['coins', sum(({ kind, coins, count }) => (kind === 'gift' ? Math.max(1, coins) * count : 0))],
    ['ink', sum(({ strokes }) => strokes) - takenBack],
  ]);
  const goals = lives.map((live) => questions.goals([live]));
  for (const { name, amount } of goals[0] ?? [])
    if ((counted.get(name) ?? amount) !== amount)
      fail('no loss', `goal "${name}" is at ${amount}, and ${counted.get(name)} were counted`);
  const isReached = ({ amount, target, reachedAtMs }: GoalStanding) => {
    if (amount >= target && reachedAtMs === null) fail('no loss', 'a goal is reached, and the ledger does not know it');
    return reachedAtMs !== null;
  };
  const lasting = (goals[0] ?? []).filter(({ per }) => per === 'lasting');
  const reached = [...lasting, ...goals.flat().filter(({ per }) => per === 'live')].filter(isReached).length;
  const fired = goalsFired(questions).length;
  if (fired !== reached) fail('no loss', `${reached} goals were reached, and rules fired for ${fired}`);
}

/** Each live starts once, each sheet opens once, each minute of a live comes once, and nothing fires in a cooldown. */
function checkMoments(
  questions: Ledger['questions'],
  lives: number,
  { sinceMs, isClockSet }: { readonly sinceMs: ReadonlyMap<string, number>; readonly isClockSet: boolean },
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
  const roomOf = (said: string) => /"text":"([^"]*)"/.exec(said)?.[1] ?? '';
  const minutes = [
    of('minute').map(({ said, moment }) => `${roomOf(said)} ${String(moment?.nth)}`),
    // Where the clock is set, times of the wall are no minutes of a live.
    isClockSet
      ? []
      : of('minute').map(({ said, atMs }) => {
          return `${roomOf(said)} ${Math.floor((atMs - (sinceMs.get(roomOf(said)) ?? 0)) / 60_000)}`;
        }),
  ];
  if (minutes.some((each) => new Set(each).size !== each.length))
    fail('no loss', 'a rule fired twice for a minute of a live');
}

function feedOf(questions: Ledger['questions']) {
  return questions.feedSince(questions.feedBegin(), 1_000_000).entries;
}
