import type { Clock } from '../domain/clock.ts';
import type { MotionLimits } from '../domain/motion.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import { drawingLeft } from '../drawing/fit-drawing.ts';
import {
  type DrawingPace,
  type Forecast,
  forecast,
  letteringMs,
  type ModelPace,
  modelPace,
  type RowBacklog,
  type Standing,
} from '../drawing/forecast.ts';
import type { DrawOrder } from '../drawing/schedule.ts';
import type { Ledger, LedgerReader } from '../ledger/ledger.ts';
import type { PlacedDrawing } from '../ledger/placed-drawings.ts';
import type { RowQueue } from '../ledger/questions.ts';
import { type ForeseenDrawing, WaitingDrawings, type WaitingForecast } from './waiting-drawings.ts';

/** When the last owed stroke of a gift will be on paper, and how many of it are owed. */
export interface GiftForecast extends Forecast {
  readonly strokes: number;
}

/** The facts of a forecast. */
interface ForecastGround {
  /** The open sheet's layout, or that of the next one. */
  readonly layout: SheetLayout;
  readonly sheet: number;
  readonly order: DrawOrder;
  readonly pace: DrawingPace;
  /** By order "live", how many strokes each giver is still owed. */
  readonly openByGiver: ReadonlyMap<string, number>;
}

/** Forecasts a gift by its event's number; null when nothing of it is owed on rows that the sheet has. */
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

/** How many strokes are owed before the last one of a gift, counted for each order of drawing. */
interface Ahead {
  readonly row: string;
  /** In its row, by age, up to and including its last one. */
  readonly inRow: number;
  /** All that are owed in its row. */
  readonly pendingInRow: number;
  /** In all rows, by age, up to and including its last one. */
  readonly byAge: number;
  /** In the rows that the config names before its row. */
  readonly inRowsBefore: number;
  /** Drawn in turns of the live's givers until it is drawn; null when it is not drawn in turns. */
  readonly turns: number | null;
  readonly openByGiver: ReadonlyMap<string, number>;
}

/**
 * How many strokes are drawn before a gift by an order. A gift of no running live waits until all of the live is drawn.
 */
function standingBy(
  order: DrawOrder,
  { row, inRow, pendingInRow, byAge, inRowsBefore, turns, openByGiver }: Ahead,
): Standing {
  // How many of the turns fall into its row is not known: no more than are owed there, and no more than the turns.
  if (turns !== null) return { row, aheadInRow: Math.min(pendingInRow, turns), aheadInAll: turns };
  if (order === 'row') return { row, aheadInRow: inRow, aheadInAll: inRowsBefore + inRow };
  const ofLive = order === 'live' ? [...openByGiver.values()].reduce((sum, open) => sum + open, 0) : 0;
  return { row, aheadInRow: inRow, aheadInAll: Math.max(inRow, byAge + ofLive) };
}

/** How many strokes are owed in the rows that a layout names before a row. */
function pendingBefore(layout: SheetLayout, row: string, pending: ReadonlyMap<string, number>): number {
  const ids = layout.rows.map(({ id }) => id);
  return ids.slice(0, Math.max(0, ids.indexOf(row))).reduce((sum, id) => sum + (pending.get(id) ?? 0), 0);
}

/** How many strokes are drawn in turns until a giver's gift is drawn; null when it is not drawn in turns. */
function turnsUntil(
  { giver, later }: { readonly giver: string; readonly later: number },
  openByGiver: ReadonlyMap<string, number>,
): number | null {
  const ofGiver = openByGiver.get(giver);
  if (ofGiver === undefined) return null;
  const turns = Math.max(1, ofGiver - later);
  return [...openByGiver.values()].reduce((sum, open) => sum + Math.min(open, turns), 0);
}

