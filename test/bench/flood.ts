import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shipped } from './as-shipped.ts';

/**
 * How much later the answers of a plotter are read while 600 gifts a second come, each of which fires a rule with a
 * webhook, a message of OSC and a line of a log, and a worker carries that out; and what of it the worker keeps. A minute
 * of flood has quiet before and after it.
 */
const sliceMs = 10_000;
const slices = 6;
const settleMs = 500;
const plotterSpeed = 6;
const mayDelayMs = 20;
const workerMbMax = 150;
const mayWait = { durable: 10_000, instant: 50, standing: 0 };
const giftsPerSecond = 600;
const msPerTick = 10;

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

// biome-ignore lint/suspicious/noExplicitAny: what a child of ours says
function heard(child: ChildProcess): Promise<any> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
  });
}

const folder = mkdtempSync(join(tmpdir(), 'livepen-flood-'));
let posted = 0;
const receiver = createServer((incoming, outgoing) => {
  incoming.resume().on('end', () => {
    posted += 1;
    outgoing.writeHead(204).end();
  });
});
await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
const address = receiver.address();
const hookPort = typeof address === 'object' && address !== null ? address.port : 0;
writeFileSync(
  join(folder, 'worker.toml'),
  `[log]\n[[osc]]\nname = "nobody"\nport = 9\n[[webhook]]\nname = "friends"\naddress = "http://127.0.0.1:${hookPort}/"\nsecret = "FRIENDS_SECRET"\nlocal = true\n`,
);
writeFileSync(join(folder, 'worker-secrets.env'), `FRIENDS_SECRET=whsec_${Buffer.alloc(32, 9).toString('base64')}\n`);
const token = 'w'.repeat(43);
writeFileSync(join(folder, 'worker-token'), `${token}\n`, { mode: 0o600 });

const plotter = fork(script('api-plotter.ts'), [String(plotterSpeed)]);
const { path } = await heard(plotter);
const service = fork(script('api-service.ts'), [path, token]);
const { url } = await heard(service);
const { flags, env } = shipped();
const words = ['worker', '--config', join(folder, 'worker.toml'), '--url', url];
const worker = spawn(
  process.execPath,
  [...flags, script('../../src/main.ts'), ...words, '--token-file', join(folder, 'worker-token')],
  { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] },
);
// As its unit does.
setPriority(worker.pid ?? 0, 5);
let said = '';
worker.stderr.on('data', (piece) => {
  said += piece;
});
for (let round = 0; !said.includes('begins with what comes'); round += 1) {
  if (round > 1_000) throw new Error(`the worker does not follow: ${said}`);
  await sleep(20);
}

interface Outlet {
  readonly name: string;
  readonly kind: keyof typeof mayWait;
  readonly waiting: number;
  readonly sent: number;
  readonly dropped: number;
  readonly dead: number;
}

