import assert from 'node:assert/strict';
import { test } from 'node:test';
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
