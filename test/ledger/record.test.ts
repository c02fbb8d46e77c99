import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import type { Worth } from '../../src/domain/worth.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Recorded } from '../../src/ledger/record.ts';
import { accountOf, draw, gift, layoutOf, like, openOk, recordOne, tempFolder, worthOf } from './world.ts';

function credited(ledger: Ledger): number {
  return ledger.questions.accounts().reduce((sum, account) => sum + account.credited, 0);
}

function sharesOf({ credits }: Recorded): string[] {
  return credits.map(({ row, strokes }) => `${row} ${strokes}`);
}

test('after any frames of a streak, in any order, batch, session and restart, the credit is the largest count', (t) => {
  const folder = tempFolder(t);
  let run = 0;
  const frames = fc.array(fc.record({ count: fc.integer({ min: 0, max: 50 }), session: fc.constantFrom('s1', 's2') }), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(frames, fc.nat(12), fc.boolean(), (list, cut, restart) => {
      run += 1;
      const file = join(folder, `${run}.db`);
      const items = list.map(({ count, session }) => ({
        event: gift({ group: 'g', count, session }),
        worth: worthOf('a', 3),
      }));
      let ledger = openOk(file);
      ledger.record(items.slice(0, cut));
      if (restart) {
        ledger.close();
        ledger = openOk(file);
      }
      ledger.record(items.slice(cut));
      ledger.record(items);
      assert.equal(credited(ledger), 3 * Math.max(...list.map(({ count }) => count)));
      ledger.close();
    }),
    { numRuns: 40 },
  );
});

test('streaks of other viewers, gifts, groups and rooms are other streaks', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  const frames = [
    gift({ group: '1', count: 2 }),
    gift({ group: '2', count: 2 }),
    gift({ group: '1', count: 2, user: 'u2' }),
    gift({ group: '1', count: 2, gift: 'lion' }),
    gift({ group: '1', count: 2, room: 'room-2' }),
  ];
  ledger.record(frames.map((event) => ({ event, worth: worthOf('a') })));
  assert.equal(credited(ledger), 10);
  ledger.close();
});

test('a gift without a streak is named by its frame, whoever tells it', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  const first = recordOne(ledger, gift({ id: '7', count: 4 }), worthOf('a'));
  assert.deepEqual(sharesOf(first), ['a 4']);
  const again = recordOne(ledger, gift({ id: '7', count: 4, session: 'another' }), worthOf('a'));
  assert.deepEqual([again.isNew, again.grown, again.credits], [false, 0, []]);
  recordOne(ledger, gift({ id: '8' }), worthOf('a'));
  assert.equal(credited(ledger), 5);
  ledger.close();
});

test('a test gift is no live gift, even with its number, and is counted apart', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  recordOne(ledger, gift({ id: '7' }), worthOf('a'));
  recordOne(ledger, gift({ id: '7', origin: 'test' }), worthOf('a'));
  recordOne(ledger, gift({ id: '7', origin: 'test' }), worthOf('a'));
  recordOne(ledger, gift({ id: '7', origin: 'test', session: 'later' }), worthOf('a'));
  const { credited: all, testCredited } = accountOf(ledger, 'a');
  assert.deepEqual([all, testCredited], [3, 2]);
  ledger.close();
});

test('the mapping of a streak is that of its first frame', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  recordOne(ledger, gift({ group: '1', count: 1 }), worthOf('a', 2));
  recordOne(ledger, gift({ group: '1', count: 3 }), worthOf('b', 9));
  assert.equal(accountOf(ledger, 'a').credited, 6);
  assert.equal(accountOf(ledger, 'b').credited, 0);
  recordOne(ledger, gift({ group: '2', count: 1 }), null);
  assert.equal(recordOne(ledger, gift({ group: '2', count: 5 }), worthOf('b')).mapped, false);
  assert.equal(accountOf(ledger, 'b').credited, 0);
  ledger.close();
});

test('a worth of one stroke for several pieces pays at each full count', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  for (const count of [1, 2, 3, 5, 6]) recordOne(ledger, gift({ group: '1', count }), worthOf('a', 1, 3));
  assert.equal(credited(ledger), 2);
  ledger.close();
});

