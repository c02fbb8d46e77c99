import type { Clock } from '../../domain/clock.ts';
import {
  type LiveEvent,
  type LiveEventKind,
  liveEventVersion,
  type Origin,
  type Receiver,
} from '../../domain/live-event.ts';
import { withOwnIds } from '../ids.ts';
import { type EventBody, type GiftFor, type NormalisedMessage, normalise, viewerOf } from './normalise.ts';
import { tiktokPlatform as platform } from './platform.ts';
import type { Message } from './provider.ts';
import { UngroupedStreaks } from './ungrouped-streaks.ts';

/** A room that is suspended and goes on has one more for each time. */
const endsMax = 100;

/**
 * Ends of streams that were received, by their message ids. A room that goes on after it was suspended sends its old
 * end again to every new connection: taken for a new one, it would end each at once, and each costs a signature.
 */
class EndedStreams {
  readonly #ids = new Set<string>();

  /** Whether this end was not sent before; from now on it was. */
  isNew(id: string): boolean {
    if (id === '') return true;
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [first] = this.#ids;
    if (this.#ids.size > endsMax && first !== undefined) this.#ids.delete(first);
    return true;
  }
}

/** An evening has one host; a box that listens to many for months forgets the oldest. */
const roomsMax = 100;

/** Remembers who the host of a room is, so that gifts for guests are recognised. */
class Hosts {
  readonly #ids = new Map<string, string>();

  /**
   * Whom a gift is for; null where the message names nobody, which is the host. A guest is who is known not to be the
   * host, by the host's id or by the name that is listened to: as long as nothing shows it, nobody is taken for one.
   */
  receiverOf(room: string, user: string, { hostId, ...receiver }: GiftFor): Receiver | null {
    const { id, handle } = receiver;
    if (hostId !== '') this.learn(room, hostId);
    if (id === '') return null;
    // Where only a room is listened to, its number stands in place of a name.
    const named = handle === '' || /^\d*$/.test(user) ? null : handle.toLowerCase() === user.toLowerCase();
    if (named === true) this.learn(room, id);
    const known = this.#ids.get(room) ?? '';
    return { ...viewerOf(receiver), guest: known === '' ? named === false : known !== id };
  }

  /** The host of a room is known. */
  learn(room: string, id: string): void {
    if (this.#ids.get(room) === id) return;
    this.#ids.set(room, id);
    const [first] = this.#ids.keys();
    if (this.#ids.size > roomsMax && first !== undefined) this.#ids.delete(first);
  }
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

/** Makes live events of what one connection, or one replay, sends; counts them. */
export class Session {
  readonly id: string;
  readonly #clock: Clock;
  readonly #origin: Origin;
  readonly #wanted: ReadonlySet<LiveEventKind>;
  readonly #memory: SessionMemory;
  /** Whom the session listens to, by the name after the @; '' when only a room is known. */
  readonly #user: string;
  #sequence = 0;
  /** Where the session is; the first message that names its room gives it to a provider that does not. */
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
   * The event of a message. Null when it is not wanted, and for the end of a stream that came before or is of another
   * room.
   */
  event(message: Message): LiveEvent | null {
    const heard = normalise(message, this.#wanted);
    if (heard === null) return null;
    const elsewhere = heard.room !== '' && this.room !== '' && heard.room !== this.room;
    if (heard.kind === 'stream-end' && (elsewhere || !this.#memory.ends.isNew(heard.id))) return null;
    if (this.room === '') this.room = heard.room;
    return this.#grouped(withOwnIds(this.#addressed(this.#make(heard), heard)));
  }

  /** An event about the session itself. */
  own(body: EventBody): LiveEvent {
    return withOwnIds(this.#make({ ...body, id: '', room: '', atMs: null, user: null, for: null }));
  }

  /** An event of another session, sent again in this one. */
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
