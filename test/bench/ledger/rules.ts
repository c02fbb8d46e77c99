import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { rule, rulesInForce } from '../../ledger/rule-world.ts';
import { openOk } from '../../ledger/world.ts';
import { giftsFrom, sheet } from './evening.ts';
import { say, timeMs } from './figures.ts';

const gifts = 20_000;
const atATime = 1_000;
const rounds = 5;

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

interface Burst {
  readonly plainMs: number;
  readonly judgedMs: number;
  readonly fired: number;
}

/** Bursts of the same gifts, with a hundred rules and without any; of either the best counts, as a disk is slow at times. */
export function benchRules(folder: string): void {
  const bursts = Array.from({ length: rounds }, (_, round) => benchBurst(join(folder, `rules-${round}`)));
  const plainMs = Math.min(...bursts.map((burst) => burst.plainMs));
  const judgedMs = Math.min(...bursts.map((burst) => burst.judgedMs));
  say('burst of 20,000 gifts, per second without rules', ((gifts * 1_000) / plainMs).toFixed(0));
  say(`the same with 100 rules, ${bursts[0]?.fired} of which fired`, ((gifts * 1_000) / judgedMs).toFixed(0));
  say('ratio (at least 0.9)', (plainMs / judgedMs).toFixed(2));
}

/** Into two ledgers, a thousand gifts of each in turns. */
function benchBurst(folder: string): Burst {
  mkdirSync(folder);
  const rules = rulesInForce(...hundred);
  const [bare, ruled] = [open(join(folder, 'without-rules.db')), open(join(folder, 'with-rules.db'))];
  const [without, withRules] = [giftsFrom(0, gifts), giftsFrom(0, gifts).map((item) => ({ ...item, rules }))];
  let [plainMs, judgedMs] = [0, 0];
  for (let from = 0; from < gifts; from += atATime) {
    const plain = () => void bare.record(without.slice(from, from + atATime));
    const judged = () => void ruled.record(withRules.slice(from, from + atATime));
    const isFirst = (from / atATime) % 2 === 0;
    const first = timeMs(isFirst ? plain : judged);
    const second = timeMs(isFirst ? judged : plain);
    plainMs += isFirst ? first : second;
    judgedMs += isFirst ? second : first;
  }
  const fired = ruled.questions.ruleLog(gifts).fired.length;
  bare.close();
  ruled.close();
  return { plainMs, judgedMs, fired };
}

function open(file: string): Ledger {
  const ledger = openOk(file);
  ledger.turnSheet(sheet);
  return ledger;
}
