import type { GiftEvent } from '../../domain/live-event.ts';
import { groupFrom, isOlderId, type PastStreak, type RecallStreaks, saidAtMs } from '../../domain/past-streak.ts';

/** Peers take a streak for over after so long without a frame. What is told again comes late: its own time counts. */
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
  /** What an earlier run wrote down of this viewer, gift and receiver; empty when nothing. */
  readonly past: readonly PastStreak[];
}

/**
 * Tells streaks apart that came without a group, which is what names a streak: two of one viewer and gift would be
 * taken for one that grew, and the shorter one lost. A streak is over when its end was told, when a newer frame counts
 * less, or after a long silence; the next one is named by its first frame. Message ids count up, so a frame that was
 * overtaken is known by its id. A frame that was heard before stays with its streak, also after a reconnect, and after
 * a restart by what the run before wrote down. What remains: docs/decisions/0012.
 */
export class UngroupedStreaks {
  readonly #recall: RecallStreaks;
  readonly #current = new Map<string, Streak>();
  readonly #frames = new Map<string, string>();

  constructor(recall: RecallStreaks = () => []) {
    this.#recall = recall;
  }

  /** The name of the streak that this frame belongs to. */
  nameOf(event: GiftEvent): string {
    const { id, room, user, payload } = event;
    const atMs = saidAtMs(event);
    const { gift, count, streak } = payload;
    const known = this.#frames.get(id);
    if (known !== undefined) return known;
    const key = JSON.stringify([room, user?.id, gift.id, streak?.receiver]);
    const before = this.#current.get(key) ?? this.#recalled(event);
    const own = before?.past.find(({ firstId, newestId }) => !isOlderId(id, firstId) && isUpTo(id, newestId));
    if (own !== undefined) return own.group;
    const ended = streak?.ended ?? true;
    const overtaken = before !== undefined && isOlderId(id, before.id);
    const goesOn =
      before !== undefined &&
      atMs - before.atMs < silenceMs &&
      (overtaken || (before.ended ? ended && count === before.count : count >= before.count));
    const name = goesOn ? before.name : groupFrom(id);
    const past = before?.past ?? [];
    keep(this.#frames, id, name);
    if (!overtaken || !goesOn) {
      keep(this.#current, key, { name, id, count, ended: ended || (goesOn && before.ended), atMs, past });
    }
    return name;
  }

  /** The streak that was the last one of an earlier run. */
  #recalled(event: GiftEvent): Streak | undefined {
    const past = this.#recall(event);
    const last = past.at(-1);
    if (last === undefined) return undefined;
    return { name: last.group, id: last.newestId, count: last.count, ended: last.ended, atMs: last.atMs, past };
  }
}

function isUpTo(id: string, newestId: string): boolean {
  return id === newestId || isOlderId(id, newestId);
}

/** Puts it last, and lets go of the first when there are too many. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [first] = map.keys();
  if (map.size > mostFrames && first !== undefined) map.delete(first);
}
