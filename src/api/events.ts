import type { Appliance } from '../appliance/contract.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import { diskFault } from '../ledger/faults.ts';
import type { FeedPage, FeedPosition } from '../ledger/feed.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { feedId, withinLedger } from './feed-id.ts';
import { boardOf, lookAt } from './look.ts';

/** Streams at a time; each costs memory and a share of every change. */
export const streamsMax = 64;
/** Changes are gathered for so long. */
const gatherMs = 200;
/** A beat goes to everybody this often, so that both sides see a connection that is gone. */
const heartbeatMs = 10_000;
/** Entries that are read at a time. */
const entriesPerPage = 200;
const pagesPerTurn = 5;
/** A browser comes back after this when the stream ends. */
const retryMs = 2_000;

/** What a reader may see. */
export type Audience = 'owner' | 'board';

/** Tells all readers what changes. */
export interface EventHub {
  /** A stream from a position on, or from now when it is null; null when there are too many. */
  open(audience: Audience, after: FeedPosition | null): ReadableStream<Uint8Array> | null;
  readonly size: number;
  close(): void;
}

interface Snapshot {
  readonly owner: string;
  readonly board: string;
}

/** The hub of one appliance. `status` and `board` tell how things are; the entries of the ledger carry ids. */
export function createEventHub(appliance: Appliance, clock: Clock, version: string): EventHub {
  const { views } = appliance;
  const opened = new Set<EventStream>();
  /** Those who have heard all that they missed. */
  const streams = new Map<EventStream, Audience>();
  const encoder = new TextEncoder();
  const touched = new Set<number>();
  let head = views.feedEnd();
  let said: Snapshot = { owner: '', board: '' };
  let pen = '';
  let gathering: Cancel | null = null;
  let heartbeat: Cancel | null = null;

  const unwatch = appliance.watch({
    changed: () => gather(gatherMs),
    recorded(records) {
      if (streams.size === 0) return;
      for (const { seq, grown } of records) if (grown > 0) touched.add(seq);
    },
  });

  function gather(delayMs: number): void {
    if (streams.size === 0) return;
    gathering ??= clock.after(delayMs, () => {
      gathering = null;
      tell();
    });
  }

  function snapshot(): Snapshot {
    const status = lookAt(appliance, version);
    return { owner: frame('status', status), board: frame('board', boardOf(status)) };
  }

  /** A disk that cannot be read now is told of elsewhere; the next change tries again. */
  function tell(): void {
    try {
      tellChanges();
    } catch (error) {
      if (diskFault(error) === null) throw error;
    }
  }

  /** Tells everyone what changed since they were told last. */
  function tellChanges(): void {
    const now = snapshot();
    for (const audience of ['owner', 'board'] as const) {
      if (now[audience] !== said[audience]) broadcast(now[audience], audience);
    }
    said = now;
    const penNow = frame('pen', views.underWay());
    if (penNow !== pen) broadcast(penNow);
    pen = penNow;
    for (let pages = 0; pages < pagesPerTurn; pages++) {
      const page = views.feedSince(head, entriesPerPage, touched);
      touched.clear();
      head = page.position;
      if (page.entries.length > 0) broadcast(frames(page));
      if (!page.more) return;
    }
    gather(0);
  }

  function broadcast(text: string, only: Audience | null = null): void {
    const bytes = encoder.encode(text);
    for (const [stream, audience] of streams) if (only === null || audience === only) stream.send(bytes);
  }

  function beat(): void {
    heartbeat = streams.size === 0 ? null : clock.after(heartbeatMs, beat);
    broadcast(frame('beat', null));
  }

  /** Everything up to now has been told to everyone; whoever joins now has missed nothing more. */
  function settle(): void {
    if (streams.size === 0) {
      head = views.feedEnd();
      touched.clear();
    }
    for (;;) {
      tell();
      if (gathering === null) return;
      gathering();
      gathering = null;
    }
  }

  function join(stream: EventStream, audience: Audience): void {
    settle();
    streams.set(stream, audience);
    heartbeat ??= clock.after(heartbeatMs, beat);
  }

  return {
    open(audience, after) {
      if (opened.size >= streamsMax) return null;
      const end = views.feedEnd();
      let at: FeedPosition | null = after === null ? end : withinLedger(after, end);
      let grown = after === null ? undefined : views.grownBefore(at.event);
      const hello = `retry: ${retryMs}\nid: ${feedId(at)}\n${snapshot()[audience]}`;
      const stream = openEventStream({
        hello: [encoder.encode(hello), encoder.encode(frame('pen', views.underWay()))],
        missed() {
          while (at !== null) {
            const page = views.feedSince(at, entriesPerPage, grown);
            grown = undefined;
            at = page.more || page.entries.length > 0 ? page.position : null;
            if (page.entries.length > 0) return encoder.encode(frames(page));
          }
          return null;
        },
        caughtUp: (its) => join(its, audience),
        closed(its) {
          opened.delete(its);
          streams.delete(its);
        },
      });
      opened.add(stream);
      return stream.body;
    },
    get size() {
      return opened.size;
    },
    close() {
      unwatch();
      gathering?.();
      heartbeat?.();
      for (const stream of [...opened]) stream.close();
    },
  };
}

function frames({ entries }: FeedPage): string {
  return entries.map(({ kind, entry, position }) => `id: ${feedId(position)}\n${frame(kind, entry)}`).join('');
}

/** JSON has no line breaks of its own, so it is one line of data. */
function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
