import * as v from 'valibot';
import type { Appliance } from '../appliance/contract.ts';
import type { Clock } from '../domain/clock.ts';
import { deadReportedMax } from '../domain/outside.ts';
import { passedPageForm, passingKinds } from '../domain/passing.ts';
import type { Cursor } from '../ledger/feed.ts';
import { deadLetterForm, outletForm, workerForm } from './forms.ts';
import { Refusal, type Route, route, type WorkerBook } from './route.ts';

/** A worker reports this often, ms; after three missing reports it counts as gone. */
const reportEveryMs = 15_000;
const goneAfterMs = 3 * reportEveryMs;
/** More outlets than the config of a worker can have. */
const outletsMax = 64;
const ordersMax = 100;
/**
 * So many ends of the journal are remembered, one for each report: an hour of them. A delay is reported as no longer.
 */
const looksMax = 240;

const orderForm = v.strictObject({
  act: v.picklist(['send', 'drop'], 'must be send or drop'),
  seq: v.pipe(v.number(), v.integer(), v.minValue(1), v.description('The number of the dead letter.')),
  earlier: v.optional(v.pipe(v.boolean(), v.description('All before it, too.')), false),
});

const reportForm = v.strictObject({
  outlets: v.pipe(v.array(outletForm), v.maxLength(outletsMax)),
  place: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(40))), null),
  dead: v.optional(v.pipe(v.array(deadLetterForm), v.maxLength(deadReportedMax)), []),
  file: v.pipe(
    v.optional(
      v.nullable(v.strictObject({ id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)), isNew: v.boolean() })),
      null,
    ),
    v.description(
      "The worker's own file, by whose numbers dead letters are known again; isNew: made since it started.",
    ),
  ),
});

const passingForm = v.strictObject({
  kinds: v.pipe(
    v.array(v.picklist(passingKinds, `must be ${passingKinds.join(', ')}`)),
    v.maxLength(passingKinds.length),
    v.description('What is to be kept from now on; none: nothing any more.'),
  ),
  after: v.pipe(
    v.nullable(v.pipe(v.string(), v.maxLength(40))),
    v.description('The last `cursor` of which all is on the disk of whoever asks; it is let go here. null: none.'),
  ),
});

type WorkerView = v.InferOutput<typeof workerForm>;
type Order = v.InferOutput<typeof orderForm>;

/** Where the journal ended at a moment of the monotonic clock. */
interface Look {
  readonly nowMs: number;
  readonly end: Cursor;
}

