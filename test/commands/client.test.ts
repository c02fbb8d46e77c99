import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { Hono } from 'hono';
import { signatureOf } from '../../src/api/signed-requests.ts';
import { listen } from '../../src/commands/api-server.ts';
import { credit } from '../../src/commands/book-commands.ts';
import { exit } from '../../src/commands/command.ts';
import { gifts } from '../../src/commands/gifts.ts';
import { runLine } from '../../src/commands/line.ts';
import { pause, stop } from '../../src/commands/service-commands.ts';
import { status } from '../../src/commands/status.ts';
import { tokens, withApi } from '../api/with-api.ts';
import type { World } from '../appliance/world.ts';
import { tempFolder } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A program on a port of this machine, which keeps what it is asked. */
async function program(
  context: TestContext,
  answer: (asked: Asked, ...rest: Parameters<RequestListener>) => void | Promise<void>,
  host = '127.0.0.1',
): Promise<{ url: string; port: number; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming;
    const one = { method, path, headers, body: await text(incoming) };
    asked.push(one);
    await answer(one, incoming, outgoing);
  });
  await new Promise<void>((listening) => server.listen(0, host, listening));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port, asked };
}

/** A program that hands on all that it is asked to the real service, and its answers back. */
function relay(context: TestContext, to: string, host?: string) {
  return program(
    context,
    ({ method, path, headers, body }, _, outgoing) =>
      new Promise((done) => {
        const { connection: _, ...rest } = headers;
        const onward = request(new URL(path, to), { method, headers: { ...rest, host: new URL(to).host } }, (reply) => {
          outgoing.writeHead(reply.statusCode ?? 0, reply.headers);
          reply.pipe(outgoing).once('finish', done);
        });
        onward.end(body);
      }),
    host,
  );
}

/** A program that answers 401 to everybody. */
const stranger = (context: TestContext) =>
  program(context, (_asked, _incoming, outgoing) => {
    outgoing.writeHead(401, { 'www-authenticate': 'Bearer', 'x-livepen-proof': 'c29tZXRoaW5n' }).end('{}');
  });

const withToken = { LIVEPEN_TOKEN: tokens.owner };
const isPaused = (world: World) => world.appliance.status().paused;

/** The API of an appliance that has tokens, on a port of this machine; `heard` are the headers of all that it is asked. */
function withService(work: (url: string, world: World, heard: readonly string[]) => Promise<void>): Promise<void> {
  return withApi(
    async (_call, world, api) => {
      world.appliance.start();
      const heard: string[] = [];
      const app = Object.assign(new Hono(), {
        fetch(asked: Request, env: unknown) {
          heard.push(`${asked.method} ${asked.url} ${JSON.stringify([...asked.headers])}`);
          return api.app.fetch(asked, Object(env));
        },
      });
      const server = await listen(app, '127.0.0.1', 0);
      assert.ok(server.ok);
      try {
        await work(server.url, world, heard);
      } finally {
        await server.close();
      }
    },
    { tokens },
  );
}

test('nothing but a question goes to a program that does not prove that it knows the token', async (context) => {
  const { url, asked } = await stranger(context);
  const lines = [
    ['credit', '1', '5', '--why', 'a secret of mine', '--url', url],
    ['pause', '--url', url],
  ];
  for (const line of lines) {
    const console = heardConsole(withToken);
    assert.equal(await runLine(line, [pause, credit], console), exit.refused);
    assert.match(console.said.join(), /does not prove that it is your Livepen\. Nothing was sent/);
  }
  assert.deepEqual(
    asked.map(({ method, path, body }) => [method, path, body]),
    lines.map(() => ['GET', '/health', '']),
  );
  assert.ok(!JSON.stringify(asked).includes(tokens.owner));
});

test('a program that lets everybody in without a proof gets no command of whoever has a token', async (context) => {
  const open = await program(context, (_asked, _incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{"said":"Done."}');
  });
  const console = heardConsole(withToken);
  assert.equal(await runLine(['pause', '--url', open.url], [pause], console), exit.refused);
  assert.deepEqual(
    open.asked.map(({ method }) => method),
    ['GET'],
  );
});

