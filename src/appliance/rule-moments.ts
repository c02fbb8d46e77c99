import { originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { LiveSource } from '../domain/live-source.ts';
import type { Log } from '../domain/log.ts';
import type { DeadLetterSeen, WorkerFile } from '../domain/moment.ts';
import type { RuleEngine } from '../domain/rules.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** How often it is checked whether a timer of rules is due, ms. */
const lookMs = 5_000;
const minuteMs = 60_000;
/** Clocks that differ by no more between two looks were not set. */
const clockSetMs = 2_000;
const reportedMax = 1_000;

interface MomentDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Pick<Ledger, 'momentCame' | 'stateChanged' | 'deadLettersReported' | 'heardSinceMs'>;
  readonly source: Pick<LiveSource, 'facts'>;
  readonly engine: () => RuleEngine;
  /** The name of the present state. */
  readonly state: () => string;
}

/**
 * Reports moments to the ledger that do not follow from its own entries: changes of the state, and timers of a live.
 */
interface MomentWatch {
  /** Something has changed: the state is read again. */
  look(): void;
  /**
   * The worker has reported its newest dead letters; those that the disk does not take come again with the next report.
   */
  deadLettersReported(file: WorkerFile, letters: readonly DeadLetterSeen[]): void;
  stop(): void;
}

/** Watches the moments of one appliance. */
export function watchMoments(deps: MomentDeps): MomentWatch {
  return new Watch(deps);
}

class Watch implements MomentWatch {
  readonly #deps: MomentDeps;
  #state = 'starting';
  #looking: Cancel | null = null;
  #timing: Cancel | null = null;
  #stopped = false;
  /**
   * By live and timer, how many times it was reported, so that the ledger is not asked for the same one again and
   * again.
   */
  readonly #reported = new Map<string, number>();
  /** What both clocks said at the last look, and by how much the wall clock was set since the first one, ms. */
  #last: { readonly nowMs: number; readonly wallMs: number } | null = null;
  #setMs = 0;
  /** Of each live, the wall time at its first look, and `#setMs` then. */
  readonly #firstLooks = new Map<string, { readonly wallMs: number; readonly setMs: number }>();

  constructor(deps: MomentDeps) {
    this.#deps = deps;
  }

  look(): void {
    if (this.#stopped) return;
    const { clock, engine } = this.#deps;
    // A change may still be under way: the state is read when it is done. It is followed also where no rule
    // waits for it yet: one that is put in force later does not fire for what changed before.
    this.#looking ??= clock.after(0, () => this.#lookAtState());
    if (engine().timersMinutes().length > 0) this.#timing ??= clock.after(0, () => this.#lookAtTimers());
  }

  deadLettersReported(file: WorkerFile, letters: readonly DeadLetterSeen[]): void {
    if (!this.#stopped) this.#write(() => this.#deps.ledger.deadLettersReported(file, letters));
  }

  stop(): void {
    this.#stopped = true;
    this.#looking?.();
    this.#timing?.();
  }

  #lookAtState(): void {
    this.#looking = null;
    const [from, to] = [this.#state, this.#deps.state()];
    if (from === to) return;
    this.#state = to;
    if (!this.#deps.engine().waitsFor('state')) return;
    this.#write(() => this.#deps.ledger.stateChanged(from, to));
  }

  #lookAtTimers(): void {
    const { clock, source, engine } = this.#deps;
    const timers = engine().timersMinutes();
    this.#timing = timers.length === 0 ? null : clock.after(lookMs, () => this.#lookAtTimers());
    const { heard, room, rooms = room === null ? [] : [room] } = source.facts();
    if (!heard) return;
    this.#followClock();
    for (const each of rooms) for (const minutes of timers) this.#lookAtTimer(each, minutes);
  }

  /** A wall clock that is set, by hours on a machine that had none at its start, is no time that passed. */
  #followClock(): void {
    const { clock } = this.#deps;
    const [nowMs, wallMs] = [clock.nowMs(), clock.wallMs()];
    const setMs = this.#last === null ? 0 : wallMs - this.#last.wallMs - (nowMs - this.#last.nowMs);
    if (Math.abs(setMs) > clockSetMs) this.#setMs += setMs;
    this.#last = { nowMs, wallMs };
  }

  /** How long a live was heard, ms, by the time that passed: its beginning is a wall time, and may lie in the future. */
  #heardForMs(room: string): number {
    const wallMs = this.#deps.clock.wallMs();
    const first = this.#firstLooks.get(room) ?? { wallMs, setMs: this.#setMs };
    if (this.#firstLooks.size >= reportedMax) this.#firstLooks.clear();
    this.#firstLooks.set(room, first);
    const sinceMs = Math.min(this.#deps.ledger.heardSinceMs(room) ?? wallMs, first.wallMs);
    return wallMs - (this.#setMs - first.setMs) - sinceMs;
  }

  /**
   * Reports a timer that is due. Times that passed while the service was off are not made up for: only the newest
   * counts.
   */
  #lookAtTimer(room: string, everyMinutes: number): void {
    const { clock, ledger } = this.#deps;
    const nowMs = Math.trunc(clock.wallMs());
    const nth = Math.floor(this.#heardForMs(room) / (everyMinutes * minuteMs));
    const timerOfRoom = `${room} ${everyMinutes}`;
    if (nth < 1 || this.#reported.get(timerOfRoom) === nth) return;
    const place = { platform: '', channel: '', room, session: '', atMs: null, arrivedAtMs: nowMs };
    const timer = { ...place, kind: 'timer', origin: 'live', user: null, payload: { everyMinutes, nth } } as const;
    this.#write(() => {
      ledger.momentCame(timer, [String(everyMinutes), String(nth)]);
      if (this.#reported.size >= reportedMax) this.#reported.clear();
      this.#reported.set(timerOfRoom, nth);
    });
  }

  /** Writes a moment; a disk that takes nothing is reported by the inbox, so not here. */
  #write(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (diskFault(error) === null) throw error;
      this.#deps.log.debug(`A moment that rules wait for was not written: ${originalOf(error)}`);
    }
  }
}
