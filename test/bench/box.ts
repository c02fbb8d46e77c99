/** Prints what the installed service costs: the package of this machine, unpacked, with a live and a plotter in software. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Status } from '../../src/appliance/status.ts';
import { giftKinds } from '../../src/simulators/live/script.ts';
import { startVirtualLive } from '../../src/simulators/live/virtual-live.ts';
import { systemClock } from '../../src/system/clock.ts';
import { plotterOnPty } from '../marlin/plotter-on-pty.ts';
import { notifySocket } from '../system/notify-socket.ts';
import { shipped } from './as-shipped.ts';
import { figure, shown } from './budgets.ts';

const gifts = 10_000;
const burst = 20_000;
const lookForMs = 10_000;
/** Two whole breaths of the light, rests included: there are more pictures in some of its seconds than in others. */
const breathsMs = 32_000;
/** What was done before leaves garbage, which is collected soon after: a look at how it goes on begins later. */
const calmMs = 15_000;
const patienceMs = 120_000;
const root = join(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'livepen-bench-'));
const say = (line: string) => process.stdout.write(`${line}\n`);

/** `--gifts N` ends with so many gifts more, to see whether memory stays flat: a million take half an hour. */
const { values: asked, positionals } = parseArgs({ options: { gifts: { type: 'string' } }, allowPositionals: true });

/** The package of this machine: the one that was given, or built now. */
function packageFile(): string {
  const [given] = positionals;
  if (given !== undefined) return given;
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  execFileSync(process.execPath, [join(root, 'deploy/deb/build.ts'), '--arch', arch, '--out', work], {
    stdio: 'inherit',
  });
  return join(work, readdirSync(work).find((name) => name.endsWith('.deb')) ?? '');
}

const deb = packageFile();
const installed = join(work, 'root');
execFileSync('dpkg-deb', ['--extract', deb, installed]);
const home = join(installed, 'usr/lib/livepen');

const live = await startVirtualLive({ clock: systemClock() });
const pty = plotterOnPty();
const settings = join(work, 'etc');
const fakes = join(work, 'bin');
for (const folder of [settings, fakes, join(work, 'cache'), join(work, 'state')]) mkdirSync(folder);
const device = join(work, 'spidev');
writeFileSync(device, '');
const config = readFileSync(join(installed, 'usr/share/livepen/livepen.toml'), 'utf8')
  .replace('user = ""', `user = "${live.user}"\nsignUrl = "${live.url}"\nroom = "${live.room.id}"`)
  .replace('port = "auto"', `port = "${pty.path}"`)
  .replace('origin = "confirm"', 'origin = "power-on"')
  .replace(/\[light\][\s\S]*?driver = "auto"/, '[light]\ndriver = "spi"')
  .replace('/dev/spidev0.0', device)
  .replace('port = 8420', 'port = 0');
writeFileSync(join(settings, 'livepen.toml'), config);
writeFileSync(join(settings, 'gifts.json'), readFileSync(join(installed, 'usr/share/livepen/gifts.json')));

