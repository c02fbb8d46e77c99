import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '../../src/commands/api-server.ts';
import { askBoardOf, askPassedOf, feedOf, reportWorker } from '../../src/commands/worker-feed.ts';
import { type Log, silentLog } from '../../src/domain/log.ts';
import type { PassingKind } from '../../src/domain/passing.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { systemClock } from '../../src/system/clock.ts';
import { type FeedAnswer, FeedFollower, FrameReader } from '../../src/worker/feed.ts';
import type { OutletReport } from '../../src/worker/outlet.ts';
import type { WorkerSettings } from '../../src/worker/settings.ts';
import { WorkerStore } from '../../src/worker/store.ts';
import { Worker } from '../../src/worker/worker.ts';
import { apiOf, tokens } from '../api/with-api.ts';
import { openSheet } from '../appliance/ready-world.ts';
import { buildWorld } from '../appliance/world.ts';
import { deskOf } from '../rules/desk-in-memory.ts';
import { does } from '../rules/rule-events.ts';
import { task } from './tasks.ts';
import { WebReceiver } from './web-receiver.ts';

const workerToken = 'w'.repeat(43);
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const rules = [
  { name: 'rose', on: 'gift', when: ['giftName', '==', 'Rose'], [does]: [{ draw: { row: '3' } }, { alert: 'A rose' }] },
  {
    name: 'corgi',
    on: 'gift',
    when: ['giftName', '==', 'Corgi'],
    [does]: [{ webhook: { to: 'friends', data: { text: '{displayName}' } } }, { log: 'A corgi of {displayName}' }],
  },
];

/** An appliance with rules whose API listens, as the worker meets it. */
async function appliance(context: TestContext, options: Parameters<typeof apiOf>[1] = { tokens }) {
  const ruled = { rules: deskOf(JSON.stringify({ rules }), ['1', '2', '3']).desk };
  const world = buildWorld(ruled);
  const { api, call } = apiOf(world, { workerToken, ...ruled, ...options });
  let served = await listen(api.app, '127.0.0.1', 0);
  assert.ok(served.ok);
  const { url } = served;
  world.appliance.start();
  await openSheet(world);
  context.after(async () => {
    api.close();
    if (served.ok) await served.close();
    await world.close();
  });
  return {
    world,
    call,
    url: new URL(url),
    give: async (gift: string) => {
      world.source.give(gift);
      await world.clock.advance(1_000);
    },
    /** Nobody answers there until it is back. */
    async leave() {
      if (served.ok) await served.close();
    },
    async comeBack() {
      served = await listen(api.app, '127.0.0.1', Number(new URL(url).port));
      assert.ok(served.ok);
    },
  };
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 1_000; round++) {
    if (isSo()) return;
    await delay(20);
  }
  assert.fail(`${what} did not happen`);
}

/** A worker in this process, with its own file; time runs faster for it. */
async function workerOf(
  context: TestContext,
  url: URL,
  token: string | null = workerToken,
  kinds: readonly PassingKind[] = [],
) {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-worker-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const receiver = await WebReceiver.open(context);
  const clock = systemClock(20);
  const said: string[] = [];
  const lines: string[] = [];
  const log: Log = { ...silentLog, info: (text) => said.push(text), warn: (text) => said.push(text) };
  const settings: WorkerSettings = {
    file: join(folder, 'worker.db'),
    hasLog: true,
    audio: { onBoard: true, player: null },
    sound: null,
    say: null,
    obs: null,
    chat: null,
    accountChat: null,
    osc: [],
    webhooks: [{ name: 'friends', url: new URL(receiver.address), isLocal: true, secret, kinds }],
    notify: [],
    mqtt: null,
    plugins: null,
  };
  const start = () => {
    const opened = WorkerStore.open(settings.file, clock.wallMs);
    assert.ok(opened.ok, JSON.stringify(opened));
    const worker = new Worker(settings, {
      passOn: null,
      clock,
      log,
      store: opened.store,
      open: feedOf({ url, token }, clock, false),
      askBoard: askBoardOf({ url, token }),
      askPassed: askPassedOf({ url, token }),
      web: receiver.ports,
      write: async (line) => void lines.push(JSON.parse(line).text),
    });
    // One that a failed test leaves behind would keep this file from its end.
    let isClosed = false;
    const close = () => {
      if (!isClosed) worker.close();
      isClosed = true;
    };
    context.after(close);
    return { worker: { report: () => worker.report(), close }, store: opened.store };
  };
  const hooked = () => receiver.posted.map(({ headers }) => headers['webhook-id']);
  return { start, said, lines, hooked, receiver };
}

