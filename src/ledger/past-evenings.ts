import type { Gift } from '../domain/live-event.ts';
import { eveningOf } from '../domain/money.ts';
import type { Books } from './books.ts';
import { countNow, leastBase } from './money.ts';
import { strokesOfEvent, worthOfEvent } from './reports.ts';

/** Gifts of one kind that came alike: so many events, each of which went from `base` to `count`. */
interface GiftsAlike extends Gift {
  readonly base: number;
  readonly count: number;
  readonly times: number;
}

/** What one evening brought on all platforms, and what was drawn in it; tests and replays do not count. */
export interface PastEvening {
  /** The day on which it began, at noon: `2026-11-29`. */
  readonly evening: string;
  /** The half hours in which something of worth came, or was drawn for it, in ms. */
  readonly busyMs: number;
  readonly gifts: readonly GiftsAlike[];
  /** Strokes that the gifts brought by the gift maps of their time. */
  readonly byGifts: number;
  /** Strokes that all else brought: follows, likes, money and so on. */
  readonly byOthers: number;
  readonly drawn: number;
}

/** Short enough for the hour at which an evening begins to lie between two, in almost every time zone. */
const stretchMs = 1_800_000;

interface OfStretch {
  /** Its number, counted from 1970. */
  readonly stretch: number;
  readonly strokes: number;
}

/** What the ledger has of the evenings since a moment, the oldest first. It reads all events: a second for a million. */
export function pastEveningQuestions({ db }: Pick<Books, 'db'>) {
  const stretchOf = (time: string) => `${time} / ${stretchMs} AS stretch`;
  const gifts = db.prepare<[number], GiftsAlike & OfStretch>(
    `SELECT ${stretchOf('e.arrived_at_ms')}, g.platform_id AS id, g.name, g.coins, ${leastBase} AS base,
       ${countNow} AS count, count(*) AS times, sum(${strokesOfEvent}) AS strokes
     FROM event e JOIN gift g ON g.id = e.gift ${worthOfEvent}
     WHERE e.kind = 'gift' AND e.origin = 'live' AND e.arrived_at_ms >= ? GROUP BY 1, g.id, 5, 6`,
  );
  const others = db.prepare<[number], OfStretch>(
    `SELECT ${stretchOf('e.arrived_at_ms')}, sum(${strokesOfEvent}) AS strokes FROM event e ${worthOfEvent}
     WHERE e.kind <> 'gift' AND e.origin = 'live' AND w.id IS NOT NULL AND e.arrived_at_ms >= ? GROUP BY 1`,
  );
  const drawn = db.prepare<[number], OfStretch>(
    `SELECT ${stretchOf('i.at_ms')}, sum(i.last_n - i.first_n + 1) AS strokes
     FROM ink i JOIN credit c ON c.seq = i.credit WHERE c.origin IN ('live', 'hand') AND i.at_ms >= ? GROUP BY 1`,
  );
  const sum = (found: readonly OfStretch[]) => found.reduce((total, { strokes }) => total + strokes, 0);
  return {
    pastEvenings(sinceMs: number): PastEvening[] {
      const since = Math.trunc(sinceMs);
      const [given, paid, inked] = [gifts.all(since), others.all(since), drawn.all(since)];
      const evening = ({ stretch }: OfStretch) => eveningOf(stretch * stretchMs);
      const names = [...new Set([...given, ...paid, ...inked].map(evening))].sort();
      return names.map((name) => {
        const ofIt = <T extends OfStretch>(found: readonly T[]) => found.filter((each) => evening(each) === name);
        const [itsGifts, itsOthers, itsInk] = [ofIt(given), ofIt(paid), ofIt(inked)];
        const stretches = new Set([...itsGifts, ...itsOthers, ...itsInk].map(({ stretch }) => stretch));
        return {
          evening: name,
          busyMs: stretches.size * stretchMs,
          gifts: itsGifts,
          byGifts: sum(itsGifts),
          byOthers: sum(itsOthers),
          drawn: sum(itsInk),
        };
      });
    },
  };
}
