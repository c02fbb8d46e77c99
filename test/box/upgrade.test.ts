import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { journalWords } from '../../src/commands/logs.ts';
import { busyWith, waitIdle } from '../../src/commands/upgrade.ts';

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

test('one answer that is lost does not let an upgrade into a drawing; no answer at all does', async (context) => {
  let asked = 0;
  const busy = {
    state: { heard: true },
    plotter: { link: 'ready', parked: false },
    strokes: { pending: 3, inHand: 1 },
  };
  const server = createServer((_request, response) => {
    asked += 1;
    if (asked === 1) response.socket?.destroy();
    else response.end(JSON.stringify(busy));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  context.after(() => server.close());
  const said: string[] = [];
  const out = (line: string) => said.push(line);
  const console = { out, err: out, drive: out, isTerminal: false, columns: 80, env: {} };
  const { port }: AddressInfo = JSON.parse(JSON.stringify(server.address()));
  const wait = (at: number, hours: string) =>
    waitIdle.run({ words: [], options: { url: `http://127.0.0.1:${at}`, hours } }, console);
  assert.equal(await wait(port, '0.0005'), 4);
  assert.deepEqual(said, ['Waiting: a live is on.', 'It was not idle within 0.0005 hours.']);
  server.close();
  server.closeAllConnections();
  assert.equal(await wait(port, '0.001'), 3);
});