test('a service that has the token proves it, and obeys what is signed; the token itself is never sent', async () =>
  withService(async (url, world, heard) => {
    for (const line of [
      ['pause', '--url', url],
      ['status', '--url', url],
      ['credit', '1', '5', '--why', 'ä "reason" \u{1f339}', '--url', url],
    ]) {
      const console = heardConsole(withToken);
      assert.equal(await runLine(line, [pause, status, credit], console), exit.ok, console.said.join());
    }
    assert.ok(isPaused(world));
    assert.equal(world.appliance.status().strokes.credited, 5);
    assert.equal(heard.length, 6);
    assert.ok(!heard.join().includes(tokens.owner));
  }));

for (const host of ['127.0.0.1', '127.0.0.2', '::1']) {
  test(`a program on ${host} that hands everything on to the real service gets no token and no obedience`, async (context) =>
    withService(async (url, world) => {
      const between = await relay(context, url, host);
      const console = heardConsole(withToken);
      assert.equal(await runLine(['pause', '--url', between.url], [pause], console), exit.refused);
      assert.match(console.said.join(), /does not prove/);
      assert.ok(!isPaused(world));
      assert.ok(!JSON.stringify(between.asked).includes(tokens.owner));
      assert.deepEqual([...new Set(between.asked.map(({ method }) => method))], ['GET']);
    }));
}

/** Asks a service over one connection, one request after the other. */
async function ask(url: string, requests: readonly string[]): Promise<string[]> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const answers: string[] = [];
  for (const each of requests) {
    socket.write(each);
    let answer = '';
    while (!/\r\n\r\n(?:.|\n)/.test(answer)) {
      answer += await new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
    }
    answers.push(answer);
  }
  socket.destroy();
  return answers;
}

const challenge = 'c'.repeat(32);
const hello = (url: string, more = '') =>
  `GET /health HTTP/1.1\r\nHost: ${new URL(url).host}\r\nX-Livepen-Challenge: ${challenge}\r\n${more}\r\n`;
const headerIn = (answer: string, name: string) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(answer)?.[1] ?? '';

test('a signature is of one connection, one request and one address, and holds once', async () =>
  withService(async (url, world) => {
    const { host } = new URL(url);
    const signed = (path: string, body: string, signature: string) =>
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Livepen ${signature}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const order = { method: 'POST', path: '/pause', body: '{}' };
    const statusOf = (answer: string | undefined) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer ?? '')?.[1]);
    const nonceOf = async (work: (nonce: string) => string[]) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname);
      const heard = () => new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
      socket.write(hello(url));
      const nonce = headerIn(await heard(), 'x-livepen-nonce');
      assert.match(nonce, /^[\w-]{32,}$/);
      const statuses: number[] = [];
      for (const line of work(nonce)) {
        socket.write(line);
        statuses.push(statusOf(await heard()));
      }
      socket.destroy();
      return { nonce, statuses };
    };
    const right = (nonce: string) => signatureOf(tokens.owner, nonce, host, order);
    for (const [why, work] of [
      ['another body', (nonce: string) => [signed('/pause', '{ }', right(nonce))]],
      ['another path', (nonce: string) => [signed('/resume', '{}', right(nonce))]],
      [
        'another address',
        (nonce: string) => [signed('/pause', '{}', signatureOf(tokens.owner, nonce, '127.0.0.2:1', order))],
      ],
      ['another token', (nonce: string) => [signed('/pause', '{}', signatureOf('x'.repeat(43), nonce, host, order))]],
    ] as const) {
      assert.deepEqual((await nonceOf(work)).statuses, [401], why);
      assert.ok(!isPaused(world), why);
    }
    const once = await nonceOf((nonce) => [signed('/pause', '{}', right(nonce)), signed('/pause', '{}', right(nonce))]);
    assert.deepEqual(once.statuses, [200, 401]);
    const elsewhere = await nonceOf(() => [signed('/pause', '{}', right(once.nonce))]);
    assert.deepEqual(elsewhere.statuses, [401]);
  }));

