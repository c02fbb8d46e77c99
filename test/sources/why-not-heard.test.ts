/** Why a live is not heard is told in words for people, whatever stands between; what was said stays in the log. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { whatIsTried } from '../../src/appliance/operator.ts';
import type { LiveFacts } from '../../src/domain/live-source.ts';
import type { Log } from '../../src/domain/log.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { createTikTokSource } from '../../src/sources/tiktok/source.ts';
import { whileHearing } from './hearing.ts';
import { listening } from './listening.ts';

/** How libraries, systems and servers speak. */
const notForPeople =
  /\b(E[A-Z]{4,}|ERR_\w+|Invalid|Expected|undefined|[Ss]tatus|RangeError|Missing cursor|fetchSigned|\d{3})\b|[[{<]/;

function keepingLog(): { readonly log: Log; readonly told: string[]; readonly debug: string[] } {
  const told: string[] = [];
  const debug: string[] = [];
  const tell = (sentence: string) => void told.push(sentence);
  return { told, debug, log: { debug: (sentence) => void debug.push(sentence), info: tell, warn: tell, error: tell } };
}

/** A server of our own on an address of the loopback net. */
async function serving(host: string, answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** What a listener says whose pages and sign service are at these addresses. */
async function silenceAt(
  pages: string,
  sign: string,
  {
    provider = 'direct',
    environment = {},
  }: { provider?: 'direct' | 'euler'; environment?: Record<string, string> } = {},
): Promise<{ facts: LiveFacts; told: string[]; debug: string[] }> {
  const { log, told, debug } = keepingLog();
  const source = createTikTokSource({
    clock: virtualClock(Date.UTC(2026, 6, 1)),
    random: () => 0.5,
    log,
    settings: { user: 'ink_host_01', provider, signUrl: sign, room: null, secretsFile: null },
    secrets: { LIVEPEN_TIKTOK_HOST: pages, ...environment },
  });
  await new Promise<void>((resolve) => {
    source.start({ event: () => {}, changed: () => source.facts().phase === 'waiting' && resolve() });
  });
  const facts = source.facts();
  await source.stop();
  return { facts, told, debug };
}

const signInPage = '<!DOCTYPE html><html><title>Hotel Wi-Fi</title>Please sign in</html>';
const portals: readonly [string, (portalUrl: string) => RequestListener][] = [
  [
    'sends everybody to its own address',
    (portal) => (_request, response) => response.writeHead(302, { location: `${portal}/login` }).end(),
  ],
  [
    'answers everything with a page',
    () => (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(signInPage),
  ],
  [
    'sends everybody to an address where nothing answers',
    () => (_request, response) => response.writeHead(302, { location: 'http://127.0.0.3:1/login' }).end(),
  ],
  [
    'sends everybody to a name that nobody knows',
    () => (_request, response) => response.writeHead(307, { location: 'http://portal.invalid/login' }).end(),
  ],
  [
    'sends everybody to an address that cuts the connection',
    (portal) => (_request, response) => response.writeHead(302, { location: `${portal}/cut` }).end(),
  ],
  ['says so by its status', () => (_request, response) => response.writeHead(511).end(signInPage)],
];
for (const [what, answerOf] of portals) {
  test(`a network that wants a sign-in first, and ${what}, is told as one`, async () => {
    const portal = await serving('127.0.0.2', ({ url, socket }, response) =>
      url === '/cut' ? socket.destroy() : response.end(signInPage),
    );
    const gateway = await serving('127.0.0.1', answerOf(portal.url));
    try {
      const { facts, told, debug } = await silenceAt(gateway.url, gateway.url);
      assert.equal(facts.silence?.code, 'portal');
      assert.match(facts.problem?.what ?? '', /answers in place of TikTok.*sign-in/);
      assert.match(facts.problem?.remedy ?? '', /Sign in to this Wi-Fi/);
      for (const text of [...told, facts.silence?.what ?? '']) assert.doesNotMatch(text, notForPeople);
      assert.match(debug.join('\n'), /was asked|answered with a page|ERR_|Response code 511/);
    } finally {
      await portal.close();
      await gateway.close();
    }
  });
}

test('a network that sends only the requests to the sign service elsewhere, where nothing answers, is told as one', async () => {
  const live = JSON.stringify({ data: { user: { roomId: '7300000000000000001', id: '1' }, liveRoom: { status: 2 } } });
  const pages = await serving('127.0.0.1', (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(live),
  );
  const gateway = await serving('127.0.0.1', (_request, response) =>
    response.writeHead(302, { location: 'http://127.0.0.3:1/' }).end(),
  );
  try {
    const { facts, told } = await silenceAt(pages.url, gateway.url);
    assert.equal(facts.silence?.code, 'portal');
    for (const text of [...told, facts.silence?.what ?? '']) assert.doesNotMatch(text, notForPeople);
  } finally {
    await pages.close();
    await gateway.close();
  }
});

const page = { 'content-type': 'text/html' };
const portalsOfSockets: readonly [string, RequestListener][] = [
  ['by 511', (_request, response) => response.writeHead(511).end(signInPage)],
  ['by 511 with a page', (_request, response) => response.writeHead(511, page).end(signInPage)],
  ['by 403 with a page', (_request, response) => response.writeHead(403, page).end(signInPage)],
  ['by 200 with a page', (_request, response) => response.writeHead(200, page).end(signInPage)],
  ['by another address', (_request, response) => response.writeHead(302, { location: 'http://127.0.0.2/' }).end()],
];
for (const [how, answer] of portalsOfSockets) {
  test(`a network that wants a sign-in and answers ${how} in place of the sign service is told as one`, async () => {
    const gateway = await serving('127.0.0.1', answer);
    try {
      const environment = { LIVEPEN_SIGN_API_KEY: 'made-up-key' };
      const { facts, told, debug } = await silenceAt(gateway.url, gateway.url, { provider: 'euler', environment });
      assert.equal(facts.silence?.code, 'portal');
      assert.match(facts.silence?.todo ?? '', /Sign in to this Wi-Fi/);
      for (const text of [...told, facts.silence?.what ?? '']) assert.doesNotMatch(text, notForPeople);
      assert.match(debug.join('\n'), /status \d{3}/);
    } finally {
      await gateway.close();
    }
  });
}

test('a sign service that refuses the key of a connection says so, and not that the network does', async () => {
  const json = { 'content-type': 'application/json' };
  const service = await serving('127.0.0.1', (_request, response) => response.writeHead(403, json).end('{"code":403}'));
  try {
    const environment = { LIVEPEN_SIGN_API_KEY: 'made-up-key' };
    const { facts } = await silenceAt(service.url, service.url, { provider: 'euler', environment });
    assert.equal(facts.problem?.code, 'live-key-refused');
  } finally {
    await service.close();
  }
});

test('without the key that a provider needs nothing is said to be tried, but what to do; the key is seen when it is there', async () => {
  const { log, told } = keepingLog();
  const clock = virtualClock(Date.UTC(2026, 6, 1));
  const secrets: Record<string, string> = {};
  const source = createTikTokSource({
    clock,
    random: () => 0.5,
    log,
    settings: { user: 'ink_host_01', provider: 'euler', signUrl: 'http://127.0.0.1:9', room: null, secretsFile: null },
    secrets,
  });
  const phases = new Set<string>();
  source.start({ event: () => {}, changed: () => phases.add(source.facts().phase) });
  for (let hours = 0; hours < 3; hours += 1) {
    source.retryNow();
    assert.doesNotMatch(whatIsTried({ link: 'ready' }, source.facts(), clock.wallMs()), /tried/);
    await clock.advance(3_600_000);
  }
  const { silence, problem, nextAttemptAtMs } = source.facts();
  assert.deepEqual([silence?.code, silence?.nextAtMs, nextAttemptAtMs], ['refused', null, null]);
  assert.match(`${silence?.what} ${silence?.todo}`, /needs an API key.*LIVEPEN_SIGN_API_KEY/);
  assert.equal(problem?.code, 'live-no-key');
  assert.deepEqual([...phases], ['waiting']);
  assert.equal(told.length, 1, told.join('\n'));
  assert.doesNotMatch(told.join(), /attempt|WebSocket/);
  secrets.LIVEPEN_SIGN_API_KEY = 'made-up-key';
  source.retryNow();
  assert.equal(source.facts().phase, 'connecting');
  await source.stop();
});

test('no network is told as such, whatever the library calls it', async () => {
  const { facts, told, debug } = await silenceAt('http://no-such-host.invalid', 'http://no-such-host.invalid');
  assert.ok(['offline', 'lost'].includes(facts.silence?.code ?? ''));
  assert.equal(facts.problem?.code, 'live-offline');
  for (const text of [...told, facts.silence?.what ?? '']) assert.doesNotMatch(text, notForPeople);
  assert.match(debug.join('\n'), /ENOTFOUND|EAI_AGAIN/);
});

test('an answer of TikTok in a form that nobody knows is told without the words of a library', async () => {
  for (const body of ['{}', '[]', '{"data":3}', 'null', '{"statusCode":"x"}', 'garbage', '{"statusCode":7}']) {
    const pages = await serving('127.0.0.1', (_request, response) => response.end(body));
    try {
      const { facts, told, debug } = await silenceAt(pages.url, pages.url);
      for (const text of [...told, facts.silence?.what ?? '']) assert.doesNotMatch(text, notForPeople, body);
      assert.ok(debug.length > 0, 'what was said is in the log');
    } finally {
      await pages.close();
    }
  }
});

const answers: readonly [string, { status: number; headers?: Record<string, string>; body?: string | Uint8Array }][] = [
  ['403', { status: 403, body: '{"code":403,"message":"Forbidden"}' }],
  ['403 with a page', { status: 403, body: '<html>Access denied</html>' }],
  ['401', { status: 401, body: 'nope' }],
  ['429', { status: 429, headers: { 'retry-after': '7200' }, body: '{"message":"slow"}' }],
  ['500', { status: 500, body: 'Internal Server Error\u001b[31m' }],
  ['404', { status: 404 }],
  ['418', { status: 418 }],
  ['a page with status 200', { status: 200, body: signInPage }],
  ['garbage with status 200', { status: 200, body: 'garbage' }],
  ['nothing with status 200', { status: 200, body: '' }],
  ['bytes with status 200', { status: 200, body: new Uint8Array([10, 4, 1, 2, 3, 4, 255, 255, 0]) }],
];
const said: Readonly<Record<string, readonly [withKey: RegExp, without: RegExp]>> = {
  '403': [/refuses the API key/, /without an API key/],
  '403 with a page': [/refuses the API key/, /without an API key/],
  '401': [/refuses the API key/, /without an API key/],
  '429': [/asks to wait/, /asks to wait/],
  '500': [/trouble of its own/, /trouble of its own/],
  '404': [/does not know what it was asked/, /does not know what it was asked/],
  '418': [/does not serve us/, /does not serve us/],
  'a page with status 200': [/sign-in/, /sign-in/],
};
for (const key of ['made-up-key', '']) {
  test(`whatever the sign service answers, it is told in words (${key === '' ? 'without a' : 'with an'} API key)`, async () => {
    for (const [name, answer] of answers) {
      const { log, told, debug } = keepingLog();
      const environment = { LIVEPEN_SIGN_API_KEY: key };
      await whileHearing({ environment, deps: { log } }, async ({ live, until, facts }) => {
        await until('the live is heard', () => facts().heard);
        live.faults.refuse('sign', ...Array.from({ length: 200 }, () => answer));
        told.length = 0;
        live.drop();
        const { signed } = live.counts();
        await until('it was refused', () => live.counts().signed > signed && facts().phase === 'waiting');
        const silence = facts().silence ?? assert.fail();
        for (const text of [...told, silence.what, silence.todo ?? '', facts().problem?.what ?? '']) {
          assert.doesNotMatch(text, notForPeople, `${name}: ${text}`);
        }
        const [withKey, without] = said[name] ?? [/answers in a form/, /answers in a form/];
        assert.match(silence.what, key === '' ? without : withKey, name);
        assert.ok(
          debug.some((line) => line.startsWith('Why there is no connection to the live: ')),
          `${name}: the log keeps it`,
        );
        assert.ok(!debug.join().includes('\u001b'));
      });
    }
  });
}

test('a rate limit tells until when, on the clock on the wall, and a wish to try at once does not break it', async () => {
  const { source, last, attempts, clock, log } = listening();
  await clock.advance(0);
  last().listener.ended({ kind: 'rate-limited', retryAfterMs: 3_600_000 });
  const { silence, phase } = source.facts();
  assert.equal(silence?.code, 'rate-limited');
  assert.equal(silence?.nextAtMs, clock.wallMs() + 3_600_000);
  const time = new Date(silence?.nextAtMs ?? 0).toTimeString().slice(0, 5);
  assert.match(log[0] ?? '', new RegExp(`asks to wait\\. Next attempt at ${time}\\.$`));
  source.retryNow();
  assert.equal(phase, 'waiting');
  assert.equal(attempts.length, 1);
  await source.stop();
});

test('why no live is heard is told for every ending, and that nobody is set', async () => {
  const nobody = listening(null).source.facts().silence;
  assert.equal(nobody?.code, 'no-user');
  assert.match(nobody?.todo ?? '', /\[live\] user/);
  const { source, last, clock } = listening();
  await clock.advance(0);
  assert.equal(source.facts().silence?.code, 'trying');
  last().listener.ended({ kind: 'not-live' });
  assert.equal(source.facts().silence?.what, '@ink_host_01 is not live.');
  assert.equal(source.facts().problem, null);
});
