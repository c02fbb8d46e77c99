import type { GiftEvent } from '../../domain/live-event.ts';

/** Peers take a streak for over after so long without a frame. */
const silenceMs = 5 * 60_000;
/** Enough for the batch that comes again after a reconnect, many times over. */
const mostFrames = 10_000;

interface Streak {
  readonly name: string;
  /** Of its newest frame. */
  readonly id: string;
  readonly count: number;
  readonly ended: boolean;
  readonly atMs: number;
}

/**
 * Tells streaks apart that came without a group, which is what names a streak: two of one viewer and gift would be
 * taken for one that grew, and the shorter one lost. A streak is over when its end was told, when a newer frame counts
 * less, or after a long silence; the next one is named by its first frame. Message ids count up, so a frame that was
 * overtaken is known by its id. A frame that was heard before stays with its streak, also after a reconnect. What
 * remains: when the program starts anew in the middle of such a streak and is told only its later frames again, they
 * count as another one.
 */
export class UngroupedStreaks {
  readonly #current = new Map<string, Streak>();
  readonly #frames = new Map<string, string>();

  /** The name of the streak that this frame belongs to. */
  nameOf({ id, room, user, payload: { gift, count, streak }, arrivedAtMs }: GiftEvent): string {
    const known = this.#frames.get(id);
    if (known !== undefined) return known;
    const key = JSON.stringify([room, user?.id, gift.id, streak?.receiver]);
    const before = this.#current.get(key);
    const ended = streak?.ended ?? true;
    const overtaken = before !== undefined && isOlder(id, before.id);
    const goesOn =
      before !== undefined &&
      arrivedAtMs - before.atMs < silenceMs &&
      (overtaken || (before.ended ? ended && count === before.count : count >= before.count));
    const name = goesOn ? before.name : `from ${id}`;
    keep(this.#frames, id, name);
    if (!overtaken || !goesOn) {
      keep(this.#current, key, { name, id, count, ended: ended || (goesOn && before.ended), atMs: arrivedAtMs });
    }
    return name;
  }
}

function isOlder(id: string, other: string): boolean {
  const isNumber = /^\d{1,20}$/;
  return isNumber.test(id) && isNumber.test(other) && BigInt(id) < BigInt(other);
}

/** Puts it last, and lets go of the first when there are too many. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [first] = map.keys();
  if (map.size > mostFrames && first !== undefined) map.delete(first);
}
