import type { Cancel, Clock } from '../../domain/clock.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import type { KeptFrameFacts, LiveFacts, LiveSink, LiveSource } from '../../domain/live-source.ts';
import type { Log } from '../../domain/log.ts';
import type { RecallStreaks } from '../../domain/past-streak.ts';
import type { Random } from '../../domain/random.ts';
import { Attempt } from './attempt.ts';
import type { Ear, RawKind } from './ear.ts';
import { type Ending, problemOf, reasonOf } from './ending.ts';
import { nextAttempt, type Pace, startPace } from './pace.ts';
import { safeRecall } from './safe-recall.ts';
import { ToldEnds } from './told-ends.ts';
import { type UndecodableFrame, UndecodableFrames, UndecodableTrickle } from './undecodable.ts';
import { UngroupedStreaks } from './ungrouped-streaks.ts';
import { firstLine } from './webcast.ts';

export interface ListenerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly ear: Ear;
  /** Null listens to nobody. */
  readonly user: string | null;
  readonly wanted: ReadonlySet<LiveEventKind>;
  /** Where raw frames go while somebody records. */
  readonly raw: (kind: RawKind, room: string, bytes: Uint8Array | string) => void;
  /** Some of the frames that did not decode are told here too, for whoever keeps them on disk. */
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
  readonly #undecodable = new UndecodableFrames();
  readonly #trickle = new UndecodableTrickle();
  readonly #streaks: UngroupedStreaks;
  readonly #ends = new ToldEnds();
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
  #said = '';
  #facts: LiveFacts = noFacts;

  constructor(deps: ListenerDeps) {
    this.#deps = deps;
    this.#streaks = new UngroupedStreaks(safeRecall(deps.recall, deps.log));
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
    const { kept } = this.#deps;
    return kept === undefined ? this.#facts : { ...this.#facts, kept: kept() };
  }

  undecodableFrames(): readonly UndecodableFrame[] {
    return this.#undecodable.last();
  }

  retryNow(): void {
    if (this.#sink === null || this.#attempt?.isInVain() === false) return;
    const waitMs = this.#limitedUntilMs - this.#deps.clock.nowMs();
    if (this.#attempt !== null) {
      this.#attempt.leave('a person asked to try anew');
      this.#drop(true);
    }
    if (waitMs <= 0) this.#try();
    else this.#deps.log.info(`The live is not tried yet: a rate limit asks to wait ${Math.ceil(waitMs / 1000)} s.`);
  }

  changeUser(user: string | null): void {
    if (user === this.#user) return;
    this.#user = user;
    if (this.#sink === null) return;
    this.#attempt?.leave('the user name changed');
    this.#drop(true);
    this.#pace = startPace(this.#deps.clock.nowMs());
    this.#notEntered = 0;
    this.#try();
  }

  async stop(): Promise<void> {
    this.#attempt?.leave('the service stopped');
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
    this.#set({ phase: 'connecting', heard: false, nextAttemptAtMs: null });
    const { clock, random, ear, wanted } = this.#deps;
    const attempt: Attempt = new Attempt({
      clock,
      random,
      ear,
      wanted,
      user: this.#user,
      room: this.#facts.room ?? '',
      afterLive: this.#afterLive,
      inVain: this.#notEntered,
      streaks: this.#streaks,
      ends: this.#ends,
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
    this.#said = '';
    this.#deps.log.info(`The live of ${this.#user} is heard.`, { room: attempt.room });
  }

  #lost(frame: UndecodableFrame): void {
    const bounded = this.#undecodable.add(frame);
    const passedOver = this.#trickle.take(this.#deps.clock.nowMs());
    if (passedOver !== null) {
      this.#deps.undecodable(bounded);
      const others = passedOver === 0 ? '' : ` Since the last one, ${passedOver} more were not written down.`;
      const sentence = `A message of the live did not decode: ${frame.what}. A gift may be lost.${others}`;
      this.#deps.log.warn(sentence, { method: frame.method });
    }
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
    this.#say(ending, next.delayMs);
    this.#set({
      phase: offAir ? 'off-air' : 'waiting',
      heard: false,
      nextAttemptAtMs: nowMs + next.delayMs,
      problem: problemOf(ending),
      reconnects: this.#facts.reconnects + (attempt.wasHeard && !offAir ? 1 : 0),
    });
    this.#cancelWait = clock.after(next.delayMs, () => this.#try());
  }

  /** Once for every reason: a night off air or without a network is one line, not a thousand. */
  #say(ending: Ending, delayMs: number): void {
    const { log } = this.#deps;
    const reason = ending.kind === 'stream-end' ? 'not live' : reasonOf(ending);
    const said = reason === this.#said;
    this.#said = reason;
    if (said) return;
    const then = `Next attempt in ${Math.round(delayMs / 1000)} s.`;
    if (ending.kind === 'not-live') log.info(`${this.#user} is not live. ${then}`);
    else if (ending.kind === 'stream-end') log.info(`The live has ended. ${then}`);
    else log.warn(`The live is not heard: ${reason.replace(/\.$/, '')}. ${then}`, { kind: ending.kind });
  }

  /** Gives up the attempt of now and what is planned; the next one waits until nothing of it is left. */
  #drop(politely: boolean): void {
    this.#cancelWait();
    const attempt = this.#attempt;
    this.#attempt = null;
    if (attempt === null) return;
    this.#closing = attempt.close(politely).catch((error: unknown) => {
      this.#deps.log.warn(`The old connection to the live did not close well: ${firstLine(error)}.`);
    });
  }

  #set(change: Partial<LiveFacts>): void {
    this.#facts = { ...this.#facts, ...change };
    this.#sink?.changed();
  }
}