test('a proof is of one token, one challenge and one address, and odd challenges are not answered', async () =>
  withService(async (url) => {
    const odd = ['', 'short', `${'a'.repeat(32)} b`, 'a'.repeat(500)];
    const proofs = await Promise.all(
      [challenge, 'd'.repeat(32), ...odd].map(async (each) => {
        const [answer = ''] = await ask(url, [hello(url).replace(challenge, each)]);
        return headerIn(answer, 'x-livepen-proof');
      }),
    );
    assert.match(proofs[0] ?? '', /^[\w-]{43}$/);
    assert.match(proofs[1] ?? '', /^[\w-]{43}$/);
    assert.notEqual(proofs[0], proofs[1]);
    assert.deepEqual(
      proofs.slice(2),
      odd.map(() => ''),
    );
  }));

/** A config of a service in the network, with its token beside it. */
function networkConfig(context: TestContext, api: string, more = ''): string {
  const folder = tempFolder(context);
  const file = join(folder, 'livepen.toml');
  writeFileSync(file, `[live]\nuser = ""\n[api]\n${api}\n${more}[[rows]]\nid = "1"\nyMm = 100\n`);
  writeFileSync(join(folder, 'api-token'), tokens.owner);
  writeFileSync(join(folder, 'board-token'), tokens.board);
  return file;
}

test('of this machine only the port that the config names is asked with a signature, and none in its place', async (context) =>
  withService(async (url, world) => {
    const { port } = new URL(url);
    const named = networkConfig(context, `host = "0.0.0.0"\nport = ${port}`);
    const found = heardConsole();
    assert.equal(await runLine(['pause', '--config', named], [pause], found), exit.ok, found.said.join());
    assert.ok(isPaused(world));

    const other = networkConfig(context, 'host = "0.0.0.0"\nport = 9');
    const refused = heardConsole();
    assert.equal(await runLine(['pause', '--url', url, '--config', other], [pause], refused), exit.refused);
    assert.match(refused.said.join('\n'), /needs the token[\s\S]*LIVEPEN_TOKEN/);
    assert.doesNotMatch(refused.said.join('\n'), /Bearer/);

    const free = networkConfig(context, 'host = "0.0.0.0"\nport = 0');
    const unknown = heardConsole();
    assert.equal(await runLine(['pause', '--config', free], [pause], unknown), exit.usage);
    assert.match(unknown.said.join('\n'), /\[api\] port = 0[\s\S]*--url/);
    const freeByUrl = heardConsole();
    assert.equal(await runLine(['pause', '--url', url, '--config', free], [pause], freeByUrl), exit.refused);
  }));

test('a token that is left from another time keeps nobody from a service that needs none', async (context) =>
  withApi(async (_call, world, api) => {
    world.appliance.start();
    const server = await listen(api.app, '127.0.0.1', 0);
    assert.ok(server.ok);
    const file = networkConfig(context, `port = ${new URL(server.url).port}`);
    const console = heardConsole();
    assert.equal(await runLine(['pause', '--config', file], [pause], console), exit.ok, console.said.join());
    assert.ok(isPaused(world));
    await server.close();
  }));

test('a config that somebody named and that cannot be read is an error, and no other service is asked instead', async () => {
  const console = heardConsole();
  assert.equal(await runLine(['pause', '--config', '/no/such/livepen.toml'], [pause], console), exit.config);
  assert.match(console.said.join(), /\/no\/such\/livepen\.toml/);
});

test('a misspelt word in what a named config says of the address is an error, and no other service is asked instead', async (context) => {
  for (const [text, said] of [
    ['[api]\nprot = 8731\n', /line 2: api\.prot.*"port"/],
    ['[apis]\nport = 8731\n', /apis.*"api"/],
    ['[API]\nport = 8731\n', /API.*"api"/],
    ['host = "0.0.0.0"\n', /host/],
    ['[api]\nport = 8731\n[ledger]\nfiel = "x.db"\n', /ledger\.fiel.*"file"/],
  ] as const) {
    const folder = tempFolder(context);
    writeFileSync(join(folder, 'livepen.toml'), text);
    const console = heardConsole();
    assert.equal(
      await runLine(['pause', '--config', join(folder, 'livepen.toml')], [pause], console),
      exit.config,
      text,
    );
    assert.match(console.said.join(), said);
  }
});

