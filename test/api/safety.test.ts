import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparing, wrongTokenRate } from '../../src/api/access.ts';
import { commandRate, requestRate } from '../../src/api/guard.ts';
import type { Log } from '../../src/domain/log.ts';
import { bearer, tokens, withApi } from './with-api.ts';

const lan = { tokens, hosts: ['192.0.2.7', 'livepen.local'] };

test('on a LAN address every route but /health needs the token, and wrong methods and unknown paths tell nothing', () =>
  withApi(async (call, _world, api) => {
    for (const { method, path } of api.routes) {
      const answer = await call(method.toUpperCase(), path.replace(/\{\w+\}/g, '1'), {
        body: method === 'post' ? '{}' : null,
      });
      assert.equal(answer.status, path === '/health' ? 503 : 401, `${method} ${path}`);
      if (path !== '/health') assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="livepen"');
    }
    assert.equal((await call('GET', '/nowhere')).status, 401);
    assert.equal((await call('DELETE', '/status')).status, 401);
    assert.equal((await call('GET', '/health')).json.type, '/problems/starting');
    assert.equal((await call('GET', '/status', { headers: bearer })).status, 200);
  }, lan));

test('a token that is nearly right, empty, too long, in another place or of another kind opens nothing', () =>
  withApi(async (call, world) => {
    const { owner, board } = tokens;
    for (const authorization of [
      `Bearer ${owner}x`,
      `Bearer ${owner.slice(1)}`,
      'Bearer',
      'Bearer ',
      `Basic ${owner}`,
      owner,
      `Bearer ${'o'.repeat(5_000)}`,
      `Bearer ${board}`,
    ]) {
      const { status } = await call('GET', '/status', { headers: { authorization } });
      assert.ok(status === 401 || status === 403, `${authorization.slice(0, 60)}: ${status}`);
      await world.clock.advance(60_000);
    }
    assert.equal((await call('GET', `/status?token=${owner}`)).status, 401, 'the token does not stand in addresses');
    assert.equal((await call('POST', `/pause?token=${board}`)).status, 403);
    assert.equal((await call('POST', '/pause', { headers: { authorization: `Bearer ${board}` } })).status, 403);
  }, lan));

test("the board's token may stand in the address, and opens the board, its events and its picture only", () =>
  withApi(async (call, _world, api) => {
    const open: string[] = [];
    for (const { method, path, admits } of api.routes) {
      if (path === '/events' || admits === 'anybody') continue;
      const { status } = await call(method.toUpperCase(), `${path.replace(/\{\w+\}/g, '1')}?token=${tokens.board}`);
      if (status !== 403) open.push(path);
    }
    assert.deepEqual(open.filter((path) => !path.startsWith('/page/')).sort(), [
      '/board',
      '/board/media/{hash}',
      '/givers',
      '/sheet.svg',
    ]);
    const board = await call('GET', `/board?token=${tokens.board}`);
    assert.match(board.body, new RegExp(`/page/board\\.css\\?token=${tokens.board}"`));
  }, lan));

test('the sign-in link keeps the token in a cookie that no script and no other site gets; without it a form asks', () =>
  withApi(async (call) => {
    const html = { accept: 'text/html' };
    const asked = await call('GET', '/', { headers: html });
    assert.deepEqual([asked.status, asked.type], [401, 'text/html; charset=utf-8']);
    assert.match(asked.body, /<form action="\/sign-in" method="post"/);
    assert.doesNotMatch(asked.body, /role="alert"/);
    assert.equal((await call('GET', '/sign-in?token=guess', { headers: html })).status, 401);
    const signedIn = await call('GET', `/sign-in?token=${tokens.owner}`, { headers: html });
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    assert.equal(signedIn.status, 200);
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(cookie.includes(part), cookie);
    const [pair = ''] = cookie.split(';');
    assert.equal((await call('GET', '/', { headers: { ...html, cookie: pair } })).status, 200);
    assert.equal(
      (await call('POST', '/pause', { headers: { cookie: pair, origin: 'http://127.0.0.1:8420' } })).status,
      200,
    );
  }, lan));

