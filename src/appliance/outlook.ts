import type { Clock } from '../domain/clock.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import { type Forecast, forecast, letteringMs, type Pace, paceMs, type RowBacklog } from '../drawing/forecast.ts';
import type { DrawOrder } from '../drawing/schedule.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { RowQueue } from '../ledger/standing.ts';
import { forecastGift, type GiftForecast, pendingBefore, standingBy, turnsUntil } from './gift-forecast.ts';

/** When what is owed will be on paper, if nothing else comes; estimates all of them. */
export interface Outlook {
  /** How long a stroke takes: lately, or by the model of the plotter while too few were drawn. */
  readonly msPerStroke: number;
  readonly measured: boolean;
  /** When all of it is drawn; null when nothing is owed. */
  readonly owed: (Forecast & { readonly strokes: number }) | null;
  /** Of the newest gifts, those that are not drawn in full. */
  readonly gifts: readonly (Forecast & { readonly seq: number; readonly strokes: number })[];
}

export interface OutlookDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** The layout of a sheet that opens now, for when none is open. */
  readonly layoutOf: (sheet: number) => SheetLayout;
  readonly order: DrawOrder;
  /** By order "live", how many strokes each giver still has to come. */
  readonly openByGiver: () => ReadonlyMap<string, number>;
}

/** To look ahead takes a millisecond or two; nobody needs it more often. */
const holdsMs = 250;
/** So many strokes in a row tell the pace. */
const strokesForPace = 30;
/** A longer time between two strokes was no drawing but a rest. */
const restMs = 20_000;
const giftsForeseen = 10;

/** Looks ahead. */
export interface OutlookTeller {
  /** Strokes became certain. */
  drawn(strokes: number): void;
  outlook(): Outlook;
  /** Any gift by its event's number; null when nothing of it is owed on rows that the sheet has. */
  forecastOf(seq: number): GiftForecast | null;
}

