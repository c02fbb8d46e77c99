import type { Clock, Random } from '../../domain/clock.ts';
import {
  type LiveEvent,
  type LiveEventKind,
  type LivePayloads,
  liveEventVersion,
  type Viewer,
} from '../../domain/live-event.ts';
import { withOwnIds } from '../ids.ts';
import { readLiveEvent } from '../live-event-form.ts';

/** A name for a session that no other has. */
export function newSessionId(clock: Clock, random: Random): string {
  return `${Math.floor(clock.wallMs()).toString(36)}-${Math.floor(random() * 36 ** 8).toString(36)}`;
}

/** Where something happens: one live of a streamer's place on a platform. */
export interface LivePlace {
  /** As the platform has it; it needs no prefix. */
  readonly room: string;
  readonly channel: string;
}

/** The part of an event that a source gives; the session adds the rest. */
export type HeardBody = {
  readonly [K in LiveEventKind]: {
    readonly kind: K;
    readonly payload: LivePayloads[K];
    /** As the platform names it, '' where it does not. */
    readonly id: string;
    readonly atMs: number | null;
    readonly user: Viewer | null;
  };
}[LiveEventKind];

/**
 * Makes the events of one stretch of listening: numbered, with ids that no other platform has, and texts without
 * control characters.
 */
export class EventSession {
  readonly id: string;
  readonly #clock: Clock;
  readonly #platform: string;
  #sequence = 0;

  constructor(clock: Clock, random: Random, platform: string) {
    this.id = newSessionId(clock, random);
    this.#clock = clock;
    this.#platform = platform;
  }

  /** The event; or else what is wrong with it, in words. */
  event(body: HeardBody, { room, channel }: LivePlace): LiveEvent | string {
    this.#sequence += 1;
    const read = readLiveEvent({
      ...body,
      version: liveEventVersion,
      id: body.id === '' ? `${this.id}.${this.#sequence}` : body.id,
      platform: this.#platform,
      channel,
      room,
      origin: 'live',
      session: this.id,
      sequence: this.#sequence,
      arrivedAtMs: Math.round(this.#clock.wallMs()),
    });
    return read.ok ? withOwnIds(read.event) : read.problems.join('; ');
  }
}
