import { originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { LiveEvent, Viewer } from '../domain/live-event.ts';
import type { Log } from '../domain/log.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** What people write earns together, so late at most: a crash takes so much of it. */
const gatherMs = 5_000;
/** So many people wait at most while the disk takes nothing; beyond them nobody earns by chatting. */
const waitingMax = 10_000;
/** Of so many it is remembered that they have earned in their window. */
const earnedRemembered = 20_000;

/** Somebody wrote in the chat. */
interface Chatted {
  readonly user: Viewer;
  readonly atMs: number;
}

/** Words in the chat, of which each person earns once in a window of time; they are written down many at a time. */
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

  /** Takes what came; what is no word in the chat of a live is passed over. */
  take(event: LiveEvent): void {
    const { kind, user, origin } = event;
    if (kind !== 'chat' || user === null || origin !== 'live') return;
    const atMs = Math.trunc(event.atMs ?? event.arrivedAtMs);
    const key = `${Math.floor(atMs / this.#windowMs)} ${user.id}`;
    if (this.#earned.has(key) || this.#waiting.has(key) || this.#waiting.size >= waitingMax) return;
    this.#waiting.set(key, { user, atMs });
    this.#writeLater();
  }

  /** Writes down what waits; what the disk does not take now is lost. */
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
