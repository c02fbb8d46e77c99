import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endingOfAnswer, endingOfError } from '../../src/sources/tiktok/classify.ts';
import { readSecrets } from '../../src/sources/tiktok/secrets.ts';
import { whileHearing } from './hearing.ts';

const refusals: readonly [string, number, string][] = [
  ['a refused key', 401, 'live-key-refused'],
  ['a key of a plan that lacks this', 402, 'live-plan'],
];
for (const [what, status, code] of refusals) {
  test(`${what} names a remedy, is not hammered, and is tried at once when a person asks`, async () => {
    const refuse = { status, body: '{"message":"short"}' };
    await whileHearing({ pages: true }, async ({ live, until, facts, source }) => {
      await until('the live is heard', () => facts().heard);
      live.faults.refuse('sign', refuse);
      // Neither does the other provider take the key.
      live.faults.closeNext(4401);
      live.drop();
      await until('the problem is told', () => facts().problem?.code === code);
      assert.ok((facts().problem?.remedy ?? '').length > 10);
      source.retryNow();
      await until('the live is heard again', () => facts().heard);
      assert.equal(facts().problem, null);
    });
  });
}

test('a rate limit with a short message is obeyed to the second', async () => {
  await whileHearing({ factor: 200 }, async ({ live, until, facts, clock }) => {
    await until('the live is heard', () => facts().heard);
    live.faults.refuse('sign', { status: 429, headers: { 'retry-after': '90' }, body: '{"message":"slow"}' });
    live.drop();
    await until('the limit is heard', () => facts().phase === 'waiting' && live.counts().signed === 2);
    const waitMs = (facts().nextAttemptAtMs ?? 0) - clock.nowMs();
    assert.ok(waitMs > 60_000 && waitMs <= 90_000, `waits ${waitMs} ms`);
    await until('the live is heard again', () => facts().heard);
  });
});

test('a room that is known by its number is not signed for after its live, until it is on the air again', async () => {
  await whileHearing({ factor: 40 }, async ({ live, until, facts, of, clock, log }) => {
    await until('the live is heard', () => facts().heard);
    live.end();
    await until('the end is heard', () => facts().phase === 'off-air');
    const offAirMs = clock.nowMs();
    const { signed } = live.counts();
    await until('some minutes went by', () => clock.nowMs() - offAirMs > 200_000);
    assert.equal(live.counts().signed, signed);
    live.onAir(true);
    await until('the next live is heard', () => of('connected').length === 2);
    const onAirMs = clock.nowMs();
    await until('it is heard for some minutes', () => clock.nowMs() - onAirMs > 150_000);
    assert.equal(live.counts().signed, signed + 1, log.join('\n'));
    assert.equal(facts().heard, true);
    assert.equal(of('stream-end').length, 1);
    live.end();
    await until('its end is heard too', () => of('stream-end').length === 2 && facts().phase === 'off-air');
  });
});

test('a sign service that stalls or answers nonsense is given up and tried again', async () => {
  await whileHearing({ factor: 300 }, async ({ live, until, facts, of }) => {
    await until('the live is heard', () => facts().heard);
    live.faults.stall('sign');
    live.faults.refuse('sign', { status: 200, body: 'nonsense' }, { status: 500 }, { status: 429, body: 'no json' });
    live.drop();
    await until('the live is heard again', () => facts().heard && of('connected').length >= 2);
    assert.ok(live.counts().signed >= 6);
  });
});

test('a refused upgrade leaves no socket open', async () => {
  await whileHearing({ factor: 300 }, async ({ live, until, facts }) => {
    await until('the live is heard', () => facts().heard);
    live.faults.refuse('upgrade', { status: 403 }, { status: 403 }, { status: 403 });
    live.drop();
    await until('the live is heard again', () => facts().heard && live.counts().signed >= 5);
    await until('one socket is left', () => live.counts().openSockets <= 2);
    assert.equal(live.counts().openConnections, 1);
  });
});

test('who is not live is looked for on the pages and costs no signature; once live it is heard', async () => {
  await whileHearing({ pages: true, factor: 2_000 }, async ({ live, until, facts, source }) => {
    await until('the live is heard', () => facts().heard);
    live.end();
    await until('it is off air', () => facts().phase === 'off-air');
    const { signed, pageViews } = live.counts();
    await until('it is looked for', () => live.counts().pageViews >= pageViews + 6);
    assert.equal(live.counts().signed, signed);
    assert.equal(facts().problem, null);
    live.newRoom('7300000000000000002');
    source.retryNow();
    await until('the next live is heard', () => facts().heard);
    assert.equal(facts().room, '7300000000000000002');
  });
});

test('a user that nobody knows is told as such', async () => {
  await whileHearing({ pages: true }, async ({ live, until, facts }) => {
    await until('the live is heard', () => facts().heard);
    live.rename('somebody_else');
    live.drop();
    await until('the problem is told', () => facts().problem?.code === 'live-no-such-user');
  });
});

test('a live that is restricted by age says so and asks for a login', async () => {
  await whileHearing({ pages: true }, async ({ live, until, facts }) => {
    await until('the live is heard', () => facts().heard);
    live.restrict(true);
    live.drop();
    await until('the problem is told', () => facts().problem?.code === 'live-age-restricted');
    assert.match(facts().problem?.remedy ?? '', /session/);
  });
});

test('a page that refuses is replaced by another; when all refuse it is tried again', async () => {
  await whileHearing({ pages: true, factor: 200 }, async ({ live, until, facts, of }) => {
    await until('the live is heard', () => facts().heard);
    const refusal = { status: 403, body: 'blocked' };
    live.faults.refuse('page', refusal);
    live.drop();
    await until('the live is heard by another page', () => of('connected').length === 2);
    live.faults.refuse('page', refusal, refusal, refusal);
    const { signed } = live.counts();
    live.drop();
    await until('the refusals are used up', () => facts().phase === 'waiting' && live.counts().signed === signed);
    await until('the live is heard again', () => of('connected').length === 3);
    assert.equal(facts().problem, null);
  });
});