test('a token that is typed goes in the body; a wrong one is told as wrong, in the language of the browser', () =>
  withApi(async (call) => {
    const form = (token: string, language = 'en') =>
      call('POST', '/sign-in', {
        headers: {
          accept: 'text/html',
          'accept-language': language,
          'content-type': 'application/x-www-form-urlencoded',
          origin: 'http://127.0.0.1:8420',
        },
        body: new URLSearchParams({ token }).toString(),
      });
    const wrong = await form('guess');
    assert.deepEqual([wrong.status, wrong.headers.get('set-cookie')], [401, null]);
    assert.match(wrong.body, /role="alert">That is not the token of this Livepen\./);
    assert.match((await form('guess', 'fr, de-AT;q=0.9')).body, /lang="de"[\s\S]*Das ist nicht das Token/);
    assert.match((await form(tokens.board, 'de')).body, /Das ist nicht das Token/);
    const right = await form(` ${tokens.owner} `);
    assert.equal(right.status, 200);
    assert.ok(right.headers.get('set-cookie')?.includes(tokens.owner));
    for (let n = 0; n < wrongTokenRate.burst; n++) await form('guess');
    assert.match((await form('guess', 'de')).body, /Zu viele falsche Token/);
  }, lan));

test('who gives no token is told that none was given, and not that it is wrong; it counts as no guess', () =>
  withApi(async (call) => {
    const html = { accept: 'text/html' };
    const typed = { ...html, 'content-type': 'application/x-www-form-urlencoded', origin: 'http://127.0.0.1:8420' };
    for (let n = 0; n < wrongTokenRate.burst + 2; n++) {
      const page = await call('GET', '/sign-in', { headers: html });
      assert.equal(page.status, 401);
      assert.match(page.body, /role="alert">No token was given\./);
    }
    assert.match((await call('GET', '/sign-in?token=%20', { headers: html })).body, /No token was given\./);
    assert.match((await call('POST', '/sign-in', { headers: typed, body: 'token=+' })).body, /No token was given\./);
    const german = { ...typed, 'accept-language': 'de' };
    assert.match(
      (await call('POST', '/sign-in', { headers: german, body: '' })).body,
      /Es wurde kein Token angegeben\./,
    );
    const json = await call('GET', '/sign-in');
    assert.deepEqual([json.status, json.json.type], [401, '/problems/no-token-given']);
    for (const [path, headers] of [
      ['/board?token=', {}],
      ['/status', { cookie: 'livepen=' }],
      ['/status', { authorization: 'Bearer ' }],
      ['/status', { authorization: 'Livepen ' }],
    ] as const) {
      assert.equal((await call('GET', path, { headers })).json.type, '/problems/token-missing', path);
    }
  }, lan));

test('on loopback no token is needed', () =>
  withApi(async (call) => assert.equal((await call('GET', '/status')).status, 200)));

test('a host that is not ours is refused, whatever its form: a rebound name does not get in', () =>
  withApi(async (call, _world, api) => {
    for (const host of [
      'attacker.example',
      '127.0.0.1.attacker.example',
      'localhost.attacker.example:8420',
      '127.0.0.1@attacker.example',
      '',
      '192.0.2.8',
      '[::2]',
      '127.0.0.1:8420:1',
      'localhost,attacker.example',
      'xn--livepen.local',
    ]) {
      const answer = await call('GET', '/health', { headers: { host } });
      assert.equal(answer.status, 403, host);
    }
    for (const host of [
      'localhost',
      'LOCALHOST:8420',
      '127.0.0.1',
      '[::1]:8420',
      'livepen.local',
      'livepen.local.:80',
      '192.0.2.7:8420',
    ]) {
      const answer = await call('GET', '/health', { headers: { host } });
      assert.equal(answer.status, 503, host);
    }
    const reached = { incoming: { socket: { remoteAddress: '192.0.2.9', localAddress: '::ffff:192.0.2.44' } } };
    const headers = { host: '192.0.2.44:8420' };
    assert.equal((await api.app.request('/health', { headers }, reached)).status, 503, 'where it was reached');
  }, lan));

test('commands from a browser must come from a page of this very server', () =>
  withApi(async (call) => {
    const refused: Record<string, string>[] = [
      { origin: 'http://attacker.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:9999' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    ];
    for (const headers of refused) {
      assert.equal((await call('POST', '/pause', { headers })).status, 403, JSON.stringify(headers));
      assert.equal((await call('GET', '/status', { headers })).status, 403, JSON.stringify(headers));
    }
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    assert.equal((await call('GET', '/status', { headers: link })).status, 200, 'a link may lead here');
    assert.equal((await call('POST', '/pause', { headers: link })).status, 403, 'a form of another site may not');
    const own = { origin: 'http://127.0.0.1:8420', 'sec-fetch-site': 'same-origin' };
    assert.equal((await call('POST', '/pause', { headers: own })).status, 200);
  }));

test('no other origin is allowed to read unless the config says so, and then that one only', async () => {
  const origin = 'https://panel.example';
  const preflight = { origin, 'access-control-request-method': 'POST' };
  await withApi(async (call) => {
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await call(method, '/status', { headers: preflight });
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
      assert.equal(answer.status, 403);
    }
  });
  await withApi(
    async (call) => {
      const asked = await call('OPTIONS', '/pause', { headers: preflight });
      assert.deepEqual([asked.status, asked.headers.get('access-control-allow-origin')], [204, origin]);
      assert.equal((await call('POST', '/pause', { headers: { origin } })).status, 200);
      assert.equal((await call('POST', '/pause', { headers: { origin: 'https://other.example' } })).status, 403);
    },
    { allowOrigins: [origin] },
  );
});

