import assert from 'node:assert/strict';
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { silentLog } from '../../src/domain/log.ts';
import { createTikTokSource } from '../../src/sources/tiktok/source.ts';
import { systemClock } from '../../src/system/clock.ts';
import { seededRandom } from '../../src/system/random.ts';
import { type Crediting, openCrediting } from './crediting.ts';
import { heapInUse } from './heap.ts';

const frames = 20_000;
/** Other processes may hold up this one: the best of so many bursts shows what is our own doing. */
const bursts = 4;
const wasCalm = (loadavg()[0] ?? 0) < availableParallelism();

test('a burst of 20,000 gift frames is credited whole, and nothing else waits for it', async (t) => {
  const server = new Worker(new URL('./burst-live.ts', import.meta.url));
  const crediting = openCrediting(systemClock());
  const [{ url, room }] = await once(server, 'message');
  const listening = listen(url, room, crediting);
  try {
    await listening.connected;
    await measure(t, crediting, () => listening.hear(() => server.postMessage(frames)));
  } finally {
    await listening.stop();
    await server.terminate();
    crediting.end();
  }
});

function listen(signUrl: string, room: string, { inbox }: Crediting) {
  let gifts = 0;
  let heard = () => {};
  let whole = () => {};
  const connected = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const source = createTikTokSource({
    clock: systemClock(),
    random: seededRandom(1),
    log: silentLog,
    settled: () => inbox.settled(),
    settings: { user: 'ink_host_01', provider: 'direct', signUrl, room, secretsFile: null },
    secrets: {},
  });
  source.start({
    event: (event) => {
      if (event.kind === 'connected') heard();
      if (event.kind !== 'gift') return;
      gifts += 1;
      inbox.offer(event);
      if (gifts % frames === 0) whole();
    },
    changed: () => {},
  });
  return {
    connected,
    /** Hears one burst until all of it is on disk. */
    hear: async (send: () => void) => {
      const done = new Promise<void>((resolve) => {
        whole = resolve;
      });
      send();
      await done;
      await inbox.settled();
    },
    stop: () => source.stop(),
  };
}

async function measure(t: TestContext, crediting: Crediting, burst: () => Promise<void>): Promise<void> {
  await burst();
  const heapBefore = await heapInUse();
  const late = monitorEventLoopDelay({ resolution: 1 });
  const turns = watchTurns();
  let p99Ms = Number.POSITIVE_INFINITY;
  for (let round = 0; round < bursts; round += 1) {
    late.reset();
    late.enable();
    await burst();
    late.disable();
    p99Ms = Math.min(p99Ms, late.percentile(99) / 1e6);
  }
  const turnMs = turns.p99Ms();
  const grownBytes = (await heapInUse()) - heapBefore;
  t.diagnostic(`event loop delay p99 ${p99Ms.toFixed(1)} ms, of which processor time ${turnMs.toFixed(1)} ms`);
  t.diagnostic(`heap ${Math.round(grownBytes / 1024)} KiB more`);
  const credited = [...crediting.credited().values()].reduce((sum, strokes) => sum + strokes, 0);
  assert.equal(credited, (bursts + 1) * frames);
  assert.equal(crediting.inbox.lost, 0);
  assert.ok(grownBytes < 4_000_000, `the heap grew by ${grownBytes} bytes`);
  assert.ok(turnMs <= 20, `a turn of the event loop took ${turnMs} ms of processor time`);
  // On a machine that is busy with other things a turn also waits for its processor and its disk.
  if (wasCalm) assert.ok(p99Ms <= 20, `the event loop was late by ${p99Ms} ms`);
  else t.diagnostic('the machine is busy: only the processor time was judged');
}

/** Processor time that this thread takes between two turns of the event loop. */
function watchTurns(): { p99Ms(): number } {
  const turns: number[] = [];
  let last = process.threadCpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(last);
    last = process.threadCpuUsage();
    turns.push((user + system) / 1000);
  }, 1);
  return {
    p99Ms: () => {
      clearInterval(timer);
      return turns.sort((a, b) => a - b)[Math.floor(turns.length * 0.99)] ?? 0;
    },
  };
}
