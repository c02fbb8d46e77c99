import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startVirtualLive } from '../../src/simulators/live/virtual-live.ts';
import { systemClock } from '../../src/system/clock.ts';
import { assertStrace } from '../ledger/spoilt-disk.ts';
import { plotterOnPty } from '../marlin/plotter-on-pty.ts';
import { type NotifySocket, notifySocket } from '../system/notify-socket.ts';
import { quickConfig } from './quick-config.ts';
import { type Service, startService, writeFiles } from './service.ts';

const unit = readFileSync(join(import.meta.dirname, '../../systemd/livepen.service'), 'utf8');
const watchdogSec = Number(/^WatchdogSec=(\d+)$/m.exec(unit)?.[1]);
const patienceMs = 300_000;

/** A control group with a tenth of a core; root may make one. */
function tenthOfACore(context: TestContext): string {
  const unified = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const group = join('/sys/fs/cgroup', unified ? '' : 'cpu', `livepen-slow-${process.pid}`);
  if (unified) writeFileSync('/sys/fs/cgroup/cgroup.subtree_control', '+cpu');
  mkdirSync(group);
  context.after(() => rmdirSync(group));
  if (unified) writeFileSync(join(group, 'cpu.max'), '10000 100000');
  else writeFileSync(join(group, 'cpu.cfs_quota_us'), '10000');
  return group;
}

/** Lets the disk take 20 s for the next write that must last, and then as long as ever. */
async function stallDisk({ child }: Service, ledger: string): Promise<void> {
  const inject = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:delay_enter=20000000:when=1'];
  const paths = ['', '-wal'].flatMap((companion) => ['-P', `${ledger}${companion}`]);
  const tracer = spawn('strace', ['-f', '-p', String(child.pid), ...inject, ...paths]);
  const ended = new Promise<void>((resolve) => tracer.once('close', () => resolve()));
  let trace = '';
  await new Promise<void>((resolve) => {
    tracer.stderr.on('data', (text) => {
      trace += text;
      if (trace.includes('(DELAYED)')) resolve();
    });
    void ended.then(resolve);
  });
  tracer.kill('SIGTERM');
  await ended;
}

/** What systemd would do: it aborts a service from which it reads no sign of life for so long. */
function silenceSecMax({ messages }: NotifySocket): number {
  const from = messages.findIndex(({ lines }) => lines.includes('READY=1'));
  const signs = messages.slice(from).filter(({ lines }) => lines.some((line) => /^(READY|WATCHDOG)=1$/.test(line)));
  const times = [...signs.map(({ atMs }) => atMs), performance.now()];
  return Math.max(...times.slice(1).map((ms, index) => (ms - (times[index] ?? ms)) / 1_000));
}

test('on a tenth of a core, with systemd reading 20 s late and the disk stalling 20 s, it gets ready, is never aborted and draws', async (context) => {
  assertStrace();
  assert.equal(process.getuid?.(), 0, 'a control group is made by root');
  const group = tenthOfACore(context);
  const live = await startVirtualLive({ clock: systemClock() });
  context.after(() => live.close());
  const pty = await plotterOnPty();
  context.after(() => pty.close());
  const socket = await notifySocket({ lateMs: 20_000 });
  context.after(() => socket.close());
  const folder = writeFiles(
    quickConfig(pty.path, live, { perRow: 30 }),
    JSON.stringify({ version: 1, gifts: [{ name: 'Rose', rows: ['1', '2'] }] }),
  );
  const service = await startService(
    folder,
    { NOTIFY_SOCKET: socket.name, WATCHDOG_USEC: String(watchdogSec * 1e6) },
    { patienceMs, group },
  );
  context.after(() => service.child.kill('SIGKILL'));
  await socket.line('READY=1');
  await service.until('a parked pen', ({ plotter }) => plotter.parked);
  assert.equal((await service.post('/paper/changed')).status, 200);
  const ledger = join(folder, 'livepen.db');
  assert.equal((await service.post('/simulate/gift', { row: '1', count: 10 })).status, 200);
  await stallDisk(service, ledger);
  assert.equal((await service.post('/simulate/gift', { row: '2', count: 10 })).status, 200);
  await stallDisk(service, ledger);
  await service.until('20 strokes', ({ strokes, plotter }) => strokes.drawn === 20 && plotter.parked);
  await delay(watchdogSec * 500);
  assert.ok(silenceSecMax(socket) < watchdogSec, `${silenceSecMax(socket)} s without a sign of life`);
  assert.ok(socket.messages.every(({ senderIsThere }) => senderIsThere));
  assert.equal(service.child.exitCode, null);
  assert.equal(pty.plotter.paper().ink.length, 20);
  assert.equal(await service.end('SIGTERM'), 0);
  context.diagnostic(`longest silence ${Math.round(silenceSecMax(socket))} s of ${watchdogSec}`);
});
