import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { chatActs, chatText } from '../../src/domain/chat.ts';
import { silentLog } from '../../src/domain/log.ts';
import { createGateway } from '../../src/simulators/gateway/gateway.ts';
import { networkTo } from '../../src/simulators/platform/in-memory.ts';
import { tokenFile } from '../../src/sources/connection/token-file.ts';
import { createJoystickSource } from '../../src/sources/joystick/source.ts';
import type { Task } from '../../src/worker/outlet.ts';
import { chatOutlet } from '../../src/worker/outlets/chat.ts';
import type { AskBoard } from '../../src/worker/sound/stage.ts';
import { apiOf, tokens } from '../api/with-api.ts';
import { buildWorld } from '../appliance/world.ts';
import { clientId, tokensIn } from '../sources/joystick/rig.ts';
import { fastClock, type Mood, outletContract } from './outlet-contract.ts';
import { task } from './tasks.ts';
import { untilSo } from './tools.ts';

const workerToken = 'w'.repeat(43);
const never = new AbortController().signal;
const reads = ['chat:read', 'stream:read', 'identity:read'];

interface Wish {
  readonly allow?: readonly (typeof chatActs)[number][];
  readonly rights?: { readonly write: boolean; readonly moderate: boolean };
  readonly scopes?: readonly string[];
  readonly writesChat?: boolean;
}

