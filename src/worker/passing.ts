import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { PassedPage, PassingAnswer, PassingKind, PassingQuestion } from '../domain/passing.ts';
import { passedAction, passedGapAction, type Task } from './outlet.ts';

const askEveryMs = 1_000;
const retryMs = 5_000;
const askWithinMs = 10_000;

/** Asks the appliance for passing events after a place, and to keep these kinds from then on. */
export type AskPassed = (question: PassingQuestion, signal: AbortSignal) => Promise<PassingAnswer>;

interface PassedDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ask: AskPassed;
  /** The kinds that durable outlets name; none: the appliance is asked once to keep nothing any more. */
  readonly kinds: readonly PassingKind[];
  /** Up to where all is on disk here; null: nothing yet. */
  readonly place: () => string | null;
  /** Takes a page; false where it could not be kept: it is asked for again. */
  readonly take: (page: PassedPage, wallMs: number) => boolean;
}

/** Fetches passing events for durable outlets, a page at a time, until it is closed. */
export class PassedFollower {
  readonly #deps: PassedDeps;
  #isClosed = false;
  #waits: Cancel = () => {};
  #late = new AbortController();
  #fault: Fault | null = null;

  constructor(deps: PassedDeps) {
    this.#deps = deps;
    // If no kind was ever named, the appliance keeps nothing.
    if (deps.kinds.length > 0 || deps.place() !== null) void this.#ask();
  }

  close(): void {
    this.#isClosed = true;
    this.#waits();
    this.#late.abort();
  }

  async #ask(): Promise<void> {
    const { clock, ask, kinds, place, take } = this.#deps;
    this.#late = new AbortController();
    const cancel = clock.after(askWithinMs, () => this.#late.abort());
    const answer = await ask({ kinds, after: place() }, this.#late.signal);
    cancel();
    if (this.#isClosed) return;
    this.#note(answer.ok ? null : answer.fault);
    const isTaken = answer.ok && take(answer.page, clock.wallMs());
    if (isTaken && kinds.length === 0) return;
    const waitMs = !isTaken ? retryMs : answer.page.more ? 0 : askEveryMs;
    this.#waits = clock.after(waitMs, () => void this.#ask());
  }

  /** Logs a fault once. That there is no connection to the appliance is logged by the feed. */
  #note(fault: Fault | null): void {
    const { log } = this.#deps;
    if (fault !== null && fault.code !== this.#fault?.code && fault.code !== 'feed-unreachable')
      log.warn(`What is said on the live is not fetched: ${fault.what} ${fault.remedy}`);
    this.#fault = fault;
  }
}

/** The tasks in a page: one for what is missing before it, and one for each entry. */
export function tasksOfPassed({ entries, lost, cursor }: PassedPage, wallMs: number): readonly Task[] {
  const [generation = '', end = ''] = (cursor ?? '').split(':');
  const common = { rule: '', prize: '' };
  const gap: readonly Task[] =
    lost === 0
      ? []
      : [
          {
            ...common,
            id: `gap:${generation}:${entries[0]?.seq ?? end}`,
            action: passedGapAction,
            values: { lost },
            eventKind: 'gap',
            viewer: '',
            origin: 'live',
            atMs: wallMs,
          },
        ];
  return [
    ...gap,
    ...entries.map(({ seq, kind, viewer, origin, atMs, ...values }) => ({
      ...common,
      id: `heard:${generation}:${seq}`,
      action: passedAction,
      values,
      eventKind: kind,
      viewer,
      origin,
      atMs,
    })),
  ];
}
