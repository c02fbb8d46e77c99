import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { oscMessage, oscOutlet } from '../../src/worker/outlets/osc.ts';
import { fastClock, outletContract } from './outlet-contract.ts';
import { task } from './tasks.ts';

const never = new AbortController().signal;

async function receiver(context: TestContext) {
  const socket = createSocket('udp4');
  const received: Buffer[] = [];
  socket.on('message', (bytes) => received.push(bytes));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  context.after(() => socket.close());
  const target = {
    name: 'vrchat',
    host: '127.0.0.1',
    port: socket.address().port,
    pulse: ['/avatar/'],
    pulseMs: 2_000,
  };
  const outlet = oscOutlet(target, fastClock);
  context.after(() => outlet.close());
  return {
    outlet,
    received,
    async until(count: number) {
      while (received.length < count) await once(socket, 'message');
    },
  };
}

async function rigOf(context: TestContext) {
  const { outlet, received, until } = await receiver(context);
  let sent = 0;
  return {
    // What was sent over UDP is here a moment later.
    outlet: {
      ...outlet,
      async send(...args: Parameters<typeof outlet.send>) {
        const answer = await outlet.send(...args);
        sent += 1;
        await until(sent);
        return answer;
      },
    },
    taskOf: (text: string) => task('osc', { address: '/text', args: [text] }),
    received: () => received.map((bytes) => bytes.subarray(12).toString().replace(/\0+$/, '')),
    become: async () => {},
    secrets: [],
  };
}

outletContract('osc', rigOf, []);

test('a message of OSC has the bytes of its specification', () => {
  // The two examples of the specification of OSC 1.0.
  assert.equal(
    oscMessage('/oscillator/4/frequency', [440.5]).toString('latin1'),
    '/oscillator/4/frequency\0,f\0\0C\xdc\x40\0',
  );
  assert.deepEqual(
    oscMessage('/foo', [1000, -1, 'hello', 1.234]).toString('hex'),
    '2f666f6f000000002c69697366000000000003e8ffffffff68656c6c6f0000003f9df3b6',
  );
  assert.equal(oscMessage('/a', [true, false]).toString('latin1'), '/a\0\0,TF\0');
  assert.equal(oscMessage('/a', [2 ** 31]).toString('latin1', 4, 8), ',f\0\0');
});

test("VRChat's parameter is pressed and let go again, also when the worker stops in between", async (context) => {
  const { outlet, received, until } = await receiver(context);
  const press = task('osc', { address: '/avatar/parameters/Wave', args: [true] });
  await outlet.send(press, never);
  await until(2);
  assert.deepEqual(
    received.map((bytes) => bytes.toString('latin1', 24)),
    [',T\0\0', ',F\0\0'],
  );
  await outlet.send(press, never);
  await until(3);
  outlet.close();
  await until(4);
  assert.equal(received[3]?.toString('latin1').includes(',F'), true);
});

test('several targets get what names none of them, and what names one that one alone gets', () => {
  const targets = ['vrchat', 'lights'].map((name) =>
    oscOutlet({ name, host: '127.0.0.1', port: 9, pulse: [], pulseMs: 200 }, fastClock),
  );
  const takers = (to?: string) =>
    targets.filter((each) => each.takes(task('osc', { address: '/x', ...(to === undefined ? {} : { to }) }))).length;
  assert.deepEqual([takers(), takers('lights'), takers('nobody')], [2, 1, 0]);
});

test('other messages are not followed by anything', async (context) => {
  const { outlet, received, until } = await receiver(context);
  await outlet.send(task('osc', { address: '/avatar/parameters/Hue', args: [0.5] }), never);
  await outlet.send(task('osc', { address: '/other', args: [true] }), never);
  await until(2);
  await new Promise<void>((resolve) => void fastClock.after(3_000, resolve));
  assert.equal(received.length, 2);
});

test('what is no message of OSC is refused, and a host that nobody knows is reported', async (context) => {
  const { outlet } = await receiver(context);
  for (const values of [
    { address: 'x' },
    { address: '/x', args: [null] },
    { address: '/x', args: ['x'.repeat(9_000)] },
  ]) {
    const sent = await outlet.send(task('osc', values), never);
    assert.ok(!sent.ok && sent.kind === 'refused', JSON.stringify(values).slice(0, 100));
  }
  const lost = oscOutlet({ name: 'lost', host: 'nobody.invalid', port: 9_000, pulse: [], pulseMs: 200 }, fastClock);
  const sent = await lost.send(task('osc', { address: '/x' }), never);
  assert.ok(!sent.ok && sent.kind === 'unreachable', JSON.stringify(sent));
  lost.close();
});