test('what a rule is to do elsewhere is carried out once, from when the worker first came', async (context) => {
  const { url, give } = await appliance(context);
  await give('Corgi');
  const { start, said, lines, hooked } = await workerOf(context, url);
  const { worker } = start();
  await until('its first start', () => said.some((text) => text.includes('begins with what comes from now on')));
  await give('Rose');
  await give('Corgi');
  await until('the webhook', () => hooked().length >= 1 && lines.length === 1);
  assert.match(String(lines[0]), /^A corgi of /);
  assert.equal(worker.report().fault, null);
  assert.equal(
    said.some((text) => text.includes('alert')),
    false,
    'the board shows it by itself',
  );
  worker.close();
});

test('a worker that was away goes on where it was: what is durable arrives, in order and once', async (context) => {
  const { url, give, leave, comeBack } = await appliance(context);
  const { start, said, hooked } = await workerOf(context, url);
  const sentBy = ({ store }: ReturnType<typeof start>) => store.counts('webhook friends').sent;
  const first = start();
  await until('its first start', () => said.some((text) => text.includes('begins')));
  await give('Corgi');
  // Not when the receiver has it: until its yes is on disk it may be sent again, and rightly so.
  await until('the first', () => sentBy(first) === 1);
  first.worker.close();
  await give('Corgi');
  await give('Corgi');
  const second = start();
  await until('both', () => sentBy(second) === 3);
  await leave();
  await until('the loss', () => second.worker.report().fault !== null);
  await give('Corgi');
  await comeBack();
  await until('the fourth', () => sentBy(second) === 4);
  assert.equal(new Set(hooked()).size, 4);
  const seqs = hooked().map((id) => Number(String(id).split(':')[1]));
  assert.deepEqual(
    seqs,
    seqs.toSorted((a, b) => a - b),
  );
  assert.equal(second.worker.report().fault, null);
  second.worker.close();
});

test('another ledger is noted as a gap, and the worker goes on from its end', async (context) => {
  const { url, give } = await appliance(context);
  await give('Corgi');
  const { start, said, hooked } = await workerOf(context, url);
  const before = start();
  before.store.take('0badc0de:7', []);
  before.worker.close();
  const { worker, store } = start();
  await until('the gap', () => store.gaps().length === 1);
  assert.equal(store.gaps()[0]?.from, '0badc0de:7');
  assert.ok(
    said.some((text) => text.includes('The appliance has another ledger now')),
    said.join('\n'),
  );
  await until('the feed', () => worker.report().fault === null);
  await give('Corgi');
  await until('what came since', () => hooked().length >= 1);
  worker.close();
});

test("the worker's token reads the events, and is answered 403 on all else, also where this machine needs no token", async (context) => {
  const as = { headers: { authorization: `Bearer ${workerToken}` } };
  for (const options of [{ tokens }, { tokens: null }]) {
    const { call, url } = await appliance(context, options);
    for (const [method, path] of [
      ['POST', '/plotter/jog'],
      ['POST', '/paper/changed'],
      ['POST', '/pause'],
      ['GET', '/status'],
      ['POST', '/simulate/gift'],
      ['GET', '/rules'],
      ['PUT', '/rules/x'],
      ['GET', '/nothing'],
      ['GET', '/board'],
    ] as const) {
      const answer = await call(method, path, { ...as, ...(method === 'GET' ? {} : { body: '{}' }) });
      assert.equal(answer.status, 403, `${method} ${path}`);
    }
    const events = await fetch(new URL('/events', url), as);
    assert.equal(events.status, 200);
    await events.body?.cancel();
    assert.equal((await call('GET', '/health', as)).status, 200);
  }
});

test('the token is shown to nobody: what does not prove that it knows it is asked for nothing', async (context) => {
  const { url } = await appliance(context, { tokens, workerToken: 'x'.repeat(43) });
  const { start, said } = await workerOf(context, url);
  const { worker } = start();
  await until('the refusal', () => said.some((text) => text.includes('does not prove')));
  assert.equal(worker.report().fault?.code, 'feed-unproven');
  worker.close();
});

