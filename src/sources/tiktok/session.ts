import type { Clock } from '../../domain/clock.ts';
import { type LiveEvent, type LiveEventKind, liveEventVersion } from '../../domain/live-event.ts';
import type { Random } from '../../domain/random.ts';
import { type Body, type Heard, hear } from './heard.ts';
import type { Message } from './message.ts';

/** Makes live events of what one connection, or one replay, tells; counts them. */
export class Session {
  readonly id: string;
  readonly #clock: Clock;
  readonly #source: LiveEvent['source'];
  readonly #wanted: ReadonlySet<LiveEventKind>;
  #sequence = 0;
  /** Where the session is; the first message that names its room tells it to a provider that does not. */
  room: string;

  constructor(
    clock: Clock,
    random: Random,
    source: LiveEvent['source'],
    wanted: ReadonlySet<LiveEventKind>,
    room: string,
  ) {
    this.id = `${Math.floor(clock.wallMs()).toString(36)}-${Math.floor(random() * 36 ** 8).toString(36)}`;
    this.#clock = clock;
    this.#source = source;
    this.#wanted = wanted;
    this.room = room;
  }

  /** The event of a message; null when nobody wants it. */
  event(message: Message): LiveEvent | null {
    const heard = hear(message, this.#wanted);
    if (heard === null) return null;
    if (this.room === '') this.room = heard.room;
    return this.#make(heard);
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
