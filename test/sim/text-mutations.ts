import type { Mutation } from './mutation.ts';

const reached = `      if (write === undefined || before >= write.from || now < write.from) return null;
      const gift = giftAt.get(seq);
      if (gift === undefined) throw new Error(\`there is no event \x24{seq}\`);
      const { text } = write;
      return texts.write({
        ownId: idOfGift(gift.key),`;

/** Ways to break the names that gifts pay for; evenings on several platforms judge them. */
export const textMutations: readonly Mutation[] = [
  {
    does: 'asks for a name at each growth of a streak',
    file: 'src/ledger/gift-texts.ts',
    from: reached,
    to: reached
      .replace(' || before >= write.from', '')
      .replace('idOfGift(gift.key)', '`\x24{idOfGift(gift.key)} \x24{now}`'),
    on: 'evening',
    says: /its name is (?:owed \d+ times, not 1|asked)/,
  },
  {
    does: 'asks for a name only where the first frame of a gift is enough for it',
    file: 'src/ledger/record.ts',
    from: 'const text = written.reached(seq, worth?.write, known.count - known.base, count - base);',
    to: 'const text = null;',
    on: 'evening',
    says: /is owed 0 times, not 1/,
  },
  {
    does: 'asks for a name whatever the gift comes to',
    file: 'src/ledger/gift-texts.ts',
    from: reached,
    to: reached.replace(' || now < write.from', ''),
    on: 'evening',
    says: /is owed 1 times, not 0/,
  },
  {
    does: 'asks for the name of a gift in a later transaction than its strokes',
    file: 'src/ledger/gift-texts.ts',
    from: 'const texts = textWriter(books, read);',
    to: `const writer = textWriter(books, read);
  let later = null;
  const texts = {
    write(asked) {
      const now = later;
      later = asked;
      return now && writer.write(now);
    },
  };`,
    on: 'evening',
    says: /is owed 0 times, not 1/,
  },
  {
    does: 'writes the name of a gift that was taken back',
    file: 'src/ledger/amend.ts',
    from: 'const gone = texts.voided(touched, why);',
    to: 'const gone = texts.voided([], why);',
    on: 'evening',
    says: /it was taken back, and its name is asked/,
  },
];
