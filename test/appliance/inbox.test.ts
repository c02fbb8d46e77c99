import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openInbox } from '../../src/appliance/inbox.ts';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { silentLog } from '../../src/domain/log.ts';
import { testGiftEvent } from '../../src/sources/test-gift.ts';
import { buildWorld } from './world.ts';

const gift = (id: number) =>
  testGiftEvent({
    id: String(id),
    session: 's',
    sequence: id,
    gift: { id: '', name: 'Rose', coins: 1 },
    count: 1,
    wallMs: 0,
  });

test('what was offered counts as settled once it is on disk, however much comes after it', async () => {
  const world = buildWorld();
  let number = 0;
  const inbox = openInbox({
    clock: world.clock,
    log: silentLog,
    ledger: world.ledger,
    worthOf: () => ({ rows: ['1'], strokes: 1, per: 1 }),
    keeps: new Set(),
    // A stream without a pause: each commit is followed by the next event.
    recorded: () => {
      if (number < 50) inbox.offer(gift(++number));
    },
    changed: () => {},
  });
  inbox.offer(gift(++number));
  let settled = false;
  void inbox.settled().then(() => {
    settled = true;
  });
  await world.clock.settle();
  assert.equal(settled, false);
  await world.clock.runUntil(() => settled, 1_000, 'the first event on disk');
  assert.ok(number < 50);
  await world.close();
});

test('a transaction takes as many events as are written in a few milliseconds, and a lone event does not wait', async () => {
  const world = buildWorld();
  let workMs = 0;
  const batches: number[] = [];
  const clock = { ...world.clock, nowMs: () => world.clock.nowMs() + workMs };
  const inbox = openInbox({
    clock,
    log: silentLog,
    ledger: {
      ...world.ledger,
      record(items) {
        const slow = function* () {
          for (const item of items) {
            workMs += 1;
            yield item;
          }
        };
        return world.ledger.record(slow());
      },
    },
    worthOf: () => ({ rows: ['1'], strokes: 1, per: 1 }),
    keeps: new Set(),
    recorded: (records) => batches.push(records.length),
    changed: () => {},
  });
  for (let number = 1; number <= 11; number += 1) inbox.offer(gift(number));
  await world.clock.runUntil(() => inbox.waiting === 0, 1_000, 'all events on disk');
  assert.deepEqual(batches, [3, 3, 3, 2]);
  await world.clock.advance(1_000);
  inbox.offer(gift(12));
  await world.clock.advance(0);
  assert.deepEqual(batches, [3, 3, 3, 2, 1]);
  await world.close();
});

test('an inbox that closes while the disk is full says what it could not write, and touches the ledger no more', async () => {
  const world = buildWorld();
  let tried = 0;
  const errors: string[] = [];
  const inbox = openInbox({
    clock: world.clock,
    log: { ...silentLog, error: (text) => errors.push(text) },
    ledger: {
      ...world.ledger,
      record() {
        tried += 1;
        throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
      },
    },
    worthOf: () => ({ rows: ['1'], strokes: 1, per: 1 }),
    keeps: new Set(),
    recorded: () => {},
    changed: () => {},
  });
  inbox.offer(gift(1));
  inbox.offer(gift(2));
  await world.clock.advance(1_500);
  inbox.close();
  const before = tried;
  inbox.offer(gift(3));
  await world.clock.advance(10_000);
  assert.equal(tried, before);
  assert.match(errors.at(-1) ?? '', /2 messages about gifts, lost/);
  await world.close();
});

const like = (id: number): LiveEvent => ({
  ...gift(id),
  id: `like ${id}`,
  kind: 'like',
  payload: { count: 1, total: null },
});

/** An inbox before a disk that is full until the test says that it has room. */
function beforeFullDisk() {
  const world = buildWorld();
  const errors: string[] = [];
  let isFull = true;
  const inbox = openInbox({
    clock: world.clock,
    log: { ...silentLog, error: (text) => errors.push(text) },
    ledger: {
      ...world.ledger,
      record(batch) {
        if (isFull) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
        return world.ledger.record(batch);
      },
    },
    worthOf: ({ kind }) => (kind === 'gift' ? { rows: ['1'], strokes: 1, per: 1 } : null),
    keeps: new Set(['like']),
    recorded: () => {},
    changed: () => {},
  });
  const empty = () => {
    isFull = false;
  };
  const credited = () => world.ledger.questions.accounts().reduce((sum, { credited: strokes }) => sum + strokes, 0);
  return { world, errors, inbox, empty, credited };
}

test('what comes in one piece is kept whole while the disk is well', async () => {
  const { world, errors, inbox, empty, credited } = beforeFullDisk();
  empty();
  for (let id = 0; id < 30_000; id += 1) inbox.offer(gift(id));
  const written = inbox.settled();
  await world.clock.advance(1_000);
  await written;
  assert.equal(credited(), 30_000);
  assert.equal(inbox.lost, 0);
  assert.equal(inbox.lostWhy, null);
  assert.deepEqual(errors, []);
  await world.close();
});

test('when the memory is full before the disk has room, gifts are the last to go, and it is said why', async () => {
  const { world, errors, inbox, empty, credited } = beforeFullDisk();
  for (let id = 0; id < 20_000; id += 1) inbox.offer(like(id));
  await world.clock.advance(1_500);
  const written = assert.rejects(inbox.settled(), /disk/i);
  for (let id = 0; id < 59_000; id += 1) inbox.offer(gift(id));
  await written;
  await assert.rejects(inbox.settled());
  assert.equal(inbox.lost, 19_000);
  assert.match(inbox.lostWhy ?? '', /disk.*memory was full/is);
  assert.equal(errors.filter((text) => /lost from now on: .*disk/i.test(text)).length, 1);
  empty();
  await world.clock.advance(60_000);
  assert.equal(credited(), 59_000);
  assert.match(errors.at(-1) ?? '', /^19000 events of the live could not be kept\./);
  await inbox.settled();
  await world.close();
});

test('more in one piece than the memory holds is lost with its true reason, and never counts as written', async () => {
  const { world, inbox, empty, credited } = beforeFullDisk();
  empty();
  for (let id = 0; id < 61_000; id += 1) inbox.offer(gift(id));
  await assert.rejects(inbox.settled(), /more came at once/);
  assert.equal(inbox.lostWhy, 'more came at once than the memory holds');
  await world.clock.advance(60_000);
  assert.equal(credited() + inbox.lost, 61_000);
  await world.close();
});
