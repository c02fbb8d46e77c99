/** The worker's own address: what plugins answer there, and what never reaches them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as ask } from 'node:http';
import { connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { servePlugins } from '../../src/worker/plugins/plugin-server.ts';
import { pluginsIn, writePlugin, yardOf } from './plugin-yard.ts';
import { freePort, untilSo } from './tools.ts';

const main = `module.exports = { init(api) {
  api.registerRoute('GET', '/', () => '<b>hello</b>');
  api.registerRoute('get', '/state', (request) => ({ request }));
  api.registerRoute('POST', '/state', ({ body }, reply) => reply.status(201).type('text').send(body.length + ' got'));
  api.registerRoute('GET', '/fails', () => { throw new Error('secret words'); });
  api.registerRoute('GET', '/large', () => 'x'.repeat(300000));
  api.registerRoute('GET', '/odd', (request, reply) => reply.status(99).type('text/html\\r\\nset-cookie: x=1').send('odd'));
  api.registerRoute('GET', '/header', (request, reply) => reply.type('html\\r\\nset-cookie: x=1').send('<script>'));
  api.registerRoute('GET', '/never', () => new Promise(() => {}));
  for (const path of ['/../x', '//', '/a b', 'x', '/a/../../b', '/%2e%2e/', '/x?y']) api.registerRoute('GET', path, () => 'wrong');
  api.registerRoute('DELETE', '/gone', () => 'wrong');
} };`;

async function served(context: TestContext, names: readonly string[] = []) {
  const yard = yardOf(context);
  writePlugin(yard.folder, 'shown', main);
  const { plugins, hears, said, clock, log } = pluginsIn(context, yard, { patience: {} });
  const port = await freePort();
  context.after(servePlugins({ host: '127.0.0.1', port, names }, { clock, log, plugins }));
  await hears('Plugin shown 1.0.0 runs.');
  const call = (path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) =>
    new Promise<{ status: number; headers: Readonly<Record<string, unknown>>; text: string }>((resolve, reject) => {
      const { method = 'GET', headers = {}, body = '' } = options;
      const asked = ask({ host: '127.0.0.1', port, path, method, headers }, (reply) => {
        let text = '';
        reply.setEncoding('utf8').on('data', (piece) => {
          text += piece;
        });
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text }));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  return { call, port, said };
}

test('a route answers with what the plugin says, and is told of the request no more than way, path, question and body', async (context) => {
  const { call, said } = await served(context);
  const page = await call('/plugins/shown/');
  assert.deepEqual(
    [page.status, page.text, page.headers['content-type']],
    [200, '<b>hello</b>', 'text/html; charset=utf-8'],
  );
  assert.match(String(page.headers['content-security-policy']), /default-src 'self'/);
  const headers = { cookie: 'livepen=token', authorization: 'Bearer token' };
  const state = await call('/plugins/shown/state?a=1&__proto__=x&a=2', { headers });
  assert.deepEqual(JSON.parse(state.text), {
    request: JSON.parse('{"method":"GET","path":"/state","query":{"a":"2","__proto__":"x"},"body":""}'),
  });
  const posted = await call('/plugins/shown/state', { method: 'POST', body: 'x'.repeat(65_536) });
  assert.deepEqual([posted.status, posted.text], [201, '65536 got']);
  assert.match(said(), /a route is GET or POST/);
});

test('what has no such plugin, route or way is refused', async (context) => {
  const { call } = await served(context);
  for (const path of [
    '/',
    '/plugins/',
    '/plugins/shown',
    '/plugins/other/',
    '/plugins/shown/none',
    '/plugins/../x',
    '/plugins/shown/../x',
    '/plugins/shown//',
    '/plugins/__proto__/',
    '/plugins/shown/gone',
    '/plugins/shown/constructor',
  ])
    assert.equal((await call(path)).status, 404, path);
  for (const [path, method] of [
    ['/plugins/shown/', 'POST'],
    ['/plugins/shown/', 'DELETE'],
    ['/plugins/shown/state', 'PUT'],
    ['/plugins/shown/', 'OPTIONS'],
  ] as const)
    assert.equal((await call(path, { method })).status, 405, `${method} ${path}`);
});

test('a plugin that fails, says too much or says it oddly is answered for, and no word of its error goes out', async (context) => {
  const { call, said } = await served(context);
  const failed = await call('/plugins/shown/fails');
  assert.deepEqual([failed.status, failed.text], [500, 'The plugin failed.']);
  assert.match(said(), /secret words/);
  assert.equal((await call('/plugins/shown/large')).status, 500);
  assert.equal((await call('/plugins/shown/odd')).status, 500);
  const { headers, text } = await call('/plugins/shown/header');
  assert.deepEqual(
    [headers['set-cookie'], headers['content-type'], text],
    [undefined, 'text/plain; charset=utf-8', '<script>'],
  );
});

test('other names than its own and pages of other sites are refused: no page elsewhere reaches a plugin', async (context) => {
  const { call, port } = await served(context, ['pi.local']);
  const statusOf = async (headers: Record<string, string>, method = 'GET') =>
    (await call('/plugins/shown/state', { headers, method })).status;
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost@evil', '10.0.0.1'])
    assert.equal(await statusOf({ host }), 403, host);
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'PI.local', 'localhost.'])
    assert.equal(await statusOf({ host }), 200, host);
  const host = `localhost:${port}`;
  for (const headers of [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:8420' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-site': 'same-site' },
  ])
    for (const method of ['GET', 'POST'])
      assert.equal(
        await statusOf({ host, ...headers } as Record<string, string>, method),
        403,
        JSON.stringify(headers),
      );
  assert.equal(await statusOf({ host, origin: `http://${host}` }, 'POST'), 201);
  assert.equal(await statusOf({ host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }), 200);
  assert.equal(await statusOf({ host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'POST'), 403);
});

test('a body that is too large is refused, also one that does not say so', async (context) => {
  const { call, port } = await served(context);
  assert.equal((await call('/plugins/shown/state', { method: 'POST', body: 'x'.repeat(65_537) })).status, 413);
  const socket = connect(port, '127.0.0.1');
  context.after(() => socket.destroy());
  let got = '';
  socket.on('data', (piece) => {
    got += piece;
  });
  socket.on('error', () => {});
  let isOver = false;
  socket.on('close', () => {
    isOver = true;
  });
  socket.write('POST /plugins/shown/state HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n');
  const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  const write = () => void (!isOver && socket.writable && socket.write(piece, () => setImmediate(write)));
  write();
  await untilSo('it is refused', () => isOver || got.includes(' 413 '));
  assert.ok(got === '' || got.includes(' 413 '), got);
});

test('whoever is slow, and a plugin that does not answer, hold up nobody else', async (context) => {
  const { call, port } = await served(context);
  const slow = Array.from({ length: 8 }, () => connect(port, '127.0.0.1'));
  context.after(() => slow.forEach((socket) => void socket.destroy()));
  let ended = 0;
  for (const socket of slow) {
    socket.on('error', () => {});
    socket.on('close', () => {
      ended += 1;
    });
    socket.write('GET /plugins/shown/ HTTP/1.1\r\nhost: local');
    socket.resume();
  }
  const never = Array.from({ length: 20 }, () => call('/plugins/shown/never'));
  await untilSo('there is room again', async () => (await call('/plugins/shown/')).status === 200);
  for (const { status } of await Promise.all(never)) assert.equal(status, 503);
  assert.equal((await call('/plugins/shown/')).status, 200);
  await untilSo('the slow ones are let go', () => ended === slow.length);
});

test('a port that another program has is named as that, and the plugins run on', async (context) => {
  const yard = yardOf(context);
  writePlugin(yard.folder, 'shown', main);
  const taken = createServer().listen(0, '127.0.0.1');
  context.after(() => taken.close());
  await once(taken, 'listening');
  const address = taken.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  const { plugins, hears, clock, log } = pluginsIn(context, yard);
  const options = { host: '127.0.0.1', port: address.port, names: [] };
  context.after(servePlugins(options, { clock, log, plugins }));
  await hears(`not reached at 127.0.0.1:${address.port}: another program uses that port. Give [plugins] port another`);
  await hears('Plugin shown 1.0.0 runs.');
});