test('without a token an appliance of the network lets no worker in, and says what is missing', async (context) => {
  const { url } = await appliance(context);
  const { start, said } = await workerOf(context, url, null);
  const { worker } = start();
  await until('the refusal', () => said.some((text) => text.includes('--token-file')));
  worker.close();
});

test('pieces of the stream may be cut anywhere, and a frame without an end is no frame', () => {
  const text = 'retry: 2000\nid: 00000001:3\nevent: status\ndata: {"a":": b"}\n\nevent: beat\ndata: null\n\n';
  for (let at = 0; at <= text.length; at++) {
    const reader = new FrameReader();
    assert.deepEqual(
      [...reader.push(text.slice(0, at)), ...reader.push(text.slice(at))],
      [
        { id: '00000001:3', event: 'status', data: '{"a":": b"}' },
        { id: null, event: 'beat', data: 'null' },
      ],
    );
  }
  const reader = new FrameReader();
  assert.throws(() => {
    for (let n = 0; n < 20; n++) reader.push('x'.repeat(100_000));
  }, /too long/);
});

test('the status says whether a worker is there, what its outlets say and what waits for a person; gone, that it is', async (context) => {
  const { call, url, world } = await appliance(context);
  const owner = { headers: { authorization: `Bearer ${tokens.owner}` } };
  const seen = async () => (await call('GET', '/status', owner)).json.worker;
  assert.equal(await seen(), null);
  const fault = { code: 'outlet-refused', what: 'webhook friends: no.', remedy: 'Look.' };
  const outlet = {
    name: 'webhook friends',
    kind: 'durable',
    waiting: 1,
    sent: 2,
    retried: 3,
    dropped: 0,
    dead: 4,
  } as const;
  const never = new AbortController().signal;
  const report = (outlets: readonly OutletReport[], place: string | null = null) => ({
    outlets,
    place,
    dead: [],
    file: { id: '0123456789abcdef', isNew: true },
  });
  const noted = await reportWorker({ url, token: workerToken }, report([{ ...outlet, fault }]), never);
  assert.deepEqual(noted, { againInMs: 15_000, orders: [] });
  assert.deepEqual((await seen()).outlets, [{ ...outlet, fault: fault.what }]);
  assert.equal((await seen()).isThere, true);
  const figures = (await call('GET', '/metrics', owner)).body;
  assert.match(figures, /^livepen_worker_up 1$/m);
  assert.match(figures, /^livepen_worker_dead\{outlet="webhook friends"\} 4$/m);
  await world.clock.advance(46_000);
  assert.equal((await seen()).isThere, false);
  assert.match((await call('GET', '/metrics', owner)).body, /^livepen_worker_up 0$/m);
  assert.equal(await reportWorker({ url, token: 'x'.repeat(43) }, report([]), never), null);
  const board = await call('POST', '/worker/report', {
    headers: { authorization: `Bearer ${tokens.board}` },
    body: '{"outlets":[]}',
  });
  assert.equal(board.status, 403);
});

/** A follower of a feed that brings these pieces at each try, and then is silent. */
function following(...pieces: readonly string[]) {
  const clock = virtualClock();
  const said: string[] = [];
  const log: Log = { ...silentLog, warn: (text) => said.push(text) };
  let asked = 0;
  const ages: number[] = [];
  const open = async (_after: string | null, signal: AbortSignal): Promise<FeedAnswer> => {
    asked += 1;
    async function* all() {
      yield* pieces;
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut'))));
    }
    return { kind: 'open', pieces: all(), boxAheadMs: 60_000 };
  };
  const follower = new FeedFollower({
    clock,
    log,
    open,
    place: () => '00000001:1',
    take: (frames, ageOf) => {
      for (const { event } of frames)
        if (event === 'rule') ages.push(ageOf(task('osc', {}, '', clock.wallMs() + 60_000 - 5_000)));
      return true;
    },
    skip: () => true,
  });
  return { clock, said, ages, follower, asked: () => asked };
}

const fired = (id: string, more = '') =>
  `id: ${id}\nevent: rule\ndata: {"rule":"a","eventKind":"gift","viewer":"","origin":"live","prize":"","atMs":1,"outside":[]${more}}\n\n`;

