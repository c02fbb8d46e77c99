import type { Appliance } from '../appliance/contract.ts';
import { type BoardAlert, type BoardSound, boardAlert, namesFiles } from '../domain/alert.ts';
import { originalOf } from '../domain/cause.ts';
import type { Cancel } from '../domain/clock.ts';
import { type PassingEvent, passedOf } from '../domain/passing.ts';
import { plainJson } from '../domain/plain-text.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Cursor, FeedPage } from '../ledger/feed.ts';
import type { ApiOptions } from './route.ts';
import { boardStatusOf, lookAt } from './status-form.ts';

/** Streams at a time; each costs memory and a share of every change. */
export const streamsMax = 64;
/** Of them at most so many with the board's token, which stands in addresses that are shown around. */
export const boardStreamsMax = streamsMax / 2;
/** Changes are gathered for so long. */
const gatherMs = 200;
/** A beat goes to everybody this often, so that both sides see a connection that is gone. */
const heartbeatMs = 10_000;
/** Entries that are read at a time. */
const entriesPerPage = 200;
const pagesPerTurn = 5;
/** So many alerts of rules are sent of a page of entries: a board keeps as many for their turn. */
const alertsAtATime = 20;
/** Of what goes by, so much is sent of each moment in which changes are gathered; of more the newest. */
const passingAtATime = 200;
const lettersMax = 500;
/** A browser comes back after this when the stream ends. */
const retryMs = 2_000;

/** What a reader may see. */
export type Audience = 'owner' | 'board';

/** Tells all readers what changes. */
interface EventHub {
  /**
   * A stream from a cursor of the feed on, or from now when it is null; null when there are too many. `passing`: with what
   * is said, liked and joined, as it goes by.
   */
  open(audience: Audience, after: Cursor | null, passing?: boolean): ReadableStream<Uint8Array> | null;
  readonly size: number;
  /** Shows an alert on every board that is open now; gives how many readers it is sent to. */
  alert(alert: BoardAlert): number;
  /** Plays a sound there; gives the same. */
  sound(sound: BoardSound): number;
  close(): void;
}

interface Snapshot {
  readonly owner: string;
  readonly board: string;
}

/** The hub of one appliance. `status` and `board` say how things are; the entries of the ledger carry ids. */
export function createEventHub(
  appliance: Appliance,
  options: Pick<ApiOptions, 'clock' | 'log' | 'version' | 'homes' | 'worker'>,
): EventHub {
  return new Hub(appliance, options);
}

class Hub implements EventHub {
  readonly #appliance: Appliance;
  readonly #options: Pick<ApiOptions, 'clock' | 'log' | 'version' | 'homes' | 'worker'>;
  readonly #clock: Pick<ApiOptions, 'clock' | 'log' | 'version' | 'homes' | 'worker'>['clock'];
  readonly #views: Appliance['views'];
  readonly #opened = new Set<EventStream>();
  /** Those who have heard all that they missed. */
  readonly #streams = new Map<EventStream, Audience>();
  /** Of them, those who want what goes by. */
  readonly #followers = new Set<EventStream>();
  #passing: PassingEvent[] = [];
  readonly #encoder = new TextEncoder();
  #head: Cursor;
  /** Nothing older goes to the board: where the present live began, or this service within it. */
  #boardFloor: { readonly cursor: Cursor; readonly event: number };
  #room: string | null;
  #said: Snapshot = { owner: '', board: '' };
  #pen = '';
  #boards = 0;
  #gathering: Cancel | null = null;
  #heartbeat: Cancel | null = null;
  readonly #unwatch: () => void;

  constructor(appliance: Appliance, options: Pick<ApiOptions, 'clock' | 'log' | 'version' | 'homes' | 'worker'>) {
    this.#appliance = appliance;
    this.#options = options;
    this.#clock = options.clock;
    this.#views = appliance.views;
    this.#head = this.#views.feedEnd();
    this.#boardFloor = this.#now();
    this.#room = this.#appliance.live().room;
    this.#unwatch = this.#appliance.watch({
      changed: () => {
        this.#noteLive();
        this.#gather(gatherMs);
      },
      passing: (event) => {
        if (this.#followers.size === 0) return;
        this.#passing.push(event);
        if (this.#passing.length > passingAtATime) this.#passing.shift();
        this.#gather(gatherMs);
      },
    });
  }

