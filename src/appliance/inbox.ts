import { originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import { isGiven, type LiveEvent, type LiveEventKind } from '../domain/live-event.ts';
import type { Log } from '../domain/log.ts';
import { givenBy } from '../domain/money.ts';
import { clockTime, counted } from '../domain/plain-text.ts';
import { keptIfFired, keptIfHeld, type PersonFacts, type RuleDesk } from '../domain/rules.ts';
import type { Worth } from '../domain/worth.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isAboutConnection } from '../ledger/live-times.ts';
import type { Recordable, Recorded } from '../ledger/record.ts';
import type { ChatPoints } from './chat-points.ts';

/**
 * So many events wait at most. Sources stop reading long before that: only events that come in one piece, or from a
 * source that cannot wait, get so far. Beyond it events are dropped, gifts last.
 */
const waitingMax = 60_000;
/** So many are dropped at a time, so that thousands that come at once do not each search the whole queue. */
const giveWay = 1_000;
/** So many events in one transaction at most. */
const batchMax = 1_000;
/**
 * Nothing blocks the process for longer than a transaction: with its commit it shall take `batchMs`. Where the commit
 * alone takes longer than that, events are added for as long as a commit takes, but no longer than `fillMsMax`.
 */
const batchMs = 3;
const fillMsMax = 8;
/**
 * The weight of the newest commit in the time that the next one is expected to take: an occasional checkpoint shall not
 * count for much.
 */
const commitWeight = 0.2;
/** In a burst, events that come within so long share a transaction: its commit costs more than the events in it. */
const gatherMs = 10;
const retryMs = 1_000;
/** For chat, conditions cannot ask for what the ledger knows of a person. */
const nobody: PersonFacts = { isFirst: () => null, nthWithin: () => null, standing: () => null, sheet: () => null };

interface InboxDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly worthOf: (event: LiveEvent) => Worth | null;
  /** Kinds that are kept in the ledger though they pay for nothing; gifts and money always are. */
  readonly keeps: ReadonlySet<LiveEventKind>;
  /** The rules in force, whose kinds are kept, too. */
  readonly rules?: Pick<RuleDesk, 'engine' | 'kinds'> | undefined;
  /** Gives points for chatting; null or missing: nobody gets any. */
  readonly chats?: ChatPoints | null;
  /** Called after the events are on disk. */
  readonly recorded: (records: readonly Recorded[]) => void;
  /** Called when the fault of the inbox came or went. */
  readonly changed: () => void;
}

/** Takes events as they come and records them with their credits, many in one transaction when they come in bursts. */
export interface Inbox {
  /** Without a worth of its own, the event is worth what the gift map says. */
  offer(event: LiveEvent, worth?: Worth | null): void;
  /** Resolves once all that was offered so far is on disk; rejects when some of it was dropped. */
  settled(): Promise<void>;
  /** Records at once what waits; false when the disk does not take it. */
  flush(): boolean;
  /** The service ends: records what waits, logs what the disk does not take, and does not use the ledger any more. */
  close(): void;
  fault(): Fault | null;
  readonly waiting: number;
  /** Events that were dropped since the start. */
  readonly lost: number;
  /** Why, in a few words; null when none were dropped. */
  readonly lostWhy: string | null;
}

/** An inbox for one ledger. */
export function openInbox(deps: InboxDeps): Inbox {
  return new EventInbox(deps);
}

class EventInbox implements Inbox {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #ledger: Ledger;
  readonly #worthOf: (event: LiveEvent) => Worth | null;
  readonly #keeps: ReadonlySet<LiveEventKind>;
  readonly #rules: InboxDeps['rules'];
  readonly #recorded: (records: readonly Recorded[]) => void;
  readonly #changed: () => void;
  readonly #chats: ChatPoints | null;
  readonly #late: LateMoney;
  #queue: Recordable[] = [];
  #timer: Cancel | null = null;
  #recordedAtMs = Number.NEGATIVE_INFINITY;
  /** How long a commit is expected to take. */
  #commitMs = 0;
  #closed = false;
  #disk: Fault | null = null;
  #lost = 0;
  #lostWhy: string | null = null;
  /** Events dropped since the queue was last empty: they are logged together when it is empty again. */
  #lostNow = 0;
  /** How many of the events that wait are among the first to be dropped. */
  #others = 0;
  /** Events that were offered, and events that have left the queue, since the start. */
  #offered = 0;
  #left = 0;
  #settling: { readonly upTo: number; readonly resolve: () => void; readonly reject: (why: Error) => void }[] = [];

