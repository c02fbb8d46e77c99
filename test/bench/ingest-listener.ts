import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { openInbox } from '../../src/appliance/inbox.ts';
import { silentLog } from '../../src/domain/log.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { createTikTokSource } from '../../src/sources/tiktok/source.ts';
import { systemClock } from '../../src/system/clock.ts';
import { seededRandom } from '../../src/system/random.ts';

/** What a listener has to report in the end. */
export interface Heard {
  /** Time of the thread that listens, a frame. */
  readonly cpuUs: number;
  readonly delayP99Ms: number;
  /** From a gift's arrival to its commit. */
  readonly waitMs: { readonly p50: number; readonly p99: number };
  readonly lost: number;
}

interface Server {
  readonly url: string;
  readonly room: string;
  send(frames: number): void;
  stop(): Promise<unknown>;
}

/** Whoever listens to a server, and has got so many frames so far. */
interface Listener {
  readonly server: Server;
  counted(): number;
  readonly waitsMs: readonly number[];
  /** Stops; returns how many gifts were lost. */
  stop(): Promise<number>;
}

async function startServer(): Promise<Server> {
  const worker = new Worker(new URL('../sources/burst-live.ts', import.meta.url));
  const [{ url, room }] = await once(worker, 'message');
  return { url, room, send: (count) => worker.postMessage(count), stop: () => worker.terminate() };
}

/** The connector alone, with a handler that counts: nothing that listens through it can be faster. */
async function bareConnector(): Promise<Listener> {
  const library = await import('tiktok-live-connector');
  const server = await startServer();
  library.SignConfig.basePath = server.url;
  const connection = new library.TikTokLiveConnection('ink_host_01', { fetchRoomInfoOnConnect: false });
  let gifts = 0;
  connection.on(library.WebcastEvent.GIFT, () => {
    gifts += 1;
  });
  await connection.connect(server.room);
  return {
    server,
    counted: () => gifts,
    waitsMs: [],
    async stop() {
      await connection.disconnect();
      await server.stop();
      return 0;
    },
  };
}

async function livepen(): Promise<Listener> {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-bench-'));
  const clock = systemClock();
  const opened = openLedger({ file: join(folder, 'livepen.db'), allot, wallMs: clock.wallMs });
  if (!opened.ok) throw new Error(opened.fault.what);
  const { ledger } = opened;
  const server = await startServer();
  const arrivals: number[] = [];
  const waitsMs: number[] = [];
  let recorded = 0;
  const inbox = openInbox({
    clock,
    log: silentLog,
    ledger,
    keeps: new Set(),
    worthOf: () => ({ rows: ['1', '2', '3'], strokes: 1, per: 1 }),
    recorded: (records) => {
      const nowMs = performance.now();
      for (const _ of records) waitsMs.push(nowMs - (arrivals[recorded++] ?? nowMs));
    },
    changed: () => {},
  });
  const source = createTikTokSource({
    clock,
    random: seededRandom(1),
    log: silentLog,
    settings: { user: 'ink_host_01', provider: 'direct', signUrl: server.url, room: server.room, secretsFile: null },
    secrets: {},
    settled: () => inbox.settled(),
  });
  source.start({
    event: (event) => {
      if (event.kind !== 'gift') return;
      arrivals.push(performance.now());
      inbox.offer(event);
    },
    changed: () => {},
  });
  while (!source.facts().heard) await new Promise((resolve) => setTimeout(resolve, 1));
  return {
    server,
    counted: () => recorded,
    waitsMs,
    async stop() {
      const { lost } = inbox;
      await source.stop();
      ledger.close();
      await server.stop();
      rmSync(folder, { recursive: true });
      return lost;
    },
  };
}

const [, , who, count] = process.argv;
const frames = Number(count);
const listener = await (who === 'bare' ? bareConnector() : livepen());
const delay = monitorEventLoopDelay({ resolution: 1 });
let rounds = 0;
let cpuUs = 0;

/** Returns frames a second. */
async function round(): Promise<number> {
  rounds += 1;
  const before = process.threadCpuUsage();
  delay.enable();
  const startMs = performance.now();
  listener.server.send(frames);
  while (listener.counted() < rounds * frames) await new Promise((resolve) => setTimeout(resolve, 1));
  const tookMs = performance.now() - startMs;
  delay.disable();
  const { user, system } = process.threadCpuUsage(before);
  cpuUs += user + system;
  return (frames / tookMs) * 1_000;
}

async function end(): Promise<Heard> {
  const waits = listener.waitsMs.toSorted((a, b) => a - b);
  const at = (share: number) => waits[Math.floor(waits.length * share)] ?? 0;
  return {
    cpuUs: cpuUs / (rounds * frames),
    delayP99Ms: delay.percentile(99) / 1e6,
    waitMs: { p50: at(0.5), p99: at(0.99) },
    lost: await listener.stop(),
  };
}

process.on('message', async (what) => {
  process.send?.(what === 'round' ? await round() : await end());
  if (what === 'end') process.exit();
});
process.send?.('ready');
