import type { Goal, GoalStanding } from '../domain/goals.ts';
import type { LiveEvent } from '../domain/live-event.ts';
import type { Books } from './books.ts';

/** A goal that counts, by its number. */
interface CountedGoal extends Goal {
  readonly id: number;
}

interface GoalTerms {
  readonly after: number;
  readonly goals: readonly CountedGoal[];
}

/** A goal was reached in a live; of what lasts the room is 0. */
export interface GoalReached {
  readonly goal: CountedGoal;
  readonly room: number;
}

/** What was recorded of an event. */
interface CountedEvent {
  readonly event: LiveEvent;
  readonly seq: number;
  readonly isNew: boolean;
  readonly grown: number;
}

/** Reads which goals count what, by their terms. */
function goalTerms({ db }: Pick<Books, 'db'>): () => readonly GoalTerms[] {
  const read = db.prepare<[], { term: number; after: number; target: number | null; id: number | null; text: string }>(
    `SELECT t.id AS term, t.after_event AS after, j.value ->> 1 AS target, g.id, coalesce(g.text, '[]') AS text
     FROM goal_terms t LEFT JOIN json_each(t.goals) j LEFT JOIN goal g ON g.id = j.value ->> 0 ORDER BY t.id, j.key`,
  );
  return () =>
    [...Map.groupBy(read.all(), ({ term }) => term).values()].map((rows) => ({
      after: rows[0]?.after ?? 0,
      goals: rows.flatMap(({ id, target, text }) => {
        if (id === null || target === null) return [];
        const [name, of, currency, per]: [string, Goal['of'], string | null, Goal['per']] = JSON.parse(text);
        return [{ id, name, of, currency, per, target }];
      }),
    }));
}

/**
 * How far goals are. What an event counts follows from how far it has come and from the goals that were there when it
 * came; what a gift pays in strokes counts less as it is taken back. Each goal is reached once, for good. Within a
 * transaction only. `ofConfig` are the goals of the config; undefined where nobody says.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function goalsBook(books: Books, ofConfig: readonly Goal[] | undefined) {
  const { db, names, wallMs } = books;
  const readTerms = goalTerms(books);
  const find = db.prepare<[string], { id: number }>('SELECT id FROM goal WHERE text = ?');
  const add = db.prepare<[string]>('INSERT INTO goal (text) VALUES (?)');
  const addTerms = db.prepare<[string, number]>(
    'INSERT INTO goal_terms (after_event, goals, at_ms) VALUES (coalesce((SELECT max(seq) FROM event), 0), ?, ?)',
  );
  const count = db.prepare<[number, number, number], { amount: number }>(
    'UPDATE goal_sum SET amount = amount + ? WHERE goal = ? AND room = ? RETURNING amount',
  );
  const begin = db.prepare<[number, number, number]>('INSERT INTO goal_sum (amount, goal, room) VALUES (?, ?, ?)');
  const isReached = db.prepare<[number, number, number], unknown>(
    'SELECT 1 FROM goal_reached WHERE goal = ? AND room = ? AND target = ?',
  );
  const addReached = db.prepare<[number, number, number, number]>(
    'INSERT INTO goal_reached (goal, room, target, at_ms) VALUES (?, ?, ?, ?)',
  );
  const roomOf = db.prepare<[number], { room: number }>('SELECT room FROM event WHERE seq = ?');
  const coinsOf = db.prepare<[number], { coins: number }>(
    'SELECT g.coins FROM event e JOIN gift g ON g.id = e.gift WHERE e.seq = ?',
  );
  const followedBefore = db.prepare<[number, number], unknown>(
    `SELECT 1 FROM event e JOIN event b ON b.viewer = e.viewer WHERE e.seq = ? AND b.kind = 'follow'
       AND b.kind IN ('follow', 'share', 'subscribe', 'raid') AND b.origin = 'live' AND b.seq < ? LIMIT 1`,
  );
  let all: readonly GoalTerms[] | null = null;
  let hasBegun = false;
  let reached: GoalReached[] = [];

  function known(): readonly GoalTerms[] {
    all ??= readTerms();
    return all;
  }

  function numberOf({ name, of, currency, per }: Goal): number {
    const text = JSON.stringify([name, of, currency, per]);
    return find.get(text)?.id ?? Number(add.run(text).lastInsertRowid);
  }

  function enter(seq: number, room: number, of: Goal['of'], amount: number, currency: string | null = null): void {
    const goals = known().findLast(({ after }) => after < seq)?.goals ?? [];
    for (const goal of goals) {
      if (goal.of !== of || goal.currency !== currency) continue;
      // What the appliance does of no live is in no live's sum.
      if (goal.per === 'live' && names.roomName(room) === '') continue;
      const place = goal.per === 'live' ? room : 0;
      const counted = count.get(amount, goal.id, place)?.amount;
      if (counted === undefined) begin.run(amount, goal.id, place);
      const sum = counted ?? amount;
      const now = known()
        .at(-1)
        ?.goals.find(({ id }) => id === goal.id);
      if (now === undefined || sum < now.target || isReached.get(now.id, place, now.target) !== undefined) continue;
      addReached.run(now.id, place, now.target, wallMs());
      reached.push({ goal: now, room: place });
    }
  }

  return {
    /** The goals of the config count from the next event on; to be called before it is written. */
    begin(): void {
      if (hasBegun) return;
      if (ofConfig !== undefined) {
        const before = known().at(-1)?.goals ?? [];
        const now = ofConfig.map((goal) => ({ ...goal, id: numberOf(goal) }));
        if (termsAsText(now) !== termsAsText(before)) {
          addTerms.run(termsAsText(now), wallMs());
          all = null;
        }
      }
      books.moved = known().some(({ goals }) => goals.length > 0) ? [] : null;
      hasBegun = true;
    },
    /** An event was written, or grew. */
    came({ event, seq, isNew, grown }: CountedEvent): void {
      if (books.moved === null || event.origin !== 'live' || grown <= 0) return;
      const room = names.roomOf(event);
      if (event.kind === 'gift') {
        const coins = (isNew ? event.payload.gift.coins : coinsOf.get(seq)?.coins) ?? 0;
        enter(seq, room, 'coins', Math.max(1, coins) * grown);
      } else if (event.kind === 'donation') enter(seq, room, 'donations', grown, event.payload.currency);
      else if (event.kind === 'follow' && followedBefore.get(seq, seq) === undefined) enter(seq, room, 'follows', 1);
    },
    /** Which goals were reached since the last time, strokes that were credited or taken back meanwhile counted. */
    takeReached(): readonly GoalReached[] {
      const { moved } = books;
      if (moved === null) return [];
      // What is credited and taken back at once was never there.
      const strokesOf = new Map<number, number>();
      for (const { event, strokes } of moved.splice(0)) strokesOf.set(event, (strokesOf.get(event) ?? 0) + strokes);
      for (const [event, strokes] of strokesOf) {
        const room = strokes === 0 ? undefined : roomOf.get(event)?.room;
        if (room !== undefined) enter(event, room, 'strokes', strokes);
      }
      const taken = reached;
      if (taken.length > 0) reached = [];
      return taken;
    },
    /** After a rollback. */
    forget(): void {
      all = null;
      hasBegun = false;
      reached = [];
      books.moved = null;
    },
  };
}

