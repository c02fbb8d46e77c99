import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Fail } from './broken.ts';
import { Dice } from './dice.ts';
import type { PlannedChat } from './plan.ts';

/** What a chat has to begin with for the rules of these worlds to wait for it. */
export const commandOfChat = '!ink';
/** What the rule on it costs: once alone of what everybody begins with. */
export const chatCost = 4;
const chatsMax = 6;

/** What is said on the live of a seed: of dice of their own, so that all else in a seed is as without it. */
export function chatsOf(seed: number, calmAtMs: number): readonly PlannedChat[] {
  const dice = new Dice(seed + 11_000_003);
  const chats = Array.from({ length: dice.whole(1, chatsMax) }, (_, index): PlannedChat => {
    const atMs = dice.whole(500, dice.chance(0.7) ? calmAtMs / 3 : calmAtMs - 5_000);
    const text = dice.chance(0.8) ? `${commandOfChat} ${index + 1}` : `good evening ${index + 1}`;
    return { atMs, viewer: `viewer${dice.whole(1, 12)}`, text };
  });
  return chats.toSorted((a, b) => a.atMs - b.atMs);
}

/** How often rules fired for what was said, by the text of the firing. */
function timesSaid({ questions }: Ledger, name: string): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { rule, said } of questions.ruleLog(1_000_000).fired) {
    const text = /"text":"([^"]*)"/.exec(said)?.[1] ?? '';
    if (rule === name) times.set(text, (times.get(text) ?? 0) + 1);
  }
  return times;
}

/**
 * Each message that the rules wait for has made them fire once: all that surely came, and nothing that nobody said. One of
 * the rules costs points: where it did not fire for a message, that was refused, once.
 */
export function checkChats(
  ledger: Ledger,
  { sure, perhaps }: { readonly sure: ReadonlySet<string>; readonly perhaps: ReadonlySet<string> },
  fail: Fail,
): void {
  const isWaitedFor = (text: string) => text.startsWith(commandOfChat);
  const [said, paid] = [timesSaid(ledger, 'said'), timesSaid(ledger, 'ink')];
  for (const text of [...sure].filter(isWaitedFor))
    if (!said.has(text)) fail('no loss', `"${text}" was heard, and no rule fired for it`);
  for (const [text, times] of [...said, ...paid]) {
    if (times !== 1) fail('no loss', `a rule fired ${times} times for "${text}"`);
    if (!perhaps.has(text) || !isWaitedFor(text)) fail('no loss', `a rule fired for "${text}", which nobody said`);
  }
  const { refused } = ledger.questions.ruleLog(1_000_000);
  const unpaid = refused.filter(({ rule }) => rule === 'ink').reduce((all, { count }) => all + count, 0);
  if (paid.size + unpaid !== said.size)
    fail('no loss', `${said.size} messages came, ${paid.size} were paid for and ${unpaid} refused`);
}
