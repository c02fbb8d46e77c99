import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { runLine } from '../../src/commands/line.ts';
import { pen } from '../../src/commands/pen.ts';
import { status } from '../../src/commands/status.ts';
import { drawSome, withApi } from '../api/with-api.ts';
import { heardConsole } from './heard-console.ts';

/** Serves an API on a port while commands ask it. */
async function asking(
  call: (method: string, path: string) => Promise<{ status: number; type: string; body: string }>,
  work: (say: (code: number, ...line: string[]) => Promise<string>) => Promise<void>,
) {
  const server = createServer(async (request, response) => {
    const answer = await call(request.method ?? '', request.url ?? '');
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  try {
    await work(async (code, ...line) => {
      const console = heardConsole();
      const all = [...line, '--url', `http://127.0.0.1:${port}`];
      assert.equal(await runLine(all, [pen, status], console), code, console.said.join('\n'));
      return console.said.join('\n');
    });
  } finally {
    server.close();
  }
}

test('`pen` and the status say how far the pen has drawn, and `pen changed` begins anew', () =>
  withApi(
    (call, world) =>
      asking(call, async (say) => {
        await drawSome(call, world);
        assert.match(
          await say(exit.ok, 'pen'),
          /^The pen "0\.5 black" has drawn 0\.1 m of the 0\.085 m that it has\s+since /,
        );
        const screen = (await say(exit.ok, 'status')).replace(/\s+/g, ' ');
        assert.match(
          screen,
          / pen 0\.5 black, 0\.1 of 0\.085 m drawn\. Change it with the paper, then run `livepen pen changed`/,
        );
        assert.match(
          await say(exit.ok, 'pen', 'changed'),
          /A fresh pen "0\.5 black" is in the holder; the last one drew 0\.1 m\./,
        );
        assert.match(await say(exit.ok, 'pen'), /has drawn 0\.0 m/);
        assert.match(await say(exit.usage, 'pen', 'dry'), /"dry" is nothing that a pen can be/);
      }),
    {},
    { pen: { name: '0.5 black', metres: 0.085 } },
  ));

test('a config that says nothing of the pen has no line for it in the status', () =>
  withApi((call, world) =>
    asking(call, async (say) => {
      await drawSome(call, world);
      assert.doesNotMatch(await say(exit.ok, 'status'), /^pen /m);
      assert.match(await say(exit.ok, 'pen'), /^The pen has drawn 0\.1 m since /);
    }),
  ));
