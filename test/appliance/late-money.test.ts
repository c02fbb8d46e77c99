/** Money that came long after it was given is reported, together and once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openInbox } from '../../src/appliance/inbox.ts';
import { silentLog } from '../../src/domain/log.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { testMoneyEvent } from '../../src/sources/test-gift.ts';
import { openOk, tempFolder } from '../ledger/world.ts';

test('payments that came while nobody listened are reported with the time since when, once; those that come at once are not', async (t) => {
  const clock = virtualClock(Date.UTC(2026, 0, 1, 20));
  const log: string[] = [];
  const ledger = openOk(`${tempFolder(t)}/livepen.db`, clock.wallMs);
  t.after(() => ledger.close());
  const inbox = openInbox({
    clock,
    log: { ...silentLog, info: (sentence) => log.push(sentence) },
    ledger,
    worthOf: () => null,
    keeps: new Set(),
    recorded: () => {},
    changed: () => {},
  });
  const give = (id: string, agoMs: number) => {
    const head = { id, session: 's', sequence: 1, wallMs: clock.wallMs() };
    const event = testMoneyEvent({ amountMinor: 100, currency: 'EUR' }, head);
    inbox.offer({ ...event, origin: 'live', atMs: clock.wallMs() - agoMs });
  };
  give('now', 3_000);
  await clock.advance(60_000);
  assert.deepEqual(log, []);
  for (let hour = 1; hour <= 5; hour += 1) give(`late ${hour}`, hour * 600_000);
  await clock.advance(60_000);
  assert.equal(log.length, 1);
  assert.match(log[0] ?? '', /^5 payments came late, given since .+; they are credited now\.$/);
  give('late 1', 600_000);
  await clock.advance(60_000);
  assert.equal(log.length, 1, 'what was known is not reported again');
  give('late 6', 600_000);
  await clock.advance(100);
  inbox.close();
  assert.match(log[1] ?? '', /^1 payment came late, .*; it is credited now\.$/);
});
