import type { GiftEvent, LiveEvent } from '../../src/domain/live-event.ts';
import type { LiveFacts, LiveSink, LiveSource } from '../../src/domain/live-source.ts';

/** A live that a test drives by hand. */
export class HandSource implements LiveSource {
  heard = true;
  tried = 0;
  /** Of several channels the room of each. */
  rooms: readonly string[] | null = null;
  #sink: LiveSink | null = null;
  #sequence = 0;
  readonly #session: string;
  readonly #wallMs: (() => number) | null;

  /** Without a clock, events arrive at the milliseconds of their numbers. */
  constructor(session: string, wallMs: (() => number) | null = null) {
    this.#session = session;
    this.#wallMs = wallMs;
  }

  start(sink: LiveSink): void {
    this.#sink = sink;
  }
  facts(): LiveFacts {
    return {
      heard: this.heard,
      phase: this.heard ? 'connected' : 'off-air',
      room: '7',
      ...(this.rooms === null ? {} : { rooms: this.rooms }),
      nextAttemptAtMs: null,
      problem: null,
      reconnects: 0,
      undecodable: 0,
    };
  }
  retryNow(): void {
    this.tried += 1;
  }
  async stop(): Promise<void> {
    this.#sink = null;
  }
  emit(event: LiveEvent): void {
    this.#sink?.event(event);
  }
  changed(): void {
    this.#sink?.changed();
  }
  /** The host ends the live: nobody is heard any more. */
  endLive(): void {
    this.heard = false;
    this.emit({ ...this.#head(), kind: 'stream-end', user: null, payload: { reason: 'ended' } });
    this.changed();
  }
  /** A gift outside a streak; `isNamed`: its description came with it. */
  give(name: string, count = 1, viewer = 'ink_fan_01', isNamed = true): GiftEvent {
    const event: GiftEvent = {
      ...this.#head(),
      kind: 'gift',
      user: { id: viewer, name: viewer },
      payload: { gift: { id: name.toLowerCase(), name: isNamed ? name : '', coins: 1 }, count, streak: null },
    };
    this.emit(event);
    return event;
  }

  /** Somebody writes into the chat. */
  say(text: string, viewer: string): void {
    this.emit({ ...this.#head(), kind: 'chat', user: { id: viewer, name: viewer }, payload: { text } });
  }

  /** What the next event has in common with all others. */
  #head() {
    this.#sequence += 1;
    return {
      version: 2,
      id: `${this.#session}-${this.#sequence}`,
      platform: 'tiktok',
      channel: 'name',
      origin: 'live',
      room: '7',
      session: this.#session,
      sequence: this.#sequence,
      atMs: null,
      arrivedAtMs: this.#wallMs?.() ?? this.#sequence,
    } as const;
  }
}
