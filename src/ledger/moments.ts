import { targetOf } from '../domain/goals.ts';
import type { LiveEvent } from '../domain/live-event.ts';
import { type DeadLetterSeen, levelReached, type Moment, momentOfBox, type WorkerFile } from '../domain/moment.ts';
import { levelOf } from '../domain/points.ts';
import type { RuleEngine } from '../domain/rules.ts';
import type { Books } from './books.ts';
import type { Due, RuleBook } from './firings.ts';
import type { GoalReached } from './goals.ts';
import type { LikesRange } from './likes.ts';
import { sourceMarksOf } from './memory.ts';
import { nothingHeld, type PointsBook, type XpRise } from './points.ts';

/** Likes of a live lead to so many moments of each rule at most: which ones does not depend on how they come. */
const likesTimesMax = 1_000;
/** Of so many files of workers it is remembered which of their dead letters were seen. */
const workerFilesMax = 16;
const seenMark = 'dead letters';

/** Whom the ledger asks for the rules in force, and to whom it reports what moments made due, once it is on disk. */
export interface RulesFollowed {
  engine(): RuleEngine;
  due(dues: readonly Due[]): void;
}

/**
 * Writes moments down for which rules fire, each once, in the transaction of what happened; within a transaction only.
 * Those for which none fires leave nothing: else each change of the state would be an entry.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function momentBook(books: Books, firings: RuleBook, points: PointsBook, engine: () => RuleEngine | undefined) {
  const { db, names, keys, eventKeys, wallMs } = books;
  const add = db.prepare(
    `INSERT INTO event (key, room, kind, origin, session, viewer, base, count, at_ms, arrived_at_ms, payload)
     VALUES (@key, @room, @kind, 'live', @session, @viewer, 0, 1, @atMs, @arrivedAtMs, @payload)`,
  );
  const nextEvent = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) + 1 AS seq FROM event');
  const heardBefore = db.prepare<[number], unknown>("SELECT 1 FROM session WHERE room = ? AND origin = 'live' LIMIT 1");
  const heardSince = db.prepare<[number], { sinceMs: number | null }>(
    "SELECT min(opened_at_ms) AS sinceMs FROM session WHERE room = ? AND origin = 'live'",
  );
  const lastStep = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM request_step');
  const doneSince = db.prepare<[number], { drawing: number }>(
    `SELECT s.request AS drawing FROM request_step s JOIN request r ON r.id = s.request LEFT JOIN event e ON e.seq = r.event
     WHERE s.seq > ? AND s.state = 'drawn' AND e.kind IS NOT 'rule' ORDER BY s.seq`,
  );

  const marks = sourceMarksOf(db);
  /** Up to which number the dead letters of each worker's file were seen, the newest file last; written by this alone. */
  const seenOf = (): (readonly [file: string, seq: number])[] => JSON.parse(marks.mark(seenMark) ?? '[]');

  /** Up to which number the dead letters of a file were seen. Of one that is not known what it has is old, unless it is new itself. */
  function seenUpTo({ id, isNew }: WorkerFile, letters: readonly DeadLetterSeen[]): number {
    const known = seenOf().find(([file]) => file === id)?.[1];
    return known ?? (isNew ? 0 : newestOf(letters));
  }

  /** Something happened that `id` names among all of its kind and live; to this viewer, or to nobody. */
  function happened(moment: Moment, id: readonly string[], viewer: number | null = null): readonly Due[] {
    const rules = engine();
    if (rules?.waitsFor(moment.kind) !== true) return [];
    const room = names.roomOf(moment);
    const key = keys.event(room, ['moment', moment.kind, ...id]);
    if (eventKeys.find(key) !== null) return [];
    const cause = {
      seq: nextEvent.get()?.seq ?? 1,
      room,
      session: names.session(moment.session),
      viewer,
      key,
      earned: nothingHeld,
    };
    if (!firings.wouldFire(moment, cause, rules)) return [];
    const payload = JSON.stringify(moment.payload);
    const { lastInsertRowid } = add.run({
      key: Buffer.from(key, 'hex'),
      room,
      kind: moment.kind,
      session: cause.session,
      viewer,
      atMs: moment.atMs === null ? null : Math.trunc(moment.atMs),
      arrivedAtMs: Math.trunc(moment.arrivedAtMs),
      payload: payload === '{}' ? null : payload,
    });
    const seq = Number(lastInsertRowid);
    eventKeys.add(key, seq);
    return firings.came(moment, { ...cause, seq }, rules);
  }

  function ofLive(kind: 'live-started' | 'live-ended', event: LiveEvent): readonly Due[] {
    const { platform, channel, room, session, atMs, arrivedAtMs } = event;
    const place = { platform, channel, room, session, atMs, arrivedAtMs };
    return happened({ ...place, kind, origin: 'live', user: null, payload: {} }, []);
  }

  /** Experience rose: each level that was reached is a moment, however many they are. */
  function levelsOf({ viewer, fromXp, toXp }: XpRise): readonly Due[] {
    const terms = points.inForce();
    const before = terms === null ? 0 : levelOf(fromXp, terms);
    const reached = terms === null ? 0 : levelOf(toXp, terms) - before;
    const { key, user } = (reached > 0 ? books.viewers.known(viewer) : null) ?? {};
    if (key === undefined || user === undefined) return [];
    const levels = Array.from({ length: reached }, (_, index) => before + index + 1);
    return levels.flatMap((level) => happened(levelReached(user, level, wallMs()), [key, String(level)], viewer));
  }

  return {
    happened,
    /** Goals were reached, in this transaction. */
    goalsReached: (reached: readonly GoalReached[]): readonly Due[] =>
      reached.flatMap(({ goal, room }) => {
        const target = targetOf(goal);
        const moment = momentOfBox('goal-reached', { goal: goal.name, target }, wallMs());
        return happened(moment, [String(goal.id), String(room), String(goal.target)]);
      }),
    /** What people came to by what was written since the last time; to be asked within the same transaction. */
    levelsReached(): readonly Due[] {
      const rises = points.takeRises();
      return rises.length === 0 || engine()?.waitsFor('level-up') !== true ? [] : rises.flatMap(levelsOf);
    },
    /** The state of the appliance is another one; each change is a moment of its own. */
    stateChanged: (from: string, to: string): readonly Due[] =>
      happened(momentOfBox('state', { from, to }, wallMs()), [String(nextEvent.get()?.seq ?? 1)]),
    /** Whether a report of the worker says what was not seen yet: only then is it worth a transaction. */
    bringsNews(file: WorkerFile, letters: readonly DeadLetterSeen[]): boolean {
      return !seenOf().some(([id]) => id === file.id) || newestOf(letters) > seenUpTo(file, letters);
    },
    /**
     * The worker reported its newest dead letters: each that was not seen before is a moment, once. What a rule for dead
     * letters asked for, and became one, leads to none: else it would lead to itself.
     */
    deadLettersReported(file: WorkerFile, letters: readonly DeadLetterSeen[]): readonly Due[] {
      const upTo = seenUpTo(file, letters);
      const others = seenOf().filter(([id]) => id !== file.id);
      const now = [...others, [file.id, Math.max(upTo, newestOf(letters))] as const];
      marks.setMark(seenMark, JSON.stringify(now.slice(-workerFilesMax)));
      const fresh = letters.filter(({ seq, eventKind }) => seq > upTo && eventKind !== 'dead-letter');
      return fresh
        .toSorted((a, b) => a.seq - b.seq)
        .flatMap(({ seq, outlet, rule, why }) =>
          happened(momentOfBox('dead-letter', { outlet, rule, why }, wallMs()), [file.id, String(seq)]),
        );
    },
    /** The likes of a live newly came so far, from behind a number up to another one; each crossing is a moment, once. */
    likesCame(event: LiveEvent, newly: readonly LikesRange[]): readonly Due[] {
      const rules = event.origin === 'live' ? engine() : undefined;
      if (rules?.waitsFor('likes') !== true) return [];
      const { platform, channel, room, session, atMs, arrivedAtMs } = event;
      const place = { platform, channel, room, session, atMs, arrivedAtMs };
      return rules
        .likesEvery()
        .flatMap((every) =>
          newly.flatMap((range) =>
            timesIn(range, every).flatMap((nth) =>
              happened({ ...place, kind: 'likes', origin: 'live', user: null, payload: { every, nth } }, [
                String(every),
                String(nth),
              ]),
            ),
          ),
        );
    },
    /** A sheet was opened, in this transaction. */
    sheetOpened: (sheet: number): readonly Due[] =>
      happened(momentOfBox('sheet-opened', { sheet }, wallMs()), [String(sheet)]),
    /** Whether a live is connected for the first time; to be called before that is noted. */
    isFirstOf: (event: LiveEvent): boolean =>
      event.kind === 'connected' && event.origin === 'live' && heardBefore.get(names.roomOf(event)) === undefined,
    /** What an event of the connection means for the live as a whole. */
    noted(event: LiveEvent, isFirst: boolean): readonly Due[] {
      if (isFirst) return ofLive('live-started', event);
      const isOver = event.kind === 'stream-end' && event.origin === 'live' && event.payload.reason === 'ended';
      return isOver ? ofLive('live-ended', event) : [];
    },
    /** The newest step of a drawing; and the drawings that were done behind it, but for those that rules asked for. */
    lastStep: (): number => lastStep.get()?.seq ?? 0,
    drawingsDone(behind: number): readonly Due[] {
      return doneSince
        .all(behind)
        .flatMap(({ drawing }) => happened(momentOfBox('drawing-done', { drawing }, wallMs()), [String(drawing)]));
    },
    /** Since when a live has been connected, wall time in ms; null where it never was. */
    heardSinceMs(room: string): number | null {
      const known = names.knownRoom(room);
      return known === null ? null : (heardSince.get(known)?.sinceMs ?? null);
    },
  };
}

/** The multiples of a number of likes that lie in a range. */
export function timesIn([behind, upTo]: LikesRange, every: number): readonly number[] {
  const [first, last] = [Math.floor(behind / every) + 1, Math.min(Math.floor(upTo / every), likesTimesMax)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

function newestOf(letters: readonly DeadLetterSeen[]): number {
  return letters.reduce((newest, { seq }) => Math.max(newest, seq), 0);
}
