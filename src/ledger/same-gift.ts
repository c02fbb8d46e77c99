import { isOlderId } from '../domain/past-streak.ts';
import { dayMs } from './viewers.ts';

/** What a message says of a gift; '' and 0 where it does not say. */
export interface GiftFacts {
  readonly user: string;
  readonly gift: string;
  /** As the platform named it. */
  readonly group: string;
  readonly receiver: number;
  readonly orderId: string;
  /** The platform's type of gift: 1 is sent in streaks. */
  readonly type: number;
  readonly count: number;
  readonly ended: boolean;
  readonly id: string;
  /** When it was sent, wall time in ms; where the platform does not tell, when it arrived. */
  readonly atMs: number;
  readonly timed: boolean;
}

/** What the messages about one gift have said so far. */
export interface KnownGift {
  readonly user: string;
  readonly gift: string;
  readonly group: string;
  readonly receiver: number;
  readonly orderId: string;
  /** Only messages that end it have come, as far as this run knows. */
  readonly byEndAlone: boolean;
  readonly type: number;
  readonly firstCount: number;
  readonly count: number;
  readonly ended: boolean;
  /** Some of its messages had no group. */
  readonly strayed: boolean;
  /** '' where only times tell what is older. */
  readonly firstId: string;
  readonly newestId: string;
  readonly firstAtMs: number;
  readonly newestAtMs: number;
  /** Whether the platform told the time of the newest. */
  readonly timed: boolean;
}

/** Peers take a streak for over after so long without a message. */
const silenceMs = 5 * 60_000;
/** Gifts that are not sent in streaks follow each other closely where they are one after all: taps of one combo. */
const combinesWithinMs = 10_000;
/** Groups and messages may have their times from clocks that differ. */
const clocksDifferMs = 5_000;
/** A streak's first message is sent some ms after its begin. */
const beginsWithinMs = 1_000;

const differ = <T extends string | number>(one: T, other: T, none: T): boolean =>
  one !== none && other !== none && one !== other;

/** Whether a message cannot be about this gift: a fact that both tell differs. */
export function contradicts(facts: GiftFacts, known: KnownGift): boolean {
  return (
    differ(facts.user, known.user, '') ||
    differ(facts.gift, known.gift, '') ||
    differ(facts.group, known.group, '') ||
    differ(facts.receiver, known.receiver, 0)
  );
}

/**
 * Whether a message of the same group is about this gift. In a streak each tap can be a purchase of its own, so orders
 * that differ part nothing here. Gifts that are not sent in streaks are one where the group grew or ended, or where
 * the message is the same again.
 */
export function isOfGroup(facts: GiftFacts, known: KnownGift): boolean {
  if (facts.type < 2 || known.type < 2) return true;
  if (isAnotherEnd(facts, known)) return false;
  if (known.ended || known.count > known.firstCount || facts.ended || facts.count !== known.count) return true;
  return facts.atMs === known.firstAtMs && !differ(facts.orderId, known.orderId, '');
}

/**
 * Whether a message that does not name its group, or the first to name it, goes on with this gift: counts grow with
 * the age of messages, the end repeats the last count, and then there is nothing more.
 */
export function goesOn(facts: GiftFacts, known: KnownGift): boolean {
  if (facts.user === '' || known.user === '' || differ(facts.type, known.type, 0)) return false;
  if (!mayGoOn(facts, known)) return false;
  if (isBefore(known.newestAtMs, facts.group) || isBefore(facts.atMs, known.group)) return false;
  const isStreak = facts.type < 2 && known.type < 2;
  if (Math.abs(facts.atMs - known.newestAtMs) >= (isStreak ? silenceMs : combinesWithinMs)) return false;
  if (isNewer(facts, known)) return grows(facts, known);
  if (isBeforeFirst(facts, known) && facts.count === known.firstCount) {
    // The end can overtake the message whose count it repeats.
    const overtaken = known.ended && known.count === facts.count && (facts.type < 2 || facts.group !== '');
    return overtaken || facts.atMs === known.firstAtMs || isBegin(facts.atMs, known.group);
  }
  return facts.count <= known.count;
}

/** Whether a message was sent before the streak began whose group this is: where it is a time, it is that of its begin. */
function isBefore(atMs: number, group: string): boolean {
  const begunAtMs = /^\d{13}$/.test(group) ? Number(group) : Number.NaN;
  return begunAtMs - atMs > clocksDifferMs && begunAtMs - atMs < dayMs;
}

/** Whether a message was sent when the streak began whose group this is. */
function isBegin(atMs: number, group: string): boolean {
  return /^\d{13}$/.test(group) && Math.abs(atMs - Number(group)) < beginsWithinMs;
}

/** Two gifts of which neither has a group: what the listener told apart is apart, unless the receiver alone did it. */
function mayGoOn(facts: GiftFacts, known: KnownGift): boolean {
  if (facts.group !== '' || known.group !== '') return facts.group === '' || known.group === '';
  if (facts.type === 1 && known.type === 1) return (facts.receiver === 0) !== (known.receiver === 0);
  // Of a kind that is not sent in streaks, only an end tells that this was one; it is sent again with its own time.
  if (facts.type < 2 || known.type < 2) return true;
  const isAgain = !facts.timed || !known.timed || facts.atMs === known.newestAtMs;
  const mayBeEnd = isAgain || !known.byEndAlone;
  return facts.ended && facts.count === known.count && mayBeEnd && !isAnotherEnd(facts, known);
}

/** Whether both are told by an end alone, and are two purchases: what is sent again keeps its order. */
function isAnotherEnd(facts: GiftFacts, known: KnownGift): boolean {
  return facts.ended && known.byEndAlone && differ(facts.orderId, known.orderId, '');
}

function grows(facts: GiftFacts, known: KnownGift): boolean {
  if (known.ended) return facts.ended && facts.count === known.count && !isAnotherEnd(facts, known);
  if (facts.ended || facts.count !== known.count) return facts.count >= known.count;
  // A streak begins with one: the same count again is the same message, unless it is a first tap.
  return facts.count > 1 || facts.atMs === known.newestAtMs;
}

/**
 * Whether a message was sent after all that are known of a gift. The platform's times tell first: what is sent again
 * keeps its time, but not always its id. Ids count up, where they are numbers.
 */
export function isNewer(facts: GiftFacts, known: KnownGift): boolean {
  if (facts.timed && known.timed && facts.atMs !== known.newestAtMs) return facts.atMs > known.newestAtMs;
  if (isOlderId(known.newestId, facts.id)) return true;
  if (isOlderId(facts.id, known.newestId) || facts.id === known.newestId) return false;
  return facts.atMs > known.newestAtMs;
}

function isBeforeFirst(facts: GiftFacts, known: KnownGift): boolean {
  if (facts.timed && known.timed && facts.atMs !== known.firstAtMs) return facts.atMs < known.firstAtMs;
  return known.firstId === '' ? facts.atMs < known.firstAtMs : isOlderId(facts.id, known.firstId);
}
