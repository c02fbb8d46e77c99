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

/** Opens connections that never send a whole request. */
function halfOpen(url: string, count: number, text = 'GET / HT') {
  const { port } = new URL(url);
  const sockets = Array.from({ length: count }, () => connect(Number(port), '127.0.0.1'));
  for (const socket of sockets) {
    socket.on('error', () => {});
    socket.resume();
    if (text !== '') socket.write(text);
  }
  const connected = sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve)));
  const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { connected: Promise.all(connected), closed, end };
}

test('three hundred half-open connections keep nobody out, and most of them are let go at once', async () => {
  const served = await serveCounting();
  const attack = halfOpen(served.url, 300);
  try {
    await attack.connected;
    for (let turn = 0; turn < 10; turn++) assert.equal((await fetch(served.url)).status, 200);
    await Promise.all(attack.closed.slice(0, 260));
  } finally {
    attack.end();
    await served.close();
  }
});

for (const text of ['GET / HT', '']) {
  test(`a connection that sends ${text === '' ? 'nothing' : 'no whole request'} is let go by itself`, async () => {
    const served = await serveCounting();
    const attack = halfOpen(served.url, 3, text);
    try {
      await Promise.all(attack.closed);
    } finally {
      attack.end();
      await served.close();
    }
  });
}

test('who was let in stays connected while others come and come', () =>
  withApi(async (_call, world, api) => {
    world.appliance.start();
    const server = await listen(api.app, '127.0.0.1', 0);
    assert.ok(server.ok);
    const stream = await fetch(`${server.url}/events`);
    const attack = halfOpen(server.url, 300);
    await attack.connected;
    const reader = stream.body?.getReader();
    await reader?.read();
    assert.equal(api.streams, 1);
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
    attack.end();
    await reader?.cancel();
    api.close();
    await server.close();
  }));

/** What a server answers to bytes. */
function answerTo(url: string, bytes: string): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (part) => {
      answer += part;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

const get = (host: string) => `GET /status HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

test('a request that cannot be read is refused with a problem document, whatever is odd about it', () =>
  withApi(async (_call, _world, api) => {
    const served = await listen(api.app, '127.0.0.1', 0);
    assert.ok(served.ok);
    try {
      for (const [bytes, status] of [
        [get('a b'), 400],
        [get('ho st:80'), 400],
        [get('[::1'), 400],
        [get('%00'), 400],
        [get('localhost:99999'), 400],
        [get('localhost:port'), 400],
        [get('"'), '40[03]'],
        [get('<script>'), '40[03]'],
        [get('a@b'), '40[03]'],
        [get('a/b'), '40[03]'],
        [get('\u00e4.example'), '40[03]'],
        [get('attacker.example'), 403],
        [get(''), 403],
        ['GET /status HTTP/1.1\r\nConnection: close\r\n\r\n', 403],
        ['GET /status HTTP/1.0\r\n\r\n', 403],
        ['GET /a\\b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
        ['OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
        ['HELLO\r\n\r\n', 400],
        ['FOO /status HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
        ['\u0016\u0003\u0001\u0002\u0000\u0001', 400],
        [`GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
        ['GET /status HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nConnection: close\r\n\r\n', 417],
      ] as const) {
        const answer = await answerTo(served.url, bytes);
        const [head = '', body = ''] = answer.split('\r\n\r\n');
        const about = JSON.stringify(bytes.slice(0, 60));
        assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), `${about}: ${answer.slice(0, 200)}`);
        assert.match(head, /^content-type: application\/problem\+json\r?$/im, about);
        assert.match(head, /^content-security-policy: default-src 'none';/im, about);
        const problem = JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1));
        assert.ok(head.startsWith(`HTTP/1.1 ${problem.status} `), about);
        assert.match(problem.type, /^\/problems\/[a-z-]+$/, about);
        for (const key of ['title', 'detail', 'remedy']) assert.match(problem[key], /\w/, about);
      }
      assert.equal((await fetch(`${served.url}/health`)).status, 503);
    } finally {
      await served.close();
    }
  }));

test('nonsense on a connection on which an answer is under way does not get into that answer', () =>
  withApi(async (_call, world, api) => {
    world.appliance.start();
    const served = await listen(api.app, '127.0.0.1', 0);
    assert.ok(served.ok);
    try {
      const { port } = new URL(served.url);
      let heard = '';
      const socket = connect(Number(port), '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => {});
      socket.write(get('localhost').replace('/status', '/events').replace('close', 'keep-alive'));
      await new Promise<void>((resolve) => {
        socket.on('data', (part) => {
          heard += part;
          if (heard.includes('event: status')) resolve();
        });
      });
      socket.write('HELLO\r\n\r\n');
      await closed;
      assert.doesNotMatch(heard, /problem\+json/);
    } finally {
      api.close();
      await served.close();
    }
  }));
