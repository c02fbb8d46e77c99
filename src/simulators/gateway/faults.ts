import type { Clock } from '../../domain/clock.ts';
import type { HttpAnswer } from '../../sources/connection/ports.ts';

/** Where a request is answered, or refused. */
export type GatewayDoor = 'token' | 'identity' | 'settings' | 'chat' | 'socket';

/** How it is refused; never: the request stays open. */
type GatewayRefusal = HttpAnswer | 'never';

/** The faults that a gateway can be made to have. Those that are named "next" hold once. */
export class GatewayFaults {
  readonly #clock: Clock;
  readonly #send: (id: string) => void;
  readonly #refusals = new Map<GatewayDoor, GatewayRefusal[]>();
  readonly #closes: number[] = [];
  readonly #subscriptions: ('rejected' | 'unanswered')[] = [];
  readonly #orders: string[] = [];
  #next: 'lost' | 'doubled' | 'swapped' | 'late' | null = null;
  #lateMs = 0;
  #swapped: string[] = [];

  constructor(clock: Clock, send: (id: string) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** The next requests at this door are answered so, one by one. */
  refuse(door: GatewayDoor, ...answers: readonly GatewayRefusal[]): void {
    this.#refusals.set(door, [...(this.#refusals.get(door) ?? []), ...answers]);
  }

  /** The next connection is closed with this code as soon as it is open. */
  closeNext(code: number): void {
    this.#closes.push(code);
  }

  /** The next subscription is refused, or never answered. */
  subscribeNext(how: 'rejected' | 'unanswered'): void {
    this.#subscriptions.push(how);
  }

  /** The next order over the connection is refused in these words, or passed over without one: `unanswered`. */
  orderNext(how: string): void {
    this.#orders.push(how);
  }

  /** The next event never arrives, arrives twice, or after the one that follows it. */
  next(how: 'lost' | 'doubled' | 'swapped'): void {
    this.#next = how;
  }

  /** The next event arrives so much later. */
  lateNext(ms: number): void {
    this.#next = 'late';
    this.#lateMs = ms;
  }

  /** What has not gone wrong yet does not. */
  calm(): void {
    this.#refusals.clear();
    this.#closes.length = 0;
    this.#subscriptions.length = 0;
    this.#orders.length = 0;
    this.#next = null;
  }

  /** Sends an event with the fault that is due. */
  pass(id: string): void {
    const how = this.#next;
    this.#next = null;
    const send = this.#send;
    if (how === 'swapped') {
      this.#swapped.push(id);
      return;
    }
    if (how === 'late') this.#clock.after(this.#lateMs, () => send(id));
    else if (how !== 'lost') send(id);
    if (how === 'doubled') send(id);
    const swapped = this.#swapped;
    this.#swapped = [];
    for (const each of swapped) send(each);
  }

  takeRefusal(door: GatewayDoor): GatewayRefusal | null {
    return this.#refusals.get(door)?.shift() ?? null;
  }

  takeClose(): number | null {
    return this.#closes.shift() ?? null;
  }

  takeOrder(): string | null {
    return this.#orders.shift() ?? null;
  }

  takeSubscription(): 'confirmed' | 'rejected' | 'unanswered' {
    return this.#subscriptions.shift() ?? 'confirmed';
  }
}
