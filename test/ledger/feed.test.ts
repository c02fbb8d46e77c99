import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cursor, FeedEntry } from '../../src/ledger/feed.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import type { EventChoice } from '../../src/ledger/records.ts';
import { does, recordWith, rule, rulesInForce } from './rule-world.ts';
import {
  connection,
  disconnected,
  draw,
  emptyHand,
  gift,
  layoutOf,
  noonMs,
  openOk,
  optionsFor,
  recordOne,
  tempFolder,
  worthOf,
} from './world.ts';

/** Everything from a position on, page by page. */
function readFrom(ledger: Ledger, from: Cursor, limit: number) {
  const entries: (FeedEntry & { readonly seq: number })[] = [];
  let at = from;
  for (let pages = 0; pages < 10_000; pages++) {
    const page = ledger.questions.feedSince(at, limit);
    entries.push(...page.entries);
    at = page.cursor;
    if (!page.more) return entries;
  }
  throw new Error('the feed does not end');
}

/** What a reader knows: of each gift the last word, of everything else that it was told, once. */
function knowledge(entries: readonly FeedEntry[]) {
  const gifts = new Map<number, unknown>();
  const others: string[] = [];
  for (const { kind, entry } of entries) {
    if (kind === 'gift') gifts.set(entry.seq, entry);
    else others.push(JSON.stringify([kind, entry]));
  }
  assert.equal(new Set(others).size, others.length, 'told twice');
  return { gifts: [...gifts].sort(([a], [b]) => a - b), others: others.sort() };
}

/** A ledger with a gift and a backup. */
async function backedUp(t: { after(task: () => void): void }) {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 50 }));
  recordOne(ledger, gift(), worthOf('a'));
  const end = ledger.questions.feedEnd();
  const made = await ledger.backup(0);
  assert.ok(made.kind === 'made');
  return { folder, file, ledger, end, backup: made.file };
}

/** Opens a ledger that must open; `isPutBack` as it says. */
function openAgain(file: string) {
  const opened = openLedger(optionsFor(file));
  assert.ok(opened.ok);
  return opened;
}

const step = fc.oneof(
  fc.record({
    do: fc.constant('gift' as const),
    row: fc.constantFrom('a', 'b'),
    count: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    do: fc.constant('grow' as const),
    group: fc.constantFrom('1', '2'),
    count: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ do: fc.constant('unmapped' as const), count: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constant('backfill' as const) }),
  fc.record({ do: fc.constant('draw' as const), strokes: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ do: fc.constant('spoil' as const) }),
  fc.record({ do: fc.constant('void' as const) }),
  fc.record({ do: fc.constant('turn' as const) }),
  fc.record({ do: fc.constant('credit' as const) }),
);

/** Once, from a count on, and for every so many of a streak. */
const rules = rulesInForce(
  rule('once', { limit: { perLive: 3 }, [does]: [{ log: '{displayName}' }] }),
  rule('three', { when: ['giftCount', '>=', 3] }),
  rule('per', { [does]: [{ draw: { row: 's', per: 2 } }, { say: '{giftName}' }] }),
);

function take(ledger: Ledger, act: typeof step extends fc.Arbitrary<infer Act> ? Act : never): void {
  switch (act.do) {
    case 'gift':
      recordOne(ledger, gift({ count: act.count }), worthOf([act.row, 'a']));
      return;
    case 'grow':
      recordWith(
        ledger,
        rules,
        [gift({ group: act.group, count: act.count, gift: `streak ${act.group}` })],
        worthOf('b', 1, 2),
      );
      return;
    case 'unmapped':
      recordOne(ledger, gift({ group: 'u', count: act.count, gift: 'unknown' }), null);
      return;
    case 'backfill':
      ledger.amend((amend) => amend.backfill('unknown', 'room-1', worthOf('a')));
      return;
    case 'draw':
      draw(ledger, act.strokes);
      return;
    case 'spoil':
      ledger.amend((amend) => amend.spoilLast(2, 'dry'));
      return;
    case 'void':
      ledger.amend((amend) => amend.void('a', 1, 'a slip', emptyHand));
      return;
    case 'turn':
      ledger.turnSheet(layoutOf({ a: 6, b: 6 }));
      return;
    case 'credit':
      ledger.amend((amend) => amend.credit('b', 2, 'somebody', 'a promise'));
  }
}