function termsAsText(goals: readonly CountedGoal[]): string {
  return JSON.stringify(goals.map(({ id, target }) => [id, target]));
}

/** All goals that ever counted, by their numbers. */
export function goalsByNumber({ db }: Pick<Books, 'db'>): ReadonlyMap<number, Pick<Goal, 'name' | 'currency'>> {
  const read = db.prepare<[], { id: number; name: string; currency: string | null }>(
    'SELECT id, text ->> 0 AS name, text ->> 2 AS currency FROM goal',
  );
  return new Map(read.all().map(({ id, ...goal }) => [id, goal]));
}

/** Reads how far goals are. */
export function goalQuestions(books: Books) {
  const { db, names } = books;
  const readTerms = goalTerms(books);
  const standing = db.prepare<[{ goal: number; target: number; rooms: string }], { amount: number; at: number | null }>(
    `SELECT s.amount, r.at_ms AS at FROM goal_sum s
       LEFT JOIN goal_reached r ON r.goal = s.goal AND r.room = s.room AND r.target = @target
     WHERE s.goal = @goal AND s.room IN (SELECT value FROM json_each(@rooms)) ORDER BY s.amount DESC LIMIT 1`,
  );
  return {
    /** The goals that count now; those of one live by whichever of these rooms has most. */
    goals(rooms: readonly string[]): readonly GoalStanding[] {
      const known = JSON.stringify(rooms.flatMap((name) => names.knownRoom(name) ?? []));
      return (readTerms().at(-1)?.goals ?? []).map(({ id, ...goal }) => {
        const found = standing.get({ goal: id, target: goal.target, rooms: goal.per === 'live' ? known : '[0]' });
        return { ...goal, amount: found?.amount ?? 0, reachedAtMs: found?.at ?? null };
      });
    },
  };
}
