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
import { figure } from './budgets.ts';

/** Prints how many gift frames a second get from the socket to the disk, beside the bare connector that only counts. */
const frames = Number(process.argv[2] ?? 20_000);
const rounds = 3;

interface Server {
  readonly url: string;
  readonly room: string;
  send(frames: number): void;
  stop(): Promise<unknown>;
}

async function startServer(): Promise<Server> {
  const worker = new Worker(new URL('../sources/burst-live.ts', import.meta.url));
  const [{ url, room }] = await once(worker, 'message');
  return { url, room, send: (count) => worker.postMessage(count), stop: () => worker.terminate() };
}

/** Sends the rounds one by one and gives the frames per second of the best. */
async function best(server: Server, counted: () => number): Promise<number> {
  let fastest = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const startMs = performance.now();
    server.send(frames);
    while (counted() < round * frames) await new Promise((resolve) => setTimeout(resolve, 1));
    fastest = Math.max(fastest, (frames / (performance.now() - startMs)) * 1000);
  }
  return fastest;
}

/** The connector alone, with a handler that counts: nothing that listens through it can be faster. */
async function bareConnector(): Promise<number> {
  const library = await import('tiktok-live-connector');
  const server = await startServer();
  library.SignConfig.basePath = server.url;
  const connection = new library.TikTokLiveConnection('ink_host_01', { fetchRoomInfoOnConnect: false });
  let gifts = 0;
  connection.on(library.WebcastEvent.GIFT, () => {
    gifts += 1;
  });
  await connection.connect(server.room);
  const perSecond = await best(server, () => gifts);
  await connection.disconnect();
  await server.stop();
  return perSecond;
}

async function livepen() {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-bench-'));
  const clock = systemClock();
  const opened = openLedger({ file: join(folder, 'livepen.db'), allot, wallMs: clock.wallMs });
  if (!opened.ok) throw new Error(opened.fault.what);
  const { ledger } = opened;
  const server = await startServer();
  const arrivals: number[] = [];
  const waits: number[] = [];
  let recorded = 0;
  const inbox = openInbox({
    clock,
    log: silentLog,
    ledger,
    keeps: new Set(),
    worthOf: () => ({ rows: ['1', '2', '3'], strokes: 1, per: 1 }),
    recorded: (records) => {
      const nowMs = performance.now();
      for (let index = 0; index < records.length; index += 1) waits.push(nowMs - (arrivals[recorded + index] ?? nowMs));
      recorded += records.length;
    },
    changed: () => {},
  });
  const source = createTikTokSource({
    clock,
    random: seededRandom(1),
    log: silentLog,
    settings: { user: 'ink_host_01', provider: 'direct', signUrl: server.url, room: server.room, secretsFile: null },
    secrets: {},
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  source.start({
    event: (event) => {
      if (event.kind !== 'gift') return;
      arrivals.push(performance.now());
      inbox.offer(event);
    },
    changed: () => {},
  });
  while (!source.facts().heard) await new Promise((resolve) => setTimeout(resolve, 1));
  delay.enable();
  const perSecond = await best(server, () => recorded);
  delay.disable();
  const lost = inbox.lost;
  await source.stop();
  ledger.close();
  await server.stop();
  rmSync(folder, { recursive: true });
  waits.sort((a, b) => a - b);
  return { perSecond, waits, lost, delayP99Ms: delay.percentile(99) / 1e6 };
}

const limit = await bareConnector();
const { perSecond, waits, lost, delayP99Ms } = await livepen();
const at = (share: number) => (waits[Math.floor(waits.length * share)] ?? 0).toFixed(1);
const lines = [
  `${rounds} bursts of ${frames} gift frames, the best counts`,
  `bare connector that only counts   ${limit.toFixed(0)} frames/s`,
  `livepen, from socket to disk      ${perSecond.toFixed(0)} frames/s`,
  `arrival to commit                 p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
];
process.stdout.write(`${lines.join('\n')}\n`);
figure('ingestShare', perSecond / limit);
figure('loopDelay', delayP99Ms);
figure('lost', lost);