test('likes are credited by the crossings of their running total, in whatever order the frames come', (t) => {
  const folder = tempFolder(t);
  const perHundred = worthOf('a', 5, 100);
  const frames = [
    [10, 195],
    [10, 205],
    [15, 260],
    [15, 305],
  ] as const;
  const order = fc.shuffledSubarray([0, 1, 2, 3, 0, 1, 2, 3], { minLength: 8 });
  let run = 0;
  fc.assert(
    fc.property(order, (indexes) => {
      run += 1;
      const ledger = openOk(join(folder, `${run}.db`));
      for (const index of indexes) {
        const [count, total] = frames[index] ?? [0, 0];
        recordOne(ledger, like(count, total), perHundred);
      }
      assert.equal(credited(ledger), 10, 'between 185 and 305 lie 200 and 300');
      assert.deepEqual(ledger.check('full').findings, []);
      ledger.close();
    }),
    { numRuns: 20 },
  );
});

test('likes that cross nothing are not written', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  recordOne(ledger, like(5, 5), worthOf('a', 1, 100_000));
  const before = statSync(`${file}-wal`).size;
  for (let total = 6; total < 1_000; total++) recordOne(ledger, like(1, total), worthOf('a', 1, 100_000));
  assert.equal(statSync(`${file}-wal`).size, before);
  ledger.close();
});

test('a follow pays once a room, and follows of people unknown do not hide each other', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  const follow = (user: string | null, room: string): LiveEvent => {
    const { payload: _, ...head } = gift({ user, room });
    return { ...head, kind: 'follow', payload: {} };
  };
  const events = [follow('u1', 'r1'), follow('u1', 'r1'), follow('u1', 'r2'), follow(null, 'r1'), follow(null, 'r1')];
  ledger.record(events.map((event) => ({ event, worth: worthOf('a') })));
  assert.equal(credited(ledger), 4);
  ledger.close();
});

test('a gift that pays into several rows fills them in their order', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.turnSheet(layoutOf({ a: 3, b: 4 }));
  assert.deepEqual(sharesOf(recordOne(ledger, gift({ count: 9 }), worthOf(['a', 'b']))), ['a 5', 'b 4']);
  assert.equal(ledger.queue.beyondThisSheet(), 2);
  ledger.turnSheet(layoutOf({ a: 7, b: 9 }));
  draw(ledger, 2);
  const { credits } = recordOne(ledger, gift({ count: 4 }), worthOf(['a', 'b']));
  const shares = credits.map(({ row, strokes }) => [row, strokes]);
  assert.deepEqual(
    shares,
    [
      ['a', 2],
      ['b', 2],
    ],
    'what is drawn and what is owed take room',
  );
  ledger.close();
});

test('a batch is recorded whole or not at all, and nothing of it is remembered', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  recordOne(ledger, gift({ id: '1' }), worthOf('a'));
  const impossible: readonly [count: number, worth: Worth][] = [
    [-1, worthOf('a')],
    [1.5, worthOf('a')],
    [2 ** 53, worthOf('a')],
    [2 ** 40, worthOf('a', 2 ** 30)],
  ];
  for (const [count, worth] of impossible) {
    const batch = [
      { event: gift({ id: '2', gift: 'lion', user: 'u9' }), worth: worthOf('new row') },
      { event: gift({ id: '3', count }), worth },
    ];
    assert.throws(() => ledger.record(batch), RangeError);
  }
  assert.deepEqual([credited(ledger), ledger.questions.eventCount()], [1, 1]);
  recordOne(ledger, gift({ id: '2', gift: 'lion', user: 'u9' }), worthOf('new row'));
  assert.equal(accountOf(ledger, 'new row').pending, 1);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

const frameBytes = 24 + 4_096;

test('a lone gift costs at most nine frames of the log, the very first one too', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  let size = statSync(`${file}-wal`).size;
  for (let each = 0; each < 400; each++) {
    recordOne(ledger, gift({ user: `u${each % 90}`, gift: `g${each % 12}`, group: `${each}` }), worthOf('a'));
    const now = statSync(`${file}-wal`).size;
    assert.ok((now - size) / frameBytes <= 9, `gift ${each} took ${(now - size) / frameBytes} frames`);
    size = now;
  }
  ledger.close();
});

test('in a burst a gift costs at most 2 KB of the log', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  const before = statSync(`${file}-wal`).size;
  const burst = Array.from({ length: 1_000 }, (_, each) => ({
    event: gift({ user: `u${each}`, group: `${each}`, gift: `g${each % 30}` }),
    worth: worthOf(['a', 'b']),
  }));
  ledger.record(burst);
  assert.ok((statSync(`${file}-wal`).size - before) / 1_000 <= 2_048);
  ledger.close();
});
