import type { Clock } from '../../domain/clock.ts';
import { type LiveEvent, type LiveEventKind, liveEventVersion } from '../../domain/live-event.ts';
import type { Random } from '../../domain/random.ts';
import { type Body, type Heard, hear } from './heard.ts';
import type { Message } from './message.ts';
import { ToldEnds } from './told-ends.ts';
import { UngroupedStreaks } from './ungrouped-streaks.ts';

/** A name for a session that no other has. */
export function newSessionId(clock: Clock, random: Random): string {
  return `${Math.floor(clock.wallMs()).toString(36)}-${Math.floor(random() * 36 ** 8).toString(36)}`;
}

/** Makes live events of what one connection, or one replay, tells; counts them. */
export class Session {
  readonly id: string;
  readonly #clock: Clock;
  readonly #source: LiveEvent['source'];
  readonly #wanted: ReadonlySet<LiveEventKind>;
  readonly #streaks: UngroupedStreaks;
  readonly #ends: ToldEnds;
  #sequence = 0;
  /** Where the session is; the first message that names its room tells it to a provider that does not. */
  room: string;

  constructor(
    clock: Clock,
    id: string,
    source: LiveEvent['source'],
    wanted: ReadonlySet<LiveEventKind>,
    room: string,
    streaks = new UngroupedStreaks(),
    ends = new ToldEnds(),
  ) {
    this.id = id;
    this.#streaks = streaks;
    this.#ends = ends;
    this.#clock = clock;
    this.#source = source;
    this.#wanted = wanted;
    this.room = room;
  }

  /** The event of a message; null when nobody wants it, and for the end of a stream that was told before. */
  event(message: Message): LiveEvent | null {
    const heard = hear(message, this.#wanted);
    if (heard === null || (heard.kind === 'stream-end' && !this.#ends.isNew(heard.id))) return null;
    if (this.room === '') this.room = heard.room;
    return this.#grouped(this.#make(heard));
  }

  /** An event about the session itself. */
  own(body: Body): LiveEvent {
    return this.#make({ ...body, id: '', room: '', atMs: null, user: null });
  }

  /** An event of another session, told again in this one. */
  again(event: LiveEvent): LiveEvent {
    this.#sequence += 1;
    this.room = event.room;
    const arrivedAtMs = Math.round(this.#clock.wallMs());
    return { ...event, source: this.#source, session: this.id, sequence: this.#sequence, arrivedAtMs };
  }

  /** A streak without a group gets one. */
  #grouped(event: LiveEvent): LiveEvent {
    if (event.kind !== 'gift' || event.payload.streak === null || event.payload.streak.group !== '') return event;
    const streak = { ...event.payload.streak, group: this.#streaks.nameOf(event) };
    return { ...event, payload: { ...event.payload, streak } };
  }

  #make(heard: Heard): LiveEvent {
    this.#sequence += 1;
    const arrivedAtMs = Math.round(this.#clock.wallMs());
    return {
      ...heard,
      version: liveEventVersion,
      id: heard.id === '' ? `${this.id}.${this.#sequence}` : heard.id,
      source: this.#source,
      room: heard.room === '' ? this.room : heard.room,
      session: this.id,
      sequence: this.#sequence,
      arrivedAtMs,
    };
  }
}
