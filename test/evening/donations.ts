import type { Clock, Random } from '../../src/domain/clock.ts';
import type { LiveFacts, LiveSource } from '../../src/domain/live-source.ts';
import { silentLog } from '../../src/domain/log.ts';
import { moneyInWords } from '../../src/domain/money.ts';
import type { SeenGift } from '../../src/ledger/payers.ts';
import { VirtualDonations } from '../../src/simulators/platform/donations.ts';
import { jsonAnswer } from '../../src/simulators/platform/platform.ts';
import { firstSignIn, keepTokens } from '../../src/sources/connection/tokens.ts';
import { donationAlerts } from '../../src/sources/donationalerts/entry.ts';
import { createDonationSource } from '../../src/sources/donationalerts/source.ts';
import { pick, whole } from './dice.ts';
import { NetworkedPlatform } from './networked.ts';
import type { Listening } from './platform.ts';

/** Silence that is taken for a dead connection. */
const silenceLimitMs = 45_500;
/** A person reads the page this often, and does what it says. */
const personMs = 60_000;
/** More than two pages of the list. */
const crowd = 70;
const site = 'https://donations.example';
/** What donations are worth. */
export const donationLine = { per: '1.00 EUR', strokes: 1, row: '2' };

/** DonationAlerts: whatever its socket does not bring is in its list, so that all that was given must be credited. */
export class DonationsOfAnEvening extends NetworkedPlatform {
  readonly name = 'donationalerts';
  readonly #platform: VirtualDonations;
  #signedInMs = 0;

  constructor(clock: Clock, random: Random, folder: string) {
    const platform = new VirtualDonations(clock);
    super(clock, random, folder, platform, silenceLimitMs);
    this.#platform = platform;
    this.#signIn();
  }

  #signIn(): void {
    this.#signedInMs = this.clock.nowMs();
    const since = Math.round(this.clock.wallMs());
    this.file.write({ ...this.#platform.grant(), since, firstSince: firstSignIn(this.file) ?? since });
  }

  source({ process, random, settled, marks }: Listening): LiveSource {
    const network = this.open(process);
    const { clientId, secret, redirectUrl } = this.#platform.application;
    const reach = { clock: process.clock, log: silentLog, http: network.http, clockIsSet: () => true };
    const settings = { platform: this.name, clientId, redirectUrl, reconnectMaxAttempts: 0 };
    const issuer = donationAlerts.issuer(settings, { ...reach, secret: () => secret, place: () => null });
    return createDonationSource({
      ...reach,
      random,
      sockets: network.sockets,
      tokens: keepTokens({ ...issuer, tokenUrl: `${site}/oauth/token` }, this.file),
      marks,
      site,
      socketUrl: 'wss://donations.example/connection/websocket',
      pollSeconds: 60,
      reconnectMaxAttempts: 0,
      settled,
    });
  }

  /** All of it has to come, whenever that was. */
  settle(): void {}

  /** Each has another amount, so that it is known again in the ledger; now and then a crowd gives at once. */
  give(): void {
    const times = this.random() < 0.03 ? crowd : 1;
    for (let time = 0; time < times; time += 1) this.#giveOnce();
  }

  #giveOnce(): void {
    const amount = (1_000 + this.#platform.donations.length) / 100;
    this.#platform.give({ amount, currency: 'EUR', username: pick(this.random, ['Rosa', 'Ink', 'Feather', null]) });
  }

  protected failures(forMs: number): readonly (() => void)[] {
    const { random } = this;
    const platform = this.#platform;
    const { faults } = platform;
    const later = (task: () => void) => this.clock.after(forMs, task);
    return [
      () => platform.closeAll(pick(random, [true, false])),
      () => platform.endTokens(),
      () => platform.revoke(),
      () => platform.say(pick(random, ['no JSON', '{"connect":{}}', '[]'])),
      () => this.#comeUnheard(forMs),
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
    ];
  }

  /** Many give while the socket says nothing, and the list is shown a page at a time. */
  #comeUnheard(forMs: number): void {
    const { faults } = this.#platform;
    let asked = 0;
    faults.isSocketMute = true;
    faults.listInstead = () => {
      asked += 1;
      return asked % 2 === 0 ? jsonAnswer(503, {}) : undefined;
    };
    for (let time = 0; time < crowd; time += 1) this.#giveOnce();
    this.clock.after(2 * forMs + 60_000, () => {
      faults.isSocketMute = false;
      faults.listInstead = null;
    });
  }

  calm(): void {
    this.#platform.faults.unauthorized = 0;
    this.#platform.faults.tokensEnded = 0;
    this.#platform.faults.isSocketMute = false;
    this.#platform.faults.listInstead = null;
    this.#signIn();
  }

  override lie(facts: LiveFacts): string | null {
    const signedInForMs = this.clock.nowMs() - this.#signedInMs;
    if (facts.problem?.code === 'live-sign-in-refused' && signedInForMs > personMs) this.#signIn();
    return super.lie(facts);
  }

  protected wrongMoney(seen: readonly SeenGift[]): string[] {
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
