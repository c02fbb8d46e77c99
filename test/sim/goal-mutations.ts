import type { Mutation } from './mutation.ts';

/** Ways to break what viewers reach together. */
export const goalMutations: readonly Mutation[] = [
  {
    does: 'counts all of a gift anew with each growth, for goals',
    file: 'src/ledger/goals.ts',
    from: "'coins', Math.max(1, coins) * grown);",
    to: "'coins', Math.max(1, coins) * event.payload.count);",
  },
  {
    does: 'reaches a goal and tells no rule of it',
    file: 'src/ledger/goals.ts',
    from: 'reached.push({ goal: now, room: place });',
    to: '',
  },
  {
    does: 'forgets what rules draw, for goals',
    file: 'src/ledger/amend.ts',
    from: "if (origin === 'live' && strokes > 0) books.moved?.push(",
    to: "if (origin === 'live' && isGift) books.moved?.push(",
  },
  {
    does: 'counts strokes that a person took back, for goals',
    file: 'src/ledger/amend.ts',
    from: 'books.moved.push({ event, strokes: -strokes });',
    to: 'void event;',
  },
];
