import * as v from 'valibot';
import { originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { Task } from './outlet.ts';

/** A frame of the feed is a status or an entry; nothing honest is longer. */
const frameCharsMax = 1_000_000;
/** After silence of this length, ms, the connection counts as dead; the appliance sends a beat every 10 s. */
const silentMaxMs = 35_000;
const firstRetryMs = 1_000;
const retryMaxMs = 30_000;

/** One event of the stream. */
export interface FeedFrame {
  /** The place in the feed after it; null where it has none. */
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** Takes the pieces of a stream of server-sent events apart. Throws where one frame is longer than any honest one. */
export class FrameReader {
  #text = '';

  /** @returns the frames that are whole with this piece */
  push(piece: string): readonly FeedFrame[] {
    const blocks = (this.#text + piece).split('\n\n');
    this.#text = blocks.pop() ?? '';
    if (this.#text.length > frameCharsMax) throw new RangeError('a frame of the feed is too long');
    return blocks.map((block) => {
      const fields = new Map<string, string>();
      for (const line of block.split('\n')) {
        const end = line.indexOf(': ');
        if (end > 0) fields.set(line.slice(0, end), line.slice(end + 2));
      }
      return { id: fields.get('id') ?? null, event: fields.get('event') ?? '', data: fields.get('data') ?? '' };
    });
  }
}

const firedForm = v.object({
  rule: v.string(),
  eventKind: v.string(),
  viewer: v.string(),
  origin: v.string(),
  prize: v.string(),
  atMs: v.number(),
  outside: v.array(v.object({ do: v.string(), with: v.record(v.string(), v.unknown()) })),
});

/** Whether a frame has a form that this program knows; an unknown one is an error, and is not skipped. */
function isKnown({ event, data }: FeedFrame): boolean {
  try {
    const value: unknown = data === '' ? null : JSON.parse(data);
    return event !== 'rule' || v.is(firedForm, value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The tasks for outlets in a frame of the feed; none where it is not about a rule. */
export function tasksOf({ id, event, data }: FeedFrame): readonly Task[] {
  if (event !== 'rule' || id === null) return [];
  const read = v.safeParse(firedForm, JSON.parse(data));
  if (!read.success) return [];
  const { outside, rule, eventKind, viewer, origin, prize, atMs } = read.output;
  return outside.map((action, index) => ({
    id: `${id}:${index}`,
    action: action.do,
    values: action.with,
    rule,
    eventKind,
    viewer,
    origin,
    prize,
    atMs,
  }));
}

const boxForm = v.object({
  state: v.object({ name: v.string(), what: v.string(), todo: v.nullable(v.string()) }),
  strokes: v.object({ drawn: v.number(), spoiled: v.number(), pending: v.number() }),
  live: v.optional(
    v.object({
      lives: v.optional(
        v.array(v.object({ platform: v.string(), heard: v.boolean(), room: v.nullable(v.string()) })),
        [],
      ),
    }),
    {},
  ),
});

/** The state of the appliance, as far as outlets need it. */
export type BoxView = v.InferOutput<typeof boxForm>;

/** The state of the appliance in a frame of the feed; null where the frame has none. */
export function boxViewOf({ event, data }: FeedFrame): BoxView | null {
  if (event !== 'status') return null;
  const read = v.safeParse(boxForm, JSON.parse(data));
  return read.success ? read.output : null;
}

/** The room of the live of a platform that is connected; null where none is, or its number is unknown. */
export function roomHeardOn(platform: string, { live }: BoxView): string | null {
  const heard = live.lives.find((each) => each.platform === platform && each.heard);
  return heard?.room != null && /^\d{1,25}$/.test(heard.room) ? heard.room : null;
}

/** What came of asking for the feed. */
export type FeedAnswer =
  /** `boxAheadMs`: how far the appliance's wall time is ahead of this machine's. */
  | { readonly kind: 'open'; readonly pieces: AsyncIterable<string>; readonly boxAheadMs: number }
  /** The place is of another journal; `end` is where this one ends now. */
  | { readonly kind: 'foreign'; readonly end: string }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** Asks the appliance for its feed, from a place on, or with null from now on. */
export type OpenFeed = (after: string | null, signal: AbortSignal) => Promise<FeedAnswer>;

/** How long ago something happened, ms. */
export type AgeOf = (event: { readonly atMs: number }) => number;

interface FollowerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly open: OpenFeed;
  /** Up to where the feed was read; null: nothing was read yet. */
  readonly place: () => string | null;
  /** Takes frames in their order; false where they could not be kept: they are asked for again. */
  readonly take: (frames: readonly FeedFrame[], ageOf: AgeOf) => boolean;
  /** Goes on from another place; what lies between is left out. False where that could not be kept. */
  readonly skip: (from: string, to: string) => boolean;
}

/** Follows the feed of an appliance for as long as it is open, through every loss of it. */
export class FeedFollower {
  readonly #deps: FollowerDeps;
  #isClosed = false;
  #losses = 0;
  #fault: Fault | null = null;
  #cut: (() => void) | null = null;
  #waits: Cancel | null = null;
  /** Up to this monotonic time everything was read: what is read later happened after it. */
  #readUntilMs = Number.NEGATIVE_INFINITY;

  constructor(deps: FollowerDeps) {
    this.#deps = deps;
    void this.#follow();
  }

  /** Why there is no connection to the appliance; null while there is one. */
  get fault(): Fault | null {
    return this.#fault;
  }

  close(): void {
    this.#isClosed = true;
    this.#waits?.();
    this.#cut?.();
  }

  async #follow(): Promise<void> {
    while (!this.#isClosed) {
      const cut = new AbortController();
      this.#cut = () => cut.abort();
      const fault = await this.#read(cut);
      cut.abort();
      if (this.#isClosed) return;
      this.#lost(fault);
      const waitMs = Math.min(retryMaxMs, firstRetryMs * 2 ** Math.min(this.#losses, 16));
      this.#losses += 1;
      await new Promise<void>((resolve) => {
        this.#waits = this.#deps.clock.after(waitMs, resolve);
      });
    }
  }

  /** Reads until it ends. @returns why that was */
  async #read(cut: AbortController): Promise<Fault> {
    const { clock, open, place } = this.#deps;
    const after = place();
    let lastMs = clock.nowMs();
    let watch: Cancel | null = null;
    const look = () => {
      if (clock.nowMs() - lastMs >= silentMaxMs) cut.abort();
      else watch = clock.after(silentMaxMs - (clock.nowMs() - lastMs), look);
    };
    look();
    let isTaking = false;
    try {
      const answer = await open(after, cut.signal);
      if (answer.kind === 'failed') return answer.fault;
      if (answer.kind === 'foreign') return this.#goOnElsewhere(after, answer.end);
      const reader = new FrameReader();
      let isCaughtUp = false;
      for await (const piece of answer.pieces) {
        lastMs = clock.nowMs();
        const frames = reader.push(piece);
        if (!frames.every(isKnown)) return unknownForm;
        isTaking = true;
        if (!this.#deps.take(frames, this.#ageBy(isCaughtUp, answer.boxAheadMs))) return notKept;
        isTaking = false;
        if (frames.length > 0) this.#reached();
        // Beats are only sent to readers that have read all that they missed.
        isCaughtUp ||= after === null || frames.some(({ event }) => event === 'beat');
        if (isCaughtUp) this.#readUntilMs = lastMs;
      }
      return ended;
    } catch (error) {
      // An error of this program's own code is no lost connection.
      if (isTaking && !this.#isClosed) throw error;
      this.#deps.log.debug(`The feed broke off: ${originalOf(error)}`);
      return ended;
    } finally {
      // A callback sets it, which the compiler does not see.
      (watch as Cancel | null)?.();
    }
  }

  /**
   * How long ago something happened: by the time since everything was read, where that is shorter, and otherwise by
   * both clocks.
   */
  #ageBy(isCaughtUp: boolean, boxAheadMs: number): AgeOf {
    const { clock } = this.#deps;
    const unreadMs = isCaughtUp ? 0 : clock.nowMs() - this.#readUntilMs;
    return ({ atMs }) => Math.min(unreadMs, clock.wallMs() + boxAheadMs - atMs);
  }

  #goOnElsewhere(after: string | null, end: string): Fault {
    if (!this.#deps.skip(after ?? '', end)) return notKept;
    this.#losses = 0;
    return foreign;
  }

  #reached(): void {
    if (this.#fault !== null) this.#deps.log.info('The appliance is reached again.');
    this.#fault = null;
    this.#losses = 0;
  }

  #lost(fault: Fault): void {
    if (fault.code !== this.#fault?.code) this.#deps.log.warn(`${fault.what} ${fault.remedy}`);
    this.#fault = fault;
  }
}

const ended: Fault = {
  code: 'feed-ended',
  what: 'The appliance is not reached any more.',
  remedy: 'The worker connects again by itself.',
};
const notKept: Fault = {
  code: 'feed-not-kept',
  what: 'What the appliance sent cannot be written down, so it is asked for again.',
  remedy: 'Look at the disk of the worker.',
};
const unknownForm: Fault = {
  code: 'feed-form',
  what: 'The appliance sends what this worker does not understand, so it waits, and loses nothing.',
  remedy: 'Are both of the same version? Upgrade the older of the two.',
};
const foreign: Fault = {
  code: 'feed-foreign',
  what: 'The appliance has another ledger now, or a backup of it: what happened in between is not carried out.',
  remedy: 'There is nothing to do; the worker goes on with what comes from now on.',
};
