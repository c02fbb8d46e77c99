import type { Appliance } from '../appliance/contract.ts';
import { type BoardAlert, type BoardSound, boardAlert, namesFiles } from '../domain/alert.ts';
import { originalOf } from '../domain/cause.ts';
import type { Cancel } from '../domain/clock.ts';
import { type PassingEvent, passedOf } from '../domain/passing.ts';
import { plainJson } from '../domain/plain-text.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Cursor, FeedPage } from '../ledger/feed.ts';
import type { ApiOptions } from './route.ts';
import { boardStatusOf, fullStatusOf } from './status-form.ts';

/** So many streams are open at a time; each costs memory, and time with every change. */
export const streamsMax = 64;
/** So many of them may have come with the board's token, which stands in addresses that people share. */
export const boardStreamsMax = streamsMax / 2;
/** What changes within so long is sent together, ms. */
const gatherMs = 200;
/** A comment line goes to every reader this often, so that both sides notice a connection that is gone, ms. */
const heartbeatMs = 10_000;
/** So many entries of the journal are read at a time. */
const entriesPerPage = 200;
const pagesPerTurn = 5;
/** Of the alerts in a page of entries so many are sent, the first ones: a board queues no more. */
const alertsAtATime = 20;
/** Of passing events within one `gatherMs` so many are sent, the newest ones. */
const passingAtATime = 200;
const lettersMax = 500;
/** A browser connects again so long after a stream has ended, ms. */
const retryMs = 2_000;

/** What a reader may see. */
export type Audience = 'owner' | 'board';

/** Sends all readers what changes. */
interface EventHub {
  /**
   * Opens a stream that begins after a cursor of the feed, or now when it is null; null when too many are open.
   * `passing`: with chat, likes and joins.
   */
  open(audience: Audience, after: Cursor | null, passing?: boolean): ReadableStream<Uint8Array> | null;
  readonly size: number;
  /** Shows an alert on every board that is open now; returns how many there are. */
  alert(alert: BoardAlert): number;
  /** Plays a sound on every board that is open now; returns how many there are. */
  sound(sound: BoardSound): number;
  close(): void;
}

interface Snapshot {
  readonly owner: string;
  readonly board: string;
}

/**
 * The hub of one appliance. Frames `status` and `board` carry the state as it is; entries of the ledger have ids, by
 * which a reader goes on after a break.
 */
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
  /** Readers that have been sent all that they missed. */
  readonly #streams = new Map<EventStream, Audience>();
  /** Readers that asked for passing events. */
  readonly #followers = new Set<EventStream>();
  #passing: PassingEvent[] = [];
  readonly #encoder = new TextEncoder();
  #head: Cursor;
  /**
   * The board is sent nothing older than this: where the present live began, or this service, if it started during that
   * live.
   */
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
          // A reader has caught up only when it finds nothing more: what is written until then is broadcast to the
          // others alone.
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
    const status = fullStatusOf(this.#appliance, this.#options);
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

  /** When another live begins, the board is sent nothing of what came before it. */
  #noteLive(): void {
    const { room: now } = this.#appliance.live();
    if (now !== null && now !== this.#room) this.#boardFloor = this.#now();
    this.#room = now ?? this.#room;
  }

  /** Sends all readers what has changed since the last time. */
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
   * The board is not sent gifts of an earlier live that are credited today; gaps, and what rules have done elsewhere,
   * go to the owner alone.
   */
  #broadcastEntries(page: FeedPage): void {
    if (page.entries.length === 0) return;
    this.#broadcast(frames(page), 'owner');
    const forBoard = this.#ofPresentLive(page);
    if (forBoard.entries.length > 0) this.#broadcast(frames(forBoard), 'board');
    for (const alert of alertsOf(page, this.#carriesAlerts())) this.alert(alert);
  }

  /** Whether a worker runs that plays alerts with files: those are left to it. */
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

  /** Sends everything up to now to all readers, before another one joins them: it would get that twice. */
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

  /** Asks the appliance for passing events while at least one reader wants them. */
  #follow(stream: EventStream, isFollowing: boolean): void {
    const before = this.#followers.size;
    if (isFollowing) this.#followers.add(stream);
    else this.#followers.delete(stream);
    const now = this.#followers.size;
    if ((before === 0) !== (now === 0)) this.#appliance.wantPassing(now > 0);
  }

  #join(stream: EventStream, audience: Audience): void {
    this.#settle();
    this.#streams.set(stream, audience);
    this.#heartbeat ??= this.#clock.after(heartbeatMs, this.#beat);
  }
}

/**
 * The alerts of rules that fired, without those that the worker shows itself. A board shows one after the other, and
 * queues some dozens at most.
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

/** One server-sent event. JSON as it is written here has no line breaks, so it is one `data` line. */
function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${plainJson(data)}\n\n`;
}

/** So many bytes may wait for a reader that does not read; beyond them its stream is closed, and it connects again. */
const waitingBytesMax = 512 * 1024;

/** One reader of the events. */
interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Puts bytes into the stream; the stream of a reader that is too slow is closed. */
  send(frame: Uint8Array): void;
  close(): void;
}

interface EventStreamDeps {
  /** What is sent first. */
  readonly opening: readonly Uint8Array[];
  /** Called when the reader has room: the next piece of what it missed; null when there is no more. */
  readonly missed: () => Uint8Array | null;
  /** Called once it has been sent all that it missed. */
  readonly caughtUp: (stream: EventStream) => void;
  readonly closed: (stream: EventStream) => void;
}

/** Opens a stream: first its opening, then what the reader missed, as fast as it reads, then what is sent to all. */
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

/** The cursor that an id stands for, `0` for the beginning; null when it is no id of this journal. */
export function readFeedId(id: string, begin: Cursor, end: Cursor): Cursor | null {
  if (id === '0') return begin;
  const [, generation, seq] = feedIdForm.exec(id) ?? [];
  if (generation !== end.generation || Number(seq) > end.seq) return null;
  return { generation, seq: Number(seq) };
}