/** Programs that stand for systemd's and for the strip's. */
function fake(name: string, script: string): void {
  writeFileSync(join(fakes, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(fakes, name), 0o755);
}
fake('spi-pipe', 'exec cat > /dev/null');

const asInstalled = shipped(installed);
const words = [
  ...asInstalled.flags,
  join(installed, asInstalled.main),
  'run',
  '--config',
  join(settings, 'livepen.toml'),
];

interface Started {
  readonly pid: number;
  readonly readyMs: number;
  /** Of that, the processor's time. */
  readonly busyMs: number;
  readonly url: string;
  end(): Promise<void>;
}

/** `group` is the folder of a control group in which it runs. */
async function start(group: string | null = null): Promise<Started> {
  const socket = await notifySocket();
  const startMs = performance.now();
  const joining =
    group === null ? [] : ['-c', `echo $$ > ${group}/cgroup.procs && exec "$@"`, 'sh', join(home, 'bin/node')];
  const child = spawn(group === null ? join(home, 'bin/node') : 'sh', [...joining, ...words], {
    env: {
      ...asInstalled.env,
      PATH: `${fakes}:${process.env.PATH}`,
      NOTIFY_SOCKET: socket.name,
      WATCHDOG_USEC: '90000000',
      STATE_DIRECTORY: join(work, 'state'),
      NODE_COMPILE_CACHE: join(work, 'cache'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (text) => {
    log += text;
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const died = gone.then(() => {
    throw new Error(log);
  });
  const ready = await Promise.race([socket.line('READY=1'), died]);
  const readyMs = ready.atMs - startMs;
  const busyMs = ranMs(child.pid ?? 0);
  while (!log.includes('listens on')) await delay(5);
  const url = /listens on (http:\S+)\./.exec(log)?.[1] ?? '';
  return {
    pid: child.pid ?? 0,
    readyMs,
    busyMs,
    url,
    async end() {
      child.kill('SIGTERM');
      await gone;
      await socket.close();
    },
  };
}

const memoryOf = ({ pid }: Started, line: RegExp) =>
  Number(line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
const residentBytes = (started: Started) => memoryOf(started, /VmRSS:\s+(\d+) kB/);
const mostResidentBytes = (started: Started) => memoryOf(started, /VmHWM:\s+(\d+) kB/);

/** The time that all threads of a process have run, in ms. */
function ranMs(pid: number | string): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce((sum, task) => {
    const [ns = ''] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
    return sum + Number(ns) / 1e6;
  }, 0);
}

/** The share of a core that the service and its living children take, in percent, over a while. */
async function cpu({ pid }: Started, forMs = lookForMs): Promise<number> {
  const allMs = () => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return [String(pid), ...children].reduce((sum, each) => sum + ranMs(each), 0);
  };
  const beforeMs = allMs();
  await delay(forMs);
  return ((allMs() - beforeMs) * 100) / forMs;
}

async function until(
  service: Started,
  what: string,
  holds: (status: Status) => boolean,
  withinMs = patienceMs,
): Promise<void> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const text = await (await fetch(`${service.url}/status`)).text();
    const status: Status = JSON.parse(text);
    if (holds(status)) return;
    if (performance.now() > endMs) throw new Error(`${what} did not come: ${text.slice(0, 1_000)}`);
    await delay(100);
  }
}

figure('package', statSync(deb).size / 1e6);
const cold = await start();
figure('readyFirst', cold.readyMs, busy(cold));
await cold.end();
const starts: Started[] = [];
for (let round = 0; round < 5; round++) {
  const again = await start();
  starts.push(again);
  await again.end();
}
const [, , later = cold] = starts.toSorted((a, b) => a.readyMs - b.readyMs);
figure('readyLater', later.readyMs, busy(later));
await onTenthOfCore();

live.onAir(false);
const service = await start();
await delay(2_000);
say(`Memory after the start ${shown(residentBytes(service) / 1e6)} MB`);
live.onAir(true);
const askedMs = performance.now();
await fetch(`${service.url}/retry`, { method: 'POST' });
await until(service, 'a heard live', ({ live: { heard }, state }) => heard && state.name === 'needs-sheet');
say(`From asking to a connected live ${shown(performance.now() - askedMs)} ms`);
figure('memoryConnected', residentBytes(service) / 1e6);
await delay(calmMs);
figure('cpuWaiting', await cpu(service));
await fetch(`${service.url}/paper/changed`, { method: 'POST' });
await until(service, 'the state ready', ({ state }) => state.name === 'ready');
await delay(calmMs);
figure('cpuIdle', await cpu(service, breathsMs));
await give(gifts);
await until(service, 'all gifts', ({ strokes }) => strokes.credited >= gifts);
const atOnceBytes = residentBytes(service);
await delay(calmMs);
figure('memoryGifts', atOnceBytes / 1e6, `${shown(residentBytes(service) / 1e6)} a quarter of a minute later`);
figure('cpuDrawing', await cpu(service));
const quietMs = await healthP99Ms(() => delay(lookForMs));
const burstMs = await healthP99Ms(async () => {
  await give(burst);
  await until(service, 'the burst', ({ strokes }) => strokes.credited >= gifts + burst);
});
figure('healthBurst', burstMs, `${shown(quietMs)} without a burst in the same run`);
figure('memoryBurst', mostResidentBytes(service) / 1e6);
await giveMore(Number(asked.gifts ?? 0));
await service.end();
pty.close();
await live.close();
rmSync(work, { recursive: true });
process.exit();

function busy({ busyMs }: Started): string {
  return `${shown(busyMs)} of it are the processor's`;
}

/** How long answers of `/health` take meanwhile, but for the slowest of a hundred. */
async function healthP99Ms(meanwhile: () => Promise<unknown>): Promise<number> {
  const asker = new Worker(new URL('health-asker.ts', import.meta.url), { workerData: service.url });
  await meanwhile();
  asker.postMessage('enough');
  const [tookMs]: [number[]] = (await once(asker, 'message')) as [number[]];
  return tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length * 0.99)] ?? Number.NaN;
}

async function give(count: number): Promise<void> {
  for (let gift = 0; gift < count; gift++) {
    live.room.gift({ id: String(gift % 200), name: `ink_fan_${gift % 200}` }, giftKinds.rose, 1);
    if (gift % 50 === 0) await delay(5);
  }
}

/** Gifts at the pace of the service, and its memory after each hundred thousand. */
async function giveMore(count: number): Promise<void> {
  for (let more = burst; more <= count; more += burst) {
    await give(burst);
    await until(service, 'all gifts', ({ strokes }) => strokes.credited >= gifts + burst + more, 5 * patienceMs);
    if (more % 100_000 === 0) say(`Memory after ${shown(more)} gifts more ${shown(residentBytes(service) / 1e6)} MB`);
  }
}

/** A small Pi, roughly. A control group that bounds the processor wants root. */
async function onTenthOfCore(): Promise<void> {
  const isOld = existsSync('/sys/fs/cgroup/cpu/cgroup.procs');
  const group = join(isOld ? '/sys/fs/cgroup/cpu' : '/sys/fs/cgroup', `livepen-bench-${process.pid}`);
  mkdirSync(group);
  if (isOld) writeFileSync(join(group, 'cpu.cfs_quota_us'), '10000');
  else writeFileSync(join(group, 'cpu.max'), '10000 100000');
  for (const name of ['cache', 'state']) {
    rmSync(join(work, name), { recursive: true });
    mkdirSync(join(work, name));
  }
  const slow = await start(group);
  figure('readyTenth', slow.readyMs);
  await slow.end();
  await delay(200);
  rmdirSync(group);
}
