import type { Cancel, Clock, Random } from '../../domain/clock.ts';
import type { LiveEvent, LiveEventKind } from '../../domain/live-event.ts';
import { plainText } from '../../domain/plain-text.ts';
import { newSessionId } from '../connection/session.ts';
import type { UndecodableFrame } from '../connection/undecodable.ts';
import { type Ending, reasonOf } from './ending.ts';
import { entryLimitMs } from './pace.ts';
import type { Message, Provider, ProviderAttempt, ProviderListener, RawKind } from './provider.ts';
import { Session, type SessionMemory } from './session.ts';
import { formWords } from './webcast.ts';

/** A connection that takes longer to open, ms, is given up. */
const connectLimitMs = 30_000;
/** Silence for longer, ms, is a dead connection: heartbeats are answered every 10 s, so three answers are missing. */
const silenceLimitMs = 35_000;
/**
 * After the end of the stream it is listened for so long, ms, unless the server closes: gifts of the last seconds come
 * late.
 */
const afterEndMs = 10_000;
/** What the platform calls a kind of message is a word. */
const methodCharsMax = 100;

interface AttemptDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly provider: Provider;
  readonly wanted: ReadonlySet<LiveEventKind>;
  readonly user: string;
  /** The room of the last connection, for providers that name it late. */
  readonly room: string;
  /** Whether the attempt before found no live, or received its end. */
  readonly afterLive: boolean;
  /** How many attempts in a row before it were connected and never admitted to their room. */
  readonly inVain: number;
  /** What is known from the attempts before. */
  readonly memory: SessionMemory;
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
  #current: ProviderAttempt | null = null;
  #cancelLimit: Cancel = () => {};
  #reached: { readonly atMs: number; readonly wallMs: number } | null = null;
  #openedAtMs: number | null = null;
  #entered = false;
  /** The end of the stream, once it was sent. */
  #streamEnd: Ending | null = null;
  #cancelAfterEnd: Cancel = () => {};
  #aliveAtMs: number;
  #aliveWallMs: number;
  /** When reading was last held up by the disk: that time does not count as silence. */
  #heldAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: AttemptDeps) {
    this.#deps = deps;
    this.#session = new Session(
      deps.clock,
      newSessionId(deps.clock, deps.random),
      'live',
      deps.wanted,
      '',
      deps.memory,
      deps.user,
    );
    this.#aliveAtMs = deps.clock.nowMs();
    this.#aliveWallMs = deps.clock.wallMs();
  }

  /** '' while no message has named it. */
  get room(): string {
    return this.#session.room;
  }

  /** Whether it counted as connected, with proof or without. */
  get wasHeard(): boolean {
    return this.#openedAtMs !== null;
  }

  /** How long the connection has held in its room, null when it never was there. */
  heardForMs(): number | null {
    return this.#entered && this.#openedAtMs !== null ? this.#aliveAtMs - this.#openedAtMs : null;
  }

  /** Whether its room has sent nothing for longer than most attempts would have waited, so that a person may end it. */
  isInVain(): boolean {
    if (this.#reached === null || this.#entered) return false;
    return this.#deps.clock.nowMs() - this.#reached.atMs >= entryLimitMs(1);
  }

  begin(): void {
    const { clock, provider, user, afterLive, closed, isCurrent } = this.#deps;
    this.#cancelLimit = clock.after(connectLimitMs, () => this.#end({ kind: 'lost', why: 'no connection in 30 s' }));
    void closed.then(() => {
      if (isCurrent()) this.#current = provider.attempt(user, this.#listener(), afterLive);
    });
  }

  /** Reports that listening ends here because we want it to. */
  leave(why: string): void {
    this.#current?.drain();
    this.#reportEnd(why);
  }

  async close(politely: boolean): Promise<void> {
    this.#cancelLimit();
    this.#cancelAfterEnd();
    await this.#current?.close(politely);
  }

  #listener(): ProviderListener {
    const { isCurrent, raw } = this.#deps;
    return {
      reached: (room, host = '') => {
        if (host !== '') this.#deps.memory.hosts.learn(room, host);
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
      undecodable: (cause, bytes) => {
        if (isCurrent()) this.#undecodable('frame', formWords(cause), bytes, cause);
      },
      ended: (ending) => this.#end(ending),
    };
  }

  #stands(room: string): void {
    this.#session.room = room;
    this.#alive();
    this.#reached = { atMs: this.#aliveAtMs, wallMs: this.#aliveWallMs };
    // A first connection counts without proof. After one that was not admitted, the next one needs proof.
    if (this.#deps.inVain === 0) this.#open();
    else this.#watch();
    this.#deps.roomKnown();
  }

  #enter(room: string): void {
    // What names no room is of the one that was heard before, unless that live has ended.
    const before = this.#deps.afterLive ? '' : this.#deps.room;
    if (room !== '' || this.#session.room === '') this.#session.room = room || before;
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

  /**
   * Ends a connection that is silent or not admitted to its room, or sets the timer for when it would be; one timer
   * serves all frames.
   */
  #watch(): void {
    this.#cancelLimit();
    const nowMs = this.#deps.clock.nowMs();
    if (this.#current?.isHeld?.() === true) this.#heldAtMs = nowMs;
    const limitMs = this.#current?.silenceLimitMs ?? silenceLimitMs;
    const untilSilentMs = limitMs - (nowMs - Math.max(this.#aliveAtMs, this.#heldAtMs));
    const untilGivenUpMs = this.#untilGivenUpMs(nowMs);
    if (untilSilentMs <= 0) {
      this.#end({ kind: 'lost', why: `silent for ${limitMs / 1000} s` });
    } else if (untilGivenUpMs <= 0) {
      this.#end({ kind: 'not-entered' });
    } else {
      // In whole ms: a timer for a fraction of one would fire at once, again and again.
      const delayMs = Math.ceil(Math.min(untilSilentMs, untilGivenUpMs));
      this.#cancelLimit = this.#deps.clock.after(delayMs, () => this.#watch());
    }
  }

  /** Answers to heartbeats show that somebody is there, not that we are in the room. */
  #untilGivenUpMs(nowMs: number): number {
    if (this.#reached === null || this.#entered) return Number.POSITIVE_INFINITY;
    return entryLimitMs(this.#deps.inVain) - (nowMs - this.#reached.atMs);
  }

  #messages(messages: readonly Message[]): void {
    const roomBefore = this.room;
    for (const message of messages) {
      if (message.content.kind === 'undecodable') {
        const { what, payload, cause } = message.content;
        this.#undecodable(message.method, what, payload, cause);
      }
      const event = this.#session.event(message);
      if (event !== null) this.#deps.event(event);
      if (event?.kind === 'stream-end') this.#endSoon({ kind: 'stream-end', reason: event.payload.reason });
    }
    if (this.room !== roomBefore) this.#deps.roomKnown();
  }

  #endSoon(ending: Ending): void {
    const isFirst = this.#streamEnd === null;
    this.#streamEnd = ending;
    if (isFirst) this.#endWhenRead(ending);
  }

  /**
   * Ends it when all is read. Frames that wait behind a slow disk were sent before the end and do not come again: the
   * ten seconds count from when none waits.
   */
  #endWhenRead(ending: Ending, waited = this.#current?.isHeld?.() === true): void {
    this.#cancelAfterEnd = this.#deps.clock.after(afterEndMs, () => {
      const waits = this.#current?.isHeld?.() === true;
      if (waits || waited) this.#endWhenRead(ending, waits);
      else this.#end(ending);
    });
  }

  #undecodable(type: string, what: string, bytes: Uint8Array, cause: unknown): void {
    const method = plainText(type.slice(0, methodCharsMax));
    const wallMs = this.#deps.clock.wallMs();
    this.#deps.undecodable({ wallMs, room: this.room, method, what, bytes, cause });
    const code = 'live-undecodable';
    this.#deps.event(this.#session.own({ kind: 'error', payload: { code, what: `${method}: ${what}` } }));
  }

  /** However the connection ends after the end of the stream, it was that which ended it. */
  #end(how: Ending): void {
    if (!this.#deps.isCurrent()) return;
    const ending = this.#streamEnd ?? how;
    const isNew = ending.kind === 'stream-end' && this.#streamEnd === null && this.#openedAtMs !== null;
    if (isNew) this.#deps.event(this.#session.own({ kind: 'stream-end', payload: { reason: ending.reason } }));
    this.#reportEnd(reasonOf(ending));
    this.#deps.ended(ending);
  }

  #reportEnd(why: string): void {
    if (!this.#entered && this.#reached === null) return;
    const wallMs = this.#entered ? this.#aliveWallMs : this.#reached?.wallMs;
    const heardUntilMs = Math.round(wallMs ?? this.#aliveWallMs);
    this.#deps.event(this.#session.own({ kind: 'disconnected', payload: { heardUntilMs, why } }));
  }
}
