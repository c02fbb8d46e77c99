import { parentPort } from 'node:worker_threads';
import { createGateway } from '../../../src/simulators/gateway/gateway.ts';
import { servePlatform } from '../../../src/simulators/platform/server.ts';
import { systemClock } from '../../../src/system/clock.ts';

/** A gateway in a thread of its own, so that its work is not counted as the listener's; it says so many tips at once. */
const gateway = createGateway({ clock: systemClock() });
const server = await servePlatform(gateway);
const { access } = gateway.installations.install('ink-box', []);
parentPort?.on('message', (tips: number) => {
  for (let n = 0; n < tips; n += 1) {
    const data = { who: `viewer${n % 100}`, what: 'Tipped', how_much: 1 + (n % 500), tip_menu_item: null };
    gateway.say('tipped', data);
  }
});
parentPort?.postMessage({ url: server.url, access });
