import type { Mutation } from './mutation.ts';

/** Ways to break what rules make due. */
export const ruleMutations: readonly Mutation[] = [
  {
    does: 'fires a rule twice for a streak that stood at its count',
    file: 'src/ledger/firings.ts',
    from: 'if (before < needed) return fire(',
    to: 'if (before <= needed) return fire(',
  },
  {
    does: 'pays a rule for the parts of a streak, each for itself',
    file: 'src/ledger/firings.ts',
    from: 'strokesFor(worth, count) - before',
    to: 'strokesFor(worth, count - known.count)',
  },
  {
    does: 'forgets the rules that wait for a streak to grow',
    file: 'src/ledger/firings.ts',
    from: '(count < needed || units > 0)',
    to: 'units > 0',
  },
  {
    does: 'pays a rule by the first message of a streak alone',
    file: 'src/ledger/firings.ts',
    from: '(count < needed || units > 0)',
    to: 'count < needed',
  },
  {
    does: 'forgets the cooldown of a rule',
    file: 'src/ledger/firings.ts',
    from: 'const isNear = perRuleMs > 0 &&',
    to: 'const isNear = perRuleMs < 0 &&',
  },
  {
    does: 'forgets the cooldown of a rule for a person',
    file: 'src/ledger/firings.ts',
    from: 'perPersonMs > 0 && firedNearBy',
    to: 'perPersonMs < 0 && firedNearBy',
  },
  {
    does: 'lets a rule fire once more than its limit',
    file: 'src/ledger/firings.ts',
    from: 'timesIn(line, world, room) >= perLiveMax',
    to: 'timesIn(line, world, room) > perLiveMax',
  },
  {
    does: 'fires the rules of a streak anew with each of its messages',
    file: 'src/ledger/record.ts',
    from: 'firings.grew(event, { seq, before: known.count, now: count, earned }, rules)',
    to: 'firings.grew(event, { seq, before: 0, now: count, earned }, rules)',
  },
  {
    does: 'counts a gift among those that came before it',
    file: 'src/ledger/nearby.ts',
    from: 'each.seq < seq && Math',
    to: 'each.seq <= seq && Math',
  },
  {
    does: 'counts what all gave, where a rule asks how often one did',
    file: 'src/ledger/nearby.ts',
    from: 'return { kind, viewer, world, gift:',
    to: 'return { kind, viewer: 0, world, gift:',
  },
  {
    does: 'forgets after a restart how often somebody gave something',
    file: 'src/ledger/nearby.ts',
    from: 'for (const { seq, atMs, ...of } of ofRoom.all(...roomRange(eventKeys, room), room)) add(times, of, { seq, atMs });',
    to: '',
  },
  {
    does: 'fires a timer twice for its time, after a restart',
    file: 'src/ledger/moments.ts',
    from: 'if (eventKeys.find(key) !== null) return [];',
    to: '',
  },
  {
    does: 'forgets the rules that wait for a sheet',
    file: 'src/ledger/ledger.ts',
    from: 'moments.sheetOpened(turned.opened);',
    to: '',
  },
  {
    does: 'forgets the rules that wait for a live to start',
    file: 'src/ledger/moments.ts',
    from: "if (isFirst) return ofLive('live-started', event);",
    to: 'if (isFirst) return [];',
  },
  {
    does: 'fires a rule anew for a message of the chat that is sent again after a restart',
    file: 'src/ledger/late-index.ts',
    from: 'return [event.kind, event.id, ...world];',
    to: "return [event.kind, event.id, ...(event.kind === 'chat' ? [event.session] : []), ...world];",
    says: /a rule fired \d times for "!ink/,
  },
  {
    does: 'forgets the rules that wait for what is said',
    file: 'src/appliance/inbox.ts',
    from: 'rules.engine().matching(event, nobody, () => {}).length > 0;',
    to: 'rules.engine().matching(event, nobody, () => {}).length > 99;',
    says: /was heard, and no rule fired for it/,
  },
  {
    does: 'loses the text that a rule writes',
    file: 'src/ledger/firings.ts',
    from: 'const text = write === null ? null : written.reached(seq, { text: write, from: 1 }, 0, 1);',
    to: "const text = write?.startsWith('!') !== true ? null : written.reached(seq, { text: write, from: 1 }, 0, 1);",
    says: /was asked for 1 times too seldom/,
  },
  {
    does: 'asks twice for the text that a rule writes',
    file: 'src/ledger/firings.ts',
    from: 'const text = write === null ? null : written.reached(seq, { text: write, from: 1 }, 0, 1);',
    to: `const text = write === null ? null : written.reached(seq, { text: write, from: 1 }, 0, 1);
    if (write?.startsWith('!') === false) written.reached(cause.seq, { text: write, from: 1 }, 0, 1);`,
    says: /was asked for \d+ times too often/,
  },
];
