import { type ApplianceStateName, applianceStates } from '../domain/appliance-state.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { afterTry, sendWithin } from './delivery.ts';
import type { BoxView } from './feed.ts';
import type { Outlet, OutletReport, Task } from './outlet.ts';
import { type Notice, noticeNames, notices } from './outlets/notify.ts';
import type { WorkerStore } from './store.ts';

/** A state that lasts shorter, ms, is not worth a notice, such as during a start. */
const lastsMs = 10_000;
/** After a refusal it is tried again after so long, ms: somebody may have fixed the service's settings. */
const refusedAgainMs = 10 * 60_000;

type StateView = BoxView['state'];

/** Whether a notice holds in a state, is over, or is unknown, since a stronger state hides it. */
function standingOf(notice: Notice, state: string): 'holds' | 'over' | 'hidden' {
  const rank = (name: string) => applianceStates.indexOf(name as ApplianceStateName);
  const [is, its] = [rank(state), rank(notices[notice].state)];
  return is === its ? 'holds' : is > its ? 'over' : 'hidden';
}

/**
 * Notifies one target: of each notice once while it holds, and once that it is over. What was sent is on disk, so that
 * neither a restart nor a lost network sends it twice; what is over before it could be sent is not sent at all.
 */
export class NoticeLane {
  readonly outlet: Outlet;
  readonly #wanted: readonly Notice[];
  readonly #deps: { readonly clock: Clock; readonly log: Log; readonly store: WorkerStore };
  #state: StateView | null = null;
  #settled: StateView | null = null;
  #settling: Cancel | null = null;
  #waits: Cancel | null = null;
  #isSending = false;
  #isClosed = false;
  #tries = 0;
  #sent = 0;
  #said = 0;
  #fault: Fault | null = null;

  constructor(
    outlet: Outlet,
    wanted: readonly Notice[],
    deps: { readonly clock: Clock; readonly log: Log; readonly store: WorkerStore },
  ) {
    this.outlet = outlet;
    this.#wanted = wanted;
    this.#deps = deps;
  }

  /** Takes the present state of the appliance. */
  show(state: StateView): void {
    const isSame = state.name === this.#state?.name;
    this.#state = state;
    if (isSame || this.#isClosed) return;
    this.#settling?.();
    this.#settling = this.#deps.clock.after(lastsMs, () => {
      this.#settled = this.#state;
      this.#next();
    });
  }

  report(): OutletReport {
    const waiting = this.#due() === null ? 0 : 1;
    const name = this.outlet.name;
    return { name, kind: 'standing', fault: this.#fault, waiting, sent: this.#sent, retried: 0, dropped: 0, dead: 0 };
  }

  close(): void {
    this.#isClosed = true;
    this.#settling?.();
    this.#waits?.();
    this.outlet.close();
  }

  /** The notice to send next; null when there is none. */
  #due(): { readonly notice: Notice; readonly isOver: boolean } | null {
    const settled = this.#settled;
    if (settled === null) return null;
    const notified = this.#deps.store.notifiedOf(this.outlet.name);
    for (const notice of noticeNames) {
      const standing = standingOf(notice, settled.name);
      if (notified.includes(notice) && standing === 'over') return { notice, isOver: true };
      if (!notified.includes(notice) && standing === 'holds' && this.#wanted.includes(notice))
        return { notice, isOver: false };
    }
    return null;
  }

  #next(): void {
    const due = this.#due();
    if (due === null || this.#settled === null || this.#isSending || this.#isClosed) return;
    const { clock, store } = this.#deps;
    const { notice, isOver } = due;
    const { what, todo } = this.#settled;
    this.#isSending = true;
    this.#waits?.();
    void sendWithin(clock, this.outlet, this.#taskOf(notice, isOver, todo === null ? what : `${what} ${todo}`)).then(
      (sent) => {
        this.#isSending = false;
        if (this.#isClosed) return;
        this.#noteFault(sent.ok ? null : sent.fault);
        this.#tries = sent.ok ? 0 : this.#tries + 1;
        const then = afterTry(sent, Math.max(1, Math.min(this.#tries, 7)));
        const kept = sent.ok ? store.noteNotified(this.outlet.name, notice, isOver) : null;
        if (kept?.ok === true) this.#sent += 1;
        const isRefused = !sent.ok && sent.kind !== 'unreachable';
        this.#after(
          isRefused ? refusedAgainMs : then.next === 'again' ? then.waitMs : kept?.ok === false ? lastsMs : 0,
        );
      },
    );
  }

  #after(delayMs: number): void {
    if (!this.#isClosed) this.#waits = this.#deps.clock.after(delayMs, () => this.#next());
  }

  #noteFault(fault: Fault | null): void {
    if (fault !== null && fault.what !== this.#fault?.what) this.#deps.log.warn(`${fault.what} ${fault.remedy}`);
    if (fault === null && this.#fault !== null) this.#deps.log.info(`${this.outlet.name} works again.`);
    this.#fault = fault;
  }

  #taskOf(notice: Notice, isOver: boolean, text: string): Task {
    this.#said += 1;
    const atMs = this.#deps.clock.wallMs();
    const values = { notice, isOver, text: isOver ? '' : text };
    const head = { rule: '', eventKind: '', viewer: '', origin: '', prize: '' };
    return { ...head, id: `notice-${this.#said}`, action: 'notify', values, atMs };
  }
}