  constructor(deps: InboxDeps) {
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#ledger = deps.ledger;
    this.#worthOf = deps.worthOf;
    this.#keeps = deps.keeps;
    this.#rules = deps.rules;
    this.#recorded = deps.recorded;
    this.#changed = deps.changed;
    this.#chats = deps.chats ?? null;
    this.#late = new LateMoney(deps.clock, deps.log);
  }

  offer(event: LiveEvent, worth: Worth | null = this.#worthOf(event)): void {
    if (this.#closed) return;
    this.#chats?.take(event);
    const rules = this.#rules?.engine();
    const isKept = isGiven(event) || this.#keeps.has(event.kind) || isAboutConnection(event);
    if (worth === null && !isKept && !isWaitedFor(event, this.#rules)) return;
    this.#makeRoom();
    const isForRules = !isKept && keptIfFired.includes(event.kind) ? { isForRules: true as const } : {};
    this.#queue.push(rules === undefined ? { event, worth } : { event, worth, rules, ...isForRules });
    if (isFirstToGo(event)) this.#others += 1;
    this.#offered += 1;
    this.#schedule(this.#restMs());
  }

  settled(): Promise<void> {
    if (this.#lostNow > 0) return Promise.reject(new Error(this.#lostWhy ?? ''));
    if (this.#offered === this.#left) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#settling.push({ upTo: this.#offered, resolve, reject });
    });
  }

  close(): void {
    const isWritten = this.flush();
    this.#closed = true;
    this.#chats?.close();
    this.#late.report();
    this.#timer?.();
    if (isWritten) return;
    const gifts = this.#queue.filter(({ event }) => isGiven(event)).length;
    this.#log.error(`Not saved: ${counted(gifts, 'message')} about gifts, lost unless the live repeats them.`);
  }

  fault(): Fault | null {
    return this.#disk;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get lost(): number {
    return this.#lost;
  }

  get lostWhy(): string | null {
    return this.#lostWhy;
  }

  #schedule(delayMs: number): void {
    this.#timer ??= this.#clock.after(delayMs, () => {
      this.#timer = null;
      this.#recordBatch();
      if (this.#queue.length > 0) this.#schedule(this.#disk === null ? 0 : retryMs);
    });
  }

  /** How long to gather events before a transaction: an event that comes alone does not wait. */
  #restMs(): number {
    return Math.max(0, Math.ceil(this.#recordedAtMs + gatherMs - this.#clock.nowMs()));
  }

  #recordBatch(): void {
    if (this.#queue.length === 0) return;
    let taken = 0;
    const queue = this.#queue;
    const clock = this.#clock;
    const fillMs = Math.max(batchMs - this.#commitMs, Math.min(fillMsMax, this.#commitMs));
    const endMs = clock.nowMs() + fillMs;
    let filledAtMs = endMs;
    function* ofOneTransaction(): Iterable<Recordable> {
      for (const item of queue) {
        filledAtMs = clock.nowMs();
        if (taken >= batchMax || (taken > 0 && filledAtMs >= endMs)) return;
        taken += 1;
        if (!isAboutConnection(item.event)) yield item;
      }
    }
    try {
      const records = this.#ledger.record(ofOneTransaction());
      this.#recordedAtMs = clock.nowMs();
      this.#commitMs += commitWeight * (this.#recordedAtMs - filledAtMs - this.#commitMs);
      const batch = this.#queue.slice(0, taken);
      for (const { event } of batch) this.#ledger.noteLive(event);
      this.#queue.splice(0, taken);
      this.#others -= batch.filter(({ event }) => isFirstToGo(event)).length;
      this.#setFault(null);
      this.#recorded(records);
      this.#late.add(records);
      this.#left += batch.length;
      for (const { upTo, resolve } of this.#settling) if (upTo <= this.#left) resolve();
      this.#settling = this.#settling.filter(({ upTo }) => upTo > this.#left);
      if (this.#queue.length === 0) this.#reportLost();
    } catch (error) {
      const fault = diskFault(error);
      if (fault === null) throw error;
      if (fault.code !== this.#disk?.code) this.#log.debug(`Gifts were not written: ${originalOf(error)}`);
      this.#setFault(fault);
    }
  }

  #setFault(fault: Fault | null): void {
    if (fault?.code === this.#disk?.code) return;
    if (fault === null) this.#log.info('The disk can be written again; everything that was waiting is saved.');
    else this.#log.error(`${fault.what} Gifts wait in memory. ${fault.remedy}`, { code: fault.code });
    this.#disk = fault;
    this.#changed();
  }

  /** Drops the oldest events that are no gifts and not about the connection, or else the oldest of all. */
  #makeRoom(): void {
    if (this.#queue.length < waitingMax) return;
    const gone = Math.min(giveWay, this.#others > 0 ? this.#others : this.#queue.length);
    let leaving = gone;
    this.#queue = this.#queue.filter(({ event }) => {
      if (leaving === 0 || (this.#others > 0 && !isFirstToGo(event))) return true;
      leaving -= 1;
      return false;
    });
    if (this.#others > 0) this.#others -= gone;
    this.#lose(gone);
    this.#left += gone;
  }

  #lose(events: number): void {
    this.#lostWhy =
      this.#disk === null ? 'more came at once than the memory holds' : `${this.#disk.what} The memory was full, too.`;
    if (this.#lostNow === 0) this.#log.error(`Events of the live are lost from now on: ${this.#lostWhy}`);
    this.#lost += events;
    this.#lostNow += events;
    // Whoever waits in `settled` must not take the dropped ones for written.
    for (const { reject } of this.#settling) reject(new Error(this.#lostWhy));
    this.#settling = [];
    this.#changed();
  }

  #reportLost(): void {
    if (this.#lostNow === 0) return;
    this.#log.error(
      `${counted(this.#lostNow, 'event')} of the live could not be kept. The live may repeat the gifts among them.`,
    );
    this.#lostNow = 0;
  }

  flush(): boolean {
    while (this.#queue.length > 0) {
      this.#recordBatch();
      if (this.#disk !== null) return false;
    }
    return true;
  }
}

/**
 * Whether a rule waits for an event. Chat messages and joins are kept only where the condition of a rule holds for
 * them, since nothing else needs them.
 */
function isWaitedFor(event: LiveEvent, rules: InboxDeps['rules']): boolean {
  if (rules?.kinds().includes(event.kind) !== true) return false;
  return !keptIfHeld.includes(event.kind) || rules.engine().matching(event, nobody, () => {}).length > 0;
}

/** Whether an event is among the first to be dropped. Those about the connection are not, since they show gaps. */
function isFirstToGo(event: LiveEvent): boolean {
  return !isGiven(event) && !isAboutConnection(event);
}

/** Money that arrives so long after it was given is late; a platform takes some seconds of its own. */
const lateAfterMs = 120_000;
/** Late money that comes within so long is logged together. */
const lateGatherMs = 10_000;

/** Logs money that arrives long after it was given, such as while the service was off: it is credited late. */
class LateMoney {
  readonly #clock: Clock;
  readonly #log: Log;
  #count = 0;
  #oldestMs = Number.POSITIVE_INFINITY;
  #cancel: Cancel | null = null;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Takes events that were just written. */
  add(records: readonly Recorded[]): void {
    for (const { event, isNew } of records) {
      if (!isNew || event.origin !== 'live' || givenBy(event) === null || event.atMs === null) continue;
      if (event.arrivedAtMs - event.atMs < lateAfterMs) continue;
      this.#count += 1;
      this.#oldestMs = Math.min(this.#oldestMs, event.atMs);
    }
    if (this.#count > 0) this.#cancel ??= this.#clock.after(lateGatherMs, () => this.report());
  }

  /** Logs at once what was gathered. */
  report(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#count === 0) return;
    const since = clockTime(this.#oldestMs, this.#clock.wallMs());
    const are = this.#count === 1 ? 'it is' : 'they are';
    this.#log.info(`${counted(this.#count, 'payment')} came late, given since ${since}; ${are} credited now.`);
    this.#count = 0;
    this.#oldestMs = Number.POSITIVE_INFINITY;
  }
}
