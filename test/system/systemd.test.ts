import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { noServiceManager, notifyThroughHelper, serviceManagerOf } from '../../src/system/systemd.ts';
import { notifySocket } from './notify-socket.ts';

/** A systemd that takes its time to read. */
function slowNotify() {
  const sent: string[][] = [];
  const underWay: ((failure: string | null) => void)[] = [];
  return {
    sent,
    underWay,
    notify: (message: string, done: (failure: string | null) => void) => {
      sent.push(message.split('\n'));
      underWay.push(done);
    },
    finish: (failure: string | null = null) => underWay.shift()?.(failure),
  };
}

const ignoreFailure = () => {};

test('without a service manager nothing is sent', () => {
  const { notify, sent } = slowNotify();
  const manager = serviceManagerOf({}, notify, ignoreFailure);
  assert.equal(manager, noServiceManager);
  manager.ready('Drawing.');
  assert.deepEqual(sent, []);
});

test('ready, status, stopping and alive are reported in the words of sd_notify', () => {
  const { notify, sent, finish } = slowNotify();
  const manager = serviceManagerOf({ NOTIFY_SOCKET: '/run/systemd/notify' }, notify, ignoreFailure);
  manager.ready('Ready to draw.');
  finish();
  manager.status('Drawing\nsheet 3.');
  finish();
  manager.alive();
  finish();
  manager.stopping('Parking.');
  assert.deepEqual(sent, [
    ['READY=1', 'STATUS=Ready to draw.'],
    ['STATUS=Drawing sheet 3.'],
    ['WATCHDOG=1'],
    ['STOPPING=1', 'STATUS=Parking.'],
  ]);
});

test('a fault is reported with its whole remedy, and nothing without an end', () => {
  const sent: string[] = [];
  const notify = (message: string, done: (failure: null) => void) => {
    sent.push(message);
    done(null);
  };
  const manager = serviceManagerOf({ NOTIFY_SOCKET: '/run/notify' }, notify, ignoreFailure);
  const fault = `The button cannot be read: ${'it is not there, '.repeat(20)}. Look at its wiring.`;
  manager.status(fault);
  assert.deepEqual(sent, [`STATUS=${fault}`]);
  manager.status('!'.repeat(100_000));
  assert.ok((sent[1]?.length ?? 0) < 2_000);
});

test('never more than one message is under way, and the last word on each matter is not lost', () => {
  const { notify, sent, underWay, finish } = slowNotify();
  const manager = serviceManagerOf({ NOTIFY_SOCKET: '@notify' }, notify, ignoreFailure);
  manager.ready('Starting.');
  for (let stroke = 1; stroke <= 1_000; stroke++) {
    manager.status(`Stroke ${stroke}.`);
    manager.alive();
    assert.equal(underWay.length, 1);
  }
  finish();
  finish();
  assert.equal(underWay.length, 0);
  assert.deepEqual(sent, [
    ['READY=1', 'STATUS=Starting.'],
    ['STATUS=Stroke 1000.', 'WATCHDOG=1'],
  ]);
});

test('a message that did not get through is sent again with what came since, and why is reported once', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { notify, sent, finish } = slowNotify();
  const failures: string[] = [];
  const manager = serviceManagerOf({ NOTIFY_SOCKET: '/n' }, notify, (why) => failures.push(why));
  manager.ready('Ready to draw.');
  for (let time = 0; time < 3; time++) {
    finish('perl ended with SIGKILL');
    context.mock.timers.tick(1_000);
  }
  finish('perl ended with SIGKILL');
  manager.status('Drawing.');
  context.mock.timers.tick(1_000);
  finish();
  assert.deepEqual(sent.at(-2), ['READY=1', 'STATUS=Ready to draw.']);
  assert.deepEqual(sent.at(-1), ['READY=1', 'STATUS=Drawing.']);
  assert.deepEqual(failures, ['perl ended with SIGKILL']);
  manager.alive();
  finish('Connection refused');
  assert.deepEqual(failures, ['perl ended with SIGKILL', 'Connection refused']);
});

