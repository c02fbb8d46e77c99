import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Cancel, Clock, Random } from '../../domain/clock.ts';
import type { LiveFacts, LiveSink, LiveSource, SourceMarks } from '../../domain/live-source.ts';
import type { Log } from '../../domain/log.ts';
import type { Line } from '../connection/attempt.ts';
import { faultOfConnection, whyEnded } from '../connection/ending.ts';
import { type KeptSource, keepConnection } from '../connection/keeper.ts';
import { asked } from '../connection/pace.ts';
import type { HttpPort, SocketPort } from '../connection/ports.ts';
import { EventSession } from '../connection/session.ts';
import type { TokenKeeper } from '../connection/tokens.ts';
import type { UndecodableFrame } from '../connection/undecodable.ts';
import { type Account, DonationApi } from './api.ts';
import { readDonation } from './donation.ts';
import { DonationList } from './list.ts';
import { donationPlaces, donationPlatform as platform } from './platform.ts';
import { confirmLimitMs, donationTalk, silenceLimitMs } from './talk.ts';

const { name } = donationPlaces;
/** More of what cannot be read is not kept. */
const keptCharsMax = 4_000;
const saidOfMax = 1_000;

export interface DonationDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sockets: SocketPort;
  readonly http: HttpPort;
  readonly tokens: TokenKeeper;
  readonly marks: SourceMarks;
  /** Where the platform is; other places are doubles of it. */
  readonly site: string;
  readonly socketUrl: string;
  readonly pollSeconds: number;
  readonly reconnectMaxAttempts: number;
  readonly clockIsSet: () => boolean;
  /** Resolves when all that was handed over is on disk. */
  readonly settled: () => Promise<void>;
  readonly undecodable?: (frame: UndecodableFrame) => void;
}

/** Listens to donations: the socket brings them at once, and the list shows which are missing. */
export function createDonationSource(deps: DonationDeps): LiveSource {
  return new DonationSource(deps);
}

class DonationSource implements LiveSource {
  readonly #deps: DonationDeps;
  readonly #keeper: KeptSource;
  readonly #api: DonationApi;
  readonly #list: DonationList;
  #sink: LiveSink | null = null;
  #account: Account | null = null;
  #session: EventSession;
  #abort = new AbortController();
  #reading: Promise<void> | null = null;
  /** Whether the list is to be read again after the present reading. */
  #isWanted = false;
  #cancelPoll: Cancel = () => {};
  /** The socket was closed for good, and none stood since. */
  #isNotWanted = false;
  #problem: LiveFacts['problem'] = null;
  #said = '';
  /** What was logged of donations that cannot be read. */
  readonly #saidOf = new Set<string>();
  #waitUntilMs = Number.NEGATIVE_INFINITY;

