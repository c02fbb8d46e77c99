import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Clock, Random } from '../../domain/clock.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import type { KeptFrameFacts, LiveFacts, LiveSink, LiveSource, StandIn } from '../../domain/live-source.ts';
import type { Log } from '../../domain/log.ts';
import type { RecallStreaks } from '../../domain/past-streak.ts';
import { KeptAttempts } from '../connection/kept-attempts.ts';
import { type UndecodableFrame, UndecodableFrames } from '../connection/undecodable.ts';
import { Attempt } from './attempt.ts';
import { type Ending, faultOfEnding, firstLook, type LackingEnding, nobodySet, reasonOf, silenceOf } from './ending.ts';
import { nextAttempt, type Pace, startPace } from './pace.ts';
import type { Provider, RawKind, StandInNow } from './provider.ts';
import { newMemory, type SessionMemory } from './session.ts';
import { UngroupedStreaks } from './ungrouped-streaks.ts';

/**
 * Wraps `recall` so that it returns nothing, and logs why, when the disk cannot be read: the gift must not be lost for
 * that.
 */
function safeRecall(recall: RecallStreaks | undefined, log: Log): RecallStreaks {
  return (event) => {
    try {
      return recall?.(event) ?? [];
    } catch (error) {
      log.warn(`The last run's streaks cannot be read: ${causeInWords(error)}. One without a group may count twice.`);
      log.debug(`The last run's streaks were not read: ${originalOf(error)}`);
      return [];
    }
  };
}

interface ListenerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly provider: Provider;
  /** After so many attempts in a row that could not reach the platform, no further ones are made; 0 never gives up. */
  readonly reconnectMaxAttempts?: number;
  /** Null listens to nobody. */
  readonly user: string | null;
  readonly wanted: ReadonlySet<LiveEventKind>;
  /** Where raw frames go while somebody records. */
  readonly raw: (kind: RawKind, room: string, bytes: Uint8Array | string) => void;
  /** Some of the frames that did not decode are handed over here too, for whoever keeps them on disk. */
  readonly undecodable: (frame: UndecodableFrame) => void;
  /** What an earlier run wrote down of streaks without a group. */
  readonly recall?: RecallStreaks;
  /** What of them is on disk. */
  readonly kept?: () => KeptFrameFacts | null;
}

/** A source that listens to one user's lives. */
export interface Listener extends LiveSource {
  /** Listens to another user at once; null listens to nobody. Nothing happens when it is the same. */
  changeUser(user: string | null): void;
  /** The last frames that did not decode. */
  undecodableFrames(): readonly UndecodableFrame[];
}

/** Listens through a provider: one attempt at a time; how it ended decides when the next one begins. */
export function createListener(deps: ListenerDeps): Listener {
  return new Listening(deps);
}

class Listening implements Listener {
  readonly #deps: ListenerDeps;
  readonly #undecodable: UndecodableFrames;
  readonly #memory: SessionMemory;
  readonly #attempts: KeptAttempts<Attempt>;
  #user: string | null;
  #pace: Pace;
  /** Whether, when it was last known, no live was on. */
  #afterLive = false;
  /** How many attempts in a row were not admitted to their room. */
  #notEntered = 0;

  constructor(deps: ListenerDeps) {
    const { clock, log, reconnectMaxAttempts = 0 } = deps;
    this.#deps = deps;
    this.#undecodable = new UndecodableFrames(clock, log, deps.undecodable);
    this.#memory = newMemory(new UngroupedStreaks(safeRecall(deps.recall, log)));
    const named = { name: 'TikTok', what: 'the live' };
    this.#attempts = new KeptAttempts({ clock, log, ...named, reconnectMaxAttempts, silence: firstLook });
    this.#user = deps.user;
    this.#pace = startPace(clock.nowMs());
  }

  start(sink: LiveSink): void {
    this.#attempts.start(sink);
    this.#pace = startPace(this.#deps.clock.nowMs());
    this.#try();
  }

