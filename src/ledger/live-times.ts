import type { LiveEvent } from '../domain/live-event.ts';
import type { CreditKind } from '../domain/worth.ts';
import type { Books } from './books.ts';
import { eventsOfRoom, roomRange } from './late-index.ts';
import type { Channel } from './names.ts';

/** A time in which a live was on and not received. */
export interface Gap {
  /** Where lives are sent, and whose place there it is; '' where the ledger does not know it. */
  readonly platform: string;
  readonly channel: string;
  readonly room: string;
  readonly fromMs: number;
  /** Null while it lasts, and when it is unknown how long the live went on (`over`). */
  readonly toMs: number | null;
  readonly over: boolean;
  readonly why: string;
}

/** A time of listening to one room. */
interface SessionOpening {
  readonly id: string;
  readonly room: string;
  readonly origin: CreditKind;
  readonly atMs: number;
}

interface OpenSession {
  readonly id: number;
  readonly origin: string;
  readonly opened_at_ms: number;
}

/** What a session's `ended` holds: the platform may end a stream for good, or suspend one that goes on. */
const endings = { ended: 1, suspended: 2 } as const;

/** What a query says of gaps. */
const gapColumns = `
  coalesce(l.platform, '') AS platform, coalesce(l.channel, '') AS channel, m.text AS room,
  from_ms AS fromMs, to_ms AS toMs, over, why
  FROM gap JOIN word m ON m.id = gap.room LEFT JOIN room l ON l.id = gap.room`;

/** Whether an event is about the connection to a live, so that sessions and gaps follow from it. */
export function isAboutConnection({ kind }: LiveEvent): boolean {
  return kind === 'connected' || kind === 'disconnected' || kind === 'stream-end';
}