async function outletsNow(): Promise<readonly Outlet[]> {
  const answer = (await (await fetch(`${url}/worker`)).json()) as {
    readonly worker: { readonly outlets: readonly Outlet[] } | null;
  };
  return answer.worker?.outlets ?? [];
}
const memoryMb = () => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${worker.pid}/status`, 'utf8'))?.[1]) / 1_000;

/** Processor time so far, of all threads of a process; other work of the machine does not count in it. */
function processorMs({ pid }: ChildProcess): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = rest.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

const spans: { readonly isFlood: boolean; readonly fromMs: number; readonly toMs: number }[] = [];
const mostWaiting = new Map<string, number>();
const lookAround = async () => {
  for (const { name, kind, waiting, dead } of await outletsNow()) {
    if (waiting > mayWait[kind] || dead > mayWait.durable)
      throw new Error(`${name}: ${waiting} wait, ${dead} are dead`);
    mostWaiting.set(name, Math.max(waiting, mostWaiting.get(name) ?? 0));
  }
};
async function span(isFlood: boolean): Promise<void> {
  const fromMs = nowMs() + settleMs;
  await sleep(sliceMs);
  spans.push({ isFlood, fromMs, toMs: nowMs() });
}

for (let slice = 0; slice < slices / 2; slice += 1) await span(false);
const both = () => [service, worker].map(processorMs);
const [serviceBefore = 0, workerBefore = 0] = both();
service.send('flood');
for (let slice = 0; slice < slices; slice += 1) {
  await span(true);
  await lookAround();
}
const [serviceAfter = 0, workerAfter = 0] = both();
service.send('calm');
// What waits is sent yet, and a report says so.
await sleep(20_000);
for (let slice = 0; slice < slices / 2; slice += 1) await span(false);
await lookAround();

const told = heard(service);
service.send('tell');
const { readMs, given, drawn, state } = await told;
const answers = heard(plotter);
plotter.send('tell');
const { givenMs } = await answers;
const mb = memoryMb();
const outlets = await outletsNow();
worker.kill('SIGKILL');
service.disconnect();
plotter.disconnect();
receiver.closeAllConnections();
receiver.close();
rmSync(folder, { recursive: true, maxRetries: 10 });

type Span = (typeof spans)[number];

function delaysIn(of: readonly Span[]): readonly number[] {
  return (readMs as readonly number[])
    .flatMap((atMs, index) => {
      const at: number = givenMs[index] ?? Number.NaN;
      return of.some(({ fromMs, toMs }) => at >= fromMs && at < toMs) ? [atMs - at] : [];
    })
    .toSorted((a, b) => a - b);
}
const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const shown = (what: string, sorted: readonly number[]) =>
  `${what.padEnd(34)}${[0.5, 0.99, 1].map((share) => percentile(sorted, share).toFixed(2).padStart(8)).join('')}  of ${sorted.length}`;

const [quietSpans, floodSpans] = [false, true].map((isFlood) => spans.filter((each) => each.isFlood === isFlood));
const [quiet, flooded] = [delaysIn(quietSpans ?? []), delaysIn(floodSpans ?? [])];
/** Of all slices the one in the middle: whatever else the machine did hits some of them. */
const p99Of = (of: readonly Span[] = []) =>
  percentile(
    of.map((each) => percentile(delaysIn([each]), 0.99)).toSorted((a, b) => a - b),
    0.5,
  );
const moreMs = p99Of(floodSpans) - p99Of(quietSpans);
const share = (beforeMs: number, afterMs: number) => `${((afterMs - beforeMs) / (slices * sliceMs)).toFixed(2)} s`;
const wanted = giftsPerSecond * ((slices * sliceMs) / 1_000);
const lines = [
  `${given} gifts in a minute, each of which fired a rule; ${drawn} strokes drawn, the state is ${state}; ${posted} webhooks arrived`,
  ...outlets.map(
    ({ name, waiting, sent, dropped, dead }) =>
      `${name}: ${sent} sent, ${waiting} waiting (${mostWaiting.get(name) ?? 0} at most), ${dropped} dropped, ${dead} dead`,
  ),
  `${'ms'.padEnd(34)}${'p50'.padStart(8)}${'p99'.padStart(8)}${'max'.padStart(8)}`,
  shown('an ok is read, quiet', quiet),
  shown('an ok is read, in the flood', flooded),
  `p99 of an ok is ${moreMs.toFixed(1)} ms later in the flood, by the median of ${slices} slices (at most ${mayDelayMs})`,
  `of a second of flood the service took ${share(serviceBefore, serviceAfter)} of one processor, the worker ${share(workerBefore, workerAfter)}`,
  `the worker took ${mb.toFixed(1)} MB at most (at most ${workerMbMax})`,
];
process.stdout.write(`${lines.join('\n')}\n`);
const isEnough = quiet.length > 200 && flooded.length > 200 && given > wanted * 0.95 && outlets.length === 3;
if (!isEnough) process.stdout.write('Not enough was measured to say so.\n');
process.exitCode = isEnough && moreMs <= mayDelayMs && mb <= workerMbMax ? 0 : 1;