/** When what is owed will be on paper, if nothing else comes. All figures are estimates. */
export interface Outlook {
  /** How long a stroke takes, ms: as measured lately, or by the model of the plotter while too few were drawn. */
  readonly msPerStroke: number;
  readonly measured: boolean;
  /** When all of it is drawn; null when nothing is owed. */
  readonly owed: (Forecast & { readonly strokes: number }) | null;
  /** Of the newest gifts, those that are not drawn in full. */
  readonly gifts: readonly (Forecast & { readonly seq: number; readonly strokes: number })[];
  /** The drawings of the open sheet that are owed, with how long each takes. */
  readonly drawings: readonly { readonly id: number; readonly minutes: number }[];
  /** The drawings that wait for a plate. */
  readonly waiting: readonly WaitingForecast[];
}

interface OutlookDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** The layout of the config; it changes once the picture of a row is read. */
  readonly layout: () => SheetLayout;
  /** The layout of a sheet that opens now, for when none is open. */
  readonly layoutOf: (sheet: number) => SheetLayout;
  readonly order: DrawOrder;
  /** By order "live", how many strokes each giver is still owed. */
  readonly openByGiver: () => ReadonlyMap<string, number>;
  readonly limits: MotionLimits;
}

/** An outlook takes a millisecond or two to compute: it is kept for so long, ms. */
const holdsMs = 250;
/** The pace is measured over so many strokes. */
const strokesForPace = 30;
/** A longer time between two strokes, ms, was a pause, and is not counted. */
const restMs = 20_000;
const giftsForeseen = 10;

/** A drawing of the open sheet, and what is left of it. */
interface OwedDrawing {
  readonly drawing: PlacedDrawing;
  readonly ms: number;
}

interface OwedDrawings {
  readonly placed: readonly OwedDrawing[];
  readonly waiting: readonly ForeseenDrawing[];
}

/** Computes the outlook. */
export interface OutlookSource {
  /** Strokes became certain. */
  drawn(strokes: number): void;
  outlook(): Outlook;
  /** Forecasts a gift by its event's number; null when nothing of it is owed on rows that the sheet has. */
  forecastOf(seq: number): GiftForecast | null;
}

/** The outlook of one appliance. */
export function createOutlook(deps: OutlookDeps): OutlookSource {
  return new LedgerOutlook(deps);
}

class LedgerOutlook implements OutlookSource {
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #layout: () => SheetLayout;
  readonly #layoutOf: (sheet: number) => SheetLayout;
  readonly #order: DrawOrder;
  readonly #openByGiver: () => ReadonlyMap<string, number>;
  readonly #limits: MotionLimits;
  #known: { readonly atMs: number; readonly outlook: Outlook } | null = null;
  #modelled: { readonly layout: SheetLayout; readonly pace: ModelPace } | null = null;
  #whole: { readonly layout: SheetLayout; readonly ms: number } | null = null;
  #letters: { readonly layout: SheetLayout; readonly drawn: number; readonly ms: number } | null = null;
  /** How long a whole drawing takes, by its track's id. */
  readonly #wholeMs = new Map<string, number>();
  #coming: { readonly of: SheetLayout; readonly sheet: SheetLayout; readonly number: number } | null = null;
  readonly #waiting: WaitingDrawings;
  #foreseen: readonly ForeseenDrawing[] = [];
  #lastMs: number | null = null;
  #recent: number[] = [];

  constructor(deps: OutlookDeps) {
    this.#clock = deps.clock;
    this.#ledger = deps.ledger;
    this.#layout = deps.layout;
    this.#layoutOf = deps.layoutOf;
    this.#order = deps.order;
    this.#openByGiver = deps.openByGiver;
    this.#limits = deps.limits;
    this.#waiting = new WaitingDrawings(deps.ledger, deps.limits);
  }

  drawn(strokes: number): void {
    const nowMs = this.#clock.nowMs();
    const tookMs = this.#lastMs === null ? restMs : nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (strokes === 0 || tookMs >= restMs) return;
    this.#recent = [...this.#recent, ...Array.from({ length: strokes }, () => tookMs / strokes)].slice(-strokesForPace);
  }

