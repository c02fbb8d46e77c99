import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runLivepen, type Service, startService } from './service.ts';

const config = (folder: string) => `
[live]
user = ""
[plotter]
port = "${join(folder, 'no-such-port')}"
[api]
host = "0.0.0.0"
port = 0
[[rows]]
id = "1"
name = "First"
yMm = 200
`;

let service: Service;
let folder: string;
let token: string;
let port: number;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'livepen-network-'));
  chmodSync(folder, 0o750);
  writeFileSync(join(folder, 'livepen.toml'), config(folder));
  writeFileSync(join(folder, 'gifts.json'), '{ "Rose": "1" }');
  service = await startService(folder);
  token = readFileSync(join(folder, 'api-token'), 'utf8').trim();
  port = Number(new URL(service.url).port);
});
after(() => service.end('SIGTERM'));

/** Sends bytes as they are and waits until the server ends the connection, or says that it did not in time. */
function sendRaw(bytes: string, patienceMs: number): Promise<{ readonly text: string; readonly ended: boolean }> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(patienceMs, () => {
      socket.destroy();
      resolve({ text, ended: false });
    });
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve({ text, ended: true }));
  });
}

test('in the network the service asks for the token that it made, which its group may read and nobody else', async () => {
  const address = `http://127.0.0.1:${port}`;
  assert.equal((await fetch(`${address}/health`)).status, 200);
  assert.equal((await fetch(`${address}/status`)).status, 401);
  assert.equal((await fetch(`${address}/status`, { headers: { authorization: `Bearer ${token}` } })).status, 200);
  for (const name of ['api-token', 'board-token', 'sign-in-link']) {
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o640, name);
  }
  assert.match(token, /^[\w-]{43}$/);
});

test('the command line finds the token of its own service, shows the links when asked, and is refused without', async () => {
  const env = { LIVEPEN_CONFIG: join(folder, 'livepen.toml') };
  const url = `http://127.0.0.1:${port}`;
  const anyPort = await runLivepen(['status', '--url', url], env);
  assert.deepEqual([anyPort.code, /LIVEPEN_TOKEN/.test(anyPort.output)], [4, true], 'the config names no port');
  const known = join(folder, 'known.toml');
  writeFileSync(known, readFileSync(join(folder, 'livepen.toml'), 'utf8').replace('port = 0', `port = ${port}`));
  const found = await runLivepen(['status', '--config', known]);
  assert.equal(found.code, 0, found.output);
  const shown = await runLivepen(['status', '--url', url], { LIVEPEN_CONFIG: known });
  assert.equal(shown.code, 0, shown.output);
  const typo = await runLivepen(['status'], { LIVEPEN_CONFIG: join(folder, 'knwon.toml') });
  assert.deepEqual([typo.code, /knwon\.toml/.test(typo.output)], [78, true]);
  const links = await runLivepen(['status', '--token'], env);
  assert.ok(links.output.includes(`http://${hostname()}.local:0/sign-in?token=${token}`), links.output);
  assert.match(links.output, /\/board\?token=/);
  const stranger = await runLivepen(['pause', '--url', url], { LIVEPEN_CONFIG: join(folder, 'nowhere.toml') });
  assert.deepEqual([stranger.code, /token/.test(stranger.output)], [4, true]);
  const told = await runLivepen(['pause', '--url', url], {
    LIVEPEN_CONFIG: join(folder, 'nowhere.toml'),
    LIVEPEN_TOKEN: token,
  });
  assert.equal(told.code, 0, told.output);
});

test('whoever sends slowly or nonsense is let go in time, and everybody else is served meanwhile', async () => {
  const slow = [
    'GET /status HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
    'POST /void HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{',
    '',
  ];
  const waiting = slow.map((bytes) => sendRaw(bytes, 25_000));
  const nonsense = [
    '\x16\x03\x01\x02\x00\x01',
    'HELLO\r\n\r\n',
    `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n\r\n`,
    'GET / HTTP/1.1\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n${'A: b\r\n'.repeat(4_000)}\r\n`,
    'POST /void HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nzz\r\n',
  ];
  for (const bytes of nonsense) {
    const { text } = await sendRaw(bytes, 2_000);
    assert.doesNotMatch(text, /^HTTP\/1\.1 (2|5)/, JSON.stringify(bytes.slice(0, 40)));
  }
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
  for (const { ended } of await Promise.all(waiting)) assert.ok(ended, 'a slow sender holds its connection');
});

test('no token stands in the log of the service', () => {
  assert.ok(service.log().length > 0);
  assert.ok(!service.log().includes(token));
});
