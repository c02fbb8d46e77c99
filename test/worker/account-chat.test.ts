import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { SignConfig, TikTokLiveConnection } from 'tiktok-live-connector';
import { chatText } from '../../src/domain/chat.ts';
import { boxViewOf, roomHeardOn } from '../../src/worker/feed.ts';
import type { Outlet, Task } from '../../src/worker/outlet.ts';
import { accountChatOutlet } from '../../src/worker/outlets/account-chat.ts';
import { machineWeb } from '../../src/worker/outlets/web.ts';
import { fastClock, type Mood, outletContract } from './outlet-contract.ts';
import { task } from './tasks.ts';
import { WebReceiver } from './web-receiver.ts';

const never = new AbortController().signal;
const session = 'secret-session';
const key = 'secret-key';
const room = '7300000000000000001';

interface Wish {
  readonly allow?: readonly 'announce'[];
  readonly room?: () => string | null;
}

/** The outlet before a sign service in software. */
async function opened(context: TestContext, { allow = ['announce'], room: heard = () => room }: Wish = {}) {
  const receiver = await WebReceiver.open(context);
  const url = new URL(new URL(receiver.address).origin);
  const target = { url, isLocal: true };
  const settings = { ...target, platform: 'tiktok', allow, session, targetIdc: 'eu-ttp2', key };
  const outlet = accountChatOutlet(settings, fastClock, receiver.ports, heard);
  context.after(() => outlet.close());
  return { receiver, outlet, texts: () => receiver.posted.map(({ body }) => JSON.parse(body).content) };
}

outletContract(
  'account chat',
  async (context) => {
    const { receiver, outlet, texts } = await opened(context);
    return {
      outlet,
      taskOf: (text: string) => task('chat', { text }),
      received: texts,
      arrives: (text) => chatText(text, 150),
      become: (mood: Mood) => receiver.become(mood),
      secrets: [session, key],
    };
  },
  ['slow', 'hangs', 'refuses', 'gone'],
);

/** One request of whoever calls a server of this machine. */
async function requestOf(context: TestContext, ask: (url: string) => Promise<unknown>) {
  const { promise, resolve } = Promise.withResolvers<object>();
  const server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (piece) => {
      body += piece;
    });
    incoming.on('end', () => {
      const { 'x-api-key': apiKey, 'x-cookie-header': cookies, 'content-type': type } = incoming.headers;
      const cookiesSorted = String(cookies).split(/; */).toSorted();
      resolve({
        method: incoming.method,
        path: incoming.url,
        apiKey,
        cookies: cookiesSorted,
        type,
        body: JSON.parse(body),
      });
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{"code":200}');
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  context.after(() => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  await ask(`http://127.0.0.1:${address.port}`);
  return promise;
}

test('the sign service is asked as the real connector asks it', async (context) => {
  const real = await requestOf(context, async (url) => {
    SignConfig.basePath = url;
    SignConfig.apiKey = key;
    const connection = new TikTokLiveConnection('somebody', {
      signApiKey: key,
      session: { cookie: { type: 'cookie', value: { sessionId: session, ttTargetIdc: 'eu-ttp2' } } },
    });
    await connection.sendMessage('Hello, Анна', room);
  });
  const ours = await requestOf(context, (url) => {
    const settings = {
      url: new URL(url),
      isLocal: true,
      platform: 'tiktok',
      allow: ['announce'] as const,
      session,
      targetIdc: 'eu-ttp2',
      key,
    };
    return accountChatOutlet(settings, fastClock, machineWeb, () => room).send(
      task('chat', { text: 'Hello, Анна' }),
      never,
    );
  });
  assert.deepEqual(ours, real);
});

test('without a paid plan that is said, and what to do about it', async (context) => {
  const { receiver, outlet } = await opened(context);
  for (const status of [401, 402, 403]) {
    receiver.answer = (_incoming, outgoing) => outgoing.writeHead(status).end('{}');
    const sent = await outlet.send(task('chat', { text: `hello ${status}` }), never);
    assert.ok(!sent.ok && sent.kind === 'refused', JSON.stringify(sent));
    assert.match(sent.fault.what, /paid plan/);
  }
  receiver.answer = (_incoming, outgoing) => outgoing.writeHead(302, { location: '/elsewhere' }).end();
  const sent = await outlet.send(task('chat', { text: 'elsewhere' }), never);
  assert.ok(!sent.ok && /not followed/.test(sent.fault.remedy), JSON.stringify(sent));
});

test('nothing is written that is not allowed, or while no live is heard; whispers and moderation are none of its', async (context) => {
  const off = await opened(context, { allow: [] });
  const refused = await off.outlet.send(task('chat', { text: 'hello' }), never);
  assert.ok(!refused.ok && /does not allow to announce/.test(refused.fault.what));
  let heard: string | null = null;
  const { outlet, texts } = await opened(context, { room: () => heard });
  const unheard = await outlet.send(task('chat', { text: 'hello' }), never);
  assert.ok(!unheard.ok && unheard.kind === 'unreachable', JSON.stringify(unheard));
  heard = room;
  assert.deepEqual(await outlet.send(task('chat', { text: '/hello' }), never), { ok: true });
  assert.deepEqual([...off.texts(), ...texts()], ['hello']);
  const takes = (values: Task['values'], action = 'chat') => outlet.takes(task(action, values));
  assert.deepEqual(
    [takes({ text: 'a' }), takes({ text: 'a', on: 'tiktok' }), takes({ text: 'a', on: 'joystick' })],
    [true, true, false],
  );
  assert.deepEqual([takes({ text: 'a', how: 'whisper' }), takes({ act: 'mute' }, 'moderate')], [false, false]);
});

test('two messages are two seconds apart', async (context) => {
  const { outlet } = await opened(context);
  const startMs = fastClock.nowMs();
  for (const text of ['one', 'two', 'three'])
    assert.deepEqual(await outlet.send(task('chat', { text }), never), { ok: true });
  assert.ok(fastClock.nowMs() - startMs >= 4_000);
});

test('what answers the chat is not written twice in a minute: the chat reads it, too, and a rule would answer itself', async (context) => {
  const { receiver, outlet, texts } = await opened(context);
  const answer = (outlet: Outlet, eventKind: string) =>
    outlet.send({ ...task('chat', { text: 'Hello!' }), eventKind }, never);
  await receiver.become('gone');
  assert.ok(!(await answer(outlet, 'chat')).ok);
  await receiver.become('takes');
  assert.deepEqual(await answer(outlet, 'chat'), { ok: true });
  assert.deepEqual(await answer(outlet, 'chat'), { ok: true, isLeftOut: true });
  assert.deepEqual(await answer(outlet, 'gift'), { ok: true });
  assert.deepEqual(texts(), ['Hello!', 'Hello!']);
});

test('which live is heard is known by what the appliance says of it', () => {
  const state = { name: 'drawing', what: 'It draws.', todo: null };
  const roomOf = (live: object) => {
    const data = JSON.stringify({ state, strokes: { drawn: 0, spoiled: 0, pending: 0 }, live });
    const view = boxViewOf({ id: null, event: 'status', data });
    assert.ok(view !== null);
    return roomHeardOn('tiktok', view);
  };
  const heard = { platform: 'tiktok', heard: true, room };
  assert.equal(roomOf({ lives: [{ platform: 'joystick', heard: true, room: 'joystick:a:b' }, heard] }), room);
  assert.equal(roomOf({ lives: [{ ...heard, heard: false }] }), null);
  assert.equal(roomOf({ lives: [{ ...heard, room: '../etc' }] }), null);
  assert.equal(roomOf({}), null);
});
