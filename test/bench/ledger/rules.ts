import { join } from 'node:path';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { rule, rulesInForce } from '../../ledger/rule-world.ts';
import { openOk } from '../../ledger/world.ts';
import { giftsFrom, sheet } from './evening.ts';
import { say, timeMs } from './figures.ts';

const gifts = 20_000;
const atATime = 1_000;

/** A hundred rules on gifts: most name a gift, some ask for a price or a person, some for what a streak grows to; of forty kinds of gifts one is named. */
const hundred = Array.from({ length: 100 }, (_, n) => {
  const when = [
    ['giftName', '==', `Gift ${n + 39}`],
    ['giftCoins', '>=', 1_000 + n],
    { and: [{ '==': [{ var: 'giftName' }, `Gift ${n + 39}`] }, { '>=': [{ var: 'giftCount' }, 10] }] },
    { and: [{ '>=': [{ var: 'giftCoins' }, 500] }, { in: ['moderator', { var: 'roles' }] }] },
    { and: [{ '==': [{ var: 'username' }, `viewer ${n}`] }, { '<': [{ var: 'giftCoins' }, 5] }] },
  ][n % 5];
  return rule(`rule-${n}`, { when });
});

/** Two bursts of the same gifts, one with a hundred rules and one without any, a thousand of each in turns. */
export function benchRules(folder: string): void {
  const rules = rulesInForce(...hundred);
  const [bare, ruled] = [open(join(folder, 'without-rules.db')), open(join(folder, 'with-rules.db'))];
  const [without, withRules] = [giftsFrom(0, gifts), giftsFrom(0, gifts).map((item) => ({ ...item, rules }))];
  let [bareMs, ruledMs] = [0, 0];
  for (let from = 0; from < gifts; from += atATime) {
    const plain = () => void bare.record(without.slice(from, from + atATime));
    const judged = () => void ruled.record(withRules.slice(from, from + atATime));
    const isFirst = (from / atATime) % 2 === 0;
    const first = timeMs(isFirst ? plain : judged);
    const second = timeMs(isFirst ? judged : plain);
    const [plainMs, judgedMs] = isFirst ? [first, second] : [second, first];
    bareMs += plainMs;
    ruledMs += judgedMs;
  }
  const fired = ruled.questions.ruleLog(gifts).fired.length;
  say('burst of 20,000 gifts, per second without rules', ((gifts * 1_000) / bareMs).toFixed(0));
  say(`the same with 100 rules, ${fired} of which fired`, ((gifts * 1_000) / ruledMs).toFixed(0));
  say('ratio (at least 0.9)', (bareMs / ruledMs).toFixed(2));
  bare.close();
  ruled.close();
}

function open(file: string): Ledger {
  const ledger = openOk(file);
  ledger.turnSheet(sheet);
  return ledger;
}