test('the managed WebSocket: a refused key and a live that is off are told apart', async () => {
  await whileHearing({ provider: 'euler' }, async ({ live, until, facts, source }) => {
    live.room.say({ kind: 'room-user', viewers: 3 });
    await until('the live is heard', () => facts().heard);
    live.faults.closeNext(4401);
    live.faults.refuse('sign', { status: 401 });
    live.drop();
    await until('the problem is told', () => facts().problem?.code === 'live-key-refused');
    live.onAir(false);
    source.retryNow();
    await until('it is off air', () => facts().phase === 'off-air');
    assert.equal(facts().problem, null);
  });
});

test('the managed WebSocket is not tried without a key', async () => {
  await whileHearing(
    { provider: 'euler', environment: { LIVEPEN_SIGN_API_KEY: '' } },
    async ({ live, until, facts }) => {
      await until('the problem is told', () => facts().problem?.code === 'live-no-key');
      assert.equal(live.counts().connections, 0);
    },
  );
});

test('a secrets file that cannot be read is told with its name', async () => {
  const settings = {
    user: 'ink_host_01',
    provider: 'direct',
    signUrl: null,
    room: '1',
    secretsFile: '/no/such/file',
  } as const;
  await whileHearing({ deps: { settings } }, async ({ until, facts }) => {
    await until('the problem is told', () => facts().problem?.code === 'live-no-secrets-file');
    assert.match(facts().problem?.what ?? '', /\/no\/such\/file cannot be read: it is not there/);
  });
});

test('no secret is in a log line, an event or the facts', async () => {
  const environment = { LIVEPEN_SIGN_API_KEY: 'very-secret-key', LIVEPEN_TIKTOK_SESSION_ID: 'very-secret-session' };
  for (const provider of ['direct', 'euler'] as const) {
    await whileHearing({ provider, pages: provider === 'direct', environment }, async (hearing) => {
      const { live, until, facts, log, events, source } = hearing;
      live.room.say({ kind: 'room-user', viewers: 3 });
      // A connection that is cut before it is in its room is none that was lost.
      await until('the room is entered', () => log.some((line) => line.includes('Connected to the live of')));
      live.faults.refuse('sign', { status: 500, body: 'very-secret-key' });
      live.faults.refuse('upgrade', { status: 500 });
      live.drop();
      await until('it was lost', () => facts().reconnects > 0 && facts().heard);
      const all = [...log, JSON.stringify(events), JSON.stringify(facts()), JSON.stringify(source.undecodableFrames())];
      assert.ok(all.every((text) => !text.includes('very-secret')));
    });
  }
});

test('a retry-after is understood as seconds, as a date and as a reset time', () => {
  const wallMs = Date.UTC(2026, 0, 1);
  const waitMs = (retryAfter: string | null, rateLimitReset: string | null = null) => {
    const ending = endingOfAnswer({ status: 429, retryAfter, rateLimitReset, body: '' }, wallMs);
    return ending.kind === 'rate-limited' ? ending.retryAfterMs : null;
  };
  assert.equal(waitMs('12'), 12_000);
  assert.equal(waitMs('Thu, 01 Jan 2026 00:02:00 GMT'), 120_000);
  assert.equal(waitMs(null, String(wallMs / 1000 + 30)), 30_000);
  assert.equal(waitMs(null), 60_000);
});

test('a failure of TLS while the clock is not set waits for the clock; otherwise it is a lost connection', () => {
  const tls = (code: string) => Object.assign(new Error('tls'), { cause: Object.assign(new Error('inner'), { code }) });
  assert.equal(endingOfError(tls('CERT_NOT_YET_VALID'), true).kind, 'no-clock');
  assert.equal(endingOfError(tls('CERT_HAS_EXPIRED'), false).kind, 'no-clock');
  assert.equal(endingOfError(tls('CERT_HAS_EXPIRED'), true).kind, 'lost');
  assert.equal(endingOfError(tls('ENOTFOUND'), false).kind, 'lost');
  const signing = new Error('[Connect Error] Failed to connect to sign server. certificate is not yet valid');
  assert.equal(endingOfError(signing, true).kind, 'no-clock');
  assert.equal(endingOfError(new Error('[Connect Error] certificate has expired'), false).kind, 'no-clock');
  assert.equal(endingOfError(new Error('[Connect Error] certificate has expired'), true).kind, 'lost');
});

test('secrets come from the environment, else from the file, in any of the usual spellings', () => {
  const text = '\uFEFF# keys\r\nexport LIVEPEN_SIGN_API_KEY="from file"\r\nLIVEPEN_TIKTOK_SESSION_ID = abc\r\n';
  const file = readSecrets('secrets', {}, () => text);
  assert.equal(file.signApiKey, 'from file');
  assert.deepEqual(file.session, { id: 'abc', targetIdc: 'useast1a', toSignService: false });
  assert.equal(readSecrets('secrets', { SIGN_API_KEY: 'from environment' }, () => text).signApiKey, 'from environment');
  assert.equal(readSecrets(null, {}, () => text).signApiKey, null);
});

test('a connection that broke is told in words, without a code that nobody knows', async () => {
  await whileHearing({}, async ({ live, until, facts, of, log }) => {
    await until('the live is heard', () => facts().heard);
    live.drop();
    await until('the live is heard again', () => of('connected').length === 2);
    const told = log.find((line) => line.startsWith('Not connected to the live'));
    assert.match(told ?? '', /: the connection to TikTok broke\. Next attempt in/);
  });
});