/** The outlook of one appliance. */
export function createOutlook({ clock, ledger, layoutOf, order, openByGiver }: OutlookDeps): OutlookTeller {
  let known: { readonly atMs: number; readonly outlook: Outlook } | null = null;
  let modelled: { readonly layout: SheetLayout; readonly ms: number } | null = null;
  let whole: { readonly layout: SheetLayout; readonly ms: number } | null = null;
  let letters: { readonly layout: SheetLayout; readonly drawn: number; readonly ms: number } | null = null;
  let coming: { readonly sheet: SheetLayout; readonly number: number } | null = null;
  let lastMs: number | null = null;
  let recent: number[] = [];

  function pace(sheet: SheetLayout): { readonly msPerStroke: number; readonly measured: boolean } {
    if (recent.length >= strokesForPace) {
      return { msPerStroke: recent.reduce((sum, ms) => sum + ms, 0) / recent.length, measured: true };
    }
    if (modelled?.layout !== sheet) modelled = { layout: sheet, ms: paceMs(sheet) };
    return { msPerStroke: modelled.ms, measured: false };
  }

  /** With what a sheet writes; its whole lettering is looked at once. */
  function paceOn(sheet: SheetLayout, msPerStroke: number): Pace {
    const lettered = ledger.sheet()?.lettered ?? 0;
    if (whole?.layout !== sheet) whole = { layout: sheet, ms: letteringMs(sheet, 0) };
    if (letters?.layout !== sheet || letters.drawn !== lettered) {
      letters = { layout: sheet, drawn: lettered, ms: letteringMs(sheet, lettered) };
    }
    return { msPerStroke, lettersLeftMs: letters.ms, lettersPerSheetMs: whole.ms };
  }

  /** The open sheet, or the next one. */
  function paper(): { readonly sheet: SheetLayout; readonly number: number } {
    const open = ledger.sheet();
    if (open !== null) return { sheet: open.layout, number: open.id };
    const number = (ledger.questions.sheets().at(-1)?.sheet ?? 0) + 1;
    if (coming?.number !== number) coming = { sheet: layoutOf(number), number };
    return coming;
  }

  function look(): Outlook {
    const { sheet, number } = paper();
    const certain = new Map(ledger.questions.places().map((place) => [place.row, place.certain]));
    const gifts = ledger.questions.lastGifts(giftsForeseen);
    const queues = ledger.questions.queuesSince(gifts.at(-1)?.seq ?? 0);
    const pending = new Map(queues.map((queue) => [queue.row, queue.pending]));
    const backlog: RowBacklog[] = sheet.rows.map(({ id }) => ({
      id,
      taken: certain.get(id) ?? 0,
      pending: pending.get(id) ?? 0,
    }));
    const { msPerStroke, measured } = pace(sheet);
    const onSheet = paceOn(sheet, msPerStroke);
    const total = backlog.reduce((sum, row) => sum + row.pending, 0);
    const ends = backlog
      .filter((row) => row.pending > 0)
      .flatMap(({ id, pending: aheadInRow }) => {
        const standing = { row: id, aheadInRow, aheadInAll: total };
        return forecast(sheet, number, backlog, standing, onSheet) ?? [];
      });
    const last = ends.reduce<Forecast | null>((latest, end) => (isLater(end, latest) ? end : latest), null);
    const byGiver = order === 'live' ? openByGiver() : new Map<string, number>();
    return {
      msPerStroke,
      measured,
      owed: last === null ? null : { ...last, strokes: total },
      gifts: gifts.flatMap(({ seq }) => {
        const byAge = queues.reduce((sum, queue) => sum + queue.pending - behind(queue, seq), 0);
        const turns = order === 'live' ? turnsUntil(giverOf(queues, seq), byGiver) : null;
        const parts = queues.flatMap((queue) => {
          const own = queue.newest.filter(({ event }) => event === seq);
          if (own.length === 0) return [];
          const { row, pending: pendingInRow } = queue;
          const inRow = queue.pending - behind(queue, seq);
          const inRowsBefore = pendingBefore(sheet, row, pending);
          const standing = standingBy(order, {
            row,
            inRow,
            pendingInRow,
            byAge,
            inRowsBefore,
            turns,
            openByGiver: byGiver,
          });
          const end = forecast(sheet, number, backlog, standing, onSheet);
          return end === null ? [] : [{ end, strokes: own.reduce((sum, debt) => sum + debt.open, 0) }];
        });
        const end = parts.reduce<Forecast | null>(
          (latest, part) => (isLater(part.end, latest) ? part.end : latest),
          null,
        );
        return end === null ? [] : [{ seq, ...end, strokes: parts.reduce((sum, part) => sum + part.strokes, 0) }];
      }),
    };
  }

  return {
    drawn(strokes) {
      const nowMs = clock.nowMs();
      const tookMs = lastMs === null ? restMs : nowMs - lastMs;
      lastMs = nowMs;
      if (strokes === 0 || tookMs >= restMs) return;
      recent = [...recent, ...Array.from({ length: strokes }, () => tookMs / strokes)].slice(-strokesForPace);
    },
    outlook() {
      const nowMs = clock.nowMs();
      if (known === null || nowMs - known.atMs >= holdsMs) known = { atMs: nowMs, outlook: look() };
      return known.outlook;
    },
    forecastOf(seq) {
      const { sheet, number } = paper();
      const { msPerStroke } = pace(sheet);
      return forecastGift(
        ledger,
        { layout: sheet, sheet: number, order, pace: paceOn(sheet, msPerStroke), openByGiver: openByGiver() },
        seq,
      );
    },
  };
}

function isLater(a: Forecast, b: Forecast | null): boolean {
  return b === null || a.sheet > b.sheet || (a.sheet === b.sheet && a.minutes > b.minutes);
}

/** Strokes of a row that were credited after an event. */
function behind({ newest }: RowQueue, event: number): number {
  return newest.reduce((sum, debt) => sum + (debt.event > event ? debt.open : 0), 0);
}

/** Who gave an event, and how much is owed to them for what they gave after it. */
function giverOf(queues: readonly RowQueue[], event: number): { readonly giver: string; readonly later: number } {
  const newest = queues.flatMap((queue) => queue.newest);
  const giver = newest.find((debt) => debt.event === event)?.giver ?? '';
  const theirs = newest.filter((debt) => debt.giver === giver && debt.event > event);
  return { giver, later: theirs.reduce((sum, { open }) => sum + open, 0) };
}
