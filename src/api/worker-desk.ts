import * as v from 'valibot';
import type { Clock } from '../domain/clock.ts';
import { outletForm, type workerForm } from './forms.ts';
import { type Route, route, type WorkerBook } from './route.ts';

/** A worker reports this often; one of which three reports are missing is gone. */
const reportEveryMs = 15_000;
const goneAfterMs = 3 * reportEveryMs;
/** Far more than the config of a worker can have. */
const outletsMax = 64;

const reportForm = v.strictObject({ outlets: v.pipe(v.array(outletForm), v.maxLength(outletsMax)) });

type WorkerView = v.InferOutput<typeof workerForm>;

/** Keeps what the worker last reported of itself. */
export class WorkerDesk implements WorkerBook {
  readonly #clock: Clock;
  #last: { readonly nowMs: number; readonly view: Omit<WorkerView, 'isThere'> } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null: none has reported since the start. */
  view(): WorkerView | null {
    if (this.#last === null) return null;
    return { isThere: this.#clock.nowMs() - this.#last.nowMs <= goneAfterMs, ...this.#last.view };
  }

  /** Where the worker reports. */
  route(): Route {
    return route({
      method: 'post',
      path: '/worker/report',
      summary: 'How the worker is, reported by itself every 15 s; GET /status shows it',
      admits: 'owner',
      admitsWorker: true,
      body: reportForm,
      example: { outlets: [] },
      answer: v.object({ said: v.string(), againInMs: v.number() }),
      handle: ({ body: { outlets } }) => {
        this.#last = { nowMs: this.#clock.nowMs(), view: { atMs: Math.trunc(this.#clock.wallMs()), outlets } };
        return { said: 'Noted.', againInMs: reportEveryMs };
      },
    });
  }
}
