import * as v from 'valibot';
import type { GiftEvent } from '../domain/live-event.ts';
import { groupFrom, isOlderId, isUngrouped, type PastStreak, saidAtMs } from '../domain/past-streak.ts';
import type { LedgerConnection } from './connection.ts';
import { keyParts } from './late-index.ts';
import type { Names } from './names.ts';
import type { Keys } from './viewers.ts';

/** A streak that may still be sent is among the newest events; what is older was sent minutes ago. */
const eventsMax = 5_000;

/**
 * What an event's payload holds of a streak that came without a group. `line` names by a key whose streak it is;
 * `begun` is the frame that it is named by, which need not be the oldest.
 */
const form = v.looseObject({
  line: v.string(),
  begun: v.string(),
  first: v.string(),
  newest: v.string(),
  ended: v.boolean(),
  atMs: v.number(),
});
type Form = v.InferOutput<typeof form>;

interface Parts {
  readonly db: LedgerConnection;
  readonly names: Names;
  readonly keys: Keys;
}

/** Remembers, with the events, where streaks without a group stand, so that the next run knows them again. */
interface StreakNotes {
  /** What the payload of a new event says of it, nothing when it is no such streak's. */
  begun(room: number, event: GiftEvent): Partial<Form>;
  /** Another frame of an event that is known; writes only what is new. */
  went(seq: number, event: GiftEvent): void;
}

/** Writes notes; within a transaction only. */
export function streakNotes({ db, keys }: Parts): StreakNotes {
  const read = db.prepare<[number], { payload: string | null }>('SELECT payload FROM event WHERE seq = ?');
  const write = db.prepare<[string, number]>('UPDATE event SET payload = ? WHERE seq = ?');
  const fresh = (room: number, event: GiftEvent): Form => ({
    line: lineOf(keys, room, event),
    begun: event.id,
    first: event.id,
    newest: event.id,
    ended: event.payload.streak?.ended === true,
    atMs: saidAtMs(event),
  });
  return {
    begun: (room, event) => (isUngrouped(event) ? fresh(room, event) : {}),
    went(seq, event) {
      if (!isUngrouped(event)) return;
      const before = formOf(read.get(seq)?.payload ?? null);
      // Who was forgotten has no note any more.
      if (before === null) return;
      const { ended } = event.payload.streak;
      if (isOlderId(event.id, before.first)) {
        write.run(JSON.stringify({ ...before, first: event.id }), seq);
      } else if (event.id !== before.newest && !isOlderId(event.id, before.newest)) {
        const after: Form = { ...before, newest: event.id, ended: ended || before.ended, atMs: saidAtMs(event) };
        write.run(JSON.stringify(after), seq);
      }
    },
  };
}

/** Answers what earlier runs have noted; reads a room's newest events once. */
export function pastStreakQuestions({ db, names, keys }: Parts) {
  const noted = db.prepare<[number, number], { payload: string; count: number }>(
    `SELECT payload, max(count, coalesce((SELECT max(count) FROM growth WHERE event = seq), 0)) AS count FROM event
     WHERE seq > (SELECT coalesce(max(seq), 0) FROM event) - ? AND room = ? AND kind = 'gift' AND origin = 'live'
       AND payload IS NOT NULL ORDER BY seq`,
  );
  let known: { readonly room: number; readonly lines: ReadonlyMap<string, readonly PastStreak[]> } | null = null;

  function linesOf(room: number): ReadonlyMap<string, readonly PastStreak[]> {
    const lines = new Map<string, PastStreak[]>();
    for (const { payload, count } of noted.all(eventsMax, room)) {
      const note = formOf(payload);
      if (note === null) continue;
      const { line, begun, first, newest, ended, atMs } = note;
      const streak = { group: groupFrom(begun), firstId: first, newestId: newest, count, ended, atMs };
      const others = lines.get(line);
      if (others === undefined) lines.set(line, [streak]);
      else others.push(streak);
    }
    return lines;
  }

  return {
    /**
     * Streaks without a group of the giver of this gift, the oldest first, as they were when their room was first asked
     * for; the caller remembers what came since.
     */
    pastStreaks(event: GiftEvent): readonly PastStreak[] {
      const room = names.knownRoom(event.room);
      if (room === null) return [];
      if (known?.room !== room) known = { room, lines: linesOf(room) };
      return known.lines.get(lineOf(keys, room, event)) ?? [];
    },
  };
}

/** A key of viewer, gift and receiver, which reveals nothing of them: that of a streak whose group is empty. */
function lineOf(keys: Keys, room: number, event: GiftEvent): string {
  const streak = { group: '', receiver: event.payload.streak?.receiver ?? '', ended: false };
  return keys.event(room, keyParts({ ...event, payload: { ...event.payload, streak } }, keys.viewer));
}

function formOf(payload: string | null): Form | null {
  if (payload === null) return null;
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), form), payload);
  return read.success ? read.output : null;
}
