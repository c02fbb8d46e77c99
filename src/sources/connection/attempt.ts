import { causeCode, originalOf } from '../../domain/cause.ts';
import type { Cancel, Clock } from '../../domain/clock.ts';
import type { LiveEvent } from '../../domain/live-event.ts';
import { type ConnectionEnding, endingOfNetwork, endingOfStatus, whyEnded } from './ending.ts';
import { FrameQueue } from './frame-queue.ts';
import type { SocketEnd, SocketPort, SocketTarget, StatusAnswer } from './ports.ts';
import type { EventSession, HeardBody, LivePlace } from './session.ts';

/** Asking what a connection needs, and opening it, take so long at most. */
const connectLimitMs = 30_000;
/** How long to wait for the other side to close the socket, ms: one that is gone never does. */
const goodbyeLimitMs = 2_000;

/** The head of events about the connection, which nobody has caused. */
const ofTheSession = { id: '', atMs: null, user: null } as const;

/** The protocol of a platform over one socket. Its methods are not called any more once the attempt has ended. */
export interface Talk {
  /** Asks for whatever is needed first. It may throw what a request throws. */
  target(): Promise<SocketTarget | ConnectionEnding>;
  /** The socket is open. */
  opened(): void;
  /** A message came. @returns how many events it had; when it throws, the message counts as unreadable. */
  message(text: string): number;
  /** What a close means; null where it is as everywhere. */
  closed?(code: number, reason: string): ConnectionEnding | null;
  /** What a refused upgrade means; null where it is as everywhere. */
  refused?(refusal: StatusAnswer): ConnectionEnding | null;
}

/** What a `Talk` can do with its attempt. Once the attempt has ended, nothing of it has any effect. */
export interface Line {
  /** Ends with the attempt. */
  readonly signal: AbortSignal;
  send(text: string): void;
  /**
   * Events of this place are received from now on, in a new session. `missedSinceMs`: the live began after this wall
   * time while nothing was received.
   */
  heard(place: LivePlace, missedSinceMs?: number | null): void;
  /** The connection is ready, and the platform reports that the stream there is over; `what` says so to people. */
  offAir(place: LivePlace, what: string): void;
  /** An event at the place that is listened to, whether or not the stream is on. */
  event(body: HeardBody): void;
  /** A message cannot be read; `cause` is what was thrown, if anything was. */
  undecodable(method: string, what: string, text: string, cause?: unknown): void;
  /** Runs once, unless the attempt ends before. */
  after(delayMs: number, task: () => void): Cancel;
  end(ending: ConnectionEnding): void;
}

/** What all attempts of one connection share. */
export interface AttemptSettings {
  readonly clock: Clock;
  readonly sockets: SocketPort;
  readonly clockIsSet: () => boolean;
  /** What the platform is called. */
  readonly name: string;
  /** Silence of this length is a dead connection, ms. */
  readonly silenceLimitMs: number;
  /** How long after opening the first message may take, ms. */
  readonly confirmLimitMs: number;
  /** Resolves when all events so far are on disk: nothing is read far ahead of that. Null does not wait. */
  readonly settled: (() => Promise<void>) | null;
  readonly talk: (line: Line) => Talk;
}

/** What an attempt reports; nothing after `ended`. */
interface AttemptListener {
  heard(place: LivePlace): void;
  offAir(what: string): void;
  event(event: LiveEvent): void;
  undecodable(method: string, what: string, text: string, cause?: unknown): void;
  ended(ending: ConnectionEnding): void;
}

/** One attempt to connect, with its session, its limits and its watchdog. */
export class ConnectionAttempt implements Line {
  readonly #settings: AttemptSettings;
  readonly #newSession: () => EventSession;
  #session: EventSession;
  readonly #abort = new AbortController();
  readonly #queue: FrameQueue<string>;
  readonly #timers = new Set<Cancel>();
  readonly #talk: Talk;
  #listener: AttemptListener | null;
  #socket: SocketEnd | null = null;
  #place: LivePlace | null = null;
  /** The place of a connection whose stream is off. */
  #placeOffAir: LivePlace | null = null;
  #cancelLimit: Cancel = () => {};
  #heardAtMs: number | null = null;
  #aliveAtMs: number;
  #aliveWallMs: number;
  /** When reading was last held up by the disk: that time does not count as silence. */
  #heldAtMs = Number.NEGATIVE_INFINITY;
  readonly #gone: Promise<void>;
  #goneNow: () => void = () => {};

