import type { Random } from '../../src/domain/clock.ts';
import type { LiveFacts, LiveSource } from '../../src/domain/live-source.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { SeenGift } from '../../src/ledger/payers.ts';
import type { VirtualClock } from '../../src/simulators/virtual-clock.ts';
import { createListener } from '../../src/sources/tiktok/listener.ts';
import { Accounts } from '../sim/accounts.ts';
import { SimLive } from '../sim/live.ts';
import type { PlannedGift } from '../sim/plan.ts';
import type { Process } from '../sim/process.ts';
import { worthsOfGifts } from '../sim/settings.ts';
import { pick, whole } from './dice.ts';
import type { EveningPlatform, Listening } from './platform.ts';

/** Three answers to heartbeats and a little, and what a look may be late. */
const silentLimitMs = 41_000;

/** TikTok, as the other seeded world has it; its gifts are planned before the evening begins. */
export class GiftsOfAnEvening implements EveningPlatform {
  readonly name = 'tiktok';
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #live: SimLive;
  readonly #accounts: Accounts;

  constructor(clock: VirtualClock, random: Random, untilMs: number) {
    this.#clock = clock;
    this.#random = random;
    const gifts = Array.from({ length: whole(random, 10, 30) }, () => planned(random, untilMs));
    this.#live = new SimLive(clock, gifts);
    this.#accounts = new Accounts(gifts);
    this.#live.onHeard = (told, process) => this.#accounts.heard(told, process);
  }

  source({ process, random, settled }: Listening): LiveSource {
    return createListener({
      clock: process.clock,
      random,
      log: silentLog,
      provider: this.#live.ear(process, settled),
      user: 'somebody',
      wanted: new Set(['gift', 'stream-end']),
      raw: () => {},
      undecodable: () => {},
    });
  }

  died(process: Process): void {
    this.#accounts.died(process, Number.NEGATIVE_INFINITY);
  }

  settle(): void {
    this.#accounts.settled();
  }

  /** They are planned. */
  give(): void {}

  fail(): void {
    const forMs = whole(this.#random, 100, 30_000);
    const live = this.#live;
    const { faults } = live;
    pick(this.#random, [
      () => live.drop(),
      () => {
        faults.silent = true;
        this.#clock.after(forMs, () => {
          faults.silent = false;
        });
      },
      () => {
        faults.repeat = this.#random;
        this.#clock.after(forMs, () => {
          faults.repeat = null;
        });
      },
      () => {
        faults.shuffle = this.#random;
        this.#clock.after(forMs, () => {
          faults.shuffle = null;
        });
      },
      () => {
        live.limitedUntilMs = this.#clock.nowMs() + forMs;
        live.drop();
      },
    ])();
  }

  calm(): void {
    Object.assign(this.#live.faults, { silent: false, lose: null, repeat: null, shuffle: null });
    this.#live.limitedUntilMs = 0;
  }

  lie({ heard }: LiveFacts): string | null {
    const silentMs = this.#clock.nowMs() - this.#live.lastSoundMs;
    return heard && silentMs > silentLimitMs ? `it has been silent for ${silentMs} ms, and is said to be heard` : null;
  }

  wrong(seen: readonly SeenGift[]): string[] {
    const wrong: string[] = [];
    const gifts = seen.filter(({ kind }) => kind === 'gift');
    this.#accounts.check(gifts, worthsOfGifts, (_rule, what) => wrong.push(what));
    return wrong;
  }
}

function planned(random: Random, untilMs: number): PlannedGift {
  const streak = random() < 0.6;
  const steps = Array.from({ length: streak ? whole(random, 1, 4) : 1 }, (_, index) => (index + 1) * 2);
  return {
    atMs: whole(random, 500, untilMs - 15_000),
    viewer: `viewer${whole(random, 1, 12)}`,
    gift: pick(random, ['Rose', 'GG', 'Corgi', 'Unicorn'] as const),
    streak,
    steps,
    stepMs: pick(random, [15, 400, 3_000]),
    endless: random() < 0.15,
  };
}