test('whoever goes on reading the feed from any entry learns everything, and of each but a gift once', (t) => {
  const folder = tempFolder(t);
  let run = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), fc.nat(), (acts, limit, cut) => {
      run += 1;
      let nowMs = noonMs;
      const ledger = openOk(join(folder, `${run}.db`), () => {
        nowMs += 1;
        return nowMs;
      });
      ledger.turnSheet(layoutOf({ a: 6, b: 6 }));
      const half = acts.length / 2;
      for (const act of acts.slice(0, half)) take(ledger, act);
      const beginning = ledger.questions.feedBegin();
      const heard = readFrom(ledger, beginning, limit);
      for (const act of acts.slice(half)) take(ledger, act);
      const whole = knowledge(readFrom(ledger, beginning, limit));
      const kept = heard.slice(0, heard.length === 0 ? 0 : 1 + (cut % heard.length));
      const from = { ...beginning, seq: kept.at(-1)?.seq ?? 0 };
      const later = readFrom(ledger, from, limit);
      assert.deepEqual(knowledge([...kept, ...later]), whole);
      assert.deepEqual(readFrom(ledger, ledger.questions.feedEnd(), limit), []);
      assert.deepEqual(ledger.check('full').findings, []);
      ledger.close();
    }),
    { numRuns: 60 },
  );
});

test('a sheet of the past is told with what is certain on it and what was spoiled', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.turnSheet(layoutOf({ a: 5, b: 5 }));
  recordOne(ledger, gift({ count: 7 }), worthOf(['a', 'b']));
  draw(ledger, 7);
  ledger.amend((amend) => amend.spoil(1, 'a', 2, 3, 'dry'));
  ledger.turnSheet(layoutOf({ a: 5, b: 5 }));
  const record = ledger.questions.sheetRecord(1);
  assert.deepEqual(
    [record?.closed, record?.rows],
    [
      true,
      [
        { row: 'a', certain: 5, spoiled: [2, 3] },
        { row: 'b', certain: 2, spoiled: [] },
      ],
    ],
  );
  assert.equal(ledger.questions.sheetRecord(9), null);
  ledger.close();
});

test('the events of a session are told in parts, and a session that never was is not', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  for (let n = 0; n < 5; n++) recordOne(ledger, gift({ session: 's-1' }), worthOf('a'));
  recordOne(ledger, gift({ session: 's-2' }), worthOf('a'));
  const first = ledger.questions.sessionEvents('s-1', 3, null);
  const second = ledger.questions.sessionEvents('s-1', 3, first?.next ?? 0);
  assert.deepEqual(
    first?.items.map(({ seq }) => seq),
    [1, 2, 3],
  );
  assert.deepEqual([second?.items.map(({ seq }) => seq), second?.next], [[4, 5], null]);
  assert.equal(ledger.questions.sessionEvents('nobody', 3, null), null);
  ledger.close();
});

test('of a session those events can be asked for that are of some kinds, of a person or of a time', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  const at = (arrivedAtMs: number, user: string) => ({ ...gift({ session: 's-1', user }), arrivedAtMs });
  recordOne(ledger, at(1_000, 'u1'), worthOf('a'));
  recordOne(ledger, at(2_000, 'u2'), worthOf('a'));
  const base = at(3_000, 'u1');
  recordOne(ledger, { ...base, kind: 'raid', payload: { viewers: 3 } }, worthOf('a'));
  recordOne(ledger, { ...base, id: 'tip', kind: 'tip', payload: { tokens: 5, item: '', text: '' } }, null);
  recordOne(ledger, { ...at(4_000, 'u1'), session: 's-2' }, worthOf('a'));
  const seqs = (choice: EventChoice, limit = 10, after: number | null = null) =>
    ledger.questions.sessionEvents('s-1', limit, after, choice)?.items.map(({ seq }) => seq);
  assert.deepEqual(seqs({}), [1, 2, 3, 4]);
  assert.deepEqual(seqs({ kinds: ['raid', 'tip'] }), [3, 4]);
  assert.deepEqual(seqs({ kinds: ['like'] }), []);
  assert.deepEqual(seqs({ person: 'NAME of u1' }), [1, 3, 4]);
  assert.deepEqual(seqs({ person: 'nobody' }), []);
  assert.deepEqual(seqs({ sinceMs: 2_000 }), [2, 3, 4]);
  assert.deepEqual(seqs({ sinceMs: 2_000, untilMs: 3_000 }), [2]);
  assert.deepEqual(seqs({ kinds: ['gift'], person: 'name of u1', untilMs: 9_000 }), [1]);
  assert.deepEqual([seqs({ person: 'name of u1' }, 2), seqs({ person: 'name of u1' }, 2, 3)], [[1, 3], [4]]);
  ledger.close();
});

