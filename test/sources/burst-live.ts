import { parentPort } from 'node:worker_threads';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { startVirtualLive } from '../../src/simulators/live/virtual-live.ts';
import { systemClock } from '../../src/system/clock.ts';

/** A virtual live in a thread of its own, so that its work is not counted as the listener's. */
const live = await startVirtualLive({ clock: systemClock(), replay: 1 });
parentPort?.on('message', (frames: number) => {
  const streaks = fans.map((fan) => live.room.streak(fan, giftKinds.rose));
  for (let frame = 0; frame < frames; frame += 1) {
    streaks[frame % streaks.length]?.to(1 + Math.floor(frame / streaks.length));
  }
});
parentPort?.postMessage({ url: live.url, room: live.room.id });
