import type { RuleEvent } from '../domain/moment.ts';
import type { Books } from './books.ts';
import { eventsOfRoom, roomRange } from './late-index.ts';

/** So many lives are remembered; no more run at a time. */
const roomsMax = 4;

interface Written {
  readonly seq: number;
  readonly kind: string;
  readonly viewer: number;
  readonly gift: string;
  readonly world: number;
  readonly atMs: number;
}

type Placed = Pick<Written, 'seq' | 'world' | 'atMs'> & { readonly room: number; readonly viewer: number | null };

/**
 * How many of a kind, and of gifts of the same one, a person gave in a live within some time: of all that is written by
 * now, whatever its order. What a live has is read when it is first asked for, and followed from then on: an index
 * would cost each gift.
 */
export function nearbyEvents({ db, eventKeys }: Books) {
  const ofRoom = db.prepare<[Buffer, Buffer, number, number], Written>(
    `SELECT e.seq, e.kind, e.viewer, CASE e.kind WHEN 'gift' THEN coalesce(nullif(g.platform_id, ''), g.name) ELSE '' END AS gift,
       CASE e.origin WHEN 'live' THEN 0 ELSE e.session END AS world, coalesce(e.at_ms, e.arrived_at_ms) AS atMs
     FROM event e LEFT JOIN gift g ON g.id = e.gift
     WHERE e.seq IN (${eventsOfRoom}) AND e.room = ? AND e.viewer IS NOT NULL AND e.kind <> 'rule'`,
  );
  const rooms = new Map<number, Map<string, { readonly seq: number; readonly atMs: number }[]>>();

  function load(room: number) {
    if (rooms.size >= roomsMax) rooms.clear();
    const times = new Map<string, { readonly seq: number; readonly atMs: number }[]>();
    rooms.set(room, times);
    for (const { seq, atMs, ...of } of ofRoom.all(...roomRange(eventKeys, room), room)) add(times, of, { seq, atMs });
    return times;
  }

  return {
    /** An event was written. */
    came(event: RuleEvent, { seq, room, viewer, world, atMs }: Placed): void {
      const times = rooms.get(room);
      if (times !== undefined && viewer !== null) add(times, namesOf(event, viewer, world), { seq, atMs });
    },
    /** The how manieth it is that was written, of those within so many ms of it; null where nobody gave it. */
    nth(event: RuleEvent, { seq, room, viewer, world, atMs }: Placed, withinMs: number): number | null {
      if (viewer === null) return null;
      const times = rooms.get(room) ?? load(room);
      const near = times.get(nameOf(namesOf(event, viewer, world))) ?? [];
      return 1 + near.filter((each) => each.seq < seq && Math.abs(each.atMs - atMs) < withinMs).length;
    },
    /** After a rollback. */
    forget: (): void => rooms.clear(),
  };
}

type Names = Pick<Written, 'kind' | 'viewer' | 'gift' | 'world'>;

function namesOf(event: RuleEvent, viewer: number, world: number): Names {
  const { kind } = event;
  return { kind, viewer, world, gift: event.kind === 'gift' ? event.payload.gift.id || event.payload.gift.name : '' };
}

function nameOf({ kind, viewer, gift, world }: Names): string {
  return `${world} ${viewer} ${kind} ${gift}`;
}

function add<T>(times: Map<string, T[]>, names: Names, time: T): void {
  const name = nameOf(names);
  const known = times.get(name);
  if (known === undefined) times.set(name, [time]);
  else known.push(time);
}