/** When lives were heard and when not; writes within a transaction only. All times are wall times in ms. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function liveTimes(books: Books) {
  const { db, names } = books;
  const addSession = db.prepare<[number, number, string, number]>(
    'INSERT OR IGNORE INTO session (id, room, origin, opened_at_ms) VALUES (?, ?, ?, ?)',
  );
  const endSession = db.prepare<[number, string, number]>(
    'UPDATE session SET closed_at_ms = ?, why = ? WHERE id = ? AND closed_at_ms IS NULL',
  );
  const openSessions = db.prepare<[], OpenSession & { room: number }>(
    'SELECT id, room, origin, opened_at_ms FROM session WHERE closed_at_ms IS NULL',
  );
  const markEnded = db.prepare<[number, number]>('UPDATE session SET ended = ? WHERE id = ?');
  const hasEnded = db.prepare<[number], { ended: number }>('SELECT ended FROM session WHERE id = ?');
  const lastOfRoom = db.prepare<[number], { ended: number; closed_at_ms: number | null }>(
    "SELECT ended, closed_at_ms FROM session WHERE room = ? AND origin = 'live' ORDER BY id DESC LIMIT 1",
  );
  const isOpen = db.prepare<[number], { id: number }>('SELECT id FROM session WHERE id = ? AND closed_at_ms IS NULL');
  const lastHeard = db.prepare<[Buffer, Buffer, number, number], { at: number | null }>(
    `SELECT max(arrived_at_ms) AS at FROM event WHERE seq IN (${eventsOfRoom}) AND room = ?`,
  );
  const openGaps = db.prepare<[], { seq: number; room: number; from_ms: number }>(
    'SELECT seq, room, from_ms FROM gap WHERE over = 0',
  );
  const addGap = db.prepare<[number, number, string]>('INSERT INTO gap (room, from_ms, why) VALUES (?, ?, ?)');
  const endGap = db.prepare<[number | null, number]>('UPDATE gap SET to_ms = ?, over = 1 WHERE seq = ?');
  const gapsOfRoom = db.prepare<[number], Omit<Gap, 'over'> & { over: number }>(
    `SELECT ${gapColumns} WHERE gap.room = ? ORDER BY gap.seq`,
  );
  const gapOfSeq = db.prepare<[number], Omit<Gap, 'over'> & { over: number }>(`SELECT ${gapColumns} WHERE gap.seq = ?`);
  const gapsSince = db.prepare<[number], Omit<Gap, 'over'> & { over: number }>(
    `SELECT ${gapColumns} WHERE over = 0 OR coalesce(to_ms, from_ms) >= ? ORDER BY gap.seq`,
  );

  const times = {
    /** A room is connected; the same session twice is one. */
    openSession({ id, room, origin, atMs }: SessionOpening): void {
      addSession.run(names.session(id), names.room(room), origin, Math.trunc(atMs));
    },
    closeSession(id: string, atMs: number, why: string): void {
      endSession.run(Math.trunc(atMs), why, names.session(id));
    },
    /** A room whose live is on is not received from this time on; at most one gap of a room is open. */
    openGap(roomName: string, fromMs: number, why: string): void {
      const room = names.room(roomName);
      if (openGaps.all().some((gap) => gap.room === room)) return;
      addGap.run(room, Math.trunc(fromMs), why);
    },
    /** The room is received again, or its live has ended: its open gap ends; `toMs` is null when it is unknown when. */
    closeGap(roomName: string, toMs: number | null): void {
      const room = names.room(roomName);
      for (const gap of openGaps.all().filter((each) => each.room === room)) {
        endGap.run(toMs === null ? null : Math.max(gap.from_ms, Math.trunc(toMs)), gap.seq);
      }
    },
    /** One gap, by its number. */
    gapAt(seq: number): Gap | undefined {
      const gap = gapOfSeq.get(seq);
      return gap && { ...gap, over: gap.over === 1 };
    },
    gapsOf(roomName: string): Gap[] {
      const room = names.knownRoom(roomName);
      return room === null ? [] : gapsOfRoom.all(room).map((gap) => ({ ...gap, over: gap.over === 1 }));
    },
    /** Gaps that reach into the time since this moment. */
    gapsSince: (sinceMs: number): Gap[] =>
      gapsSince.all(Math.trunc(sinceMs)).map((gap) => ({ ...gap, over: gap.over === 1 })),
    /**
     * Takes events about a connection: `connected`, `disconnected` and `stream-end` open and close sessions and gaps;
     * other events are ignored. Only a live has gaps. A repeat counts once.
     */
    note(event: LiveEvent): void {
      if (isAboutConnection(event)) names.roomOf(event);
      if (event.kind === 'connected') connected(event);
      else if (event.origin !== 'live') replayed(event);
      else if (event.kind === 'disconnected') disconnected(event.session, event.room, event.payload, event.arrivedAtMs);
      else if (event.kind === 'stream-end') streamEnded(event);
    },
    /**
     * After a start: sessions that were left open ended with the last run, and their lives may have gone on. The gap
     * begins with the last event that was received.
     */
    endAbandonedSessions(): void {
      for (const { id, room, origin, opened_at_ms } of openSessions.all()) {
        const heardUntilMs = Math.max(opened_at_ms, lastHeard.get(...roomRange(books.eventKeys, room), room)?.at ?? 0);
        const ended = (hasEnded.get(id)?.ended ?? 0) > 0;
        endSession.run(heardUntilMs, 'Livepen was not running', id);
        if (origin === 'live' && !ended && !openGaps.all().some((gap) => gap.room === room)) {
          addGap.run(room, heardUntilMs, 'Livepen was not running');
        }
      }
    },
  };

  function connected(event: LiveEvent): void {
    const origin = event.origin;
    if (origin === 'live') wentOn(event);
    times.openSession({ id: event.session, room: event.room, origin, atMs: event.arrivedAtMs });
    if (origin !== 'live') return;
    times.closeGap(event.room, event.arrivedAtMs);
    // A gap of another room of the channel cannot end in this one: that live ended while it was not received.
    const channel = names.channelOf(names.room(event.room));
    for (const gap of openGaps.all()) if (mayBeOf(channel, names.channelOf(gap.room))) endGap.run(null, gap.seq);
  }

  /** A live that was suspended and is received again went on meanwhile, which could not be known before. */
  function wentOn({ session, room }: LiveEvent): void {
    if (hasEnded.get(names.session(session)) !== undefined) return;
    const before = lastOfRoom.get(names.room(room));
    if (before?.ended !== endings.suspended || before.closed_at_ms === null) return;
    times.openGap(room, before.closed_at_ms, 'the live was suspended and went on');
  }

  /** What is played again has no gaps. */
  function replayed(event: LiveEvent): void {
    if (event.kind === 'disconnected') times.closeSession(event.session, event.arrivedAtMs, event.payload.why);
  }

  function disconnected(
    session: string,
    room: string,
    { heardUntilMs, why }: { readonly heardUntilMs: number; readonly why: string },
    atMs: number,
  ): void {
    const id = names.session(session);
    const known = hasEnded.get(id);
    // A session that was never opened was never admitted to its room: nothing is to be closed, and nothing was
    // received.
    if (known !== undefined && isOpen.get(id) === undefined) return;
    const ended = (known?.ended ?? 0) > 0;
    times.closeSession(session, atMs, why);
    if (!ended) times.openGap(room, heardUntilMs, why);
  }

  /** It can come in the first batch of frames, before the connection counts as open. */
  function streamEnded({ session, room, payload, arrivedAtMs }: LiveEvent & { readonly kind: 'stream-end' }): void {
    times.openSession({ id: session, room, origin: 'live', atMs: arrivedAtMs });
    markEnded.run(endings[payload.reason], names.session(session));
    times.closeGap(room, arrivedAtMs);
  }

  return times;
}

/**
 * Whether a gap can be one of the channel that is heard now. Of a room from before channels were written down nobody
 * knows that it is of another one; a live of which nobody knows whose it is says nothing of channels that are known.
 */
function mayBeOf(channel: Channel | null, ofGap: Channel | null): boolean {
  if (channel === null || ofGap === null) return ofGap === null;
  return channel.platform === ofGap.platform && channel.channel === ofGap.channel;
}

/** Writes and reads when lives were received and when not. */
export type LiveTimes = ReturnType<typeof liveTimes>;
