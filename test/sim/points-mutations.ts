import type { Mutation } from './mutation.ts';

/** Ways to break what people save and spend. */
export const pointsMutations: readonly Mutation[] = [
  {
    does: 'earns all of a gift anew with each growth',
    file: 'src/ledger/points.ts',
    from: 'points: has.points - had.points',
    to: 'points: has.points',
  },
  {
    does: 'earns a gift by its first message alone',
    file: 'src/ledger/record.ts',
    from: 'const earned = points.grew(seq, known.viewer, known.count, count);',
    to: 'const earned = points.grew(seq, known.viewer, known.count, known.count);',
  },
  {
    does: 'draws for a cost and does not take it',
    file: 'src/ledger/firings.ts',
    from: 'points.fired({ ...fired, viewer, event: seq }, cost, given);',
    to: 'points.fired({ ...fired, viewer, event: seq }, 0, given);',
  },
  {
    does: 'gives a cost back twice',
    file: 'src/ledger/refunds.ts',
    from: 'if (events.has(event)) giveBack.run(why, wallMs(), seq);',
    to: 'for (let times = 0; events.has(event) && times < 2; times += 1) giveBack.run(why, wallMs(), seq);',
  },
  {
    does: 'keeps what a text cost that cannot be written',
    file: 'src/ledger/firings.ts',
    from: "if (due.text !== null && due.text.kind !== 'owed') refund(",
    to: 'if (due.text === null && due.credits.length > 99) refund(',
  },
  {
    does: 'forgets the level that a growth leads to',
    file: 'src/ledger/points.ts',
    from: 'if (xp > 0) rises.push(',
    to: 'if (xp > 0 && has?.xp === null) rises.push(',
  },
  {
    does: 'pays for the last of several levels alone',
    file: 'src/ledger/moments.ts',
    from: '(_, index) => before + index + 1)',
    to: '() => before + reached)',
  },
  {
    does: 'spends the same points twice',
    file: 'src/ledger/firings.ts',
    from: 'return cost === 0 || ',
    to: 'return cost >= 0 || ',
  },
];
