/** The machine's own sockets and requests, against a server of Node's. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { acceptWebSocket, type Peer } from '../../../src/simulators/live/websocket-server.ts';
import { httpPort, socketPort } from '../../../src/sources/connection/network.ts';
import type { SocketEnd } from '../../../src/sources/connection/ports.ts';

async function serve(t: TestContext, answer: RequestListener, upgraded: (peer: Peer) => void = () => {}) {
  const server = createServer(answer);
  const peers: Peer[] = [];
  server.on('upgrade', (request, socket) => {
    if (request.url === '/refused') {
      socket.end('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const peer = acceptWebSocket(request, socket, { message: (data) => peer.send(`heard ${data}`), closed: () => {} });
    peers.push(peer);
    upgraded(peer);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const peer of peers) peer.destroy();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}` };
}

/** What is heard of a socket, as lines, until it is over. */
async function listenTo(url: string, opened: (end: SocketEnd) => void = () => {}): Promise<string[]> {
  const lines: string[] = [];
  await new Promise<void>((resolve) => {
    const end: SocketEnd = socketPort.open(
      { url },
      {
        opened: () => {
          lines.push('opened');
          opened(end);
        },
        message: (text, bytes) => lines.push(`${text.slice(0, 20)} (${bytes})`),
        pong: () => lines.push('pong'),
        refused: ({ status, headers }) => {
          lines.push(`refused ${status} ${headers['retry-after']}`);
          setImmediate(resolve);
        },
        closed: (code, reason, error) => {
          lines.push(`closed ${code} ${reason} ${error === null ? '' : 'with an error'}`.trim());
          setImmediate(resolve);
        },
      },
    );
  });
  return lines;
}

const noAnswer: RequestListener = (_request, response) => void response.end();

test('a socket opens, speaks, is pinged, and says with which code and words it was closed', async (t) => {
  const { address } = await serve(t, noAnswer, (peer) => {
    setImmediate(() => peer.send('welcome'));
  });
  const lines = await listenTo(`ws://${address}/`, (end) => {
    end.ping();
    end.send('hello');
    setTimeout(() => end.close(), 50);
  });
  assert.deepEqual(lines.slice(0, 1), ['opened']);
  assert.deepEqual(lines.slice(1, -1).toSorted(), ['heard hello (11)', 'pong', 'welcome (7)']);
  assert.match(lines.at(-1) ?? '', /^closed 1005/);
  const closing = await serve(t, noAnswer, (peer) => setImmediate(() => peer.close(4401, 'no token')));
  assert.deepEqual(await listenTo(`ws://${closing.address}/`), ['opened', 'closed 4401 no token']);
});

test('a refused upgrade says its status; one that nobody answers is closed with its error', async (t) => {
  const { address } = await serve(t, noAnswer);
  assert.deepEqual(await listenTo(`ws://${address}/refused`), ['refused 429 7']);
  assert.deepEqual(await listenTo('ws://127.0.0.1:1/'), ['closed 1006  with an error']);
  assert.deepEqual(await listenTo('no address'), ['closed 1006  with an error']);
});

test('a message of ten megabytes ends the connection, and is never whole in memory', async (t) => {
  const { address } = await serve(t, noAnswer, (peer) => setImmediate(() => peer.send('x'.repeat(10 << 20))));
  const lines = await listenTo(`ws://${address}/`);
  assert.deepEqual(lines[0], 'opened');
  assert.match(lines.at(-1) ?? '', /^closed 1006|^closed 1009/);
  assert.equal(lines.length, 2);
});

test('a request brings status, headers and body; one that is too long or given up throws', async (t) => {
  const { address } = await serve(t, (request, response) => {
    if (request.url === '/long') response.end('x'.repeat(5 << 20));
    else if (request.url !== '/never') response.writeHead(418, { 'x-tea': 'pot' }).end(`${request.method} as asked`);
  });
  const ask = (path: string, signal = new AbortController().signal) =>
    httpPort.ask({ method: 'POST', url: `http://${address}${path}`, headers: {}, body: 'a', signal });
  const { status, headers, body } = await ask('/');
  assert.deepEqual([status, headers['x-tea'], body], [418, 'pot', 'POST as asked']);
  await assert.rejects(ask('/long'), /too long/);
  const abort = new AbortController();
  const asked = ask('/never', abort.signal);
  abort.abort();
  await assert.rejects(asked, { name: 'AbortError' });
});