test('a restored backup is another ledger to those who read along, be it put back by hand or by a rescue', async (t) => {
  const { folder, file, ledger: first, end: before, backup } = await backedUp(t);
  first.close();
  const again = openOk(file);
  assert.deepEqual(again.questions.feedEnd(), before, 'a restart begins no generation');
  again.close();
  copyFileSync(backup, join(folder, 'by-hand.db'));
  writeFileSync(file, 'no database any more');
  const generations = [file, join(folder, 'by-hand.db')].map((name) => {
    const ledger = openOk(name);
    const { generation, seq } = ledger.questions.feedEnd();
    assert.equal(seq, before.seq);
    assert.throws(() => ledger.questions.feedSince(before, 10), /generation/);
    ledger.close();
    return generation;
  });
  assert.equal(new Set([before.generation, ...generations]).size, 3);
});

test('a backup that is put back by hand begins a generation each time, and keeps it through restarts', async (t) => {
  const { file, ledger: first, end: before, backup } = await backedUp(t);
  first.close();
  const generations = [1, 2, 3].map((life) => {
    copyFileSync(backup, file);
    const ledger = openOk(file);
    recordOne(ledger, gift({ id: `of life ${life}` }), worthOf('a'));
    const end = ledger.questions.feedEnd();
    ledger.close();
    const again = openOk(file);
    assert.deepEqual(again.questions.feedEnd(), end, 'a restart begins none');
    again.close();
    return end.generation;
  });
  assert.equal(new Set([before.generation, ...generations]).size, 4);
});

test('a backup that is put back by hand is drawn on by nobody: a fresh sheet and the origin are asked for', async (t) => {
  const file = join(tempFolder(t), 'l.db');
  const first = openOk(file);
  first.turnSheet(layoutOf({ a: 50 }));
  recordOne(first, gift({ count: 5 }), worthOf('a'));
  draw(first, 3);
  first.save({ ...first.load(), originKnown: true, epoch: 1 });
  const made = await first.backup(0);
  assert.ok(made.kind === 'made');
  // What was drawn since lies on the paper, and the backup knows nothing of it.
  draw(first, 2);
  first.close();
  copyFileSync(made.file, file);
  const opened = openAgain(file);
  assert.equal(opened.isPutBack, true);
  assert.equal(opened.ledger.sheet(), null);
  assert.equal(opened.ledger.load().originKnown, false);
  assert.deepEqual(opened.ledger.check('full').findings, []);
  opened.ledger.turnSheet(layoutOf({ a: 50 }));
  opened.ledger.close();
  const again = openAgain(file);
  assert.equal(again.isPutBack, false);
  assert.equal(again.ledger.sheet()?.id, 2, 'a restart closes none');
  again.ledger.close();
});

test('a backup that is put back beside the log of a service that was killed is the backup, and not what the log makes of it', async (t) => {
  const { folder, ledger, end, backup } = await backedUp(t);
  const killed = tempFolder(t);
  for (let each = 0; each < 300; each++) recordOne(ledger, gift({ user: `u${each}` }), worthOf('a'));
  draw(ledger, 20);
  for (const end of ['-wal', '-run']) copyFileSync(join(folder, `l.db${end}`), join(killed, `l.db${end}`));
  ledger.close();
  copyFileSync(backup, join(killed, 'l.db'));
  const restored = openOk(join(killed, 'l.db'));
  assert.equal(restored.questions.eventCount(), 1);
  assert.equal(restored.restoration(), null);
  assert.notEqual(restored.questions.feedEnd().generation, end.generation);
  assert.deepEqual(restored.check('full').findings, []);
  assert.ok(
    readdirSync(killed).some((name) => /^l\.db\.damaged-.*-wal$/.test(name)),
    'the log is kept aside',
  );
  restored.close();
});

