import type { Cancel, Clock } from '../../domain/clock.ts';
import type { LiveEvent, LiveEventKind } from '../../domain/live-event.ts';
import type { Random } from '../../domain/random.ts';
import type { Ear, EarAttempt, EarListener, RawKind } from './ear.ts';
import { type Ending, reasonOf } from './ending.ts';
import type { Message } from './message.ts';
import { entryLimitMs } from './pace.ts';
import { newSessionId, Session } from './session.ts';
import type { ToldEnds } from './told-ends.ts';
import type { UndecodableFrame } from './undecodable.ts';
import type { UngroupedStreaks } from './ungrouped-streaks.ts';

/** A connection that takes longer is given up. */
const connectLimitMs = 30_000;
/** Heartbeats are answered every 10 s: three missing answers and a little are silence. */
const silenceLimitMs = 35_000;

export interface AttemptDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly ear: Ear;
  readonly wanted: ReadonlySet<LiveEventKind>;
  readonly user: string;
  /** The room that was heard last, for providers that name it late. */
  readonly room: string;
  /** The attempt before found nobody on the air, or heard the end of the live. */
  readonly afterLive: boolean;
  /** How many attempts before it stood in a row and were never let into their room. */
  readonly inVain: number;
  /** What is known of streaks from the attempts before. */
  readonly streaks: UngroupedStreaks;
  readonly ends: ToldEnds;
  /** Resolves when nothing of the attempt before is left. */
  readonly closed: Promise<void>;
  readonly isCurrent: () => boolean;
  readonly event: (event: LiveEvent) => void;
  readonly raw: (kind: RawKind, room: string, bytes: Uint8Array | string) => void;
  readonly opened: () => void;
  readonly entered: () => void;
  readonly roomKnown: () => void;
  readonly undecodable: (frame: UndecodableFrame) => void;
  readonly ended: (ending: Ending) => void;
}

/** One attempt to listen, with its session, its deadline and its watchdog. */
export class Attempt {
  readonly #deps: AttemptDeps;
  readonly #session: Session;
  #ear: EarAttempt | null = null;
  #cancelLimit: Cancel = () => {};
  #reached: { readonly atMs: number; readonly wallMs: number } | null = null;
  #openedAtMs: number | null = null;
  #entered = false;
  #toldStreamEnd = false;
  #aliveAtMs: number;
  #aliveWallMs: number;

