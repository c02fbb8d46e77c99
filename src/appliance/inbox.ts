import type { Clock } from '../domain/clock.ts';
import { counted } from '../domain/counted.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveEvent, LiveEventKind } from '../domain/live-event.ts';
import type { Log } from '../domain/log.ts';
import type { Worth } from '../domain/worth.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isAboutConnection } from '../ledger/live-times.ts';
import type { Recordable, Recorded } from '../ledger/record.ts';

/** Events that wait while the disk fails; gifts are the last to give way. */
const mostWaiting = 10_000;
/** So many in one transaction: it fills few pages of the log for each, and its commit is the longest stall there is. */
const batchSize = 1_000;
const retryMs = 1_000;

export interface InboxDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly worthOf: (event: LiveEvent) => Worth | null;
  /** Kinds that are kept in the ledger though they pay for nothing; gifts always are. */
  readonly keeps: ReadonlySet<LiveEventKind>;
  /** Called after the events are on disk. */
  readonly recorded: (records: readonly Recorded[]) => void;
  /** The fault came or went. */
  readonly changed: () => void;
}

/** Takes events as they come and records them with their credits, many in one transaction when they come in bursts. */
export interface Inbox {
  /** Without a worth of its own, the event is worth what the gift map says. */
  offer(event: LiveEvent, worth?: Worth | null): void;
  /** Resolves once all that was offered so far is on disk. */
  settled(): Promise<void>;
  /** Records at once what waits; false when the disk does not take it. */
  flush(): boolean;
  /** The service ends: records what waits, says what the disk does not take, and touches the ledger no more. */
  close(): void;
  fault(): Fault | null;
  readonly waiting: number;
  /** Events that had to give way while the disk failed. */
  readonly lost: number;
}

/** An inbox for one ledger. */
export function openInbox({ clock, log, ledger, worthOf, keeps, recorded, changed }: InboxDeps): Inbox {
  const queue: Recordable[] = [];
  let scheduled = false;
  let closed = false;
  let disk: Fault | null = null;
  let lost = 0;
  /** Events that were offered, and that have left the queue, counted from the start. */
  let offered = 0;
  let left = 0;
  let settling: { readonly upTo: number; readonly resolve: () => void }[] = [];

  function schedule(delayMs: number): void {
    if (scheduled) return;
    scheduled = true;
    clock.after(delayMs, () => {
      scheduled = false;
      if (closed) return;
      recordBatch();
      if (queue.length > 0) schedule(disk === null ? 0 : retryMs);
    });
  }

  function recordBatch(): void {
    const batch = queue.slice(0, batchSize);
    if (batch.length === 0) return;
    try {
      const records = ledger.record(batch.filter(({ event }) => !isAboutConnection(event)));
      for (const { event } of batch) ledger.noteLive(event);
      queue.splice(0, batch.length);
      setFault(null);
      recorded(records);
      left += batch.length;
      for (const { upTo, resolve } of settling) if (upTo <= left) resolve();
      settling = settling.filter(({ upTo }) => upTo > left);
    } catch (error) {
      const fault = diskFault(error);
      if (fault === null) throw error;
      setFault(fault);
    }
  }

  function setFault(fault: Fault | null): void {
    if (fault?.code === disk?.code) return;
    if (fault === null) log.info('The disk takes writes again; everything that waited is written.');
    else log.error(`${fault.what} Gifts wait in memory. ${fault.remedy}`, { code: fault.code });
    disk = fault;
    changed();
  }

  /** Makes room for one more by letting go of the oldest event that is no gift, or else of the oldest. */
  function makeRoom(): void {
    if (queue.length < mostWaiting) return;
    const index = queue.findIndex(({ event }) => event.kind !== 'gift');
    queue.splice(Math.max(0, index), 1);
    lost += 1;
    left += 1;
  }

  function flush(): boolean {
    while (queue.length > 0) {
      recordBatch();
      if (disk !== null) return false;
    }
    return true;
  }

  return {
    offer(event, worth = worthOf(event)) {
      if (closed) return;
      const isKept = event.kind === 'gift' || keeps.has(event.kind) || isAboutConnection(event);
      if (worth === null && !isKept) return;
      makeRoom();
      queue.push({ event, worth });
      offered += 1;
      schedule(0);
    },
    settled: () =>
      offered === left
        ? Promise.resolve()
        : new Promise((resolve) => {
            settling.push({ upTo: offered, resolve });
          }),
    flush,
    close() {
      const isWritten = flush();
      closed = true;
      if (isWritten) return;
      const gifts = queue.filter(({ event }) => event.kind === 'gift').length;
      log.error(`Not written down: ${counted(gifts, 'message')} about gifts, lost unless the live repeats them.`);
    },
    fault: () => disk,
    get waiting() {
      return queue.length;
    },
    get lost() {
      return lost;
    },
  };
}
