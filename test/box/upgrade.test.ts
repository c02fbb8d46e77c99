import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busyWith } from '../../src/commands/card/idle.ts';
import { journalWords } from '../../src/commands/logs.ts';

const idle = { linkReady: true, parked: true, pending: 0, inHand: 0, heard: false };

test('an upgrade may come when the pen is parked, nothing is owed and no live is on', () => {
  assert.equal(busyWith(idle), null);
  assert.equal(busyWith({ ...idle, linkReady: false, parked: false }), null);
  assert.equal(busyWith({ ...idle, heard: true }), 'a live is on');
  assert.equal(busyWith({ ...idle, inHand: 2, pending: 5 }), 'the pen draws');
  assert.equal(busyWith({ ...idle, pending: 5 }), '5 strokes are owed');
  assert.equal(busyWith({ ...idle, parked: false }), 'the pen is not parked');
});

test('the log is that of the service and its helpers since the machine was switched on', () => {
  assert.deepEqual(
    journalWords({}).join(' '),
    '--unit livepen --unit livepen-boot --unit livepen-install --boot --no-hostname --output short-iso --no-pager',
  );
  assert.match(
    journalWords({ follow: true, json: true, since: '1 hour ago' }).join(' '),
    /--since 1 hour ago .*--output json --follow$/,
  );
});
