import type { Clock, Random } from '../../domain/clock.ts';
import { type LiveEvent, type LiveEventKind, liveEventVersion, type Origin } from '../../domain/live-event.ts';
import { EndedStreams } from './ended-streams.ts';
import { Hosts } from './hosts.ts';
import type { Message } from './message.ts';
import { type EventBody, type NormalisedMessage, normalise } from './normalise.ts';
import { UngroupedStreaks } from './ungrouped-streaks.ts';

/**
 * How its events name the platform. Ids of its rooms and viewers bear no prefix: it was the first, and what is written
 * down of them is found by them. Those of every other platform begin with its name.
 */
const platform = 'tiktok';

/** A name for a session that no other has. */
export function newSessionId(clock: Clock, random: Random): string {
  return `${Math.floor(clock.wallMs()).toString(36)}-${Math.floor(random() * 36 ** 8).toString(36)}`;
}

/** What is known of lives from the sessions before. */
export interface SessionMemory {
  readonly streaks: UngroupedStreaks;
  readonly ends: EndedStreams;
  readonly hosts: Hosts;
}

/** Nothing is known yet; `streaks` may know what an earlier run wrote down. */
export function newMemory(streaks = new UngroupedStreaks()): SessionMemory {
  return { streaks, ends: new EndedStreams(), hosts: new Hosts() };
}

/** Makes live events of what one connection, or one replay, tells; counts them. */
export class Session {
  readonly id: string;
  readonly #clock: Clock;
  readonly #origin: Origin;
  readonly #wanted: ReadonlySet<LiveEventKind>;
  readonly #memory: SessionMemory;
  /** Whom the session listens to, by the name after the @; '' when only a room is known. */
  readonly #user: string;
  #sequence = 0;
  /** Where the session is; the first message that names its room tells it to a provider that does not. */
  room: string;

  constructor(
    clock: Clock,
    id: string,
    origin: Origin,
    wanted: ReadonlySet<LiveEventKind>,
    room: string,
    memory = newMemory(),
    user = '',
  ) {
    this.id = id;
    this.#memory = memory;
    this.#user = user;
    this.#clock = clock;
    this.#origin = origin;
    this.#wanted = wanted;
    this.room = room;
  }

  /**
   * The event of a message; null when nobody wants it, and for the end of a stream that was told before or is that of
   * another room.
   */
  event(message: Message): LiveEvent | null {
    const heard = normalise(message, this.#wanted);
    if (heard === null) return null;
    const elsewhere = heard.room !== '' && this.room !== '' && heard.room !== this.room;
    if (heard.kind === 'stream-end' && (elsewhere || !this.#memory.ends.isNew(heard.id))) return null;
    if (this.room === '') this.room = heard.room;
    return this.#grouped(this.#addressed(this.#make(heard), heard));
  }

  /** An event about the session itself. */
  own(body: EventBody): LiveEvent {
    return this.#make({ ...body, id: '', room: '', atMs: null, user: null, for: null });
  }

  /** An event of another session, told again in this one. */
  again(event: LiveEvent): LiveEvent {
    this.#sequence += 1;
    this.room = event.room;
    const arrivedAtMs = Math.round(this.#clock.wallMs());
    return { ...event, origin: this.#origin, session: this.id, sequence: this.#sequence, arrivedAtMs };
  }

  /** A gift with whom it is for. */
  #addressed(event: LiveEvent, heard: NormalisedMessage): LiveEvent {
    if (event.kind !== 'gift' || heard.for === null) return event;
    const receiver = this.#memory.hosts.receiverOf(event.room, this.#user, heard.for);
    return receiver === null ? event : { ...event, payload: { ...event.payload, receiver } };
  }

  /** A streak without a group gets one. */
  #grouped(event: LiveEvent): LiveEvent {
    if (event.kind !== 'gift' || event.payload.streak === null) return event;
    if (event.payload.streak.group !== '') {
      this.#memory.streaks.pass(event);
      return event;
    }
    const streak = { ...event.payload.streak, group: this.#memory.streaks.nameOf(event) };
    return { ...event, payload: { ...event.payload, streak } };
  }

  #make({ for: _, ...heard }: NormalisedMessage): LiveEvent {
    this.#sequence += 1;
    const arrivedAtMs = Math.round(this.#clock.wallMs());
    return {
      ...heard,
      version: liveEventVersion,
      id: heard.id === '' ? `${this.id}.${this.#sequence}` : heard.id,
      platform,
      channel: this.#user,
      origin: this.#origin,
      room: heard.room === '' ? this.room : heard.room,
      session: this.id,
      sequence: this.#sequence,
      arrivedAtMs,
    };
  }
}
