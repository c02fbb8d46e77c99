/** The source of Joystick.tv on a gateway that is served on a port: real sockets, real requests. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LiveEvent } from '../../../src/domain/live-event.ts';
import { silentLog } from '../../../src/domain/log.ts';
import { createGateway } from '../../../src/simulators/gateway/gateway.ts';
import { servePlatform } from '../../../src/simulators/platform/server.ts';
import { httpPort, socketPort } from '../../../src/sources/connection/network.ts';
import { tokenFile } from '../../../src/sources/connection/token-file.ts';
import { createJoystickSource } from '../../../src/sources/joystick/source.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { seededRandom } from '../../../src/system/random.ts';
import { tempFolder } from '../../ledger/world.ts';
import { clientId, tokensIn } from './rig.ts';

test('over real sockets a frame of ten megabytes costs the connection, and nothing that is said afterwards', async (t) => {
  const clock = systemClock();
  const gateway = createGateway({ clock });
  const server = await servePlatform(gateway);
  const file = join(tempFolder(t), 'sign-in.json');
  const { access, refresh } = gateway.installations.install(clientId, []);
  tokenFile(file).write({ accessToken: access, refreshToken: refresh, endsAtMs: null, since: 1 });
  const source = createJoystickSource({
    clock,
    random: seededRandom(3),
    log: silentLog,
    sockets: socketPort,
    http: httpPort,
    tokens: tokensIn(file, clock, httpPort, server.url),
    api: server.url,
    reconnectMaxAttempts: 0,
    clockIsSet: () => true,
    settled: null,
    wanted: new Set(),
  });
  t.after(async () => {
    await source.stop();
    await server.close();
  });
  const events: LiveEvent[] = [];
  source.start({ event: (event) => events.push(event), changed: () => {} });
  const until = async (what: string, holds: () => boolean) => {
    const endMs = performance.now() + 100_000;
    while (!holds()) {
      if (performance.now() > endMs) throw new Error(`${what} did not happen`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const tips = () => events.flatMap((event) => (event.kind === 'tip' ? [event.payload.tokens] : []));
  await until('it is heard', () => source.facts().heard);
  gateway.say('tipped', { who: 'Rosa', how_much: 1 });
  await until('a tip comes', () => tips().length === 1);
  gateway.sayRaw(JSON.stringify({ type: 'x'.repeat(10_000_000) }));
  await until('the connection breaks', () => events.some(({ kind }) => kind === 'disconnected'));
  await until('it is heard again', () => source.facts().heard && gateway.counts().subscribed === 1);
  gateway.say('tipped', { who: 'Rosa', how_much: 2 });
  await until('another tip comes', () => tips().length === 2);
  const gap = events.find((event) => event.kind === 'disconnected');
  assert.equal(gap?.kind === 'disconnected' && gap.payload.why, 'a message was too long, and the connection broke');
  assert.equal(gateway.counts().connections, 2);
});

test('a port that refuses the upgrade is tried anew as it asks', async () => {
  const gateway = createGateway({ clock: systemClock() });
  const server = await servePlatform(gateway);
  gateway.faults.refuse('socket', { status: 429, headers: { 'retry-after': '7' }, body: '' });
  const refused = await new Promise<{ status: number; headers: Readonly<Record<string, string>> }>((resolve) => {
    socketPort.open(
      { url: `${server.url.replace('http', 'ws')}/cable`, protocols: ['actioncable-v1-json'] },
      { opened: () => {}, message: () => {}, pong: () => {}, closed: () => {}, refused: resolve },
    );
  });
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '7']);
  await server.close();
});