test('a mistake elsewhere in the config keeps no command from the service', async (context) =>
  withService(async (url, world) => {
    const api = `host = "0.0.0.0"\nport = ${new URL(url).port}`;
    const file = networkConfig(context, api, '[pen]\nhopMm = "high"\n');
    const console = heardConsole();
    assert.equal(await runLine(['pause', '--config', file], [pause], console), exit.ok, console.said.join());
    assert.ok(isPaused(world));
    const broken = networkConfig(context, `${api}0`);
    const refused = heardConsole();
    assert.equal(await runLine(['pause', '--config', broken], [pause], refused), exit.config);
    assert.match(refused.said.join(), /api\.port/);
  }));

/** A port that takes connections; `answer` is done with each. */
async function port(context: TestContext, answer: (write: (text: string) => void, end: () => void) => void) {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () =>
      answer(
        (part) => socket.write(part),
        () => socket.destroy(),
      ),
    );
    context.after(() => socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const notStopped = /NOT STOPPED[^\n]*may still be moving[^\n]*[Cc]ut the power of its motors/;

test('a stop that is not answered within 3 s says so loudly, whatever the service does in place of an answer', async (context) => {
  const begins = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
  const silent = await port(context, () => {});
  const half = await port(context, (write) => write(begins));
  const cut = await port(context, (_write, end) => end());
  const nobody = 'http://127.0.0.1:9';
  const foreign = (await program(context, (_asked, _incoming, outgoing) => void outgoing.end('hello'))).url;
  const locked = (await stranger(context)).url;
  const outcomes = await Promise.all(
    [silent, half, cut, nobody, foreign, locked].map(async (url) => {
      const console = heardConsole();
      const code = await runLine(['stop', '--url', url], [stop], console);
      return { code, said: console.said.join('\n') };
    }),
  );
  for (const { said } of outcomes) assert.match(said, notStopped);
  const [hangs, stalls, ends, none] = outcomes;
  for (const each of [hangs, stalls]) {
    assert.equal(each?.code, exit.failed);
    assert.match(each?.said ?? '', /The program at[^\n]*not answered within 3 s/);
    assert.doesNotMatch(each?.said ?? '', /^Start it/m);
  }
  assert.doesNotMatch(ends?.said ?? '', /Start it with/);
  assert.equal(none?.code, exit.noService);
  assert.match(none?.said ?? '', /No Livepen answers at http:\/\/127\.0\.0\.1:9[\s\S]*Start it with/);
});

test('a stop that was answered is told without alarm', async (context) => {
  const { url } = await program(context, (_asked, _incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{"said":"Stopped."}');
  });
  const console = heardConsole();
  assert.equal(await runLine(['stop', '--url', url], [stop], console), exit.ok);
  assert.deepEqual(console.said, ['Stopped.']);
});

test('what another program answers stays on the line of the sentence that quotes it', async (context) => {
  const text = 'Fine.\nlivepen: all is well\r\n\u001b[31mPay here\u2028now';
  const refuses = await program(context, (_asked, _incoming, outgoing) => {
    const problem = { type: '/problems/x', detail: text, remedy: text };
    outgoing.writeHead(409, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
  });
  const says = await program(context, (_asked, _incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ said: text }));
  });
  const plain = 'Fine. livepen: all is well [31mPay here now';
  const refused = heardConsole();
  await runLine(['pause', '--url', refuses.url], [pause], refused);
  assert.deepEqual(refused.said.join('\n').split('\n'), [plain, plain]);
  const said = heardConsole();
  await runLine(['gifts', 'reload', '--url', says.url], [gifts], said);
  assert.deepEqual(said.said, [plain]);
});
