import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { connect, Server } from 'node:net';
import { test } from 'node:test';
import { Hono } from 'hono';
import { listen } from '../../src/commands/api-server.ts';
import { silentLog } from '../../src/domain/log.ts';
import { withApi } from '../api/with-api.ts';

/** An app that counts who asks, and can be told of the server that it runs in. */
async function serveCounting() {
  const app = new Hono();
  const counts = { asked: 0 };
  let server: unknown = null;
  app.get('/', (context) => {
    counts.asked += 1;
    const incoming: unknown = Reflect.get(Object(context.env), 'incoming');
    if (incoming instanceof IncomingMessage) server = Reflect.get(incoming.socket, 'server');
    return context.text('x'.repeat(60_000));
  });
  const listening = await listen(app, '127.0.0.1', 0);
  assert.ok(listening.ok);
  return { ...listening, counts, server: () => server };
}

test('a connection that the system cannot hand over does not end the service', async () => {
  const served = await serveCounting();
  try {
    assert.equal((await fetch(served.url)).status, 200);
    const server = served.server();
    assert.ok(server instanceof Server);
    server.emit('error', Object.assign(new Error('accept ENOBUFS'), { code: 'ENOBUFS' }));
    assert.equal((await fetch(served.url)).status, 200);
  } finally {
    await served.close();
  }
});

test('who asks on and on over one connection and reads nothing is let go', async () => {
  const served = await serveCounting();
  try {
    const { port } = new URL(served.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.pause();
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3_000));
    for (let asked = -1; asked !== served.counts.asked || asked === 0; ) {
      asked = served.counts.asked;
      for (let turn = 0; turn < 5; turn++) await (await fetch(served.url)).text();
      served.counts.asked -= 5;
    }
    assert.ok(served.counts.asked <= 200, `${served.counts.asked} requests were taken`);
    socket.destroy();
  } finally {
    await served.close();
  }
});

test('who goes away in the middle of a request is no mistake of ours', () => {
  const errors: string[] = [];
  const log = { ...silentLog, error: (sentence: string) => void errors.push(sentence) };
  const half = 'POST /simulate/gift HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{"gif';
  return withApi(
    async (_call, _world, api) => {
      const served = await listen(api.app, '127.0.0.1', 0);
      assert.ok(served.ok);
      try {
        const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
        socket.on('error', () => {});
        await new Promise<void>((resolve) => socket.write(half, () => resolve()));
        assert.equal((await fetch(`${served.url}/health`)).status, 503);
        socket.resetAndDestroy();
        for (let turn = 0; turn < 10; turn++) await (await fetch(`${served.url}/health`)).text();
        assert.deepEqual(errors, []);
      } finally {
        await served.close();
      }
    },
    { log },
  );
});