  constructor(deps: AttemptDeps) {
    this.#deps = deps;
    this.#session = new Session(
      deps.clock,
      newSessionId(deps.clock, deps.random),
      'tiktok',
      deps.wanted,
      '',
      deps.streaks,
      deps.ends,
    );
    this.#aliveAtMs = deps.clock.nowMs();
    this.#aliveWallMs = deps.clock.wallMs();
  }

  /** '' while no message has named it. */
  get room(): string {
    return this.#session.room;
  }

  /** Whether it counted as heard, be it by the benefit of the doubt. */
  get wasHeard(): boolean {
    return this.#openedAtMs !== null;
  }

  /** How long the connection has held in its room, null when it never was there. */
  heardForMs(): number | null {
    return this.#entered && this.#openedAtMs !== null ? this.#aliveAtMs - this.#openedAtMs : null;
  }

  /** Whether its room gave no sign for longer than most attempts would have waited: a person need not. */
  isInVain(): boolean {
    if (this.#reached === null || this.#entered) return false;
    return this.#deps.clock.nowMs() - this.#reached.atMs >= entryLimitMs(1);
  }

  begin(): void {
    const { clock, ear, user, afterLive, closed, isCurrent } = this.#deps;
    this.#cancelLimit = clock.after(connectLimitMs, () => this.#end({ kind: 'lost', why: 'no connection in 30 s' }));
    void closed.then(() => {
      if (isCurrent()) this.#ear = ear.attempt(user, this.#listener(), afterLive);
    });
  }

  /** Tells that listening stops here because we want it to. */
  leave(why: string): void {
    this.#ear?.drain();
    this.#tellEnd(why);
  }

  async close(politely: boolean): Promise<void> {
    this.#cancelLimit();
    await this.#ear?.close(politely);
  }

  #listener(): EarListener {
    const { isCurrent, raw } = this.#deps;
    return {
      reached: (room) => {
        if (isCurrent()) this.#stands(room);
      },
      entered: (room) => {
        if (isCurrent()) this.#enter(room);
      },
      alive: () => {
        if (isCurrent()) this.#alive();
      },
      messages: (messages) => {
        if (isCurrent()) this.#messages(messages);
      },
      raw: (kind, bytes) => {
        if (isCurrent()) raw(kind, this.room, bytes);
      },
      undecodable: (what, bytes) => {
        if (isCurrent()) this.#undecodable('frame', what, bytes);
      },
      ended: (ending) => this.#end(ending),
    };
  }

  #stands(room: string): void {
    this.#session.room = room;
    this.#alive();
    this.#reached = { atMs: this.#aliveAtMs, wallMs: this.#aliveWallMs };
    // The benefit of the doubt is given once: whoever was not let in has to prove it the next time.
    if (this.#deps.inVain === 0) this.#open();
    else this.#watch();
    this.#deps.roomKnown();
  }

  #enter(room: string): void {
    if (room !== '') this.#session.room = room;
    this.#alive();
    this.#entered = true;
    if (this.#openedAtMs === null) this.#open();
    this.#deps.entered();
  }

  #open(): void {
    this.#openedAtMs = this.#aliveAtMs;
    this.#watch();
    this.#deps.opened();
    this.#deps.event(this.#session.own({ kind: 'connected', payload: {} }));
  }

  #alive(): void {
    this.#aliveAtMs = this.#deps.clock.nowMs();
    this.#aliveWallMs = this.#deps.clock.wallMs();
  }

  /** Ends what is silent or not in its room, and looks again when it would be too long; one timer serves all frames. */
  #watch(): void {
    this.#cancelLimit();
    const nowMs = this.#deps.clock.nowMs();
    const untilSilentMs = silenceLimitMs - (nowMs - this.#aliveAtMs);
    const untilGivenUpMs = this.#untilGivenUpMs(nowMs);
    if (untilSilentMs <= 0) {
      this.#end({ kind: 'lost', why: `silent for ${silenceLimitMs / 1000} s` });
    } else if (untilGivenUpMs <= 0) {
      this.#end({ kind: 'not-entered' });
    } else {
      // In whole ms: a rest below what the clock can tell apart would end before it began, again and again.
      const delayMs = Math.ceil(Math.min(untilSilentMs, untilGivenUpMs));
      this.#cancelLimit = this.#deps.clock.after(delayMs, () => this.#watch());
    }
  }

  /** Answers to heartbeats tell that somebody is there, not that we are in the room. */
  #untilGivenUpMs(nowMs: number): number {
    if (this.#reached === null || this.#entered) return Number.POSITIVE_INFINITY;
    return entryLimitMs(this.#deps.inVain) - (nowMs - this.#reached.atMs);
  }

  #messages(messages: readonly Message[]): void {
    const roomBefore = this.room;
    let end: Ending | null = null;
    for (const message of messages) {
      if (message.content.kind === 'undecodable') {
        this.#undecodable(message.method, message.content.what, message.content.payload);
      }
      const event = this.#session.event(message);
      if (event !== null) this.#deps.event(event);
      if (event?.kind === 'stream-end') end = { kind: 'stream-end', reason: event.payload.reason };
    }
    this.#toldStreamEnd = end !== null;
    if (this.room !== roomBefore) this.#deps.roomKnown();
    if (end !== null) this.#end(end);
  }

  #undecodable(method: string, what: string, bytes: Uint8Array): void {
    this.#deps.undecodable({ wallMs: this.#deps.clock.wallMs(), room: this.room, method, what, bytes });
    const code = 'live-undecodable';
    this.#deps.event(this.#session.own({ kind: 'error', payload: { code, what: `${method}: ${what}` } }));
  }

  #end(ending: Ending): void {
    if (!this.#deps.isCurrent()) return;
    const ended = ending.kind === 'stream-end' && !this.#toldStreamEnd && this.#openedAtMs !== null;
    if (ended) this.#deps.event(this.#session.own({ kind: 'stream-end', payload: { reason: ending.reason } }));
    this.#tellEnd(reasonOf(ending));
    this.#deps.ended(ending);
  }

  #tellEnd(why: string): void {
    if (!this.#entered && this.#reached === null) return;
    const wallMs = this.#entered ? this.#aliveWallMs : this.#reached?.wallMs;
    const heardUntilMs = Math.round(wallMs ?? this.#aliveWallMs);
    this.#deps.event(this.#session.own({ kind: 'disconnected', payload: { heardUntilMs, why } }));
  }
}
