import type { Receiver } from '../../domain/live-event.ts';
import type { GiftFor } from './gift-fields.ts';

/** An evening has one host; a box that listens to many for months forgets the oldest. */
const roomsMax = 100;

/** Knows who the host of a room is, so that gifts for guests of a live are known. */
export class Hosts {
  readonly #ids = new Map<string, string>();

  /**
   * Whom a gift is for; null where the message names nobody, which is the host. A guest is who is known not to be the
   * host, by the host's id or by the name that is listened to: as long as nothing tells, nobody is taken for one.
   */
  receiverOf(room: string, user: string, { id, name, handle, hostId }: GiftFor): Receiver | null {
    if (hostId !== '') this.learn(room, hostId);
    if (id === '') return null;
    // Where only a room is listened to, its number stands in place of a name.
    const named = handle === '' || /^\d*$/.test(user) ? null : handle.toLowerCase() === user.toLowerCase();
    if (named === true) this.learn(room, id);
    const known = this.#ids.get(room) ?? '';
    return { id, name, guest: known === '' ? named === false : known !== id };
  }

  /** The host of a room is known. */
  learn(room: string, id: string): void {
    if (this.#ids.get(room) === id) return;
    this.#ids.set(room, id);
    const [first] = this.#ids.keys();
    if (this.#ids.size > roomsMax && first !== undefined) this.#ids.delete(first);
  }
}