test('a body that is too large is refused, with or without its length told', () =>
  withApi(async (call) => {
    const body = JSON.stringify({ row: '1', why: 'x'.repeat(20_000) });
    const told = await call('POST', '/void', { body, headers: { 'content-length': String(body.length) } });
    assert.equal(told.status, 413);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(body));
        controller.close();
      },
    });
    assert.equal((await call('POST', '/void', { body: stream, duplex: 'half' } as RequestInit)).status, 413);
  }));

test('one caller who asks too much is told to wait, and others are not', () =>
  withApi(async (_call, world, api) => {
    const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress, localAddress: '127.0.0.1' } } });
    const ask = (method: string, caller: string) =>
      api.app.request('/pause', { method, headers: { host: '127.0.0.1' } }, from(caller));
    for (let n = 0; n < commandRate.burst; n++) assert.equal((await ask('POST', '192.0.2.1')).status, 200);
    const late = await ask('POST', '192.0.2.1');
    assert.equal(late.status, 429);
    assert.match(late.headers.get('retry-after') ?? '', /^\d+$/);
    for (let n = commandRate.burst + 1; n < requestRate.burst; n++) await ask('GET', '192.0.2.1');
    assert.equal((await ask('GET', '192.0.2.1')).status, 429);
    assert.equal((await ask('POST', '192.0.2.2')).status, 200);
    await world.clock.advance(1_000);
    assert.equal((await ask('POST', '192.0.2.1')).status, 200);
  }));

test('whoever guesses tokens is stopped, and whoever has the right one is let in all the same', () =>
  withApi(async (call) => {
    const guess = (n: number) => call('GET', '/status', { headers: { authorization: `Bearer guess-${n}` } });
    for (let n = 0; n < wrongTokenRate.burst; n++) assert.equal((await guess(n)).status, 401);
    assert.equal((await guess(99)).status, 429);
    assert.equal((await call('GET', '/sign-in?token=guess')).status, 429);
    assert.equal((await call('GET', '/status', { headers: bearer })).status, 200);
  }, lan));

test('tokens are compared by digests of one length, so that the time tells nothing', () => {
  const isRight = comparing('a'.repeat(43));
  const wrong = ['a'.repeat(42), `b${'a'.repeat(42)}`, '', 'a'.repeat(10_000), 'ä'];
  assert.deepEqual([isRight('a'.repeat(43)), ...wrong.filter(isRight)], [true]);
});

test('every answer carries the security headers, and the policy lets nothing inline or foreign in', () =>
  withApi(async (call) => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/board'],
      ['GET', '/status'],
      ['GET', '/nowhere'],
      ['DELETE', '/pause'],
      ['POST', '/void'],
      ['GET', '/health'],
    ] as const) {
      const { headers } = await call(method, path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'none';/, `${method} ${path}`);
      assert.doesNotMatch(policy, /unsafe|\*|http:/);
      for (const name of ['base-uri', 'form-action', 'frame-ancestors']) assert.ok(policy.includes(name), name);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.equal(headers.get('cache-control'), 'no-store');
    }
  }));

test('neither page nor board holds anything that the policy would forbid', () =>
  withApi(async (call) => {
    for (const path of ['/', '/board']) {
      const { body } = await call('GET', path);
      assert.doesNotMatch(body, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:\/\/(?!www\.w3\.org)/i, path);
    }
  }));

test('no token stands in a log, also when the API makes a mistake', async () => {
  const lines: string[] = [];
  const keep = (sentence: string, details?: unknown) => lines.push(`${sentence} ${JSON.stringify(details ?? '')}`);
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
  await withApi(
    async (call, world) => {
      await call('GET', `/sign-in?token=${tokens.owner}`);
      await call('GET', `/board?token=${tokens.board}`);
      world.ledger.close();
      const broken = await call('GET', `/sheets?token=${tokens.board}`, { headers: bearer });
      assert.equal(broken.status, 500);
    },
    { ...lan, log },
  ).catch(() => {});
  assert.equal(lines.length, 1);
  for (const token of [tokens.owner, tokens.board]) assert.ok(!lines.join().includes(token));
});
