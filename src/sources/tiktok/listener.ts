import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Cancel, Clock, Random } from '../../domain/clock.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import type {
  KeptFrameFacts,
  LiveFacts,
  LiveSilence,
  LiveSink,
  LiveSource,
  StandIn,
} from '../../domain/live-source.ts';
import type { Log } from '../../domain/log.ts';
import type { RecallStreaks } from '../../domain/past-streak.ts';
import { clockTime } from '../../domain/plain-text.ts';
import { type UndecodableFrame, UndecodableFrames } from '../connection/undecodable.ts';
import { Attempt } from './attempt.ts';
import { type Ending, faultOfEnding, firstLook, type LackingEnding, nobodySet, reasonOf, silenceOf } from './ending.ts';
import { nextAttempt, type Pace, startPace } from './pace.ts';
import type { Provider, RawKind, StandInNow } from './provider.ts';
import { newMemory, type SessionMemory } from './session.ts';
import { UngroupedStreaks } from './ungrouped-streaks.ts';

/** Recalls nothing, and says so, when the disk cannot be read: that must not cost the gift that asked. */
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

const noFacts: LiveFacts = {
  heard: false,
  phase: 'stopped',
  room: null,
  nextAttemptAtMs: null,
  problem: null,
  reconnects: 0,
  undecodable: 0,
};

/** Listens with an ear: one attempt at a time, each followed by the next at the pace that its ending asks for. */
export function createListener(deps: ListenerDeps): Listener {
  return new Listening(deps);
}

class Listening implements Listener {
  readonly #deps: ListenerDeps;
  readonly #undecodable: UndecodableFrames;
  readonly #memory: SessionMemory;
  #user: string | null;
  #sink: LiveSink | null = null;
  #attempt: Attempt | null = null;
  #closing: Promise<void> = Promise.resolve();
  #pace: Pace;
  #cancelWait: Cancel = () => {};
  /** Nobody was on the air when it was last known, whatever was lost since. */
  #afterLive = false;
  /** Attempts in a row that were not let into their room. */
  #notEntered = 0;
  #limitedUntilMs = 0;
  #silence: Omit<LiveSilence, 'nextAtMs'> = firstLook;
  readonly #said = new Set<string>();
  #facts: LiveFacts = noFacts;

  constructor(deps: ListenerDeps) {
    this.#deps = deps;
    this.#undecodable = new UndecodableFrames(deps.clock, deps.log, deps.undecodable);
    this.#memory = newMemory(new UngroupedStreaks(safeRecall(deps.recall, deps.log)));
    this.#user = deps.user;
    this.#pace = startPace(deps.clock.nowMs());
  }