test('what this worker does not understand is not passed over: it waits, and says why once', async () => {
  for (const piece of ['id: 00000001:2\nevent: rule\ndata: {"rule":1}\n\n', 'event: status\ndata: {"a"\n\n']) {
    const { clock, said, follower, asked } = following(piece);
    await clock.advance(300_000);
    assert.equal(follower.fault?.code, 'feed-form');
    assert.equal(said.length, 1, said.join('\n'));
    assert.ok(asked() > 5 && asked() < 20, `${asked()} tries in five minutes`);
    follower.close();
  }
});

test('a feed that falls silent is left and asked for anew', async () => {
  const { clock, follower, asked } = following(fired('00000001:2'));
  await clock.advance(34_000);
  assert.equal(asked(), 1);
  await clock.advance(3_000);
  assert.equal(asked(), 2);
  follower.close();
});

test('what was missed is as old as both clocks say, and what comes after a sign of life is of now', async () => {
  const { clock, ages, follower } = following(fired('00000001:2'), 'event: beat\ndata: null\n\n', fired('00000001:3'));
  await clock.advance(10);
  assert.deepEqual(ages, [5_000, 0]);
  follower.close();
});

test('what is said comes to the webhook that names it, in order, through a worker that was away, and to no other', async (context) => {
  const { world, url, give } = await appliance(context);
  const { start, hooked, receiver, said } = await workerOf(context, url, workerToken, ['chat']);
  const first = start();
  await until('it asked', () => world.gifts.wanted.has('chat'));
  world.source.say('one', 'mila');
  await world.clock.advance(1_000);
  await until('the first', () => hooked().length === 1);
  first.worker.close();
  for (const text of ['two', 'three']) world.source.say(text, 'mila');
  await world.clock.advance(1_000);
  await give('Corgi');
  const second = start();
  await until('all', () => hooked().length === 4);
  const bodies = receiver.posted.map(({ body }) => JSON.parse(body));
  assert.deepEqual(
    bodies.filter(({ type }) => type === 'live.chat').map(({ data }) => [data.viewer, data.text, data.origin]),
    [
      ['mila', 'one', 'live'],
      ['mila', 'two', 'live'],
      ['mila', 'three', 'live'],
    ],
  );
  assert.equal(bodies.filter(({ type }) => type === 'rule.fired').length, 1);
  assert.equal(new Set(hooked()).size, 4);

  // What is missing is reported to the outlet, in the log, and in what it counts as dropped.
  second.worker.close();
  world.source.say('forgotten', 'mila');
  await world.clock.advance(1_000);
  world.passing.clear();
  const third = start();
  await until('the gap', () => hooked().length === 5);
  const gap = JSON.parse(receiver.posted[4]?.body ?? '');
  assert.deepEqual([gap.type, gap.data], ['live.gap', { lost: 1 }]);
  assert.ok(said.some((text) => text.startsWith('Chats, likes and joins of the live are missing (1): ')));
  await until('it counts', () => third.worker.report().outlets.some(({ dropped }) => dropped === 1));
  third.worker.close();
});

test('what waits for a webhook that the config has no more is given up where a person sees it, also when it is sent again', async (context) => {
  const { url } = await appliance(context);
  const { start, said } = await workerOf(context, url);
  const before = start();
  await until('its first start', () => said.some((text) => text.includes('begins')));
  const old = (id: string) => ({ outlet: 'webhook of before', task: task('webhook', {}, id) });
  before.store.take('00000001:1', [old('a'), old('b')]);
  before.worker.close();
  const { worker, store } = start();
  const listed = () => worker.report().dead.map((each) => [each.outlet, each.task.id, each.why]);
  const why = 'the config has no such outlet any more';
  assert.deepEqual(listed().toReversed(), [
    ['webhook of before', 'a', why],
    ['webhook of before', 'b', why],
  ]);
  assert.ok(
    said.some((text) => text.includes('webhook of before')),
    said.join('\n'),
  );
  store.revive(null);
  assert.equal(listed().length, 2);

  // Whoever looks at the status sees them too, until they are dropped.
  const gone = () => worker.report().outlets.filter(({ name }) => name === 'webhook of before');
  assert.deepEqual(
    gone().map(({ fault, dead, waiting }) => [fault?.what, dead, waiting]),
    [[`webhook of before: ${why}.`, 2, 0]],
  );
  store.drop(null);
  assert.deepEqual(gone(), []);
  worker.close();
});