  facts(): LiveFacts {
    const { kept, provider } = this.#deps;
    const facts = this.#attempts.facts(this.#user === null ? nobodySet : undefined);
    const all = { ...facts, standIn: this.#standIn(provider) };
    return kept === undefined ? all : { ...all, kept: kept() };
  }

  #standIn({ standIn = null }: Provider): StandIn | null {
    if (standIn === null) return null;
    const { untilAtMs, ...now } = standIn;
    const isWaiting = isLimited(standIn, this.#deps.clock);
    return { ...now, untilMs: isWaiting ? this.#attempts.wallTimeOf(untilAtMs ?? 0) : null };
  }

  undecodableFrames(): readonly UndecodableFrame[] {
    return this.#undecodable.last();
  }

  retryNow(): void {
    const { clock, log, provider } = this.#deps;
    const { standIn = null } = provider;
    const attempts = this.#attempts;
    // One that stands in for a provider that asked to wait is the best there is.
    const isBest = standIn === null || isLimited(standIn, clock);
    const isWell = attempts.current?.isInVain() === false && isBest;
    if (attempts.sink === null || isWell) return;
    attempts.countAnew();
    provider.retryFirst?.();
    const waitMs = attempts.limitedForMs;
    if (attempts.current !== null) {
      attempts.current.leave('a person asked to try again');
      attempts.drop(true);
    }
    if (waitMs <= 0) this.#try();
    else log.info(`The live is not tried yet: the sign service asks to wait. ${attempts.next(waitMs)}`);
  }

  changeUser(user: string | null): void {
    if (user === this.#user) return;
    const attempts = this.#attempts;
    this.#user = user;
    if (attempts.sink === null) return;
    attempts.current?.leave('the user name changed');
    attempts.drop(true);
    attempts.silence = firstLook;
    attempts.countAnew();
    attempts.forgetNews();
    this.#pace = startPace(this.#deps.clock.nowMs());
    this.#notEntered = 0;
    this.#try();
  }

  stop(why = 'the service stopped'): Promise<void> {
    return this.#attempts.stop(why);
  }

  #try(): void {
    const attempts = this.#attempts;
    attempts.stopWaiting();
    if (this.#user === null) {
      attempts.set({ phase: 'stopped', heard: false, nextAttemptAtMs: null, problem: null });
      return;
    }
    const { clock, random, provider, wanted } = this.#deps;
    const lacking = provider.lacks?.() ?? null;
    if (lacking !== null) {
      this.#waitFor(lacking);
      return;
    }
    attempts.set({ phase: 'connecting', heard: false, nextAttemptAtMs: null });
    const attempt: Attempt = new Attempt({
      clock,
      random,
      provider,
      wanted,
      user: this.#user,
      room: attempts.facts().room ?? '',
      afterLive: this.#afterLive,
      inVain: this.#notEntered,
      memory: this.#memory,
      closed: attempts.closed,
      // What an attempt that was given up still reports is ignored.
      isCurrent: () => attempts.current === attempt,
      event: (event) => attempts.sink?.event(event),
      raw: this.#deps.raw,
      opened: () => this.#opened(attempt),
      entered: () => this.#entered(attempt),
      roomKnown: () => attempts.set({ room: attempt.room }),
      undecodable: (frame) => this.#lost(frame),
      ended: (ending) => this.#ended(attempt, ending),
    });
    attempts.take(attempt);
    attempt.begin();
  }

  /** What is lacking is looked for now and then, but there is nothing to try until a person has put it there. */
  #waitFor(ending: LackingEnding): void {
    const { clock, log, random } = this.#deps;
    const attempts = this.#attempts;
    const { pace, delayMs } = nextAttempt(this.#pace, ending, null, clock.nowMs(), random);
    const { what, remedy } = ending.fault;
    this.#pace = pace;
    attempts.silence = silenceOf(ending, this.#user ?? '');
    if (ending.original !== undefined) log.debug(`Why there is no connection to the live: ${ending.original}`);
    if (attempts.isNews(what)) log.warn(`Not connected to the live: ${what} ${remedy}`, { kind: ending.kind });
    attempts.set({ phase: 'waiting', heard: false, nextAttemptAtMs: null, problem: ending.fault });
    attempts.wait(delayMs, () => this.#try());
  }

  #opened({ room }: Attempt): void {
    const attempts = this.#attempts;
    attempts.limit(0);
    const known = room === '' ? attempts.facts().room : room;
    attempts.set({ phase: 'connected', heard: true, room: known, problem: null });
  }

  #entered({ room }: Attempt): void {
    this.#notEntered = 0;
    this.#afterLive = false;
    this.#attempts.letIn();
    this.#attempts.forgetNews();
    this.#deps.log.info(`Connected to the live of ${this.#user}.`, { room });
  }

  #lost(frame: UndecodableFrame): void {
    this.#undecodable.add(frame);
    this.#attempts.set({ undecodable: this.#undecodable.count });
  }

  #ended(attempt: Attempt, ending: Ending): void {
    const attempts = this.#attempts;
    attempts.drop(false);
    const { clock, log, random } = this.#deps;
    const nowMs = clock.nowMs();
    const heardForMs = attempt.heardForMs();
    const { pace, delayMs } = nextAttempt(this.#pace, ending, heardForMs, nowMs, random);
    this.#pace = pace;
    if (ending.kind === 'not-entered') this.#notEntered += 1;
    if (ending.kind === 'rate-limited') attempts.limit(delayMs);
    const offAir = ending.kind === 'not-live' || ending.kind === 'stream-end';
    if (offAir) this.#afterLive = true;
    if (offAir || ending.kind === 'unknown-user') attempts.countAnew();
    attempts.silence = silenceOf(ending, this.#user ?? '');
    if ('original' in ending && ending.original !== undefined)
      log.debug(`Why there is no connection to the live: ${ending.original}`);
    if (attempt.wasHeard && !offAir) attempts.set({ reconnects: attempts.facts().reconnects + 1 });
    if (isInVain(ending) && heardForMs === null && attempts.givesUp()) return;
    this.#say(ending, delayMs);
    const problem = faultOfEnding(ending);
    attempts.set({ phase: offAir ? 'off-air' : 'waiting', heard: false, nextAttemptAtMs: nowMs + delayMs, problem });
    attempts.wait(delayMs, () => this.#try());
  }

  #say(ending: Ending, delayMs: number): void {
    const { log } = this.#deps;
    const reason = ending.kind === 'stream-end' ? 'not live' : reasonOf(ending);
    if (!this.#attempts.isNews(ending.kind === 'rate-limited' ? ending.kind : reason)) return;
    const then = this.#attempts.next(delayMs);
    if (ending.kind === 'not-live') log.info(`${this.#user} is not live. ${then}`);
    else if (ending.kind === 'stream-end') log.info(`The live has ended. ${then}`);
    else log.warn(`Not connected to the live: ${reason.replace(/\.$/, '')}. ${then}`, { kind: ending.kind });
  }
}

/** Whether such an ending says that the platform could not be reached; all others are an answer of a kind. */
function isInVain({ kind }: Ending): boolean {
  return kind === 'lost' || kind === 'rate-limited' || kind === 'not-entered';
}

/** The provider for which it stands in still asks to be left alone. */
function isLimited({ untilAtMs }: StandInNow, clock: Clock): boolean {
  return untilAtMs !== null && untilAtMs > clock.nowMs();
}
