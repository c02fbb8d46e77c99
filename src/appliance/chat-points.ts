import { originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { LiveEvent, Viewer } from '../domain/live-event.ts';
import type { Log } from '../domain/log.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Points for chatting are written together after so long, ms; a crash loses no more than that. */
const gatherMs = 5_000;
/** While the disk takes nothing, so many people wait for their points; beyond them nobody earns by chatting. */
const waitingMax = 10_000;
/** For so many people it is remembered when they last earned. */
const earnedRemembered = 20_000;

/** Somebody wrote in the chat. */
interface Chatted {
  readonly user: Viewer;
  readonly atMs: number;
}

/** Gives points for chatting, once per person and window of time; many are written in one transaction. */
export class ChatPoints {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #ledger: Pick<Ledger, 'chatted'>;
  readonly #windowMs: number;
  #waiting = new Map<string, Chatted>();
  readonly #earned = new Set<string>();
  #timer: Cancel | null = null;
  #isRefused = false;

  constructor(clock: Clock, log: Log, ledger: Pick<Ledger, 'chatted'>, seconds: number) {
    this.#clock = clock;
    this.#log = log;
    this.#ledger = ledger;
    this.#windowMs = seconds * 1000;
  }

  /** Takes an event; all but chat messages of a live are ignored. */
  take(event: LiveEvent): void {
    const { kind, user, origin } = event;
    if (kind !== 'chat' || user === null || origin !== 'live') return;
    const atMs = Math.trunc(event.atMs ?? event.arrivedAtMs);
    const key = `${Math.floor(atMs / this.#windowMs)} ${user.id}`;
    if (this.#earned.has(key) || this.#waiting.has(key) || this.#waiting.size >= waitingMax) return;
    this.#waiting.set(key, { user, atMs });
    this.#writeLater();
  }

  /** Writes what waits; what the disk does not take now is lost. */
  close(): void {
    this.#write();
    this.#timer?.();
  }

  #writeLater(): void {
    this.#timer ??= this.#clock.after(gatherMs, () => {
      this.#timer = null;
      this.#write();
    });
  }

  #write(): void {
    if (this.#waiting.size === 0) return;
    try {
      this.#ledger.chatted([...this.#waiting.values()]);
    } catch (error) {
      if (diskFault(error) === null) throw error;
      if (!this.#isRefused) this.#log.debug(`Points of the chat were not written: ${originalOf(error)}`);
      this.#isRefused = true;
      this.#writeLater();
      return;
    }
    this.#isRefused = false;
    if (this.#earned.size + this.#waiting.size > earnedRemembered) this.#earned.clear();
    for (const key of this.#waiting.keys()) this.#earned.add(key);
    this.#waiting = new Map();
  }
}
