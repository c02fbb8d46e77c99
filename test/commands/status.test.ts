import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { runLine } from '../../src/commands/line.ts';
import { status } from '../../src/commands/status.ts';
import { withApi } from '../api/with-api.ts';
import { heardConsole } from './heard-console.ts';

/** What `livepen status` shows of a service that answers with this body. */
async function screenOf(body: string): Promise<string> {
  const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(body));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const console = heardConsole();
  const { port } = server.address() as AddressInfo;
  const code = await runLine(['status', '--url', `http://127.0.0.1:${port}`], [status], console);
  server.close();
  assert.equal(code, exit.ok, console.said.join('\n'));
  return console.said.join('\n');
}

test('strokes that are never drawn stand in the status, so that credited is drawn, owed and not drawn', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    world.source.give('Rose', 7);
    await world.clock.advance(100);
    assert.doesNotMatch(await screenOf((await call('GET', '/status')).body), /will not be drawn/);
    const body = JSON.stringify({ row: '1', count: 3, why: 'a slip' });
    await call('POST', '/void', { body, headers: { 'content-type': 'application/json' } });
    const screen = await screenOf((await call('GET', '/status')).body);
    assert.match(screen, /^strokes {2}0 drawn, 4 owed, 7 credited/m);
    assert.match(screen, /^void {5}3 strokes will not be drawn/m);
  }));
