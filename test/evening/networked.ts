import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Random } from '../../src/domain/clock.ts';
import type { LiveFacts, LiveSource } from '../../src/domain/live-source.ts';
import type { Gap } from '../../src/ledger/live-times.ts';
import type { SeenGift } from '../../src/ledger/payers.ts';
import { type Network, networkTo } from '../../src/simulators/platform/in-memory.ts';
import type { VirtualPlatform } from '../../src/simulators/platform/platform.ts';
import type { HttpPort, SocketPort } from '../../src/sources/connection/ports.ts';
import { type TokenFile, tokenFile } from '../../src/sources/connection/token-file.ts';
import type { Process } from '../sim/process.ts';
import type { EveningPlatform, Listening } from './platform.ts';

const latencyMs = 20;
/** What a look may be late. */
const lookMs = 1_500;

/** A platform behind a network in memory, that a person signs in to. */
export abstract class NetworkedPlatform implements EveningPlatform {
  abstract readonly name: string;
  protected readonly clock: Clock;
  protected readonly random: Random;
  protected readonly file: TokenFile;
  /** Silence that is taken for a dead connection, ms. */
  readonly #silenceLimitMs: number;
  readonly #platform: VirtualPlatform;
  #network: Network | null = null;
  #isDown = false;
  #isSilent = false;
  /** Access tokens that were on disk. */
  readonly #written = new Set<string>();
  readonly #unwritten = new Set<string>();

  constructor(clock: Clock, random: Random, folder: string, platform: VirtualPlatform, silenceLimitMs: number) {
    this.clock = clock;
    this.random = random;
    mkdirSync(folder, { recursive: true });
    this.file = tokenFile(join(folder, 'sign-in.json'));
    this.#platform = platform;
    this.#silenceLimitMs = silenceLimitMs;
  }

  abstract source(listening: Listening): LiveSource;
  abstract give(): void;
  abstract settle(): void;
  abstract calm(): void;

  /** The network as one process sees it. */
  protected open(process: Process): { readonly sockets: SocketPort; readonly http: HttpPort } {
    const enter = (task: () => void) => process.enter(task);
    const network = networkTo({ clock: this.clock, platform: this.#platform, latencyMs, enter });
    Object.assign(network, { isDown: this.#isDown, isSilent: this.#isSilent });
    this.#network = network;
    return {
      http: {
        ask: (request) => {
          this.#uses(/^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1]);
          return network.http.ask(request);
        },
      },
      sockets: {
        open: (target, listener) => {
          this.#uses(new URL(target.url).searchParams.get('token'));
          return network.sockets.open(target, listener);
        },
      },
    };
  }

  /** What is not on disk when it is used is lost with the process, and with it the sign-in. */
  #uses(token: string | null | undefined): void {
    if (token === null || token === undefined) return;
    this.#written.add(this.file.read()?.accessToken ?? '');
    if (!this.#written.has(token)) this.#unwritten.add(token);
  }

  died(_process: Process): void {
    this.drop();
    this.#network = null;
  }

  protected drop(): void {
    this.#network?.drop();
  }

  /** What only this platform can do wrong. */
  protected abstract failures(forMs: number): readonly (() => void)[];

  fail(): void {
    const forMs = 100 + Math.floor(this.random() * 29_900);
    const all = [
      () => this.drop(),
      () => this.#break('isSilent', forMs),
      () => this.#break('isDown', forMs),
      ...this.failures(forMs),
    ];
    all[Math.floor(this.random() * all.length)]?.();
    // What waits for the next connection is of no use while this one stands.
    if (this.random() < 0.3) this.drop();
  }

  #break(how: 'isSilent' | 'isDown', forMs: number): void {
    const set = (isSo: boolean) => {
      if (how === 'isDown') this.#isDown = isSo;
      else this.#isSilent = isSo;
      if (this.#network !== null) this.#network[how] = isSo;
    };
    set(true);
    if (how === 'isDown') this.drop();
    this.clock.after(forMs, () => set(false));
  }

  lie({ heard, phase }: LiveFacts): string | null {
    const silentMs = this.clock.nowMs() - (this.#network?.lastSoundMs ?? 0);
    const isSaid = heard || phase === 'off-air';
    if (!isSaid || silentMs <= this.#silenceLimitMs + lookMs) return null;
    return `it has been silent for ${silentMs} ms, and stands as ${phase}`;
  }

  wrong(seen: readonly SeenGift[], gaps: readonly Gap[]): string[] {
    const tokens = [...this.#unwritten].map((token) => `${token} was used before it was on disk`);
    return [...tokens, ...this.wrongMoney(seen, gaps)];
  }

  protected abstract wrongMoney(seen: readonly SeenGift[], gaps: readonly Gap[]): string[];
}
