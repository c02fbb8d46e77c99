import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { afterTry, sendWithin } from './delivery.ts';
import type { BoxView } from './feed.ts';
import type { Outlet, Task } from './outlet.ts';

/** The state is published no more often than this, ms. */
const leastMs = 1_000;
/** It is published so often even unchanged, ms, for a broker that lost it or was away. */
const againMs = 60_000;

/** Publishes the state of the appliance to an MQTT broker: always the newest; older ones are dropped. */
export class BoxStateLane {
  readonly #outlet: Outlet;
  readonly #topic: string;
  readonly #deps: { readonly clock: Clock; readonly log: Log };
  #message: string | null = null;
  #last: string | null = null;
  #waits: Cancel | null = null;
  #isSending = false;
  #isClosed = false;
  #tries = 0;

  constructor(outlet: Outlet, topic: string, deps: { readonly clock: Clock; readonly log: Log }) {
    this.#outlet = outlet;
    this.#topic = topic;
    this.#deps = deps;
  }

  /** Takes the present state of the appliance. */
  show({ state, strokes }: Pick<BoxView, 'state' | 'strokes'>): void {
    const { drawn, spoiled, pending } = strokes;
    this.#message = JSON.stringify({ state: state.name, drawn: drawn - spoiled, pending });
    if (this.#message !== this.#last && this.#tries === 0) this.#after(leastMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#waits?.();
  }

  #send(): void {
    if (this.#message === null || this.#isSending || this.#isClosed) return;
    const message = this.#message;
    this.#isSending = true;
    void sendWithin(this.#deps.clock, this.#outlet, this.#taskOf(message)).then((sent) => {
      this.#isSending = false;
      if (sent.ok) this.#last = message;
      else if (this.#tries === 0) this.#deps.log.warn(`${sent.fault.what} ${sent.fault.remedy}`);
      this.#tries = sent.ok ? 0 : Math.min(this.#tries + 1, 7);
      const then = afterTry(sent, Math.max(1, this.#tries));
      this.#waits = null;
      this.#after(then.next === 'again' ? then.waitMs : this.#message === message ? againMs : leastMs);
    });
  }

  #after(delayMs: number): void {
    if (this.#isClosed || this.#isSending) return;
    this.#waits?.();
    this.#waits = this.#deps.clock.after(delayMs, () => this.#send());
  }

  #taskOf(message: string): Task {
    const values = { topic: `${this.#topic}/state`, message, isKept: true };
    const head = { rule: '', eventKind: '', viewer: '', origin: '', prize: '' };
    return { ...head, id: 'state', action: 'mqtt', values, atMs: this.#deps.clock.wallMs() };
  }
}
