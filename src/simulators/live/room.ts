import type { Clock } from '../../domain/clock.ts';
import type { Fan, GiftKind, SentGift, SentMessage } from './messages.ts';

/** What was truly given: one line for each room, viewer and gift. */
export interface Given {
  readonly room: string;
  readonly userId: string;
  readonly giftId: string;
  readonly giftName: string;
  readonly count: number;
}

export type StreakEnd = 'once' | 'twice' | 'never';

/** A sent message without what the room adds to it. */
export type Said = SentMessage extends infer T
  ? T extends { msgId: string }
    ? Omit<T, 'msgId' | 'atMs'>
    : never
  : never;

const firstMsgId = 7_400_000_000_000_000_000n;
const firstGroup = 1_700_000_000_000;

/**
 * What happens in one room of a virtual live: it names messages, remembers the last of them, and keeps the books on
 * what was truly given. `tell` hands every batch on to whoever listens.
 */
export class VirtualRoom {
  readonly id: string;
  readonly #clock: Clock;
  readonly #deliver: (batch: readonly SentMessage[]) => void;
  readonly #given = new Map<string, Given>();
  readonly #history: SentMessage[] = [];
  readonly #historyLength: number;
  #messages = 0;
  #groups = 0;
  #likes = 0;

  constructor(id: string, clock: Clock, historyLength: number, deliver: (batch: readonly SentMessage[]) => void) {
    this.id = id;
    this.#clock = clock;
    this.#historyLength = historyLength;
    this.#deliver = deliver;
  }

  /** What a listener who comes now gets first. */
  get history(): readonly SentMessage[] {
    return this.#history;
  }

  /** Where the room stands; a listener that has heard the history up to here gets only what follows. */
  get cursor(): string {
    return this.#history.at(-1)?.msgId ?? String(firstMsgId);
  }

  /** What was said after a cursor, as far as it is remembered. */
  since(cursor: string): readonly SentMessage[] {
    const index = this.#history.findLastIndex(({ msgId }) => msgId === cursor);
    return this.#history.slice(index + 1);
  }

  given(): readonly Given[] {
    return [...this.#given.values()];
  }

  /** The sum of all gifts given. */
  get gifts(): number {
    return this.given().reduce((sum, { count }) => sum + count, 0);
  }

  say(said: Said): SentMessage {
    const [sent] = this.sayAll([said]);
    if (sent === undefined) throw new Error('nothing was said');
    return sent;
  }

  /** Says several things in one frame. */
  sayAll(all: readonly Said[]): readonly SentMessage[] {
    const batch = all.map((said): SentMessage => {
      this.#messages += 1;
      return { ...said, msgId: String(firstMsgId + BigInt(this.#messages)), atMs: this.#clock.wallMs() };
    });
    this.deliverAgain(batch);
    return batch;
  }

  /** Says the same frames again, as they were: same message ids. */
  deliverAgain(batch: readonly SentMessage[]): void {
    this.#history.push(...batch);
    this.#history.splice(0, Math.max(0, this.#history.length - this.#historyLength));
    this.#deliver(batch);
  }

  /** Gifts that do not streak, and streaks of one: complete in itself; for the host, or for a guest by their id. */
  gift(fan: Fan, gift: GiftKind, count = 1, receiver = this.receiver): void {
    if (gift.streaks) {
      const streak = this.streak(fan, gift, this.#nextGroup(), receiver);
      streak.to(count);
      streak.end('once');
      return;
    }
    this.#book(fan, gift, count);
    this.say({ kind: 'gift', fan, gift, count, group: this.#nextGroup(), receiver, ended: false });
  }

  /** Opens a streak; each `to` says how far it has come. The group 0 is none. */
  streak(fan: Fan, gift: GiftKind, group = this.#nextGroup(), receiver = this.receiver): VirtualStreak {
    let reached = 0;
    const frame = (ended: boolean): Omit<SentGift, 'msgId' | 'atMs'> => {
      return { kind: 'gift', fan, gift, count: reached, group, receiver, ended };
    };
    return {
      to: (count) => {
        this.#book(fan, gift, count - reached);
        reached = count;
        this.say(frame(false));
      },
      end: (how) => {
        if (how !== 'never') this.say(frame(true));
        if (how === 'twice') this.say(frame(true));
      },
    };
  }

  likes(fan: Fan, count: number): void {
    this.#likes += count;
    this.say({ kind: 'like', fan, count, total: this.#likes });
  }

  /** The host, to whom gifts go unless somebody else is named. */
  get receiver(): string {
    return `6${this.id.slice(1)}`;
  }

  #nextGroup(): string {
    this.#groups += 1;
    return String(firstGroup + this.#groups);
  }

  #book(fan: Fan, gift: GiftKind, count: number): void {
    const key = `${fan.id} ${gift.id}`;
    const before = this.#given.get(key)?.count ?? 0;
    this.#given.set(key, {
      room: this.id,
      userId: fan.id,
      giftId: gift.id,
      giftName: gift.name,
      count: before + count,
    });
  }
}

export interface VirtualStreak {
  /** The streak has grown to this many gifts in all. */
  to(count: number): void;
  /** Tells the end once, or twice as the service does at times, or never. */
  end(how: StreakEnd): void;
}
