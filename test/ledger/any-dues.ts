import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { does, recordWith, rule, rulesInForce, streak } from './rule-world.ts';
import { accountOf, openOk } from './world.ts';

interface Told {
  readonly group: string;
  readonly user: string;
  readonly count: number;
}
const told: fc.Arbitrary<Told> = fc.record({
  group: fc.constantFrom('1', '2', '3'),
  user: fc.constantFrom('u1', 'u2'),
  count: fc.integer({ min: 0, max: 30 }),
});
const frameOf = ({ group, user, count }: Told) => streak(group, count, { user, coins: 3 });

const exact = [
  rule('once', { [does]: [{ draw: { row: 'r', strokes: 2 } }] }),
  rule('ten', { when: ['giftCount', '>=', 10], [does]: [{ draw: { row: 'r', strokes: 7 } }] }),
  rule('coins', { when: ['coins', '>=', 40], [does]: [{ draw: { row: 's', strokes: 1, per: 25, of: 'coins' } }] }),
  rule('per', { when: ['username', '==', 'name of u1'], [does]: [{ draw: { row: 's', strokes: 3, per: 4 } }] }),
  rule('never', { when: ['giftName', '==', 'lion'] }),
];

/** What is due, counted without the ledger: by the largest count of each streak. */
function plainDues(frames: readonly Told[]): Readonly<Record<'r' | 's', number>> {
  const most = new Map<string, Told>();
  for (const frame of frames) {
    const key = `${frame.user} ${frame.group}`;
    if ((most.get(key)?.count ?? -1) < frame.count) most.set(key, frame);
  }
  let [r, s] = [0, 0];
  for (const { user, count } of most.values()) {
    r += (count >= 1 ? 2 : 0) + (count >= 10 ? 7 : 0);
    s += (count * 3 >= 40 ? Math.floor((count * 3) / 25) : 0) + (user === 'u1' ? Math.floor(count / 4) * 3 : 0);
  }
  return { r, s };
}

/** After any frames of streaks, in any order, with repeats and a restart, the same is due as a plain count says. */
export function duesAreThoseOfAPlainCount(folder: string, numRuns: number): void {
  let run = 0;
  fc.assert(
    fc.property(fc.array(told, { minLength: 1, maxLength: 14 }), fc.nat(14), (frames, cut) => {
      run += 1;
      const file = join(folder, `${run}.db`);
      const events = frames.map(frameOf);
      let ledger = openOk(file);
      recordWith(ledger, rulesInForce(...exact), events.slice(0, cut));
      ledger.close();
      ledger = openOk(file);
      recordWith(ledger, rulesInForce(...exact), events.slice(cut));
      recordWith(ledger, rulesInForce(...exact.toReversed()), events.toReversed());
      const due = plainDues(frames);
      assert.deepEqual({ r: accountOf(ledger, 'r').credited, s: accountOf(ledger, 's').credited }, due);
      assert.deepEqual(ledger.check('full').findings, []);
      ledger.close();
    }),
    { numRuns },
  );
}
