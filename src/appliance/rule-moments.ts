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
    for (const each of rooms) for (const minutes of timers) this.#lookAtTimer(each, minutes);
  }

  /**
   * Reports a timer that is due. Times that passed while the service was off are not made up for: only the newest
   * counts.
   */
  #lookAtTimer(room: string, everyMinutes: number): void {
    const { clock, ledger } = this.#deps;
    const nowMs = Math.trunc(clock.wallMs());
    const nth = Math.floor((nowMs - (ledger.heardSinceMs(room) ?? nowMs)) / (everyMinutes * minuteMs));
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
