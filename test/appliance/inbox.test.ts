import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openInbox } from '../../src/appliance/inbox.ts';
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