test('six signs of life fit into the time that systemd grants', () => {
  const { notify } = slowNotify();
  const msFor = (usec: string | undefined) =>
    serviceManagerOf({ NOTIFY_SOCKET: '/n', WATCHDOG_USEC: usec }, notify, ignoreFailure).heartbeatMs;
  assert.equal(msFor('90000000'), 15_000);
  assert.equal(msFor(undefined), null);
  assert.equal(msFor('0'), null);
  assert.equal(msFor('soon'), null);
});

/** Sends a message through a helper; gives why it failed, or null. */
function send(notify: ReturnType<typeof notifyThroughHelper>, message: string): Promise<string | null> {
  return new Promise((resolve) => notify(message, resolve));
}

for (const abstract of [false, true]) {
  test(`messages reach ${abstract ? 'an abstract' : 'a'} socket as they are, from one sender that is still there when they are read late`, async (context) => {
    const socket = await notifySocket({ abstract, lateMs: 300 });
    context.after(() => socket.close());
    const notify = notifyThroughHelper({ ...process.env, NOTIFY_SOCKET: socket.name });
    const sent = [['READY=1', 'STATUS=-a "b" $PATH é'], ['WATCHDOG=1'], ['STATUS=']];
    for (const lines of sent) assert.equal(await send(notify, lines.join('\n')), null);
    await socket.line('STATUS=');
    assert.deepEqual(
      socket.messages.map(({ lines }) => lines),
      sent,
    );
    assert.ok(socket.messages.every(({ senderIsThere }) => senderIsThere));
  });
}

test('a helper that was killed is replaced, and what it was to send is sent', async (context) => {
  const socket = await notifySocket();
  context.after(() => socket.close());
  const notify = notifyThroughHelper({ ...process.env, NOTIFY_SOCKET: socket.name });
  const failures: string[] = [];
  const manager = serviceManagerOf({ NOTIFY_SOCKET: socket.name }, notify, (why) => failures.push(why));
  manager.ready('Ready to draw.');
  await socket.line('READY=1');
  execFileSync('pkill', ['-KILL', '-P', String(process.pid), '-f', 'NOTIFY_SOCKET']);
  manager.alive();
  await socket.line('WATCHDOG=1');
});

test('a socket that refuses is a reason, and the helper stays for the next message', async (context) => {
  const socket = await notifySocket();
  context.after(() => socket.close());
  const notify = notifyThroughHelper({ ...process.env, NOTIFY_SOCKET: `${socket.name}-gone` });
  assert.equal(await send(notify, 'READY=1'), 'No such file or directory');
  assert.equal(await send(notify, 'READY=1'), 'No such file or directory');
});

test('a system without the program, or with one that cannot be started, is a reason and no crash', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-systemd-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const loop = join(folder, 'perl');
  symlinkSync(loop, loop);
  const env = { ...process.env, NOTIFY_SOCKET: '/n' };
  assert.match((await send(notifyThroughHelper(env, 'no-such-program-here'), 'READY=1')) ?? '', /ENOENT/);
  assert.match((await send(notifyThroughHelper(env, loop), 'READY=1')) ?? '', /ELOOP/);
  assert.match((await send(notifyThroughHelper(env, 'false'), 'READY=1')) ?? '', /ended with 1|EPIPE/);
});

/** The processes that have this NOTIFY_SOCKET. */
function processesWith(name: string): string[] {
  const mark = `NOTIFY_SOCKET=${name}\0`;
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark);
    } catch {
      // It has ended meanwhile, or is another user's.
      return false;
    }
  });
}

test('the helper keeps no process from ending, and ends with it', async (context) => {
  const socket = await notifySocket();
  context.after(() => socket.close());
  const module = new URL('../../src/system/systemd.ts', import.meta.url).href;
  const code = `
    import { notifyThroughHelper } from '${module}';
    const busy = setInterval(() => {}, 1000);
    notifyThroughHelper()('READY=1', () => clearInterval(busy));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...process.env, NOTIFY_SOCKET: socket.name },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await socket.line('READY=1');
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
  while (processesWith(socket.name).length > 0) await delay(5);
});
