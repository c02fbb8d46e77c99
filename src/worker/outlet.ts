import type { Fault } from '../domain/fault.ts';
import type { PassingKind } from '../domain/passing.ts';

/** Something to be sent or done outside the appliance, as an outlet gets it. */
export interface Task {
  /** Unique, and the same when it is sent again, so that a receiver can drop repeats. */
  readonly id: string;
  /** What kind of action it is, as rules write it. */
  readonly action: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The rule that fired, and the event for which it did. */
  readonly rule: string;
  readonly eventKind: string;
  readonly viewer: string;
  /** Of a live, a test or a replay. */
  readonly origin: string;
  readonly prize: string;
  /** When the event happened, wall time. */
  readonly atMs: number;
}

/** The action of a task that no rule made: a passing event, and a gap in these. */
export const passedAction = 'live event';
export const passedGapAction = 'live gap';

/**
 * Whether a task goes to an outlet that names these kinds of passing events; a gap goes to each outlet that names any.
 */
export function isPassedTo(kinds: readonly PassingKind[], { action, eventKind }: Task): boolean {
  return action === passedAction
    ? kinds.some((kind) => kind === eventKind)
    : action === passedGapAction && kinds.length > 0;
}

/** The result of sending. */
export type Sent =
  /** `isLeftOut`: it was not sent although nothing is wrong, such as a repeat; it counts as dropped. */
  | { readonly ok: true; readonly isLeftOut?: true }
  | {
      readonly ok: false;
      /**
       * `unreachable`: nothing answered, which may pass. `refused`: the receiver does not take this task. `off`: the
       * receiver wants nothing more at all.
       */
      readonly kind: 'unreachable' | 'refused' | 'off';
      readonly fault: Fault;
      /** So long to wait before the next try, ms. */
      readonly afterMs?: number;
    };

/** Somewhere the worker sends tasks to. */
export interface Outlet {
  /** Its name in status, log and dead letters. */
  readonly name: string;
  /** Durable: at least once, in order. Instant: at most once, and worth nothing when late. */
  readonly kind: 'durable' | 'instant';
  /** Of an instant outlet: so many tasks wait at most; missing: as many as usual. */
  readonly waitingMax?: number;
  /** Whether this task goes through it. */
  takes(task: Task): boolean;
  /** How long sending a task may take, ms; then `signal` aborts. Tasks are sent one at a time. */
  readonly timeoutMs: number;
  send(task: Task, signal: AbortSignal): Promise<Sent>;
  /** Ends what it keeps open. */
  close(): void;
}

/** The state of an outlet. */
export interface OutletReport {
  readonly name: string;
  readonly kind: Outlet['kind'] | 'standing';
  /** Why the last try failed; null when it succeeded. */
  readonly fault: Fault | null;
  readonly waiting: number;
  readonly sent: number;
  readonly retried: number;
  /** Instant tasks that came too late, waited too long, were too many or failed. */
  readonly dropped: number;
  readonly dead: number;
}

/** A fault of an outlet; `name` is the outlet's. */
export function outletFault(code: string, name: string, what: string, remedy: string): Fault {
  return { code: `outlet-${code}`, what: `${name}: ${what.replace(/\.$/, '')}.`, remedy };
}

/** The fault of an outlet that did not answer in time. */
export function lateFault(name: string, timeoutMs: number): Fault {
  const what = `it has not answered within ${timeoutMs / 1000} s`;
  return outletFault('late', name, what, 'Is it running, and is its address right?');
}