  outlook(): Outlook {
    const nowMs = this.#clock.nowMs();
    if (this.#known === null || nowMs - this.#known.atMs >= holdsMs)
      this.#known = { atMs: nowMs, outlook: this.#look() };
    return this.#known.outlook;
  }

  forecastOf(seq: number): GiftForecast | null {
    const { sheet, number } = this.#paper();
    const { msPerStroke } = this.outlook();
    const found = forecastGift(
      this.#ledger,
      {
        layout: sheet,
        sheet: number,
        order: this.#order,
        pace: this.#paceOn(sheet, msPerStroke),
        openByGiver: this.#openByGiver(),
      },
      seq,
    );
    if (found === null) return null;
    const drawings = { placed: this.#drawings(), waiting: this.#foreseen };
    return { ...found, minutes: found.minutes + this.#drawingMinutesBefore(drawings, seq, found.sheet) };
  }

  #pace(
    sheet: SheetLayout,
    backlog: readonly RowBacklog[],
  ): { readonly msPerStroke: number; readonly measured: boolean } {
    if (this.#recent.length >= strokesForPace) {
      return { msPerStroke: this.#recent.reduce((sum, ms) => sum + ms, 0) / this.#recent.length, measured: true };
    }
    if (this.#modelled?.layout !== sheet) this.#modelled = { layout: sheet, pace: modelPace(sheet, this.#limits) };
    return { msPerStroke: this.#modelled.pace.msPerStroke(backlog), measured: false };
  }

  /** The pace on a sheet, with the time of its lettering, which is computed once. */
  #paceOn(sheet: SheetLayout, msPerStroke: number): DrawingPace {
    const lettered = this.#ledger.sheet()?.lettered ?? 0;
    if (this.#whole?.layout !== sheet) this.#whole = { layout: sheet, ms: letteringMs(sheet, 0, this.#limits) };
    if (this.#letters?.layout !== sheet || this.#letters.drawn !== lettered) {
      this.#letters = { layout: sheet, drawn: lettered, ms: letteringMs(sheet, lettered, this.#limits) };
    }
    return { msPerStroke, lettersLeftMs: this.#letters.ms, lettersPerSheetMs: this.#whole.ms };
  }

  /** The open sheet, or the next one. */
  #paper(): { readonly sheet: SheetLayout; readonly number: number } {
    const open = this.#ledger.sheet();
    if (open !== null) return { sheet: open.layout, number: open.id };
    const number = (this.#ledger.questions.sheets().at(-1)?.sheet ?? 0) + 1;
    const of = this.#layout();
    if (this.#coming?.number !== number || this.#coming.of !== of)
      this.#coming = { of, sheet: this.#layoutOf(number), number };
    return this.#coming;
  }

  /** The owed drawings of the open sheet. The time of each is computed once, since it may have thousands of paths. */
  #drawings(): OwedDrawing[] {
    const open = this.#ledger.sheet();
    const owed = (open?.drawings ?? []).filter(({ isOver }) => !isOver);
    if (open === null || owed.length === 0) {
      this.#wholeMs.clear();
      return [];
    }
    return owed.map((drawing) => {
      const { track, certain } = drawing;
      const ms = this.#wholeMs.get(track.id) ?? drawingLeft(open.layout, track, 0, this.#limits).ms;
      this.#wholeMs.set(track.id, ms);
      return { drawing, ms: (ms * (track.count - certain)) / track.count };
    });
  }

  /** How long the pen draws drawings before a gift whose last stroke is on `sheet`, minutes, by the order. */
  #drawingMinutesBefore({ placed, waiting }: OwedDrawings, event: number, sheet: number): number {
    if (this.#order !== 'oldest') return 0;
    const here = placed.filter(({ drawing }) => drawing.afterEvent < event).map(({ ms }) => ms / 60_000);
    const later = waiting.filter((each) => each.afterEvent < event && each.sheet <= sheet);
    return [...here, ...later.map(({ minutes }) => minutes ?? 0)].reduce((sum, minutes) => sum + minutes, 0);
  }

  #look(): Outlook {
    const { sheet, number } = this.#paper();
    const drawings = this.#drawings();
    const drawingMs = drawings.reduce((sum, { ms }) => sum + ms, 0);
    const certain = new Map(this.#ledger.questions.places().map((place) => [place.row, place.certain]));
    const gifts = this.#ledger.questions.lastGifts(giftsForeseen);
    const queues = this.#ledger.questions.queuesSince(gifts.at(-1)?.seq ?? 0);
    const pending = new Map(queues.map((queue) => [queue.row, queue.pending]));
    const backlog: RowBacklog[] = sheet.rows.map(({ id }) => ({
      id,
      taken: certain.get(id) ?? 0,
      pending: pending.get(id) ?? 0,
    }));
    const { msPerStroke, measured } = this.#pace(sheet, backlog);
    const onSheet = this.#paceOn(sheet, msPerStroke);
    const total = backlog.reduce((sum, row) => sum + row.pending, 0);
    const ends = backlog
      .filter((row) => row.pending > 0)
      .flatMap(({ id, pending: aheadInRow }) => {
        const standing = { row: id, aheadInRow, aheadInAll: total };
        return forecast(sheet, number, backlog, standing, onSheet) ?? [];
      });
    const waiting = this.#waiting.foresee(this.#layout(), this.#ledger.sheet() === null ? number : number + 1);
    this.#foreseen = waiting;
    const waitingMinutes = waiting.reduce((sum, { minutes }) => sum + (minutes ?? 0), 0);
    const last = ends.reduce<Forecast | null>((latest, end) => (isLater(end, latest) ? end : latest), null);
    const byGiver = this.#order === 'live' ? this.#openByGiver() : new Map<string, number>();
    return {
      msPerStroke,
      measured,
      owed:
        last === null && drawings.length + waiting.length === 0
          ? null
          : {
              sheet: Math.max(last?.sheet ?? number, ...waiting.map(({ sheet: on }) => on)),
              minutes: (last?.minutes ?? 0) + drawingMs / 60_000 + waitingMinutes,
              strokes: total,
            },
      drawings: drawings.map(({ drawing, ms }) => ({ id: drawing.request, minutes: ms / 60_000 })),
      waiting: waiting.map(({ id, sheet: on, minutes }) => ({ id, sheet: on, minutes })),
      gifts: gifts.flatMap(({ seq }) => {
        const byAge = queues.reduce((sum, queue) => sum + queue.pending - behind(queue, seq), 0);
        const turns = this.#order === 'live' ? turnsUntil(giverOf(queues, seq), byGiver) : null;
        const parts = queues.flatMap((queue) => {
          const own = queue.newest.filter(({ event }) => event === seq);
          if (own.length === 0) return [];
          const { row, pending: pendingInRow } = queue;
          const inRow = queue.pending - behind(queue, seq);
          const inRowsBefore = pendingBefore(sheet, row, pending);
          const standing = standingBy(this.#order, {
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
        if (end === null) return [];
        const minutes = end.minutes + this.#drawingMinutesBefore({ placed: drawings, waiting }, seq, end.sheet);
        return [{ seq, ...end, minutes, strokes: parts.reduce((sum, part) => sum + part.strokes, 0) }];
      }),
    };
  }
}

function isLater(a: Forecast, b: Forecast | null): boolean {
  return b === null || a.sheet > b.sheet || (a.sheet === b.sheet && a.minutes > b.minutes);
}

/** How many owed strokes of a row were credited after an event. */
function behind({ newest }: RowQueue, event: number): number {
  return newest.reduce((sum, debt) => sum + (debt.event > event ? debt.open : 0), 0);
}

/** Who gave a gift, and how many strokes are owed for what the same giver gave later. */
function giverOf(queues: readonly RowQueue[], event: number): { readonly giver: string; readonly later: number } {
  const newest = queues.flatMap((queue) => queue.newest);
  const giver = newest.find((debt) => debt.event === event)?.giver ?? '';
  const theirs = newest.filter((debt) => debt.giver === giver && debt.event > event);
  return { giver, later: theirs.reduce((sum, { open }) => sum + open, 0) };
}