  constructor(settings: AttemptSettings, newSession: () => EventSession, listener: AttemptListener) {
    const { clock, settled, talk } = settings;
    this.#settings = settings;
    this.#newSession = newSession;
    this.#session = newSession();
    this.#listener = listener;
    this.#aliveAtMs = clock.nowMs();
    this.#aliveWallMs = clock.wallMs();
    this.#gone = new Promise((resolve) => {
      this.#goneNow = resolve;
    });
    this.#queue = new FrameQueue<string>({
      clock,
      handle: (text) => this.#handle(text),
      bytesOf: ({ length }) => length,
      flow: (isReading) => this.#socket?.letFlow(isReading),
      settled,
    });
    this.#talk = talk(this);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get wasHeard(): boolean {
    return this.#heardAtMs !== null;
  }

  /** For how long events were received, ms; null when none ever were. */
  heardForMs(): number | null {
    return this.#heardAtMs === null ? null : this.#aliveAtMs - this.#heardAtMs;
  }

  begin(): void {
    this.#limit(connectLimitMs, `no connection in ${connectLimitMs / 1_000} s`);
    void this.#connect();
  }

  /** Ends it on our side; messages that were read are handled first. */
  leave(why: string): void {
    this.#queue.flush();
    this.#reportEnd(why);
    this.#over();
  }

  /** Resolves when nothing of it is left. */
  async close(isPolite: boolean): Promise<void> {
    this.#over();
    if (this.#socket === null) return;
    this.#socket.letFlow(true);
    if (isPolite) this.#socket.close();
    else this.#socket.terminate();
    const cancel = this.#settings.clock.after(goodbyeLimitMs, () => {
      this.#socket?.terminate();
      this.#goneNow();
    });
    await this.#gone;
    cancel();
  }

  send(text: string): void {
    if (this.#listener !== null) this.#socket?.send(text);
  }

  heard(place: LivePlace, missedSinceMs: number | null = null): void {
    if (this.#listener === null || this.#place !== null) return;
    if (this.#placeOffAir !== null) this.#session = this.#newSession();
    this.#place = place;
    this.#placeOffAir = null;
    this.#stands();
    this.#listener.heard(place);
    if (missedSinceMs !== null) {
      const payload = { heardUntilMs: Math.round(missedSinceMs), why: 'it began while the connection was lost' };
      this.#own({ ...ofTheSession, kind: 'disconnected', payload });
    }
    this.#own({ ...ofTheSession, kind: 'connected', payload: {} });
    this.#watch();
  }

  offAir(place: LivePlace, what: string): void {
    if (this.#listener === null || this.#placeOffAir !== null) return;
    this.#stands();
    this.#reportEnd(what);
    this.#placeOffAir = place;
    this.#listener.offAir(what);
    this.#watch();
  }

  #stands(): void {
    this.#alive();
    this.#heardAtMs ??= this.#aliveAtMs;
  }

  event(body: HeardBody): void {
    const place = this.#place ?? this.#placeOffAir;
    if (place === null) throw new Error('nothing is heard yet');
    const event = this.#session.event(body, place);
    if (typeof event === 'string') this.undecodable(body.kind, event, JSON.stringify(body));
    else this.#listener?.event(event);
  }

  undecodable(method: string, what: string, text: string, cause?: unknown): void {
    this.#listener?.undecodable(method, what, text, cause);
    this.#own({ ...ofTheSession, kind: 'error', payload: { code: 'live-undecodable', what: `${method}: ${what}` } });
  }

  after(delayMs: number, task: () => void): Cancel {
    if (this.#listener === null) return () => {};
    const cancel = this.#settings.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }

  end(ending: ConnectionEnding): void {
    const listener = this.#listener;
    if (listener === null) return;
    this.#queue.flush();
    // What waited may have ended it, and said why better.
    if (this.#listener !== listener) return;
    this.#reportEnd(whyEnded(ending, this.#settings.name));
    this.#over();
    listener.ended(ending);
  }

  async #connect(): Promise<void> {
    const { sockets, clockIsSet, name } = this.#settings;
    let target: SocketTarget | ConnectionEnding;
    try {
      target = await this.#talk.target();
    } catch (error) {
      target = endingOfNetwork(error, clockIsSet(), name);
    }
    if (this.#listener === null) return;
    if ('kind' in target) this.end(target);
    else this.#socket = sockets.open(target, this.#socketListener());
  }

  #socketListener() {
    const { clock, clockIsSet, name, confirmLimitMs } = this.#settings;
    const over = (ending: () => ConnectionEnding) => {
      this.#goneNow();
      if (this.#listener !== null) this.end(ending());
    };
    return {
      opened: () => {
        if (this.#listener === null) return;
        this.#alive();
        this.#limit(confirmLimitMs, `${name} did not answer in ${confirmLimitMs / 1_000} s`);
        this.#talk.opened();
      },
      message: (text: string) => {
        if (this.#listener === null) return;
        this.#alive();
        this.#queue.push(text);
      },
      pong: () => this.#alive(),
      refused: (refusal: StatusAnswer) =>
        over(() => this.#talk.refused?.(refusal) ?? endingOfStatus(refusal, name, clock.wallMs())),
      closed: (code: number, reason: string, error: unknown) => {
        if (this.#listener !== null) this.#queue.flush();
        over(() => this.#talk.closed?.(code, reason) ?? endingOfClose(code, error, clockIsSet(), name));
      },
    };
  }

  #handle(text: string): number {
    if (this.#listener === null) return 0;
    try {
      return this.#talk.message(text);
    } catch (error) {
      this.undecodable('message', 'it is in a form that is not known', text, error);
      return 1;
    }
  }

  #alive(): void {
    this.#aliveAtMs = this.#settings.clock.nowMs();
    this.#aliveWallMs = this.#settings.clock.wallMs();
  }

  #limit(ms: number, why: string): void {
    this.#cancelLimit();
    this.#cancelLimit = this.after(ms, () => this.end({ kind: 'lost', why }));
  }

  /** Ends a silent connection, or sets the timer for when it would be silent; one timer serves all messages. */
  #watch(): void {
    this.#cancelLimit();
    const { clock, silenceLimitMs } = this.#settings;
    const nowMs = clock.nowMs();
    if (this.#queue.isHeld) this.#heldAtMs = nowMs;
    const leftMs = silenceLimitMs - (nowMs - Math.max(this.#aliveAtMs, this.#heldAtMs));
    if (leftMs <= 0) this.end({ kind: 'lost', why: `silent for ${silenceLimitMs / 1_000} s` });
    // In whole ms: a timer for a fraction of one would fire at once, again and again.
    else this.#cancelLimit = this.after(Math.ceil(leftMs), () => this.#watch());
  }

  #own(body: HeardBody): void {
    const place = this.#place ?? this.#placeOffAir;
    if (place === null) return;
    const event = this.#session.event(body, place);
    if (typeof event === 'string') throw new Error(event);
    this.#listener?.event(event);
  }

  #reportEnd(why: string): void {
    if (this.#place === null) return;
    const heardUntilMs = Math.round(this.#aliveWallMs);
    this.#own({ ...ofTheSession, kind: 'disconnected', payload: { heardUntilMs, why } });
    this.#place = null;
  }

  /** Ends all timers and the listener: nothing of the attempt runs after this. */
  #over(): void {
    this.#listener = null;
    this.#queue.close();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#abort.abort();
  }
}

const closeWords: Readonly<Record<number, string>> = {
  1006: 'the connection broke',
  1009: 'a message was too long, and the connection broke',
};

/** The error that `ws` reports when it closes with 1009 for a message that is too long. */
const tooLongHere = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';

/** What a closed socket means where the platform says no more. */
function endingOfClose(code: number, error: unknown, clockIsSet: boolean, name: string): ConnectionEnding {
  const isTooLong = causeCode(error) === tooLongHere;
  if (isTooLong) return { kind: 'lost', why: closeWords[1009] ?? '', original: originalOf(error) };
  if (error !== null && code === 1006) return endingOfNetwork(error, clockIsSet, name);
  return { kind: 'lost', why: closeWords[code] ?? `${name} closed the connection`, original: `close code ${code}` };
}
