import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { lateFault, type Outlet, type OutletReport, type Sent, type Task } from './outlet.ts';
import type { WaitingTask, WorkerStore } from './store.ts';

const firstRetryMs = 500;
const retryMaxMs = 30_000;
/** A receiver that asks for a longer pause than an hour is taken to be mistaken, ms. */
const obeyedMaxMs = 60 * 60_000;
/** A task that was refused so often is given up, which takes a minute and a half. */
const refusalsMax = 8;
/** While nothing answers, a task is tried so often, which takes a day. */
const unreachableMax = 2_880;
/** An idle lane looks so often, ms, for dead letters that a person sends again. */
const lookAgainMs = 5_000;

/** An instant task that happened longer ago, ms, is dropped. */
const enterWithinMs = 10_000;
/** An instant task that has waited longer, ms, is dropped. */
const leaveWithinMs = 60_000;
const instantMax = 50;

/** What to do with a task after a try. */
type AfterTry =
  | { readonly next: 'done' }
  | { readonly next: 'again'; readonly waitMs: number }
  | { readonly next: 'dead' }
  | { readonly next: 'off' };

/** What to do after try number `tries`, counted from 1: try again after 500 ms, doubled up to 30 s, or give up. */
export function afterTry(sent: Sent, tries: number): AfterTry {
  if (sent.ok) return { next: 'done' };
  if (sent.kind === 'off') return { next: 'off' };
  if (tries >= (sent.kind === 'refused' ? refusalsMax : unreachableMax)) return { next: 'dead' };
  const paceMs = Math.min(retryMaxMs, firstRetryMs * 2 ** Math.min(tries - 1, 16));
  return { next: 'again', waitMs: Math.max(paceMs, Math.min(sent.afterMs ?? 0, obeyedMaxMs)) };
}

interface LaneDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: WorkerStore;
}

/** Logs once what is wrong with an outlet, and once that it works again. */
class FaultReport {
  readonly #log: Log;
  readonly #name: string;
  fault: Fault | null = null;

  constructor(log: Log, name: string) {
    this.#log = log;
    this.#name = name;
  }

  take(fault: Fault | null): void {
    if (fault !== null && fault.what !== this.fault?.what) this.#log.warn(`${fault.what} ${fault.remedy}`);
    if (fault === null && this.fault !== null) this.#log.info(`${this.#name} works again.`);
    this.fault = fault;
  }
}

/** Sends a task, and waits no longer than the outlet's time-out, whatever the outlet does. */
export function sendWithin(clock: Clock, outlet: Outlet, task: Task): Promise<Sent> {
  const { promise, resolve } = Promise.withResolvers<Sent>();
  const late = new AbortController();
  const cancel = clock.after(outlet.timeoutMs, () => {
    late.abort();
    resolve({ ok: false, kind: 'unreachable', fault: lateFault(outlet.name, outlet.timeoutMs) });
  });
  outlet.send(task, late.signal).then(resolve, (error: unknown) => {
    // The outlet threw: that is a mistake with this task, and others may work.
    if (!late.signal.aborted) resolve({ ok: false, kind: 'refused', fault: mistake(outlet.name, error) });
  });
  return promise.finally(cancel);
}

function mistake(name: string, error: unknown): Fault {
  const what = `${name}: the worker made a mistake (${error instanceof Error ? error.name : 'unknown'}).`;
  return { code: 'outlet-mistake', what, remedy: 'Report it with what the log of the worker shows about it.' };
}

/** The tasks of one outlet. */
interface Lane {
  readonly outlet: Outlet;
  /** Something new is in its queue. */
  wake(): void;
  report(): OutletReport;
  close(): void;
}

/**
 * The lane of a durable outlet: sends what waits for it in the store, one after the other, until each has arrived or is
 * given up.
 */
export class DurableLane implements Lane {
  readonly outlet: Outlet;
  readonly #deps: LaneDeps;
  readonly #address: string;
  readonly #faults: FaultReport;
  /** Nothing waits; before the time of the next try nothing else is sent. */
  #isIdle = true;
  #isClosed = false;
  #waits: Cancel | null = null;

  /** `address`: one that was switched off is on again at another address. */
  constructor(outlet: Outlet, address: string, deps: LaneDeps) {
    this.outlet = outlet;
    this.#address = address;
    this.#deps = deps;
    this.#faults = new FaultReport(deps.log, outlet.name);
    this.wake();
  }

