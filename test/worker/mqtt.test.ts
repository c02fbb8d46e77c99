import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import type { PassingKind } from '../../src/domain/passing.ts';
import { BoxStateLane } from '../../src/worker/box-state.ts';
import { sendWithin } from '../../src/worker/delivery.ts';
import { passedAction, passedGapAction } from '../../src/worker/outlet.ts';
import { mqttOutlet } from '../../src/worker/outlets/mqtt.ts';
import { BrokerInSoftware } from './broker-in-software.ts';
import { fastClock, outletContract } from './outlet-contract.ts';
import { task } from './tasks.ts';

const password = 'a-secret-of-mqtt';

async function opened(context: TestContext, kinds: readonly PassingKind[] = []) {
  const broker = new BrokerInSoftware();
  await broker.become('takes');
  const settings = {
    host: '127.0.0.1',
    port: broker.port,
    tls: false,
    user: 'livepen',
    password,
    topic: 'livepen',
    discovery: 'ha',
    kinds,
  };
  const outlet = mqttOutlet(settings, fastClock);
  context.after(async () => {
    outlet.close();
    await broker.become('gone');
  });
  const texts = () => broker.published.filter(({ topic }) => topic === 'livepen/text').map(({ message }) => message);
  return { broker, outlet, texts };
}

outletContract(
  'mqtt',
  async (context) => {
    const { broker, outlet, texts } = await opened(context);
    return {
      outlet,
      taskOf: (text: string) => task('mqtt', { topic: 'livepen/text', message: text }),
      received: texts,
      become: (mood: Parameters<BrokerInSoftware['become']>[0]) => broker.become(mood),
      secrets: [password],
    };
  },
  ['slow', 'hangs', 'gone', 'forbids'],
);

test('Home Assistant finds state and counts by itself, and hears of a worker that is gone', async (context) => {
  const { broker, outlet } = await opened(context);
  const lane = new BoxStateLane(outlet, 'livepen', { clock: fastClock, log: silentLog });
  const strokes = { drawn: 10, spoiled: 1, pending: 4 };
  lane.show({ state: { name: 'drawing', what: '', todo: null }, strokes });
  while (!broker.published.some(({ topic }) => topic === 'livepen/state'))
    await new Promise<void>((resolve) => void fastClock.after(200, resolve));
  lane.close();
  const kept = new Map(broker.published.filter(({ isKept }) => isKept).map(({ topic, message }) => [topic, message]));
  assert.deepEqual(JSON.parse(kept.get('livepen/state') ?? ''), { state: 'drawing', drawn: 9, pending: 4 });
  assert.equal(kept.get('livepen/online'), 'online');
  const found = JSON.parse(kept.get('ha/sensor/livepen/pending/config') ?? '');
  assert.equal(found.state_topic, 'livepen/state');
  assert.equal(found.availability_topic, 'livepen/online');
  const login = String(broker.logins[0]);
  for (const part of ['livepen/online', 'offline', 'livepen', password]) assert.ok(login.includes(part), part);
});

test('a message of a rule is not kept by the broker: it is of that moment', async (context) => {
  const { broker, outlet } = await opened(context);
  await outlet.send(task('mqtt', { topic: 'livepen/text', message: 'x' }), new AbortController().signal);
  assert.equal(broker.published.find(({ topic }) => topic === 'livepen/text')?.isKept, false);
});

test('what is said is published below the topic of the appliance, where the config names it, and what is missing, too', async (context) => {
  const { broker, outlet } = await opened(context, ['chat']);
  const said = { ...task(passedAction, { text: 'hello', platform: 'joystick' }), eventKind: 'chat', rule: '' };
  const missing = { ...task(passedGapAction, { lost: 3 }), eventKind: 'gap', rule: '' };
  assert.deepEqual(
    [said, missing, { ...said, eventKind: 'join' }].map((each) => outlet.takes(each)),
    [true, true, false],
  );
  for (const each of [said, missing]) assert.equal((await sendWithin(fastClock, outlet, each)).ok, true);
  const below = broker.published.filter(({ topic }) => topic.startsWith('livepen/live/'));
  assert.deepEqual(
    below.map(({ topic, message }) => [topic, JSON.parse(message)]),
    [
      [
        'livepen/live/chat',
        { viewer: said.viewer, origin: said.origin, atMs: said.atMs, text: 'hello', platform: 'joystick' },
      ],
      ['livepen/live/gap', { lost: 3 }],
    ],
  );
});
