import * as v from 'valibot';
import type { GiftEvent, LiveEvent, SubscribeMessage } from '../domain/live-event.ts';
import { saidAtMs } from '../domain/past-streak.ts';
import type { Books } from './books.ts';
import {
  contradicts,
  type GiftFacts,
  goesOn,
  isOfGroup,
  type KnownGift,
  knownAfter,
  knownBy,
  newsOf,
  readGiftNote,
} from './gift-facts.ts';

/** What can still be sent again is among the newest events; what is older was sent minutes ago. */
const eventsRead = 5_000;
/** Of each room; an evening has fewer. */
const remembered = 20_000;
/** Rooms and replays that go on at the same time. */
const roomsRemembered = 4;
/** Gifts of one viewer and kind that a message without a group can be about. */
const gone = 4;

interface StoredGift {
  readonly seq: number;
  readonly kind: 'gift' | 'subscribe';
  readonly payload: string | null;
  readonly firstCount: number;
  readonly count: number;
  readonly gift: string | null;
  readonly key: Buffer | null;
  readonly firstAtMs: number;
  readonly newestAtMs: number;
}

/** Finds the event that a message is about where its own key is not known; within a transaction only. */
export interface RecentEvents {
  /** The event's number; null when the message is about something new. */
  find(room: number, key: string, event: LiveEvent, receiver: number): number | null;
  /** A message was recorded with this event; `isOwnKey`: by its key the event is known elsewhere. */
  recorded(room: number, key: string, isOwnKey: boolean, event: LiveEvent, receiver: number, seq: number): void;
  /** After a rollback. */
  forget(): void;
}

/** Numbers of events, the newest first; one alone, which most are, needs no list: there are tens of thousands. */
type Newest = number | readonly number[];

/** What was given lately in one room, and how it is found. */
class RoomGifts {
  readonly gifts = new Map<number, KnownGift>();
  /** Keys of messages that were found to be about an event with another one. */
  readonly byKey = new Map<string, number>();
  readonly byOrder = new Map<string, number>();
  readonly byGroup = new Map<string, Newest>();
  readonly byGiver = new Map<string, Newest>();
  readonly subscriptions = new Subscriptions();

  /** The gift that a message is about, as far as its facts show. */
  find(key: string, facts: GiftFacts): number | null {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const ordered = facts.orderId === '' ? undefined : this.byOrder.get(facts.orderId);
    const isIt = (seq: number, holds: (facts: GiftFacts, gift: KnownGift) => boolean) => {
      const gift = this.gifts.get(seq);
      return gift !== undefined && !contradicts(facts, gift) && holds(facts, gift);
    };
    if (ordered !== undefined && isIt(ordered, () => true)) return ordered;
    const grouped = listOf(this.byGroup.get(facts.group)).find((seq) => isIt(seq, isOfGroup));
    if (grouped !== undefined) return grouped;
    return listOf(this.byGiver.get(giverOf(facts))).find((seq) => isIt(seq, goesOn)) ?? null;
  }

  /**
   * Takes the facts of a message into those of its gift; gives the gift as it was known before. `key`: null where it is
   * the event's own.
   */
  take(key: string | null, seq: number, facts: GiftFacts): KnownGift | null {
    const before = this.gifts.get(seq) ?? null;
    const gift = before === null ? knownBy(facts) : knownAfter(before, facts);
    this.gifts.set(seq, gift);
    keep(this.gifts, remembered);
    if (key !== null) this.byKey.set(key, seq);
    keep(this.byKey, remembered);
    this.index(seq, gift, facts.orderId);
    return before;
  }

  index(seq: number, gift: KnownGift, orderId: string): void {
    if (orderId !== '') this.byOrder.set(orderId, seq);
    keep(this.byOrder, remembered);
    if (gift.group !== '') putFirst(this.byGroup, gift.group, seq);
    putFirst(this.byGiver, giverOf(gift), seq);
  }
}