  open(audience: Audience, after: Cursor | null, passing = false): ReadableStream<Uint8Array> | null {
    if (this.#opened.size >= streamsMax || (audience === 'board' && this.#boards >= boardStreamsMax)) return null;
    const from = after ?? this.#views.feedEnd();
    const floor = this.#boardFloor.cursor;
    let at: Cursor | null = audience === 'board' && floor.seq > from.seq ? floor : from;
    const opening = `retry: ${retryMs}\nid: ${feedId(at)}\n${this.#snapshot()[audience]}`;
    const stream = openEventStream({
      opening: [this.#encoder.encode(opening), this.#encoder.encode(frame('pen', this.#views.underWay()))],
      missed: () => {
        while (at !== null) {
          const page: FeedPage = this.#views.feedSince(at, entriesPerPage);
          // Caught up is only who finds nothing more: what is written until then is sent to those who are.
          at = page.cursor.seq > at.seq ? page.cursor : null;
          const shown = audience === 'board' ? this.#ofPresentLive(page) : page;
          if (shown.entries.length > 0) return this.#encoder.encode(frames(shown));
        }
        return null;
      },
      caughtUp: (its) => {
        this.#join(its, audience);
        if (passing && audience === 'owner') this.#follow(its, true);
      },
      closed: (its) => {
        this.#follow(its, false);
        if (audience === 'board') this.#boards -= 1;
        this.#opened.delete(its);
        this.#streams.delete(its);
      },
    });
    this.#opened.add(stream);
    if (audience === 'board') this.#boards += 1;
    return stream.body;
  }

  get size(): number {
    return this.#opened.size;
  }

  alert(alert: BoardAlert): number {
    this.#broadcast(frame('alert', alert));
    return this.#streams.size;
  }

  sound(sound: BoardSound): number {
    this.#broadcast(frame('sound', sound));
    return this.#streams.size;
  }

  close(): void {
    this.#unwatch();
    this.#gathering?.();
    this.#heartbeat?.();
    for (const stream of [...this.#opened]) stream.close();
  }

  #gather(delayMs: number): void {
    if (this.#streams.size === 0) return;
    this.#gathering ??= this.#clock.after(delayMs, () => {
      this.#gathering = null;
      this.#sendSafely();
    });
  }

  #snapshot(): Snapshot {
    const status = lookAt(this.#appliance, this.#options);
    return { owner: frame('status', status), board: frame('board', boardStatusOf(status, this.#boardFloor.event)) };
  }

  #now(): { readonly cursor: Cursor; readonly event: number } {
    return { cursor: this.#views.feedEnd(), event: this.#views.newestEvent() };
  }

  /** A disk that cannot be read now is reported elsewhere; the next change tries again. */
  #sendSafely(): void {
    try {
      this.#sendChanges();
    } catch (error) {
      if (diskFault(error) === null) throw error;
      this.#options.log.debug(`What has changed was not read: ${originalOf(error)}`);
    }
  }

  /** Another live has begun: what came before is no business of the board's. */
  #noteLive(): void {
    const { room: now } = this.#appliance.live();
    if (now !== null && now !== this.#room) this.#boardFloor = this.#now();
    this.#room = now ?? this.#room;
  }

  /** Sends everyone what has changed since last time. */
  #sendChanges(): void {
    const now = this.#snapshot();
    for (const audience of ['owner', 'board'] as const) {
      if (now[audience] !== this.#said[audience]) this.#broadcast(now[audience], audience);
    }
    this.#said = now;
    const penNow = frame('pen', this.#views.underWay());
    if (penNow !== this.#pen) this.#broadcast(penNow);
    this.#pen = penNow;
    const passing = this.#passing.map((event) => frame(event.kind, passedOf(event, lettersMax))).join('');
    this.#passing = [];
    if (passing !== '') for (const stream of this.#followers) stream.send(this.#encoder.encode(passing));
    for (let pages = 0; pages < pagesPerTurn; pages++) {
      const page = this.#views.feedSince(this.#head, entriesPerPage);
      this.#head = page.cursor;
      this.#broadcastEntries(page);
      if (!page.more) return;
    }
    this.#gather(0);
  }

  #broadcast(text: string, only: Audience | null = null): void {
    const bytes = this.#encoder.encode(text);
    for (const [stream, audience] of this.#streams) if (only === null || audience === only) stream.send(bytes);
  }

  /**
   * A gift of an earlier live that is credited today is no news for the board; how lives are heard, and what rules are to
   * do elsewhere, is the owner's.
   */
  #broadcastEntries(page: FeedPage): void {
    if (page.entries.length === 0) return;
    this.#broadcast(frames(page), 'owner');
    const forBoard = this.#ofPresentLive(page);
    if (forBoard.entries.length > 0) this.#broadcast(frames(forBoard), 'board');
    for (const alert of alertsOf(page, this.#carriesAlerts())) this.alert(alert);
  }

  /** Whether a worker is there that has the files which some alerts name. */
  #carriesAlerts(): boolean {
    const worker = this.#options.worker?.view() ?? null;
    return worker?.isThere === true && worker.outlets.some(({ name }) => name === 'alert');
  }

  #ofPresentLive(page: FeedPage): FeedPage {
    const isOld = (each: FeedPage['entries'][number]) =>
      each.kind === 'gap' || each.kind === 'rule' || (each.kind === 'gift' && each.entry.seq <= this.#boardFloor.event);
    return { ...page, entries: page.entries.filter((each) => !isOld(each)) };
  }

  readonly #beat = (): void => {
    this.#heartbeat = this.#streams.size === 0 ? null : this.#clock.after(heartbeatMs, this.#beat);
    this.#broadcast(frame('beat', null));
  };

  /** Everything up to now has been sent to everyone; whoever joins now has missed nothing more. */
  #settle(): void {
    if (this.#streams.size === 0) {
      this.#head = this.#views.feedEnd();
    }
    for (;;) {
      this.#sendSafely();
      if (this.#gathering === null) return;
      this.#gathering();
      this.#gathering = null;
    }
  }

  /** What goes by is asked for while somebody follows it. */
  #follow(stream: EventStream, isFollowing: boolean): void {
    const before = this.#followers.size;
    if (isFollowing) this.#followers.add(stream);
    else this.#followers.delete(stream);
    const now = this.#followers.size;
    if ((before === 0) !== (now === 0)) this.#appliance.hearPassing(now > 0);
  }

  #join(stream: EventStream, audience: Audience): void {
    this.#settle();
    this.#streams.set(stream, audience);
    this.#heartbeat ??= this.#clock.after(heartbeatMs, this.#beat);
  }
}

/**
 * What rules that fired want to have shown, but for what the worker shows in its place. A board shows one after the other,
 * and no more than some dozens.
 */
function alertsOf({ entries }: FeedPage, hasWorker: boolean): BoardAlert[] {
  return entries
    .flatMap((each) => (each.kind === 'rule' ? each.entry.outside : []))
    .filter((action) => !(hasWorker && namesFiles(action.with)))
    .flatMap((action) => (action.do === 'alert' ? (boardAlert(action.with) ?? []) : []))
    .slice(0, alertsAtATime);
}

function frames({ entries, cursor: { generation } }: FeedPage): string {
  return entries.map(({ kind, entry, seq }) => `id: ${feedId({ generation, seq })}\n${frame(kind, entry)}`).join('');
}

/** JSON has no line breaks of its own, so it is one line of data. */
function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${plainJson(data)}\n\n`;
}

/** So much may wait for a reader who does not read; then the stream is closed, and the reader comes back. */
const waitingBytesMax = 512 * 1024;

/** One reader of the events. */
interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Puts bytes into the stream; a reader who is too slow is let go. */
  send(frame: Uint8Array): void;
  close(): void;
}

interface EventStreamDeps {
  /** The first bytes. */
  readonly opening: readonly Uint8Array[];
  /** The reader has room: what it missed, a piece at a time; null when there is no more of it. */
  readonly missed: () => Uint8Array | null;
  /** It has heard all that it missed. */
  readonly caughtUp: (stream: EventStream) => void;
  readonly closed: (stream: EventStream) => void;
}

/** Opens a stream: hello, what was missed at the reader's own pace, and then what is sent. */
function openEventStream({ opening, missed, caughtUp, closed }: EventStreamDeps): EventStream {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  let catchingUp = true;
  let open = true;

  const stream: EventStream = {
    body: new ReadableStream<Uint8Array>(
      {
        start(its) {
          controller = its;
          for (const frame of opening) its.enqueue(frame);
        },
        pull(its) {
          if (!catchingUp || !open) return;
          const piece = missed();
          if (piece === null) {
            catchingUp = false;
            caughtUp(stream);
          } else {
            its.enqueue(piece);
          }
        },
        cancel: end,
      },
      { highWaterMark: 64 * 1024, size: (frame) => frame?.byteLength ?? 0 },
    ),
    send(frame) {
      if (!open || controller === null) return;
      controller.enqueue(frame);
      if ((controller.desiredSize ?? 0) < -waitingBytesMax) stream.close();
    },
    close() {
      if (!open) return;
      end();
      controller?.close();
    },
  };

  function end(): void {
    if (!open) return;
    open = false;
    closed(stream);
  }
  return stream;
}

const feedIdForm = /^([0-9a-f]{8}):(\d{1,15})$/;

/** A cursor of the feed as the id of an event: where to go on after it. */
export function feedId({ generation, seq }: Cursor): string {
  return `${generation}:${seq}`;
}

/** The cursor that an id means; null when it is none of this journal. `0` is its beginning. */
export function readFeedId(id: string, begin: Cursor, end: Cursor): Cursor | null {
  if (id === '0') return begin;
  const [, generation, seq] = feedIdForm.exec(id) ?? [];
  if (generation !== end.generation || Number(seq) > end.seq) return null;
  return { generation, seq: Number(seq) };
}