  wake(): void {
    if (this.#isIdle && !this.#isClosed) this.#sendNext();
  }

  report(): OutletReport {
    const { waiting, sent, retried, dead, lost } = this.#deps.store.counts(this.outlet.name);
    const { name, kind } = this.outlet;
    return { name, kind, fault: this.#faults.fault, waiting, sent, retried, dead, dropped: lost };
  }

  close(): void {
    this.#isClosed = true;
    this.#waits?.();
    this.outlet.close();
  }

  #sendNext(): void {
    this.#waits?.();
    const waiting = this.#deps.store.head(this.outlet.name);
    this.#isIdle = waiting === null;
    if (waiting === null) {
      this.#after(lookAgainMs, () => this.#sendNext());
    } else if (this.#deps.store.isOff(this.outlet.name, this.#address)) {
      this.#settle(waiting, { next: 'off' }, 'nothing is wanted there any more');
    } else {
      void sendWithin(this.#deps.clock, this.outlet, waiting.task).then((sent) => this.#sent(waiting, sent));
    }
  }

  #sent(waiting: WaitingTask, sent: Sent): void {
    if (this.#isClosed) return;
    this.#faults.take(sent.ok ? null : sent.fault);
    this.#settle(waiting, afterTry(sent, waiting.tries + 1), sent.ok ? '' : sent.fault.what);
  }

  /**
   * The result is on disk before the next task is sent. While the disk does not take it, the task is not sent again.
   */
  #settle(waiting: WaitingTask, then: AfterTry, why: string): void {
    const { store, log } = this.#deps;
    const { name } = this.outlet;
    const kept =
      then.next === 'done'
        ? store.done(name, waiting)
        : then.next === 'again'
          ? store.again(name, waiting)
          : then.next === 'dead'
            ? store.bury(name, waiting, why)
            : store.switchOff(name, this.#address, why);
    if (!kept.ok) {
      this.#faults.take(kept.fault);
      this.#after(lookAgainMs, () => this.#settle(waiting, then, why));
      return;
    }
    if (then.next === 'dead') log.warn(`${name}: one was given up. \`livepen worker dead list\` shows it.`);
    if (then.next === 'done') this.#faults.take(null);
    this.#after(then.next === 'again' ? then.waitMs : 0, () => this.#sendNext());
  }

  #after(delayMs: number, then: () => void): void {
    if (this.#isClosed) return;
    this.#waits?.();
    this.#waits = this.#deps.clock.after(delayMs, then);
  }
}

/** The lane of an instant outlet: a short queue in memory, from which late tasks are dropped. */
export class InstantLane implements Lane {
  readonly outlet: Outlet;
  readonly #clock: Clock;
  readonly #faults: FaultReport;
  readonly #queue: { readonly task: Task; readonly enteredMs: number }[] = [];
  #isSending = false;
  #isClosed = false;
  #sent = 0;
  #dropped = 0;

  constructor(outlet: Outlet, { clock, log }: Omit<LaneDeps, 'store'>) {
    this.outlet = outlet;
    this.#clock = clock;
    this.#faults = new FaultReport(log, outlet.name);
  }

  /** Takes one that happened `ageMs` ago. */
  enter(task: Task, ageMs: number): void {
    if (ageMs > enterWithinMs) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push({ task, enteredMs: this.#clock.nowMs() });
    if (this.#queue.length > (this.outlet.waitingMax ?? instantMax)) {
      this.#queue.shift();
      this.#dropped += 1;
    }
    this.wake();
  }

  wake(): void {
    if (this.#isSending || this.#isClosed) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    if (this.#clock.nowMs() - next.enteredMs > leaveWithinMs) {
      this.#dropped += 1;
      this.wake();
      return;
    }
    this.#isSending = true;
    void sendWithin(this.#clock, this.outlet, next.task).then((sent) => {
      this.#isSending = false;
      this.#faults.take(sent.ok ? null : sent.fault);
      if (sent.ok && sent.isLeftOut !== true) this.#sent += 1;
      else this.#dropped += 1;
      this.wake();
    });
  }

  report(): OutletReport {
    const { name, kind } = this.outlet;
    const waiting = this.#queue.length;
    return {
      name,
      kind,
      fault: this.#faults.fault,
      waiting,
      sent: this.#sent,
      retried: 0,
      dropped: this.#dropped,
      dead: 0,
    };
  }

  close(): void {
    this.#isClosed = true;
    this.outlet.close();
  }
}