/** Remembers what was given lately, and reads it once from the ledger where an earlier run has written it. */
export function recentEvents({ db, keys }: Books): RecentEvents {
  const stored = db.prepare<[number, number], StoredGift>(
    `SELECT e.seq, e.kind, e.payload, e.count AS firstCount, g.platform_id AS gift, v.key,
       max(e.count, coalesce((SELECT max(count) FROM growth WHERE event = e.seq), 0)) AS count,
       coalesce(e.at_ms, e.arrived_at_ms) AS firstAtMs,
       coalesce((SELECT max(arrived_at_ms) FROM growth WHERE event = e.seq), e.at_ms, e.arrived_at_ms) AS newestAtMs
     FROM event e LEFT JOIN gift g ON g.id = e.gift LEFT JOIN viewer v ON v.id = e.viewer
     WHERE e.seq > (SELECT coalesce(max(seq), 0) FROM event) - ? AND e.room = ? AND e.origin = 'live'
       AND (e.kind = 'subscribe' OR e.kind = 'gift' AND e.payload IS NOT NULL) ORDER BY e.seq`,
  );
  const learn = db.prepare<[string, number]>(
    'UPDATE event SET payload = json_patch(payload, ?) WHERE seq = ? AND payload IS NOT NULL',
  );
  const rooms = new Map<string, RoomGifts>();

  function roomOf(room: number, { origin, session }: LiveEvent): RoomGifts {
    const name = origin === 'live' ? String(room) : `${room} ${origin} ${session}`;
    const known = rooms.get(name);
    if (known !== undefined) return known;
    const fresh = new RoomGifts();
    if (origin === 'live') for (const row of stored.all(eventsRead, room)) read(fresh, row);
    rooms.set(name, fresh);
    keep(rooms, roomsRemembered);
    return fresh;
  }

  function factsOf({ id, user, payload, ...rest }: GiftEvent, receiver: number): GiftFacts | null {
    const { gift, count, message } = payload;
    if (message === undefined) return null;
    const time = { atMs: saidAtMs({ id, user, payload, ...rest }), timed: rest.atMs !== null };
    return { ...message, ...time, user: user === null ? '' : keys.viewer(user.id), gift: gift.id, receiver, count, id };
  }

  return {
    find(room, key, event, receiver) {
      if (event.kind === 'subscribe' && event.user !== null) {
        return roomOf(room, event).subscriptions.find(keys.viewer(event.user.id), event.payload.message, event.id);
      }
      const facts = event.kind === 'gift' ? factsOf(event, receiver) : null;
      return facts === null ? null : roomOf(room, event).find(key, facts);
    },
    recorded(room, key, isOwnKey, event, receiver, seq) {
      if (event.kind === 'subscribe' && event.user !== null) {
        const { message } = event.payload;
        const isNews = roomOf(room, event).subscriptions.take(keys.viewer(event.user.id), message, event.id, seq);
        if (isNews && message !== undefined) learn.run(JSON.stringify({ [message]: event.id }), seq);
      }
      const facts = event.kind === 'gift' ? factsOf(event, receiver) : null;
      if (facts === null) return;
      const gifts = roomOf(room, event);
      const before = gifts.take(isOwnKey ? null : key, seq, facts);
      const news = before === null ? {} : newsOf(before, facts);
      if (Object.keys(news).length > 0) learn.run(JSON.stringify(news), seq);
    },
    forget: () => rooms.clear(),
  };
}

function read(room: RoomGifts, row: StoredGift): void {
  const { seq, kind, payload, gift, key, firstCount, count, firstAtMs, newestAtMs } = row;
  const user = key?.toString('hex') ?? '';
  if (kind === 'subscribe') {
    room.subscriptions.read(user, payload, seq);
    return;
  }
  const note = readGiftNote(payload);
  if (note === null) return;
  const { group, orderId, type, to: receiver, newest: newestId, ended, atMs } = note;
  const facts = { user, gift: gift ?? '', group, receiver, orderId, type, firstCount, count, ended };
  const times = { firstAtMs, newestAtMs: atMs ?? newestAtMs, timed: atMs !== null || newestAtMs === firstAtMs };
  const known = { ...facts, ...times, strayed: newestId !== '', firstId: '', newestId, byEndAlone: false };
  room.gifts.set(seq, known);
  room.index(seq, known, orderId);
}

