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
    does: 'spends the same points twice',
    file: 'src/ledger/firings.ts',
    from: 'const lacks = cost > 0 && ',
    to: 'const lacks = cost < 0 && ',
  },
];
