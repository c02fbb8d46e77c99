import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Random } from '../../src/domain/clock.ts';
import type { LiveFacts, LiveSource } from '../../src/domain/live-source.ts';
import { silentLog } from '../../src/domain/log.ts';
import { moneyInWords } from '../../src/domain/money.ts';
import type { SeenGift } from '../../src/ledger/payers.ts';
import { VirtualDonations } from '../../src/simulators/platform/donations.ts';
import { type Network, networkTo } from '../../src/simulators/platform/in-memory.ts';
import { jsonAnswer } from '../../src/simulators/platform/platform.ts';
import { tokenFile } from '../../src/sources/connection/token-file.ts';
import { firstSignIn, keepTokens } from '../../src/sources/connection/tokens.ts';
import { donationAlerts } from '../../src/sources/donationalerts/entry.ts';
import { createDonationSource } from '../../src/sources/donationalerts/source.ts';
import type { Process } from '../sim/process.ts';
import { pick, whole } from './dice.ts';
import type { EveningPlatform, Listening } from './platform.ts';

const latencyMs = 20;
/** Silence that is taken for a dead connection, and what a look may be late. */
const silentLimitMs = 47_000;
/** A person reads the page this often, and does what it says. */
const personMs = 60_000;
/** More than two pages of the list. */
const crowd = 70;
const site = 'https://donations.example';
/** What donations are worth. */
export const donationLine = { per: '1.00 EUR', strokes: 1, row: '2' };

/** DonationAlerts: whatever its socket does not bring is in its list, so that all that was given must be credited. */
export class DonationsOfAnEvening implements EveningPlatform {
  readonly name = 'donationalerts';
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #platform: VirtualDonations;
  readonly #file: string;
  #network: Network | null = null;
  #isDown = false;
  #isSilent = false;
  #signedInMs: number;

  constructor(clock: Clock, random: Random, folder: string) {
    this.#clock = clock;
    this.#random = random;
    this.#platform = new VirtualDonations(clock);
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, 'sign-in.json');
    this.#signedInMs = clock.nowMs();
    this.#signIn();
  }

  #signIn(): void {
    this.#signedInMs = this.#clock.nowMs();
    const since = Math.round(this.#clock.wallMs());
    const file = tokenFile(this.#file);
    file.write({ ...this.#platform.grant(), since, firstSince: firstSignIn(file) ?? since });
  }

  source({ process, random, settled, marks }: Listening): LiveSource {
    const enter = (task: () => void) => process.enter(task);
    const network = networkTo({ clock: this.#clock, platform: this.#platform, latencyMs, enter });
    Object.assign(network, { isDown: this.#isDown, isSilent: this.#isSilent });
    this.#network = network;
    const { clientId, secret, redirectUrl } = this.#platform.application;
    const reach = { clock: process.clock, log: silentLog, http: network.http, clockIsSet: () => true };
    const settings = { platform: this.name, clientId, redirectUrl, reconnectMaxAttempts: 0 };
    const issuer = donationAlerts.issuer(settings, { ...reach, secret: () => secret, place: () => null });
    return createDonationSource({
      ...reach,
      random,
      sockets: network.sockets,
      tokens: keepTokens({ ...issuer, tokenUrl: `${site}/oauth/token` }, tokenFile(this.#file)),
      marks,
      site,
      socketUrl: 'wss://donations.example/connection/websocket',
      pollSeconds: 60,
      reconnectMaxAttempts: 0,
      settled,
    });
  }

  died(_process: Process): void {
    this.#network?.drop();
    this.#network = null;
  }

  /** All of it has to come, whenever that was. */
  settle(): void {}

  /** Each has another amount, so that it is known again in the ledger; now and then a crowd gives at once. */
  give(): void {
    const times = this.#random() < 0.03 ? crowd : 1;
    for (let time = 0; time < times; time += 1) {
      const amount = (1_000 + this.#platform.donations.length) / 100;
      this.#platform.give({ amount, currency: 'EUR', username: pick(this.#random, ['Rosa', 'Ink', 'Feather', null]) });
    }
  }

  fail(): void {
    const random = this.#random;
    const platform = this.#platform;
    const { faults } = platform;
    const forMs = whole(random, 100, 30_000);
    const later = (task: () => void) => this.#clock.after(forMs, task);
    pick(random, [
      () => this.#network?.drop(),
      () => this.#break('isSilent', forMs),
      () => this.#break('isDown', forMs),
      () => platform.closeAll(pick(random, [true, false])),
      () => platform.endTokens(),
      () => platform.revoke(),
      () => platform.say(pick(random, ['no JSON', '{"connect":{}}', '[]'])),
      () => {
        faults.unauthorized = whole(random, 1, 2);
      },
      () => {
        faults.tokensEnded = 2;
      },
      () => {
        faults.isSocketMute = true;
        later(() => {
          faults.isSocketMute = false;
        });
      },
      () => {
        faults.repeats = 2;
        later(() => {
          faults.repeats = 0;
        });
      },
      () => {
        faults.lateMs = () => whole(random, 0, 20_000);
        later(() => {
          faults.lateMs = null;
        });
      },
      () => {
        const answer = pick(random, [jsonAnswer(503, {}), jsonAnswer(429, {}, { 'retry-after': '20' }), null]);
        faults.instead = () => answer;
        later(() => {
          faults.instead = null;
        });
      },
    ])();
    // What waits for the next connection is of no use while this one stands.
    if (random() < 0.3) this.#network?.drop();
  }

  #break(how: 'isSilent' | 'isDown', forMs: number): void {
    const set = (isSo: boolean) => {
      if (how === 'isDown') this.#isDown = isSo;
      else this.#isSilent = isSo;
      if (this.#network !== null) this.#network[how] = isSo;
    };
    set(true);
    if (how === 'isDown') this.#network?.drop();
    this.#clock.after(forMs, () => set(false));
  }

  calm(): void {
    this.#platform.faults.unauthorized = 0;
    this.#platform.faults.tokensEnded = 0;
    this.#signIn();
  }

  lie({ heard, problem }: LiveFacts): string | null {
    const nowMs = this.#clock.nowMs();
    if (problem?.code === 'live-sign-in-refused' && nowMs - this.#signedInMs > personMs) this.#signIn();
    const silentMs = nowMs - (this.#network?.lastSoundMs ?? 0);
    return heard && silentMs > silentLimitMs ? `it has been silent for ${silentMs} ms, and is said to be heard` : null;
  }

  wrong(seen: readonly SeenGift[]): string[] {
    const credited = seen.filter(({ kind }) => kind === 'donation');
    const given = this.#platform.donations.map((_, index) =>
      moneyInWords({ amountMinor: 1_000 + index, currency: 'EUR' }),
    );
    const counted = given.flatMap((words) => {
      const times = credited.filter(({ gift }) => gift === words).length;
      return times === 1 ? [] : [`${words} is credited ${times} times`];
    });
    const strange = credited.filter(({ gift }) => !given.includes(gift));
    return [...counted, ...strange.map(({ gift }) => `nobody gave ${gift}`)];
  }
}