function giverOf({ user, gift }: { readonly user: string; readonly gift: string }): string {
  return `${user} ${gift}`;
}

/** The newest first, and no more than a message can be about. */
function putFirst(index: Map<string, Newest>, key: string, seq: number): void {
  const others = listOf(index.get(key)).filter((other) => other !== seq);
  index.set(key, others.length === 0 ? seq : [seq, ...others].slice(0, gone));
  keep(index, remembered);
}

function listOf(found: Newest | undefined): readonly number[] {
  if (found === undefined) return [];
  return typeof found === 'number' ? [found] : found;
}

/** Adds an entry, and removes the oldest when there are too many. */
function keep<K, T>(map: Map<K, T>, most: number): void {
  const [first] = map.keys();
  if (map.size > most && first !== undefined) map.delete(first);
}

const subscribeMessages = ['notice', 'social', 'super-fan'] as const;
const subscriptionForm = v.object({
  message: v.optional(v.picklist(subscribeMessages)),
  notice: v.optional(v.string()),
  social: v.optional(v.string()),
  'super-fan': v.optional(v.string()),
});

interface KnownSubscription {
  readonly seq: number;
  /** Which of the platform's messages have named it, each by its id; '' where that is the event's own key. */
  readonly messages: Map<SubscribeMessage, string>;
}

/** So many viewers of a room are subscribersMax; a live has fewer new subscribers. */
const subscribersMax = 10_000;

/**
 * Subscriptions of a room. The platform has several messages for one, and each kind says it once: another one of a
 * kind that has not spoken yet is about the subscription that is known, another one of the same kind is about a new
 * one. The banner for Super Fans is no such witness (it has been shown again whenever a fan came in): it counts once
 * for each viewer.
 */
class Subscriptions {
  readonly #known = new Map<string, KnownSubscription[]>();

  /** The event of the subscription that a message is about; null when it is a new one. */
  find(viewer: string, message: SubscribeMessage | undefined, id: string): number | null {
    if (message === undefined) return null;
    const known = this.#known.get(viewer) ?? [];
    const same = known.find(({ messages }) => messages.get(message) === id);
    if (same !== undefined) return same.seq;
    const unheard = known.find(({ messages }) => !messages.has(message));
    if (unheard !== undefined) return unheard.seq;
    return message === 'super-fan' ? (known[0]?.seq ?? null) : null;
  }

  /** A message was recorded with this event; true when it was the first of its kind for it, beside others. */
  take(viewer: string, message: SubscribeMessage | undefined, id: string, seq: number): boolean {
    if (message === undefined) return false;
    const known = this.#known.get(viewer) ?? [];
    const found = known.find((one) => one.seq === seq);
    if (found === undefined) {
      this.#put(viewer, { seq, messages: new Map([[message, id]]) });
      return false;
    }
    if (found.messages.has(message)) return false;
    found.messages.set(message, id);
    return true;
  }

  /** What an earlier run has written down; null: of a program that did not note which message it was. */
  read(viewer: string, payload: string | null, seq: number): void {
    const found = v.safeParse(v.pipe(v.string(), v.parseJson(), subscriptionForm), payload ?? '{}');
    if (!found.success) return;
    const { message, ...others } = found.output;
    const ids = subscribeMessages.flatMap((kind): [SubscribeMessage, string][] => {
      const id = others[kind] ?? (kind === message ? '' : undefined);
      return id === undefined ? [] : [[kind, id]];
    });
    this.#put(viewer, { seq, messages: new Map(ids) });
  }

  #put(viewer: string, subscription: KnownSubscription): void {
    this.#known.set(viewer, [...(this.#known.get(viewer) ?? []), subscription]);
    const [first] = this.#known.keys();
    if (this.#known.size > subscribersMax && first !== undefined) this.#known.delete(first);
  }
}