  start(sink: LiveSink): void {
    if (this.#sink !== null) throw new Error('the source was started already');
    this.#sink = sink;
    this.#pace = startPace(this.#deps.clock.nowMs());
    this.#try();
  }

  facts(): LiveFacts {
    const { kept, provider } = this.#deps;
    const facts = { ...this.#facts, silence: this.#silenceNow(), standIn: this.#standIn(provider) };
    return kept === undefined ? facts : { ...facts, kept: kept() };
  }

  /** The wall time is told by the clock of now: it may have been set since. */
  #silenceNow(): LiveSilence | null {
    const { heard, nextAttemptAtMs } = this.#facts;
    if (heard) return null;
    const nextAtMs = nextAttemptAtMs === null ? null : this.#wallTimeOf(nextAttemptAtMs);
    return { ...(this.#user === null ? nobodySet : this.#silence), nextAtMs };
  }

  #standIn({ standIn = null }: Provider): StandIn | null {
    if (standIn === null) return null;
    const { untilAtMs, ...now } = standIn;
    return { ...now, untilMs: isLimited(standIn, this.#deps.clock) ? this.#wallTimeOf(untilAtMs ?? 0) : null };
  }

  #wallTimeOf(monotonicMs: number): number {
    const { clock } = this.#deps;
    return Math.round(clock.wallMs() + monotonicMs - clock.nowMs());
  }

  undecodableFrames(): readonly UndecodableFrame[] {
    return this.#undecodable.last();
  }

  retryNow(): void {
    const { provider } = this.#deps;
    const { standIn = null } = provider;
    // One that stands in for a provider that asked to wait is the best there is.
    const isBest = standIn === null || isLimited(standIn, this.#deps.clock);
    const isWell = this.#attempt?.isInVain() === false && isBest;
    if (this.#sink === null || isWell) return;
    provider.retryFirst?.();
    const waitMs = this.#limitedUntilMs - this.#deps.clock.nowMs();
    if (this.#attempt !== null) {
      this.#attempt.leave('a person asked to try again');
      this.#drop(true);
    }
    if (waitMs <= 0) this.#try();
    else this.#deps.log.info(`The live is not tried yet: the sign service asks to wait. ${this.#next(waitMs)}`);
  }

  changeUser(user: string | null): void {
    if (user === this.#user) return;
    this.#user = user;
    if (this.#sink === null) return;
    this.#attempt?.leave('the user name changed');
    this.#drop(true);
    this.#silence = firstLook;
    this.#pace = startPace(this.#deps.clock.nowMs());
    this.#notEntered = 0;
    this.#said.clear();
    this.#try();
  }

  async stop(why = 'the service stopped'): Promise<void> {
    this.#attempt?.leave(why);
    this.#drop(true);
    this.#sink = null;
    this.#facts = { ...this.#facts, phase: 'stopped', heard: false, nextAttemptAtMs: null };
    await this.#closing;
  }

  #try(): void {
    this.#cancelWait();
    if (this.#user === null) {
      this.#set({ phase: 'stopped', heard: false, nextAttemptAtMs: null, problem: null });
      return;
    }
    const { clock, random, provider, wanted } = this.#deps;
    const lacking = provider.lacks?.() ?? null;
    if (lacking !== null) {
      this.#waitFor(lacking);
      return;
    }
    this.#set({ phase: 'connecting', heard: false, nextAttemptAtMs: null });
    const attempt: Attempt = new Attempt({
      clock,
      random,
      provider,
      wanted,
      user: this.#user,
      room: this.#facts.room ?? '',
      afterLive: this.#afterLive,
      inVain: this.#notEntered,
      memory: this.#memory,
      closed: this.#closing,
      // What an attempt that was given up still says is nobody's business.
      isCurrent: () => this.#attempt === attempt,
      event: (event) => this.#sink?.event(event),
      raw: this.#deps.raw,
      opened: () => this.#opened(attempt),
      entered: () => this.#entered(attempt),
      roomKnown: () => this.#set({ room: attempt.room }),
      undecodable: (frame) => this.#lost(frame),
      ended: (ending) => this.#ended(attempt, ending),
    });
    this.#attempt = attempt;
    attempt.begin();
  }

  /** What is lacking is looked for now and then, but there is nothing to try until a person has put it there. */
  #waitFor(ending: LackingEnding): void {
    const { clock, log, random } = this.#deps;
    const { pace, delayMs } = nextAttempt(this.#pace, ending, null, clock.nowMs(), random);
    const { what, remedy } = ending.fault;
    this.#pace = pace;
    this.#silence = silenceOf(ending, this.#user ?? '');
    if (ending.original !== undefined) log.debug(`Why there is no connection to the live: ${ending.original}`);
    if (!this.#said.has(what)) log.warn(`Not connected to the live: ${what} ${remedy}`, { kind: ending.kind });
    this.#said.add(what);
    this.#set({ phase: 'waiting', heard: false, nextAttemptAtMs: null, problem: ending.fault });
    this.#cancelWait = clock.after(delayMs, () => this.#try());
  }

  #opened(attempt: Attempt): void {
    this.#limitedUntilMs = 0;
    this.#set({
      phase: 'connected',
      heard: true,
      room: attempt.room === '' ? this.#facts.room : attempt.room,
      problem: null,
    });
  }

  #entered(attempt: Attempt): void {
    this.#notEntered = 0;
    this.#afterLive = false;
    this.#said.clear();
    this.#deps.log.info(`Connected to the live of ${this.#user}.`, { room: attempt.room });
  }

  #lost(frame: UndecodableFrame): void {
    this.#undecodable.add(frame);
    this.#set({ undecodable: this.#undecodable.count });
  }

  #ended(attempt: Attempt, ending: Ending): void {
    this.#drop(false);
    const { clock, random } = this.#deps;
    const nowMs = clock.nowMs();
    const next = nextAttempt(this.#pace, ending, attempt.heardForMs(), nowMs, random);
    this.#pace = next.pace;
    if (ending.kind === 'not-entered') this.#notEntered += 1;
    if (ending.kind === 'rate-limited') this.#limitedUntilMs = nowMs + next.delayMs;
    const offAir = ending.kind === 'not-live' || ending.kind === 'stream-end';
    if (offAir) this.#afterLive = true;
    this.#silence = silenceOf(ending, this.#user ?? '');
    if ('original' in ending && ending.original !== undefined)
      this.#deps.log.debug(`Why there is no connection to the live: ${ending.original}`);
    this.#say(ending, next.delayMs);
    this.#set({
      phase: offAir ? 'off-air' : 'waiting',
      heard: false,
      nextAttemptAtMs: nowMs + next.delayMs,
      problem: faultOfEnding(ending),
      reconnects: this.#facts.reconnects + (attempt.wasHeard && !offAir ? 1 : 0),
    });
    this.#cancelWait = clock.after(next.delayMs, () => this.#try());
  }

  /** Once for every reason until a live is heard: a night off air or without a network is one line, not a thousand. */
  #say(ending: Ending, delayMs: number): void {
    const { log } = this.#deps;
    const reason = ending.kind === 'stream-end' ? 'not live' : reasonOf(ending);
    const matter = ending.kind === 'rate-limited' ? ending.kind : reason;
    if (this.#said.has(matter)) return;
    this.#said.add(matter);
    const then = this.#next(delayMs);
    if (ending.kind === 'not-live') log.info(`${this.#user} is not live. ${then}`);
    else if (ending.kind === 'stream-end') log.info(`The live has ended. ${then}`);
    else log.warn(`Not connected to the live: ${reason.replace(/\.$/, '')}. ${then}`, { kind: ending.kind });
  }

  #next(delayMs: number): string {
    const wallMs = this.#deps.clock.wallMs();
    if (delayMs < 60_000) return `Next attempt in ${Math.round(delayMs / 1000)} s.`;
    return `Next attempt at ${clockTime(wallMs + delayMs, wallMs)}.`;
  }

  /** Gives up the attempt of now and what is planned; the next one waits until nothing of it is left. */
  #drop(politely: boolean): void {
    this.#cancelWait();
    const attempt = this.#attempt;
    this.#attempt = null;
    if (attempt === null) return;
    this.#closing = attempt.close(politely).catch((error: unknown) => {
      this.#deps.log.warn(`The old connection to the live did not close cleanly: ${causeInWords(error)}.`);
      this.#deps.log.debug(`The old connection did not close: ${originalOf(error)}`);
    });
  }

  #set(change: Partial<LiveFacts>): void {
    this.#facts = { ...this.#facts, ...change };
    this.#sink?.changed();
  }
}

/** The provider for which it stands in still asks to be left alone. */
function isLimited({ untilAtMs }: StandInNow, clock: Clock): boolean {
  return untilAtMs !== null && untilAtMs > clock.nowMs();
}
