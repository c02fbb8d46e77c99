import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { silentLog } from '../../src/domain/log.ts';
import { createTikTokSource } from '../../src/sources/tiktok/source.ts';
import { systemClock } from '../../src/system/clock.ts';
import { seededRandom } from '../../src/system/random.ts';
import { type Crediting, openCrediting } from './crediting.ts';
import { heapInUse } from './heap.ts';

const frames = 20_000;
const bursts = 4;
/**
 * A turn ends after a hundred, or after 2 ms if that comes first. How late a turn may be in milliseconds is a budget of
 * `bench:ingest`: other work on the machine decides it, too.
 */
const giftsInATurnMax = 200;

test('a burst of 20,000 gift frames is credited whole, and nothing else waits for it', async (t) => {
  const server = new Worker(new URL('./burst-live.ts', import.meta.url));
  const crediting = openCrediting(systemClock());
  const [{ url, room }] = await once(server, 'message');
  const listening = listen(url, room, crediting);
  try {
    await listening.connected;
    await measure(t, crediting, {
      gifts: listening.gifts,
      burst: () => listening.hear(() => server.postMessage(frames)),
    });
  } finally {
    await listening.stop();
    await server.terminate();
    crediting.end();
  }
});

interface Listening {
  gifts(): number;
  burst(): Promise<void>;
}

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
    gifts: () => gifts,
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

async function measure(t: TestContext, crediting: Crediting, listening: Listening): Promise<void> {
  await listening.burst();
  const heapBefore = await heapInUse();
  const turns = watchTurns(listening.gifts);
  for (let round = 0; round < bursts; round += 1) await listening.burst();
  const giftsInATurn = turns.mostGifts();
  const grownBytes = (await heapInUse()) - heapBefore;
  t.diagnostic(
    `at most ${giftsInATurn} gifts in one turn of the event loop, heap ${Math.round(grownBytes / 1024)} KiB more`,
  );
  const credited = [...crediting.credited().values()].reduce((sum, strokes) => sum + strokes, 0);
  assert.equal(credited, (bursts + 1) * frames);
  assert.equal(crediting.inbox.lost, 0);
  assert.ok(grownBytes < 4_000_000, `the heap grew by ${grownBytes} bytes`);
  assert.ok(giftsInATurn <= giftsInATurnMax, `${giftsInATurn} gifts were taken in one turn of the event loop`);
}

/** How many gifts are taken while a timer that is due at once waits for its turn. */
function watchTurns(gifts: () => number): { mostGifts(): number } {
  let most = 0;
  let before = gifts();
  const timer = setInterval(() => {
    most = Math.max(most, gifts() - before);
    before = gifts();
  }, 1);
  return {
    mostGifts: () => {
      clearInterval(timer);
      return most;
    },
  };
}
