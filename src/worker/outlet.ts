import type { Fault } from '../domain/fault.ts';
import type { PassingKind } from '../domain/passing.ts';

/** Something to be done outside, as an outlet gets it. */
export interface Task {
  /** Never the same for two; sent again it is the same, so that whoever gets it can drop repeats. */
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

/** What a task is called that is no action of a rule: something went by on the live, or was not kept of it. */
export const passedAction = 'live event';
export const passedGapAction = 'live gap';

/** Whether this goes to an outlet that names these kinds; what is missing is reported to each that names any. */
export function isPassedTo(kinds: readonly PassingKind[], { action, eventKind }: Task): boolean {
  return action === passedAction
    ? kinds.some((kind) => kind === eventKind)
    : action === passedGapAction && kinds.length > 0;
}

/** What came of sending. */
export type Sent =
  /** `isLeftOut`: nothing is wrong, but it was not wanted now; it counts as dropped. */
  | { readonly ok: true; readonly isLeftOut?: true }
  | {
      readonly ok: false;
      /**
       * `unreachable`: nobody took it, and later somebody may. `refused`: it was taken and not wanted. `off`: nothing is
       * wanted there any more.
       */
      readonly kind: 'unreachable' | 'refused' | 'off';
      readonly fault: Fault;
      /** Not sooner than this is it to be tried again. */
      readonly afterMs?: number;
    };

/** A way out of the box. */
export interface Outlet {
  /** As status, log and dead letters name it. */
  readonly name: string;
  /** Durable: at least once, in order. Instant: at most once, and worth nothing when late. */
  readonly kind: 'durable' | 'instant';
  /** Of an instant one: so many wait at most, unless it is as many as usual. */
  readonly waitingMax?: number;
  /** Whether this task goes through it. */
  takes(task: Task): boolean;
  /** Sends one; one at a time. After so long it is not waited for, and `signal` says so. */
  readonly timeoutMs: number;
  send(task: Task, signal: AbortSignal): Promise<Sent>;
  /** Ends what it keeps open. */
  close(): void;
}

/** How an outlet is. */
export interface OutletReport {
  readonly name: string;
  readonly kind: Outlet['kind'] | 'standing';
  /** Why the last try failed; null when it did not. */
  readonly fault: Fault | null;
  readonly waiting: number;
  readonly sent: number;
  readonly retried: number;
  /** Instant ones that came too late, waited too long, were too many or failed: they are gone. */
  readonly dropped: number;
  readonly dead: number;
}

/** A fault of an outlet; `name` is the outlet's. */
export function outletFault(code: string, name: string, what: string, remedy: string): Fault {
  return { code: `outlet-${code}`, what: `${name}: ${what.replace(/\.$/, '')}.`, remedy };
}

/** What an outlet that did not answer in time is reported as. */
export function lateFault(name: string, timeoutMs: number): Fault {
  const what = `it has not answered within ${timeoutMs / 1000} s`;
  return outletFault('late', name, what, 'Is it running, and is its address right?');
}
