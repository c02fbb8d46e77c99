import type { GiftEvent } from '../../domain/live-event.ts';
import { groupFrom, isOlderId, type PastStreak, type RecallStreaks, saidAtMs } from '../../domain/past-streak.ts';

/** Peers take a streak for over after so long without a frame. What is sent again comes late: its own time counts. */
const silenceMs = 5 * 60_000;
/** Enough for the batch that comes again after a reconnect, many times over. */
const framesMax = 10_000;

interface Streak {
  readonly name: string;
  /** Of its newest frame. */
  readonly id: string;
  readonly count: number;
  readonly ended: boolean;
  /** Whether a message with a group came since: what follows belongs to that group, or to another streak. */
  readonly closed: boolean;
  readonly atMs: number;
  readonly orderId: string;
  /** Only messages that end it have come. */
  readonly byEndAlone: boolean;
  /** What an earlier run wrote down of this viewer, gift and receiver; empty when nothing. */
  readonly past: readonly PastStreak[];
}

/**
 * Tells streaks apart that came without a group, which is what names a streak: two of one viewer and gift would be
 * taken for one that grew, and the shorter one lost. A streak is over when its end was sent, when a newer frame counts
 * less, or after a long silence; the next one is named by its first frame. Message ids count up, so a frame that was
 * overtaken is known by its id. A frame that was heard before stays with its streak, also after a reconnect, and after
 * a restart by what the run before wrote down. What remains: docs/decisions/0012.
 */
export class UngroupedStreaks {
  readonly #recall: RecallStreaks;
  readonly #current = new Map<string, Streak>();
  readonly #frames = new Map<string, string>();
  /** Viewers and gifts of whom no message without a group is known. */
  readonly #grouped = new Map<string, true>();

  constructor(recall: RecallStreaks = () => []) {
    this.#recall = recall;
  }

  /** The name of the streak that this frame belongs to. */
  nameOf(event: GiftEvent): string {
    const { id, payload } = event;
    const atMs = saidAtMs(event);
    const { count, streak } = payload;
    const known = this.#frames.get(id);
    if (known !== undefined) return known;
    const key = keyOf(event);
    const before = this.#current.get(key) ?? this.#recalled(event);
    const own = before?.past.find(({ firstId, newestId }) => !isOlderId(id, firstId) && isUpTo(id, newestId));
    if (own !== undefined) return own.group;
    const ended = streak?.ended ?? true;
    const orderId = payload.message?.orderId ?? '';
    const overtaken = before !== undefined && isOlderId(id, before.id);
    const goesOn =
      before !== undefined &&
      atMs - before.atMs < silenceMs &&
      (overtaken ? count <= before.count : !before.closed && isNext(before, count, ended, orderId, event.atMs));
    const name = goesOn ? before.name : groupFrom(id);
    const past = before?.past ?? [];
    keep(this.#frames, id, name);
    if (!overtaken) {
      const byEndAlone = ended && (!goesOn || before.byEndAlone);
      const hasEnded = ended || (goesOn && before.ended);
      keep(this.#current, key, { name, id, count, ended: hasEnded, closed: false, atMs, orderId, byEndAlone, past });
      this.#grouped.delete(key);
    }
    return name;
  }

  /** A frame of a streak that has a group. */
  pass(event: GiftEvent): void {
    const key = keyOf(event);
    // A streak whose messages name no receiver may be this one, too.
    const unnamed = keyOf(event, '');
    const stray = unnamed === key ? undefined : this.#current.get(unnamed);
    if (stray !== undefined && !isOlderId(event.id, stray.id)) keep(this.#current, unnamed, { ...stray, closed: true });
    if (this.#grouped.has(key)) return;
    const before = this.#current.get(key) ?? this.#recalled(event);
    if (before === undefined) keep(this.#grouped, key, true);
    if (before === undefined || isOlderId(event.id, before.id)) return;
    keep(this.#current, key, { ...before, closed: true });
  }

  /** The streak that was the last one of an earlier run. */
  #recalled(event: GiftEvent): Streak | undefined {
    const past = this.#recall(event);
    const last = past.at(-1);
    if (last === undefined) return undefined;
    const { group: name, newestId: id, count, ended, atMs } = last;
    return { name, id, count, ended, closed: false, atMs, orderId: '', byEndAlone: false, past };
  }
}

/**
 * Whether a streak goes on with this count; that of another purchase, and a first tap at another time, is another's.
 */
function isNext(before: Streak, count: number, ended: boolean, orderId: string, atMs: number | null): boolean {
  const isOneOrder = orderId === '' || before.orderId === '' || orderId === before.orderId;
  if (before.ended) return ended && count === before.count && (isOneOrder || !before.byEndAlone);
  if (count !== before.count || ended) return count >= before.count;
  return isOneOrder && (count > 1 || atMs === null || Math.trunc(atMs) === before.atMs);
}

function keyOf({ room, user, payload }: GiftEvent, receiver = payload.streak?.receiver): string {
  return JSON.stringify([room, user?.id, payload.gift.id, receiver]);
}

function isUpTo(id: string, newestId: string): boolean {
  return id === newestId || isOlderId(id, newestId);
}

/** Puts it last, and lets go of the first when there are too many. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [first] = map.keys();
  if (map.size > framesMax && first !== undefined) map.delete(first);
}
