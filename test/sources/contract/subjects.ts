import { join } from 'node:path';
import { silentLog } from '../../../src/domain/log.ts';
import { createGateway } from '../../../src/simulators/gateway/gateway.ts';
import { fans, giftKinds } from '../../../src/simulators/live/script.ts';
import { startVirtualLive } from '../../../src/simulators/live/virtual-live.ts';
import { VirtualDonations } from '../../../src/simulators/platform/donations.ts';
import { type Network, networkTo } from '../../../src/simulators/platform/in-memory.ts';
import { jsonAnswer, type VirtualPlatform } from '../../../src/simulators/platform/platform.ts';
import { type VirtualClock, virtualClock } from '../../../src/simulators/virtual-clock.ts';
import { tokenFile } from '../../../src/sources/connection/token-file.ts';
import { keepTokens } from '../../../src/sources/connection/tokens.ts';
import { donationAlerts } from '../../../src/sources/donationalerts/entry.ts';
import { createDonationSource } from '../../../src/sources/donationalerts/source.ts';
import { createJoystickSource } from '../../../src/sources/joystick/source.ts';
import { createTikTokSource } from '../../../src/sources/tiktok/source.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { clientId, tokensIn } from '../joystick/rig.ts';
import type { ContractSubject, House, Subject } from './contract.ts';

const factor = 50;
const patienceMs = 100_000;
const hourMs = 3_600_000;

/** The real listener on a live behind real sockets, in time that runs faster. */
export const tikTok: ContractSubject = {
  name: 'TikTok',
  clock: () => systemClock(factor),
  async open({ clock, inbox }) {
    const live = await startVirtualLive({ clock, replay: 20 });
    const [fan = { id: '1', name: 'ink_fan' }] = fans;
    const source = createTikTokSource({
      clock,
      random: () => 0.5,
      log: silentLog,
      settings: { user: live.user, provider: 'direct', signUrl: live.url, room: live.room.id, secretsFile: null },
      secrets: { LIVEPEN_TIKTOK_HOST: live.pagesHost },
      heartbeatMs: 10_000 / factor,
      settled: () => inbox.settled(),
    });
    let given = 0;
    return {
      source,
      platform: 'tiktok',
      give(name) {
        given += 1;
        const group = String(1_700_000_000_000 + given);
        const giver = { ...fan, name };
        const gift = { gift: giftKinds.galaxy, count: 1, group, receiver: '6300000000000000001', ended: false };
        live.room.say({ kind: 'gift', fan: giver, ...gift });
      },
      repeat: () => live.drop(),
      lose: () => live.drop(),
      refuseNext: () => live.faults.refuse('sign', { status: 503 }),
      silence: (isSilent) => (isSilent ? live.faults.goSilent() : live.faults.speakAgain()),
      open: () => live.counts().openConnections,
      until: (what, holds) => realUntil(what, holds),
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms / factor)),
      inTime: (asked) => asked,
      close: () => live.close(),
    };
  },
};

async function realUntil(what: string, holds: () => boolean): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > untilMs) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function untilIn(clock: VirtualClock, what: string, holds: () => boolean): Promise<void> {
  await clock.runUntil(holds, hourMs, what);
}

async function inTimeOf<T>(clock: VirtualClock, asked: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  asked.then(over, over);
  await clock.runUntil(() => isOver, hourMs);
  return asked;
}

/** What all platforms in memory have in common. */
function inMemory(clock: VirtualClock, network: Network) {
  return {
    lose: () => network.drop(),
    silence(isSilent: boolean) {
      network.isSilent = isSilent;
    },
    open: () => network.open,
    until: (what: string, holds: () => boolean) => untilIn(clock, what, holds),
    pass: (ms: number) => clock.advance(ms),
    inTime: <T>(asked: Promise<T>) => inTimeOf(clock, asked),
    close: () => Promise.resolve(),
  };
}

function networkOf(house: House, platform: VirtualPlatform) {
  const clock = house.clock as VirtualClock;
  const network = networkTo({ clock, platform, latencyMs: 20 });
  return { clock, network, http: network.http, sockets: network.sockets, clockIsSet: () => true, log: silentLog };
}

/** Donations: by socket and by list. */
export const donations: ContractSubject = {
  name: 'DonationAlerts',
  clock: () => virtualClock(),
  async open(house): Promise<Subject> {
    const platform = new VirtualDonations(house.clock);
    const { clock, network, ...reach } = networkOf(house, platform);
    const file = tokenFile(join(house.folder, 'sign-in.json'));
    file.write({ ...platform.grant(), since: clock.wallMs() });
    const { clientId, secret, redirectUrl } = platform.application;
    const settings = { platform: 'donationalerts', clientId, redirectUrl, reconnectMaxAttempts: 0 };
    const issuer = donationAlerts.issuer(settings, { ...reach, clock, secret: () => secret, place: () => null });
    return {
      ...inMemory(clock, network),
      source: createDonationSource({
        ...reach,
        clock,
        random: () => 0.5,
        tokens: keepTokens({ ...issuer, tokenUrl: 'https://donations.example/oauth/token' }, file),
        marks: house.ledger,
        site: 'https://donations.example',
        socketUrl: 'wss://donations.example/connection/websocket',
        pollSeconds: 60,
        reconnectMaxAttempts: 0,
        settled: () => house.inbox.settled(),
      }),
      platform: 'donationalerts',
      give: (username) => void platform.give({ amount: 1, currency: 'EUR', username }),
      repeat: () => platform.publish(platform.donations.at(-1)),
      refuseNext() {
        // The list asks, too.
        let left = 2;
        platform.faults.instead = () => {
          left -= 1;
          if (left === 0) platform.faults.instead = null;
          return jsonAnswer(503, {});
        };
      },
    };
  },
};

/** A gateway that says everything once. */
export const joystick: ContractSubject = {
  name: 'Joystick.tv',
  clock: () => virtualClock(),
  async open(house): Promise<Subject> {
    const gateway = createGateway({ clock: house.clock });
    const { clock, network, ...reach } = networkOf(house, gateway);
    const path = join(house.folder, 'sign-in.json');
    const { access, refresh } = gateway.installations.install(clientId, ['chat:read', 'stream:read', 'identity:read']);
    const wallMs = clock.wallMs();
    tokenFile(path).write({ accessToken: access, refreshToken: refresh, endsAtMs: wallMs + 4 * hourMs, since: wallMs });
    let last = '';
    return {
      ...inMemory(clock, network),
      source: createJoystickSource({
        ...reach,
        clock,
        random: () => 0.5,
        tokens: tokensIn(path, clock, network.http),
        api: 'https://gateway.example',
        reconnectMaxAttempts: 0,
        clockIsSet: () => true,
        wanted: new Set(),
        settled: () => house.inbox.settled(),
      }),
      platform: 'joystick',
      give(who) {
        last = gateway.say('tipped', { who, what: 'Tipped', how_much: 1, tip_menu_item: null });
      },
      repeat: () => gateway.sayAgain(last),
      refuseNext: () => gateway.faults.refuse('socket', jsonAnswer(503, {})),
    };
  },
};