  constructor(deps: DonationDeps) {
    const { clock, random, http, tokens, clockIsSet, settled } = deps;
    this.#deps = deps;
    this.#api = new DonationApi({ clock, http, clockIsSet, name }, tokens, deps.site);
    this.#session = new EventSession(clock, random, platform);
    this.#list = new DonationList({
      clock,
      api: this.#api,
      marks: deps.marks,
      settled,
      donation: (given, account) => this.#donation(given, account, null),
    });
    this.#keeper = keepConnection({
      ...deps,
      platform,
      name,
      silenceLimitMs,
      confirmLimitMs,
      isMended: () => tokens.isMended(),
      talk: (line) =>
        donationTalk(
          {
            api: this.#api,
            socketUrl: deps.socketUrl,
            known: (account) => {
              this.#account = account;
            },
            donation: (given, of) => this.#heard(given, of),
            closedForGood: () => this.#closedForGood(),
            joined: () => this.#joined(),
          },
          line,
        ),
    });
  }

  start(sink: LiveSink): void {
    const { clock, random } = this.#deps;
    this.#sink = sink;
    this.#abort = new AbortController();
    this.#session = new EventSession(clock, random, platform);
    this.#keeper.start(sink);
    this.#read();
    this.#poll();
  }

  facts(): LiveFacts {
    const facts = this.#keeper.facts();
    return facts.problem === null ? { ...facts, problem: this.#problem } : facts;
  }

  retryNow(): void {
    this.#keeper.retryNow();
    this.#read();
  }

  async stop(why?: string): Promise<void> {
    this.#cancelPoll();
    this.#isWanted = false;
    await this.#keeper.stop(why);
    this.#sink = null;
    this.#abort.abort();
    await this.#reading;
    await this.#deps.tokens.rest();
  }

  #joined(): void {
    this.#isNotWanted = false;
    this.#read();
  }

  #closedForGood(): boolean {
    const wasSo = this.#isNotWanted;
    this.#isNotWanted = true;
    return wasSo;
  }

  #poll(): void {
    this.#cancelPoll = this.#deps.clock.after(this.#deps.pollSeconds * 1_000, () => {
      this.#poll();
      this.#read();
    });
  }

  /** Reads the list, once at a time. */
  #read(): void {
    if (this.#sink === null) return;
    this.#isWanted = true;
    if (this.#reading !== null) return;
    this.#reading = this.#readWhileWanted().finally(() => {
      this.#reading = null;
    });
  }

  async #readWhileWanted(): Promise<void> {
    while (this.#isWanted && this.#sink !== null) {
      this.#isWanted = false;
      // After giving up nothing is asked of the platform, and during a pause that it asked for neither.
      if (this.#isGivenUp() || this.#deps.clock.nowMs() < this.#waitUntilMs) return;
      await this.#readOnce();
    }
  }

  #isGivenUp(): boolean {
    const { phase, nextAttemptAtMs, problem } = this.#keeper.facts();
    return phase === 'waiting' && nextAttemptAtMs === null && problem?.code === 'live-gave-up';
  }

  async #readOnce(): Promise<void> {
    const { tokens, log } = this.#deps;
    const { signal } = this.#abort;
    try {
      const since = tokens.signIn()?.since;
      if (this.#account !== null && since !== undefined && since !== this.#account.since) {
        this.#account = null;
        this.#keeper.reconnect('somebody signed in anew');
      }
      if (this.#account === null) {
        const answer = await this.#api.account(signal);
        if (!answer.ok) return this.#failed(answer.ending);
        this.#account = answer.value;
      }
      const result = await this.#list.read(this.#account, signal);
      if (!result.ok) return this.#failed(result.ending);
      this.#said = '';
      this.#setProblem(null);
    } catch (error) {
      // The ledger could not note how far the list was read: it is read again.
      log.debug(`The list of donations was not read to its end: ${originalOf(error)}`);
      this.#failed({ kind: 'lost', why: causeInWords(error) });
    }
  }

  #failed(ending: Parameters<typeof faultOfConnection>[0]): void {
    if (this.#sink === null) return;
    const { clock, log, random } = this.#deps;
    if (ending.kind === 'rate-limited') this.#waitUntilMs = clock.nowMs() + asked(ending.retryAfterMs, 0, random);
    this.#setProblem(faultOfConnection(ending));
    if (ending.original !== undefined) log.debug(`Why the list of donations was not read: ${ending.original}`);
    const why = whyEnded(ending, name).replace(/\.$/, '');
    if (why !== this.#said && this.#keeper.facts().heard)
      log.warn(`The list of donations cannot be read: ${why}. It is tried again every ${this.#deps.pollSeconds} s.`);
    this.#said = why;
  }

  #setProblem(problem: LiveFacts['problem']): void {
    if (this.#problem?.code === problem?.code) return;
    this.#problem = problem;
    this.#sink?.changed();
  }

  /** One came by the socket. */
  #heard(given: unknown, line: Line): void {
    if (this.#account !== null && this.#list.isOurs(given, this.#account)) this.#donation(given, this.#account, line);
  }

  #donation(given: unknown, account: Account, line: Line | null): void {
    if (this.#sink === null) return;
    const read = readDonation(given, account.id);
    if (!read.ok) {
      this.#unreadable(read.what, given, line);
    } else if (line !== null) {
      line.event(read.donation.body);
    } else {
      const event = this.#session.event(read.donation.body, { room: account.id, channel: account.name });
      if (typeof event === 'string') this.#unreadable(event, given, line);
      else this.#sink.event(event);
    }
  }

  /** Logs a donation that cannot be read: once, since the list brings it again with each reading. */
  #unreadable(what: string, given: unknown, line: Line | null): void {
    const shown = JSON.stringify(given)?.slice(0, keptCharsMax) ?? '';
    if (line !== null) line.undecodable('donation', what, shown);
    else if (!this.#saidOf.has(what)) this.#keeper.undecodable('donation', what, shown);
    this.#saidOf.add(what);
    const [first] = this.#saidOf;
    if (this.#saidOf.size > saidOfMax && first !== undefined) this.#saidOf.delete(first);
  }
}
