import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { gifts } from '../../src/commands/gifts.ts';
import { runLine } from '../../src/commands/line.ts';
import { withApi } from '../api/with-api.ts';
import { heardConsole } from './heard-console.ts';

test('`gifts map --url` maps a gift in the service of that address, not in the file of this machine', () =>
  withApi(async (call, world) => {
    const server = createServer(async (request, response) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await call(request.method ?? '', request.url ?? '', { body: await text(request), headers });
      response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const console = heardConsole();
    const { port } = server.address() as AddressInfo;
    const line = ['gifts', 'map', 'Galaxy', '1, 2', '--url', `http://127.0.0.1:${port}`];
    assert.equal(await runLine(line, [gifts], console), exit.ok, console.said.join('\n'));
    assert.match(console.said.join(), /"Galaxy" is mapped/);
    server.close();
    world.appliance.start();
    await world.until('needs-sheet');
    world.source.give('Galaxy');
    await world.clock.advance(100);
    assert.equal(world.appliance.status().strokes.credited, 1, console.said.join('\n'));
  }));
