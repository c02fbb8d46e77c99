import type { SheetLayout } from '../domain/sheet.ts';
import { type DrawingPace, type Forecast, forecast, type RowBacklog, type Standing } from '../drawing/forecast.ts';
import type { DrawOrder } from '../drawing/schedule.ts';
import type { LedgerReader } from '../ledger/ledger.ts';

/** When the last owed stroke of a gift will be on paper, and how many of it are owed. */
export interface GiftForecast extends Forecast {
  readonly strokes: number;
}

/** What a forecast rests on. */
interface ForecastGround {
  /** The open sheet's layout, or that of the next one. */
  readonly layout: SheetLayout;
  readonly sheet: number;
  readonly order: DrawOrder;
  readonly pace: DrawingPace;
  /** By order "live", how many strokes each giver still has to come. */
  readonly openByGiver: ReadonlyMap<string, number>;
}

/** Forecasts any event by its number; null when nothing of it is owed on rows that the sheet has. */
export function forecastGift(
  { questions }: LedgerReader,
  { layout, sheet, order, pace, openByGiver }: ForecastGround,
  seq: number,
): GiftForecast | null {
  const standings = questions.standingOf(seq);
  const own = standings.filter(({ open }) => open > 0);
  if (own.length === 0) return null;
  const certain = new Map(questions.places().map((place) => [place.row, place.certain]));
  const pending = new Map(standings.map((standing) => [standing.row, standing.pending]));
  const backlog: RowBacklog[] = layout.rows.map(({ id }) => ({
    id,
    taken: certain.get(id) ?? 0,
    pending: pending.get(id) ?? 0,
  }));
  const turns = order === 'live' ? turnsUntil(questions.giverOf(seq), openByGiver) : null;
  const byAge = standings.reduce((sum, { upToEvent }) => sum + upToEvent, 0);
  const ends = own.flatMap(({ row, aheadInRow, pending: pendingInRow }) => {
    const inRowsBefore = pendingBefore(layout, row, pending);
    const standing = standingBy(order, {
      row,
      inRow: aheadInRow,
      pendingInRow,
      byAge,
      inRowsBefore,
      turns,
      openByGiver,
    });
    return forecast(layout, sheet, backlog, standing, pace) ?? [];
  });
  const last = ends.toSorted((a, b) => a.sheet - b.sheet || a.minutes - b.minutes).at(-1);
  return last === undefined ? null : { ...last, strokes: own.reduce((sum, { open }) => sum + open, 0) };
}

/** What is owed before something, seen from each of the orders. */
interface Ahead {
  readonly row: string;
  /** Strokes of its row up to and with its last one, by age. */
  readonly inRow: number;
  /** All that is owed in its row. */
  readonly pendingInRow: number;
  /** Strokes of all rows up to and with its event's last one, by age. */
  readonly byAge: number;
  /** Strokes of the rows that the config names before its own. */
  readonly inRowsBefore: number;
  /** Strokes that givers of the live get in turns until it is drawn; null when it is nobody's turn. */
  readonly turns: number | null;
  readonly openByGiver: ReadonlyMap<string, number>;
}

/** How many strokes are drawn before something by an order. What belongs to no live waits until the live is served. */
export function standingBy(
  order: DrawOrder,
  { row, inRow, pendingInRow, byAge, inRowsBefore, turns, openByGiver }: Ahead,
): Standing {
  // Whose strokes fall into its row before it depends on all turns: at most those of its row, and at most the turns.
  if (turns !== null) return { row, aheadInRow: Math.min(pendingInRow, turns), aheadInAll: turns };
  if (order === 'row') return { row, aheadInRow: inRow, aheadInAll: inRowsBefore + inRow };
  const ofLive = order === 'live' ? [...openByGiver.values()].reduce((sum, open) => sum + open, 0) : 0;
  return { row, aheadInRow: inRow, aheadInAll: Math.max(inRow, byAge + ofLive) };
}

/** What is owed in the rows that a layout names before a row. */
export function pendingBefore(layout: SheetLayout, row: string, pending: ReadonlyMap<string, number>): number {
  const ids = layout.rows.map(({ id }) => id);
  return ids.slice(0, Math.max(0, ids.indexOf(row))).reduce((sum, id) => sum + (pending.get(id) ?? 0), 0);
}

/** How many strokes givers get in turns until a giver's gift is drawn; null when it is nobody's turn. */
export function turnsUntil(
  { giver, later }: { readonly giver: string; readonly later: number },
  openByGiver: ReadonlyMap<string, number>,
): number | null {
  const ofGiver = openByGiver.get(giver);
  if (ofGiver === undefined) return null;
  const turns = Math.max(1, ofGiver - later);
  return [...openByGiver.values()].reduce((sum, open) => sum + Math.min(open, turns), 0);
}
