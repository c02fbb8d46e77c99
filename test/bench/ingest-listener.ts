import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { openInbox } from '../../src/appliance/inbox.ts';
import type { Clock, Random } from '../../src/domain/clock.ts';
import { isGiven, type LiveEvent } from '../../src/domain/live-event.ts';
import type { LiveSource, SourceMarks } from '../../src/domain/live-source.ts';
import { type Log, silentLog } from '../../src/domain/log.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { httpPort, socketPort } from '../../src/sources/connection/network.ts';
import { tokenFile } from '../../src/sources/connection/token-file.ts';
import { keepTokens } from '../../src/sources/connection/tokens.ts';
import { createDonationSource } from '../../src/sources/donationalerts/source.ts';
import { createJoystickSource } from '../../src/sources/joystick/source.ts';
import { createTikTokSource } from '../../src/sources/tiktok/source.ts';
import { systemClock } from '../../src/system/clock.ts';
import { seededRandom } from '../../src/system/random.ts';
import { tokensIn } from '../sources/joystick/rig.ts';

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

async function startLive(): Promise<Server> {
  const worker = new Worker(new URL('../sources/burst-live.ts', import.meta.url));
  const [{ url, room }] = await once(worker, 'message');
  return { url, room, send: (count) => worker.postMessage(count), stop: () => worker.terminate() };
}

/** The connector alone, with a handler that counts: nothing that listens through it can be faster. */
async function bareConnector(): Promise<Listener> {
  const library = await import('tiktok-live-connector');
  const server = await startLive();
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

/** A platform that takes a sign-in. */
interface Platform extends Server {
  readonly access: string;
}

async function startPlatform(file: string): Promise<Platform> {
  const worker = new Worker(new URL(file, import.meta.url));
  const [{ url, access }] = await once(worker, 'message');
  return { url, access, room: '', send: (count) => worker.postMessage(count), stop: () => worker.terminate() };
}

const startGateway = () => startPlatform('../sources/joystick/burst-gateway.ts');
const startDonations = () => startPlatform('../sources/donationalerts/burst-donations.ts');
const socketOptions = { maxPayload: 1 << 20, perMessageDeflate: false };

/** A socket alone that joins the channel of donations, reads the JSON of each line and counts. */
async function bareDonations(): Promise<Listener> {
  const server = await startDonations();
  const { WebSocket } = await import('ws');
  const ask = async (path: string, body: object | null) => {
    const headers = { authorization: `Bearer ${server.access}`, 'content-type': 'application/json' };
    const more = body === null ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await fetch(`${server.url}/api/v1${path}`, { headers, ...more })).text();
  };
  const { data: account }: { data: { id: number; socket_connection_token: string } } = JSON.parse(
    await ask('/user/oauth', null),
  );
  const channel = `$alerts:donation_${account.id}`;
  const socket = new WebSocket(new URL(server.url.replace('http', 'ws')), [], socketOptions);
  const send = (frame: object) => socket.send(JSON.stringify(frame));
  socket.on('open', () => send({ params: { token: account.socket_connection_token }, id: 1 }));
  let donations = 0;
  const joined = new Promise<void>((resolve) => {
    const read = async (line: string) => {
      const said: { id?: number; result: { client: string; type?: number; data?: unknown } } = JSON.parse(line);
      if (said.id === 1) {
        const answer = await ask('/centrifuge/subscribe', { client: said.result.client, channels: [channel] });
        const { channels }: { channels: object[] } = JSON.parse(answer);
        send({ method: 1, params: channels[0], id: 2 });
      }
      if (said.id === 2) resolve();
      if (said.id === undefined && said.result.type === undefined && said.result.data !== undefined) donations += 1;
    };
    socket.on('message', (data) => {
      for (const line of data.toString().split('\n')) if (line !== '') void read(line);
    });
  });
  await joined;
  return {
    server,
    counted: () => donations,
    waitsMs: [],
    async stop() {
      socket.terminate();
      await server.stop();
      return 0;
    },
  };
}

/** A socket alone that subscribes, reads the JSON and counts. */
async function bareTips(): Promise<Listener> {
  const server = await startGateway();
  const { WebSocket } = await import('ws');
  const url = new URL(`${server.url.replace('http', 'ws')}/cable?token=${server.access}`);
  const socket = new WebSocket(url, ['actioncable-v1-json'], socketOptions);
  let tips = 0;
  const subscribed = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const said: { type?: string; message?: { type?: string } } = JSON.parse(data.toString());
      if (said.type === 'welcome') {
        const identifier = JSON.stringify({ channel: 'GatewayChannel', event_version: 'v2' });
        socket.send(JSON.stringify({ command: 'subscribe', identifier }));
      }
      if (said.type === 'confirm_subscription') resolve();
      if (said.type === undefined && said.message?.type === 'tipped') tips += 1;
    });
  });
  await subscribed;
  return {
    server,
    counted: () => tips,
    waitsMs: [],
    async stop() {
      socket.terminate();
      await server.stop();
      return 0;
    },
  };
}

