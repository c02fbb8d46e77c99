import { type ChildProcess, fork } from 'node:child_process';
import { Agent, get, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';

/**
 * How much later the answers of a plotter are read while the API is asked as much as it must bear. Plotter, service and
 * those who ask are processes of their own; the plotter says when it gave each `ok`, the service when it came to read
 * it. Quiet times and busy ones take turns, so that both meet the same machine.
 */
const requestsPerSecond = 200;
const streams = 32;
const turns = 5;
const turnMs = 8_000;
/** Of a turn's beginning nothing counts: streams are being opened. */
const settleMs = 500;
/** The plotter is so many times as fast as in life, and gives that many more answers to measure by. */
const plotterSpeed = 6;
const mayDelayMs = 20;

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: what a child of ours says
function heard(child: ChildProcess): Promise<any> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
  });
}

// biome-ignore lint/suspicious/noExplicitAny: what a child of ours says
function asked(child: ChildProcess): Promise<any> {
  const answer = heard(child);
  child.send('tell');
  return answer;
}

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Reads the events until it is let go; tells how many bytes it heard. */
function openStream(url: string): Promise<{ bytes: number; end(): void }> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}/events`, (response: IncomingMessage) => {
      const stream = { bytes: 0, end: () => void request.destroy() };
      if (response.statusCode !== 200) reject(new Error(`a stream was refused: ${response.statusCode}`));
      response.on('data', (bytes: Buffer) => {
        stream.bytes += bytes.length;
      });
      response.on('error', () => {});
      resolve(stream);
    });
    request.on('error', reject);
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const tookMs: number[] = [];
let refused = 0;

function ask(url: string): void {
  const sentMs = nowMs();
  const request = get(`${url}/status`, { agent }, (response) => {
    if (response.statusCode !== 200) refused += 1;
    response.resume();
    response.on('end', () => tookMs.push(nowMs() - sentMs));
  });
  request.on('error', () => {
    refused += 1;
  });
}

/** Asks evenly for so long. */
async function load(url: string): Promise<number> {
  const readers = await Promise.all(Array.from({ length: streams }, () => openStream(url)));
  const beganMs = nowMs();
  for (let sent = 0; nowMs() - beganMs < turnMs; ) {
    const due = Math.floor(((nowMs() - beganMs) / 1000) * requestsPerSecond);
    for (; sent < due; sent += 1) ask(url);
    await sleep(2);
  }
  for (const reader of readers) reader.end();
  return readers.reduce((sum, { bytes }) => sum + bytes, 0);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const plotter = fork(script('api-plotter.ts'), [String(plotterSpeed)]);
const { path } = await heard(plotter);
const service = fork(script('api-service.ts'), [path]);
const { url } = await heard(service);

const spans: { readonly busy: boolean; readonly fromMs: number; readonly toMs: number }[] = [];
let bytes = 0;
for (let turn = 0; turn < turns; turn += 1) {
  for (const busy of [false, true]) {
    const fromMs = nowMs() + settleMs;
    if (busy) bytes += await load(url);
    else await sleep(turnMs);
    spans.push({ busy, fromMs, toMs: nowMs() });
  }
}

// Read first, then given: every answer that was read is among those that were given.
const { readMs, drawn, pending, state } = await asked(service);
const { givenMs } = await asked(plotter);
service.disconnect();
plotter.disconnect();
agent.destroy();

type Span = (typeof spans)[number];

/** The pty loses nothing, so the answers stand in one order on both sides; the first belong to the first. */
function delaysIn(of: readonly Span[]): readonly number[] {
  const times = readMs as readonly number[];
  return times
    .flatMap((atMs, index) => {
      const given: number = givenMs[index] ?? Number.NaN;
      return of.some(({ fromMs, toMs }) => given >= fromMs && given < toMs) ? [atMs - given] : [];
    })
    .toSorted((a, b) => a - b);
}

/** Of each quiet turn and the busy one after it, how much later p99 is; whatever else the machine did hits some of them. */
const laterMs = spans
  .filter(({ busy }) => busy)
  .map((busy) => {
    const before = spans[spans.indexOf(busy) - 1];
    return percentile(delaysIn([busy]), 0.99) - percentile(delaysIn(before === undefined ? [] : [before]), 0.99);
  })
  .toSorted((a, b) => a - b);
const moreMs = percentile(laterMs, 0.5);
const quiet = delaysIn(spans.filter(({ busy }) => !busy));
const loaded = delaysIn(spans.filter(({ busy }) => busy));
tookMs.sort((a, b) => a - b);
const told = (what: string, sorted: readonly number[]) =>
  `${what.padEnd(34)}${[0.5, 0.99, 1].map((share) => percentile(sorted, share).toFixed(2).padStart(8)).join('')}  of ${sorted.length}`;
const perSecond = tookMs.length / ((turns * turnMs) / 1000);
const lines = [
  `${drawn} strokes drawn, ${pending} still owed, the state is ${state}`,
  `${perSecond.toFixed(0)} requests/s on /status (${refused} refused), ${streams} streams of events (${(bytes / 1e6).toFixed(1)} MB)`,
  `${'ms'.padEnd(34)}${'p50'.padStart(8)}${'p99'.padStart(8)}${'max'.padStart(8)}`,
  told('an ok is read, quiet', quiet),
  told('an ok is read, while it is asked', loaded),
  told('GET /status is answered', tookMs),
  `p99 of an ok is ${laterMs.map((ms) => ms.toFixed(1)).join(', ')} ms later in the busy turns; the median is ${moreMs.toFixed(1)} (at most ${mayDelayMs})`,
];
process.stdout.write(`${lines.join('\n')}\n`);
const isEnough = quiet.length > 200 && loaded.length > 200 && refused === 0 && perSecond > requestsPerSecond * 0.98;
if (!isEnough) process.stdout.write('Not enough was measured to say so.\n');
process.exitCode = isEnough && moreMs <= mayDelayMs && quiet[0] !== undefined && quiet[0] >= 0 ? 0 : 1;
