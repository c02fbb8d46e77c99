import { parentPort } from 'node:worker_threads';
import { VirtualDonations } from '../../../src/simulators/platform/donations.ts';
import { servePlatform } from '../../../src/simulators/platform/server.ts';
import { systemClock } from '../../../src/system/clock.ts';

/** A platform of donations in a thread of its own, so that its work is not counted as the listener's; so many are given at once. */
const platform = new VirtualDonations(systemClock());
const server = await servePlatform(platform);
const { accessToken } = platform.grant();
parentPort?.on('message', (donations: number) => {
  for (let n = 0; n < donations; n += 1)
    platform.give({ amount: 1 + (n % 500), currency: 'EUR', username: `viewer${n % 100}`, message: 'for the pen' });
});
parentPort?.postMessage({ url: server.url, access: accessToken });