/** The outlet before the routes of a real API, whose source listens to a gateway in software. */
async function opened(
  context: TestContext,
  { allow = chatActs, rights = { write: true, moderate: true }, scopes = ['chat:write'], writesChat = true }: Wish = {},
) {
  const gateway = createGateway({ clock: fastClock });
  const network = networkTo({ clock: fastClock, platform: gateway });
  const folder = mkdtempSync(join(tmpdir(), 'livepen-chat-'));
  const file = join(folder, 'sign-in.json');
  const { access, refresh } = gateway.installations.install(clientId, [...reads, ...scopes]);
  const wallMs = fastClock.wallMs();
  tokenFile(file).write({ accessToken: access, refreshToken: refresh, endsAtMs: wallMs + 14_400_000, since: wallMs });
  const source = createJoystickSource({
    clock: fastClock,
    random: () => 0.5,
    log: silentLog,
    sockets: network.sockets,
    http: network.http,
    tokens: tokensIn(file, fastClock, network.http),
    api: 'https://gateway.example',
    reconnectMaxAttempts: 0,
    clockIsSet: () => true,
    settled: null,
    wanted: new Set(),
    rights,
  });
  const world = buildWorld({});
  Object.assign(world.source, { write: source.write });
  const { api, call } = apiOf(world, { tokens, workerToken, writesChat, clock: fastClock });
  source.start({ event() {}, changed() {} });
  context.after(async () => {
    api.close();
    await source.stop();
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await untilSo('the gateway is heard', () => source.facts().heard);
  let mood: Mood = 'takes';
  const ask: AskBoard = async ({ method, path, body }) => {
    const fault = { code: 'feed-unreachable', what: 'No Livepen answers.', remedy: 'Is it on?' };
    if (mood === 'gone') return { kind: 'failed', fault };
    if (mood === 'hangs') return new Promise(() => {});
    if (mood === 'slow') await new Promise<void>((resolve) => void fastClock.after(2_000, resolve));
    const token = mood === 'forbids' ? 'x'.repeat(43) : workerToken;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { status, json } = await call(method, path, { headers, body });
    return { kind: 'answered', status, detail: json?.detail ?? '' };
  };
  const become = async (next: Mood) => {
    mood = next;
    if (next === 'refuses') gateway.faults.orderNext('not in this chat');
  };
  return { outlet: chatOutlet({ allow, platform: 'joystick' }, ask), gateway, network, source, become, call };
}

outletContract(
  'chat',
  async (context) => {
    const { outlet, gateway, become } = await opened(context);
    return {
      outlet,
      taskOf: (text: string) => task('chat', { text }),
      received: () => gateway.chat(),
      arrives: chatText,
      become,
      secrets: [workerToken],
    };
  },
  ['slow', 'hangs', 'refuses', 'gone'],
);

const chat = (values: Task['values']) => task('chat', values);
const moderate = (act: string, origin = 'live') => ({ ...task('moderate', { act, to: 'Anna' }), origin });

test('what rules announce, whisper, reply and do to people is done in the chat, over the token of the worker', async (context) => {
  const { outlet, gateway } = await opened(context);
  gateway.say('new_message', { text: 'spam', author: { username: 'Anna' } });
  for (const each of [
    chat({ text: 'Hello' }),
    chat({ text: 'row 3', how: 'reply', to: '@Anna' }),
    chat({ text: 'only you', how: 'whisper', to: 'Anna', on: 'joystick' }),
    moderate('mute'),
    moderate('unmute'),
    moderate('block'),
  ])
    assert.deepEqual(await outlet.send(each, never), { ok: true }, JSON.stringify(each.values));
  assert.deepEqual(gateway.chat(), ['Hello', '@Anna row 3']);
  assert.deepEqual(gateway.orders(), ['whisper Anna: only you', 'mute Anna', 'unmute Anna', 'block Anna']);
});

test('nothing is done that this config, or that of the appliance, or the sign-in does not allow; each says where', async (context) => {
  const none = await opened(context, { allow: [] });
  for (const each of [chat({ text: 'Hello' }), moderate('block')]) {
    const sent = await none.outlet.send(each, never);
    assert.ok(!sent.ok && sent.kind === 'refused');
    assert.match(
      `${sent.fault.what} ${sent.fault.remedy}`,
      /the config does not allow to \w+\. Add "\w+" to allow in \[chat\]/,
    );
  }
  const noChat = await opened(context, { writesChat: false });
  const unasked = await noChat.outlet.send(chat({ text: 'Hello' }), never);
  assert.ok(!unasked.ok && /lets nothing be written/.test(unasked.fault.what), JSON.stringify(unasked));
  const noModeration = await opened(context, { rights: { write: true, moderate: false } });
  const kept = await noModeration.outlet.send(moderate('unmute'), never);
  assert.ok(!kept.ok && /does not let anybody be muted/.test(kept.fault.what), JSON.stringify(kept));
  const unsigned = await opened(context, { scopes: [] });
  const refused = await unsigned.outlet.send(chat({ text: 'Hello' }), never);
  assert.ok(!refused.ok && /refuses it: insufficient scope/.test(refused.fault.what), JSON.stringify(refused));
  for (const { gateway } of [none, noChat, noModeration, unsigned])
    assert.deepEqual([...gateway.chat(), ...gateway.orders()], []);
});

test('a token that is none is reported as that, and nothing is written', async (context) => {
  const { outlet, gateway, become } = await opened(context);
  await become('forbids');
  const sent = await outlet.send(chat({ text: 'Hello' }), never);
  assert.ok(!sent.ok && sent.kind === 'refused');
  assert.match(`${sent.fault.what} ${sent.fault.remedy}`, /not the token.*--token-file/);
  assert.ok(!JSON.stringify(sent).includes('x'.repeat(43)));
  assert.deepEqual(gateway.chat(), []);
});

test('a test, a replay and a text of which nothing is left do nothing, and that is no fault', async (context) => {
  const { outlet, gateway } = await opened(context);
  for (const each of [moderate('block', 'test'), moderate('mute', 'replay'), chat({ text: '///' })])
    assert.deepEqual(await outlet.send(each, never), { ok: true, isLeftOut: true });
  for (const each of [
    chat({ text: 'x', how: 'shout' }),
    chat({ text: 7 }),
    moderate('ban'),
    chat({ text: 'x', how: 'whisper', to: 'a b' }),
  ]) {
    const sent = await outlet.send(each, never);
    assert.ok(!sent.ok && sent.kind === 'refused', JSON.stringify(each.values));
  }
  assert.deepEqual([...gateway.chat(), ...gateway.orders()], []);
});

test('while the appliance has no connection to the chat, it is reported as that, and back again it takes what is sent then', async (context) => {
  const { outlet, gateway, network, source } = await opened(context);
  network.isSilent = true;
  network.drop();
  await untilSo('the loss is noticed', () => !source.facts().heard);
  const sent = await outlet.send(chat({ text: 'meanwhile' }), never);
  assert.ok(!sent.ok && sent.kind === 'unreachable', JSON.stringify(sent));
  network.isSilent = false;
  await untilSo('it is heard again', () => source.facts().heard);
  assert.deepEqual(await outlet.send(chat({ text: 'after' }), never), { ok: true });
  assert.deepEqual(gateway.chat(), ['after']);
});

test('the route takes the token of the worker and of the owner and no other, and only what its form says', async (context) => {
  const { call, gateway } = await opened(context);
  const post = (token: string, body: object) =>
    call('POST', '/chat', {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    });
  const hello = { act: 'announce', text: 'Hello' };
  assert.equal((await post(tokens.board, hello)).status, 403);
  assert.equal((await post('x'.repeat(43), hello)).status, 401);
  for (const body of [
    {},
    { act: 'ban' },
    { ...hello, text: 'x'.repeat(1_201) },
    { ...hello, to: 'x'.repeat(51) },
    { ...hello, live: 'a' },
  ])
    assert.equal((await post(workerToken, body)).status, 422, JSON.stringify(body).slice(0, 60));
  const [first, second] = await Promise.all([post(workerToken, hello), post(tokens.owner, hello)]);
  assert.deepEqual([first.status, second.status, second.headers.get('retry-after')], [200, 429, '3']);
  assert.deepEqual(gateway.chat(), ['Hello']);
});