test('a copy that somebody else has made, put back in place of what came after it, begins a generation', (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  const copy = join(folder, 'copy.db');
  const generationAfter = (step: () => void) => {
    step();
    const ledger = openOk(file);
    recordOne(ledger, gift(), worthOf('a'));
    const { generation } = ledger.questions.feedEnd();
    ledger.close();
    return generation;
  };
  const first = generationAfter(() => {});
  assert.equal(
    generationAfter(() => copyFileSync(file, copy)),
    first,
    'a copy is no harm',
  );
  const put = [1, 2].map(() => generationAfter(() => copyFileSync(copy, file)));
  assert.equal(new Set([first, ...put]).size, 3);
});

test('a copy of a running ledger, put back after the service was killed, is known by a backup that was made since', async (t) => {
  const [folder, killed] = [tempFolder(t), tempFolder(t)];
  const ledger = openOk(join(folder, 'l.db'));
  ledger.turnSheet(layoutOf({ a: 50 }));
  recordOne(ledger, gift(), worthOf('a'));
  const keep = (ends: readonly string[]) => {
    for (const end of ends) copyFileSync(join(folder, `l.db${end}`), join(killed, `l.db${end}`));
  };
  keep(['', '-wal']);
  recordOne(ledger, gift({ id: 'later' }), worthOf('a'));
  assert.equal((await ledger.backup(0)).kind, 'made');
  keep(['-run']);
  const { generation } = ledger.questions.feedEnd();
  const opened = openAgain(join(killed, 'l.db'));
  assert.equal(opened.isPutBack, true);
  assert.equal(opened.ledger.sheet(), null);
  assert.notEqual(opened.ledger.questions.feedEnd().generation, generation);
  opened.ledger.close();
  // The ledger itself, killed at the same moment, goes on.
  keep(['', '-wal', '-run']);
  ledger.close();
  const next = openAgain(join(killed, 'l.db'));
  assert.equal(next.isPutBack, false);
  next.ledger.close();
});

test('every kind of entry stands in the feed, in the order in which it was written', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.turnSheet(layoutOf({ a: 5, b: 5 }));
  recordOne(ledger, gift({ id: '1', count: 3 }), worthOf('a'));
  draw(ledger, 2);
  ledger.noteLive(disconnected(noonMs, 'silence', {}));
  recordOne(ledger, gift({ gift: 'unknown', group: 'g', count: 1 }), null);
  ledger.amend((amend) => amend.spoilLast(1, 'dry'));
  recordOne(ledger, gift({ gift: 'unknown', group: 'g', count: 2 }), null);
  ledger.amend((amend) => amend.void('a', 1, 'a slip', emptyHand));
  ledger.noteLive(connection('connected', { session: 's-2' }));
  ledger.amend((amend) => amend.backfill('unknown', 'room-1', worthOf('b')));
  const slip = {
    stroke: { sheet: 1, row: 'a', n: 1 },
    from: { xMm: 1, yMm: 1 },
    to: { xMm: 2, yMm: 2 },
    why: 'slipped',
  };
  ledger.write((ink) => ink.strayMark(slip));
  ledger.amend((amend) => amend.credit('b', 2, '', 'a promise'));
  const told = (limit: number) =>
    readFrom(ledger, ledger.questions.feedBegin(), limit).map(({ kind, entry }) =>
      kind === 'gift' ? `${kind} ${entry.seq}: ${entry.count}, ${entry.strokes}` : kind,
    );
  assert.deepEqual(told(1), [
    ...['sheet', 'gift 1: 3, 3', 'ink', 'ink', 'gap', 'gift 2: 2, 2', 'spoiled', 'gift 2: 2, 2', 'voided', 'gap'],
    ...['gift 2: 2, 2', 'stray-mark', 'gift 3: 2, 2'],
  ]);
  assert.deepEqual(told(100), [
    ...[
      'sheet',
      'gift 1: 3, 3',
      'ink',
      'ink',
      'spoiled',
      'voided',
      'gap',
      'gift 2: 2, 2',
      'stray-mark',
      'gift 3: 2, 2',
    ],
  ]);
  ledger.close();
});