/** Keeps what the worker last reported of itself, and what a person wants it to do with dead letters. */
export class WorkerDesk implements WorkerBook {
  readonly #clock: Clock;
  readonly #appliance: Pick<Appliance, 'views' | 'deadLettersReported' | 'askPassing'>;
  readonly #looks: Look[] = [];
  #orders: Order[] = [];
  #last: {
    readonly nowMs: number;
    readonly atMs: number;
    readonly report: v.InferOutput<typeof reportForm>;
  } | null = null;

  constructor(clock: Clock, appliance: Pick<Appliance, 'views' | 'deadLettersReported' | 'askPassing'>) {
    this.#clock = clock;
    this.#appliance = appliance;
  }

  /** Where the journal ends now. */
  #end(): Cursor {
    return this.#appliance.views.feedEnd();
  }

  /** The worker as the status shows it; null when none has reported since the start. */
  view(): WorkerView | null {
    if (this.#last === null) return null;
    const { atMs, report } = this.#last;
    return { isThere: this.#isThere(), atMs, lag: this.#lagOf(report.place), outlets: report.outlets };
  }

  #isThere(): boolean {
    return this.#last !== null && this.#clock.nowMs() - this.#last.nowMs <= goneAfterMs;
  }

  /** How far the worker is behind: in entries, and in the time since the journal ended where the worker is now. */
  #lagOf(place: string | null): WorkerView['lag'] {
    const [, generation, seq] = /^([0-9a-f]{8}):(\d{1,15})$/.exec(place ?? '') ?? [];
    const end = this.#end();
    if (generation !== end.generation) return null;
    const entries = Math.max(0, end.seq - Number(seq));
    if (entries === 0) return { entries, ms: 0 };
    const [oldest] = this.#looks;
    const passed = this.#looks.findLast((look) => look.end.generation === generation && look.end.seq <= Number(seq));
    const sinceMs = (passed ?? oldest)?.nowMs ?? this.#clock.nowMs();
    return { entries, ms: Math.trunc(this.#clock.nowMs() - sinceMs) };
  }

  routes(): readonly Route[] {
    return [this.#reported(), this.#shown(), this.#order(), this.#passed()];
  }

  #reported(): Route {
    return route({
      method: 'post',
      path: '/worker/report',
      summary: 'How the worker is, reported by itself every 15 s; GET /status shows it',
      admits: 'owner',
      admitsWorker: true,
      body: reportForm,
      example: { outlets: [], place: '4f0c1e22:17', dead: [] },
      answer: v.object({ said: v.string(), againInMs: v.number(), orders: v.array(orderForm) }),
      handle: ({ body }) => {
        const nowMs = this.#clock.nowMs();
        this.#last = { nowMs, atMs: Math.trunc(this.#clock.wallMs()), report: body };
        this.#looks.push({ nowMs, end: this.#end() });
        if (this.#looks.length > looksMax) this.#looks.shift();
        // If this answer is lost, so are its orders: the dead letters still stand in the list, and a person can order
        // again.
        if (body.file !== null) this.#appliance.deadLettersReported(body.file, body.dead);
        const orders = this.#orders;
        this.#orders = [];
        return { said: 'Noted.', againInMs: reportEveryMs, orders };
      },
    });
  }

  #shown(): Route {
    return route({
      method: 'get',
      path: '/worker',
      summary: 'The worker and its newest dead letters, the newest first, as it last reported; null: none has',
      admits: 'owner',
      answer: v.object({ worker: v.nullable(workerForm), dead: v.array(deadLetterForm) }),
      handle: () => ({ worker: this.view(), dead: this.#last?.report.dead ?? [] }),
    });
  }

  #passed(): Route {
    return route({
      method: 'post',
      path: '/worker/passing',
      summary:
        'What was said, liked and joined, kept for the worker from when it first asks until it has it: ' +
        '10,000 at most, for a day, and across restarts',
      admits: 'owner',
      admitsWorker: true,
      body: passingForm,
      example: { kinds: [], after: null },
      answer: passedPageForm,
      refuses: { 503: 'The disk does not keep it now.' },
      handle: ({ body }) => {
        const answer = this.#appliance.askPassing(body);
        if (answer === null) return notKept;
        return answer.ok ? answer.page : new Refusal(503, answer.fault);
      },
    });
  }

  #order(): Route {
    return route({
      method: 'post',
      path: '/worker/dead',
      summary: 'Has the worker send a dead letter again, or drop it: with its next report, within 15 s',
      admits: 'owner',
      body: orderForm,
      example: { act: 'send', seq: 7 },
      answer: v.object({ said: v.string() }),
      refuses: { 409: 'No worker is there, or too much waits for it already.' },
      handle: ({ body }) => {
        if (!this.#isThere()) return gone;
        if (this.#orders.length >= ordersMax) return tooMany;
        this.#orders.push(body);
        return { said: 'The worker does it with its next report, within 15 s.' };
      },
    });
  }
}

const notKept = new Refusal(503, {
  code: 'passing-not-kept',
  what: 'Nothing is kept here of what is said, liked and joined.',
  remedy: 'Ask a Livepen that runs as a service.',
});
const gone = new Refusal(409, {
  code: 'worker-gone',
  what: 'No worker is there.',
  remedy: 'Start it, and try again.',
});
const tooMany = new Refusal(409, {
  code: 'worker-busy',
  what: 'The worker has not fetched yet what was asked for before.',
  remedy: 'Try again in 15 s.',
});
