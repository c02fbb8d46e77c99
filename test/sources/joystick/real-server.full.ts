/**
 * A real server of Action Cable, of Debian's packages: the gateway in software says what it says, and our source hears it
 * through whatever becomes of it.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LiveEvent } from '../../../src/domain/live-event.ts';
import { silentLog } from '../../../src/domain/log.ts';
import { createGateway } from '../../../src/simulators/gateway/gateway.ts';
import { networkTo } from '../../../src/simulators/platform/in-memory.ts';
import { httpPort, socketPort } from '../../../src/sources/connection/network.ts';
import type { SocketPort } from '../../../src/sources/connection/ports.ts';
import { tokenFile } from '../../../src/sources/connection/token-file.ts';
import { createJoystickSource } from '../../../src/sources/joystick/source.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { seededRandom } from '../../../src/system/random.ts';
import { tempFolder } from '../../ledger/world.ts';
import { tokensIn } from './rig.ts';

/** A wait that lasts longer has failed; nothing is asserted about shorter ones. */
const patienceMs = 100_000;
const clock = systemClock();
const identifier = JSON.stringify({ channel: 'GatewayChannel', event_version: 'v2' });

async function until(what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface RealServer {
  readonly url: string;
  child: ChildProcess;
  post(path: string, body?: object): Promise<void>;
  /** Starts it again at the same place. */
  again(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

/** Fails where the server is not to be had. */
async function realServer(t: TestContext): Promise<RealServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const begin = async () => {
    const child = spawn('puma', ['-t', '1:5', '-b', `tcp://127.0.0.1:${port}`, join(import.meta.dirname, 'cable.ru')], {
      env: { ...process.env, TOKENS: 'one,two' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let isListening = false;
    const hear = (part: Buffer) => {
      said = `${said}${part}`.slice(-4_000);
      isListening ||= said.includes('Listening');
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const gone = once(child, 'exit').catch((error: unknown) => {
      said += String(error);
    });
    await Promise.race([gone, until('the server listens', () => isListening)]);
    assert.ok(
      isListening,
      `puma with Action Cable is needed (.ci/run installs ruby-actioncable puma ruby-rails ruby-websocket): ${said}`,
    );
    return child;
  };
  const server: RealServer = {
    url,
    child: await begin(),
    async post(path, body = {}) {
      await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    },
    async again() {
      server.child = await begin();
    },
  };
  t.after(async () => {
    server.child.kill('SIGCONT');
    server.child.kill('SIGKILL');
  });
  return server;
}

/** What a server sends, and how it closes; pings without their time, so that two servers can be compared. */
async function transcript(
  sockets: SocketPort,
  url: string,
  orders: readonly (readonly [text: string, answer: string | null])[],
  then: (heard: readonly object[]) => Promise<void>,
): Promise<unknown[]> {
  const heard: { readonly type?: unknown }[] = [];
  let isOpen = false;
  let closed: number | null = null;
  const end = sockets.open(
    { url, protocols: ['actioncable-v1-json'] },
    {
      opened: () => {
        isOpen = true;
      },
      message: (text) => {
        heard.push(JSON.parse(text));
      },
      pong: () => {},
      refused: ({ status }) => {
        closed = status;
      },
      closed: (code) => {
        closed = code;
      },
    },
  );
  const has = (type: string) => heard.some((frame) => frame.type === type);
  await until('the socket opens', () => isOpen || closed !== null);
  await until('somebody says something', () => heard.length > 0 || closed !== null);
  for (const [text, answer] of orders) {
    end.send(text);
    if (answer !== null) await until(answer, () => has(answer));
  }
  // Who is not admitted is told so, and the close comes after: then no ping does.
  await until('pings come', () => closed !== null || heard.filter(({ type }) => type === 'ping').length >= 2);
  await then(heard);
  await until('it closes', () => closed !== null);
  const pings = heard.filter(({ type }) => type === 'ping');
  for (const ping of pings) assert.ok('message' in ping && Number.isInteger(ping.message), JSON.stringify(ping));
  return [...heard.filter(({ type }) => type !== 'ping'), ...(pings.length > 0 ? ['pings'] : []), closed];
}

const order = (command: string, of: string, data?: string) =>
  JSON.stringify({ command, identifier: of, ...(data === undefined ? {} : { data }) });
const refused = JSON.stringify({ channel: 'GatewayChannel', event_version: 'none' });

/** What is answered, and what is passed over without a word. */
const orders = [
  ['no JSON', null],
  ['{}', null],
  [order('subscribe', JSON.stringify({ channel: 'NobodyKnows' })), null],
  [order('message', identifier, '{"action":"send_message"}'), null],
  [order('subscribe', refused), 'reject_subscription'],
  [order('subscribe', identifier), 'confirm_subscription'],
  [order('subscribe', identifier), null],
  [order('message', identifier, '{"action":"nobody_knows"}'), null],
  // What is refused says so outside of every channel, and names no type.
  [order('message', identifier, '{"action":"send_message","channel_id":"another","text":"hi"}'), null],
  [order('brand_new', identifier), null],
] as const;

test('the gateway in software says what a real server of Action Cable says, word for word, and is silent where it is', async (t) => {
  const server = await realServer(t);
  const message = { v: 2, type: 'tipped' };
  const cable = (url: string, token: string) => `${url.replace('http', 'ws')}/cable?token=${token}`;
  const real = await transcript(socketPort, cable(server.url, 'one'), orders, async (heard) => {
    await server.post('/say', message);
    // Its threads would close before they have said it.
    await until('the message comes', () => heard.some((frame) => 'message' in frame && 'identifier' in frame));
    await server.post('/restart');
  });

  const gateway = createGateway({ clock, refusal: 'frame' });
  const { sockets } = networkTo({ clock, platform: gateway });
  const { access } = gateway.installations.install('ink-box', []);
  gateway.faults.subscribeNext('rejected');
  const ours = await transcript(sockets, cable('http://gateway', access), orders, async () => {
    gateway.sayRaw(JSON.stringify({ identifier, message }));
    gateway.restart();
  });
  assert.deepEqual(ours, real);
  assert.deepEqual(real, [
    { type: 'welcome' },
    { identifier: refused, type: 'reject_subscription' },
    { identifier, type: 'confirm_subscription' },
    { error: 'unknown channel' },
    { identifier, message },
    { type: 'disconnect', reason: 'server_restart', reconnect: true },
    'pings',
    1000,
  ]);

  const nothing = async () => {};
  const notAdmitted = await transcript(socketPort, cable(server.url, 'wrong'), [], nothing);
  assert.deepEqual(await transcript(sockets, cable('http://gateway', 'wrong'), [], nothing), notAdmitted);
  assert.deepEqual(notAdmitted, [{ type: 'disconnect', reason: 'unauthorized', reconnect: false }, 1000]);
});

/** Our source, signed in at a server: with this token, which lies in this file. */
function sourceOf(
  file: string,
  url: string,
  accessToken: string,
  more: Pick<Parameters<typeof createJoystickSource>[0], 'wanted' | 'rights'>,
) {
  tokenFile(file).write({ accessToken, refreshToken: 'first', endsAtMs: null, since: 1 });
  return createJoystickSource({
    clock,
    random: seededRandom(7),
    log: silentLog,
    sockets: socketPort,
    http: httpPort,
    tokens: tokensIn(file, clock, httpPort, url),
    api: url,
    reconnectMaxAttempts: 0,
    clockIsSet: () => true,
    settled: null,
    ...more,
  });
}

test('our source hears a real server, through restarts, silence and its death, and is let in with a new token', async (t) => {
  const server = await realServer(t);
  const file = join(tempFolder(t), 'sign-in.json');
  const source = sourceOf(file, server.url, 'stale', { wanted: new Set() });
  const events: LiveEvent[] = [];
  source.start({ event: (event) => events.push(event), changed: () => {} });
  t.after(() => source.stop());
  const heard = () => source.facts().heard;
  const tips = () => events.flatMap((event) => (event.kind === 'tip' ? [event.payload.tokens] : []));
  let said = 0;
  /** What is said while nobody listens is gone: only what comes after is waited for. */
  const tip = async () => {
    said += 1;
    const data = { who: 'Rosa', how_much: said, tip_menu_item: null };
    const message = { v: 2, type: 'tipped', id: `tip-${said}`, channel_id: 'c0ffee', text: '', data };
    await server.post('/say', message);
    await until(`tip ${said}`, () => tips().includes(said));
  };
  await until('it is heard', heard);
  assert.equal(tokenFile(file).read()?.accessToken, 'two');
  await tip();

  await server.post('/restart');
  await until('the restart is noticed', () => !heard());
  await until('it is heard again', heard);
  await tip();

  server.child.kill('SIGSTOP');
  await until('the silence is noticed', () => !heard());
  server.child.kill('SIGCONT');
  await until('it is heard again', heard);
  await tip();

  server.child.kill('SIGKILL');
  await until('its death is noticed', () => !heard());
  await server.again();
  await until('it is heard again', heard);
  await tip();

  assert.deepEqual(tips(), [1, 2, 3, 4]);
  const gaps = events.flatMap((event) => (event.kind === 'disconnected' ? [event.payload.why] : []));
  assert.deepEqual(gaps.slice(0, 2), ['Joystick.tv closed the connection (server restart)', 'silent for 6 s']);
  assert.equal(gaps.length, 3);
});

test('what is written into the chat, whispered, muted and blocked goes out over a real server, which says nothing when all is well', async (t) => {
  const server = await realServer(t);
  const rights = { write: true, moderate: true };
  const source = sourceOf(join(tempFolder(t), 'sign-in.json'), server.url, 'two', {
    wanted: new Set(['chat']),
    rights,
  });
  const chats: string[] = [];
  source.start({ event: (event) => event.kind === 'chat' && chats.push(event.payload.text), changed: () => {} });
  t.after(() => source.stop());
  await until('it is heard', () => source.facts().heard);
  const data = { text: 'spam', author: { username: 'Spam_Bot' } };
  const message = { v: 2, type: 'new_message', id: 'message-1', channel_id: 'c0ffee', text: 'spam', data };
  await server.post('/say', message);
  await until('the chat is heard', () => chats.length === 1);
  for (const [act, to, text] of [
    ['announce', '', 'Спасибо, "Rosa" 🌹'],
    ['whisper', 'Rosa', 'row 3'],
    ['mute', 'spam_bot', ''],
    ['unmute', 'Spam_Bot', ''],
    ['block', 'Spam_Bot', ''],
  ] as const)
    assert.deepEqual(await source.write?.({ act, to, text }), { ok: true }, act);
  const done: unknown = await (await fetch(`${server.url}/done`)).json();
  const channel_id = 'c0ffee';
  const named = { message_id: 'message-1', messageId: 'message-1', channel_id };
  assert.deepEqual(done, [
    { action: 'send_message', text: 'Спасибо, "Rosa" 🌹', channel_id },
    { action: 'send_whisper', username: 'Rosa', text: 'row 3', channel_id },
    { action: 'mute_user', ...named },
    { action: 'unmute_user', username: 'Spam_Bot', channel_id },
    { action: 'block_user', ...named },
  ]);
});