/** Signs in with what the platform gave. */
function signInTo({ access }: Platform, folder: string): string {
  const file = join(folder, 'sign-in.json');
  tokenFile(file).write({ accessToken: access, refreshToken: 'none', endsAtMs: null, since: 1 });
  return file;
}

/** The source of donations, with its sign-in in the folder. */
async function donationSource(folder: string, deps: Shared): Promise<readonly [Server, LiveSource]> {
  const server = await startDonations();
  const file = tokenFile(signInTo(server, folder));
  const reach = { ...deps, http: httpPort, clockIsSet: () => true };
  const issuer = { ...reach, name: 'DonationAlerts', platform: 'donationalerts', tokenUrl: server.url };
  const source = createDonationSource({
    ...reach,
    sockets: socketPort,
    tokens: keepTokens({ ...issuer, fields: () => ({}) }, file),
    site: server.url,
    socketUrl: server.url.replace('http', 'ws'),
    // The list is read when it begins, and then not before the bench is over.
    pollSeconds: 3_600,
    reconnectMaxAttempts: 0,
  });
  return [server, source];
}

/** The source of tips, with its sign-in in the folder. */
async function tipSource(folder: string, deps: Shared): Promise<readonly [Server, LiveSource]> {
  const server = await startGateway();
  const source = createJoystickSource({
    ...deps,
    sockets: socketPort,
    http: httpPort,
    tokens: tokensIn(signInTo(server, folder), deps.clock, httpPort, server.url),
    api: server.url,
    reconnectMaxAttempts: 0,
    clockIsSet: () => true,
    wanted: new Set(),
  });
  return [server, source];
}

async function giftSource(_folder: string, deps: Shared): Promise<readonly [Server, LiveSource]> {
  const server = await startLive();
  const settings = { user: 'ink_host_01', signUrl: server.url, room: server.room, secretsFile: null } as const;
  return [server, createTikTokSource({ ...deps, settings: { ...settings, provider: 'direct' }, secrets: {} })];
}

interface Shared {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly marks: SourceMarks;
  readonly settled: () => Promise<void>;
}

async function livepen(open: typeof giftSource): Promise<Listener> {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-bench-'));
  const clock = systemClock();
  const opened = openLedger({ file: join(folder, 'livepen.db'), allot, wallMs: clock.wallMs });
  if (!opened.ok) throw new Error(opened.fault.what);
  const { ledger } = opened;
  const arrivals = new Map<LiveEvent, number>();
  const waitsMs: number[] = [];
  const inbox = openInbox({
    clock,
    log: silentLog,
    ledger,
    keeps: new Set(),
    worthOf: () => ({ rows: ['1', '2', '3'], strokes: 1, per: 1 }),
    recorded: (records) => {
      const nowMs = performance.now();
      for (const { event, isNew, grown } of records) {
        const atMs = arrivals.get(event) ?? nowMs;
        arrivals.delete(event);
        // What a list brings again is known already.
        if (isNew || grown > 0) waitsMs.push(nowMs - atMs);
      }
    },
    changed: () => {},
  });
  const shared = { clock, random: seededRandom(1), log: silentLog, marks: ledger, settled: () => inbox.settled() };
  const [server, source] = await open(folder, shared);
  source.start({
    event: (event) => {
      if (!isGiven(event)) return;
      arrivals.set(event, performance.now());
      inbox.offer(event);
    },
    changed: () => {},
  });
  while (!source.facts().heard) await new Promise((resolve) => setTimeout(resolve, 1));
  return {
    server,
    counted: () => waitsMs.length,
    waitsMs,
    async stop() {
      const { lost } = inbox;
      await source.stop();
      inbox.close();
      ledger.close();
      await server.stop();
      rmSync(folder, { recursive: true });
      return lost;
    },
  };
}

const platforms = {
  gifts: { bare: bareConnector, source: giftSource },
  tips: { bare: bareTips, source: tipSource },
  donations: { bare: bareDonations, source: donationSource },
} as const;

/** What is given on one of the platforms. */
export type Given = keyof typeof platforms;

const [, , who, count, given = ''] = process.argv;
const frames = Number(count);
const platform = Object.entries(platforms).find(([name]) => name === given)?.[1];
if (platform === undefined) throw new Error(`nobody gives ${given}`);
const listener = await (who === 'bare' ? platform.bare() : livepen(platform.source));
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
