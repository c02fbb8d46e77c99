import type { Clock } from '../domain/clock.ts';
import type { LiveSource } from '../domain/live-source.ts';
import type { Log } from '../domain/log.ts';
import type { MotionLimits } from '../domain/motion.ts';
import type { Plotter } from '../domain/plotter.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import { isDrawing, isPaidFor } from '../domain/sheet.ts';
import { modelPace } from '../drawing/forecast.ts';
import { nextOfLive, type TurnFacts, type WayTimes, wayTimes } from '../drawing/live-order.ts';
import { openLiveTurns } from '../drawing/live-turns.ts';
import { type Candidate, type DrawOrder, type Newcomer, nextStroke } from '../drawing/schedule.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OwedStroke } from '../ledger/queue.ts';
import type { Recorded } from '../ledger/record.ts';
import type { InFlight } from './ink-book.ts';

/** After a restart the running live's credits are looked for among so many of the newest. */
const refillLimit = 30_000;
/** Credits that a person took back are passed over; more than so many at once would be a bug. */
const passedOverMax = 1_000;

interface ChoiceDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly plotter: Plotter;
  readonly source: LiveSource;
  readonly inFlight: InFlight;
  readonly order: DrawOrder;
  /** Within this time, ms, a new giver's first stroke shall begin. */
  readonly newGiverWithinMs: number;
  /** Whether a sheet is full as soon as one owed stroke does not fit. */
  readonly endsWithFirstRow: boolean;
  readonly limits: MotionLimits;
}

/** Chooses whose stroke comes next, by the configured order. */
export interface Choice {
  /**
   * The stroke to draw next; null when nothing that is owed fits. Places where ink may lie already come first, so that
   * little is uncertain when a sheet is taken away.
   */
  next(): OwedStroke | null;
  /** Whether there is a next stroke. It is asked with every change, and costs a hundredth of choosing one. */
  hasNext(): boolean;
  /** The next stroke whose place may have ink already; null when there is none. */
  nextUncertain(): OwedStroke | null;
  recorded(records: readonly Recorded[]): void;
  /** By order "live", how many strokes each giver of the running live is still owed; empty by any other order. */
  openByGiver(): ReadonlyMap<string, number>;
}

/** The choice of one appliance. */
export function createChoice(deps: ChoiceDeps): Choice {
  return new LiveChoice(deps);
}

class LiveChoice implements Choice {
  readonly #deps: ChoiceDeps;
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #plotter: Plotter;
  readonly #source: LiveSource;
  readonly #inFlight: InFlight;
  readonly #order: DrawOrder;
  readonly #turns = openLiveTurns();
  /** The lives that are or were last heard, one of each channel. */
  #rooms: readonly string[] = [];
  #lastRow: string | null = null;
  /** Since when (monotonic) something has been owed in a row without a stroke being drawn there. */
  readonly #owedSinceMs = new Map<string, number>();
  /** Whether it was logged that new givers wait for longer than they should. */
  #saidLate = false;
  #pace: { readonly layout: SheetLayout; readonly strokeMs: number } | null = null;
  #run = 0;
  #turnSinceMs = 0;
  #asked: {
    readonly changes: number;
    readonly transactions: number;
    readonly found: readonly OwedStroke[];
  } | null = null;

  constructor(deps: ChoiceDeps) {
    this.#deps = deps;
    this.#clock = deps.clock;
    this.#ledger = deps.ledger;
    this.#plotter = deps.plotter;
    this.#source = deps.source;
    this.#inFlight = deps.inFlight;
    this.#order = deps.order;
    this.#inFlight.follow({
      taken: (owed) => {
        if (owed.row !== this.#lastRow) this.#turnSinceMs = this.#clock.nowMs();
        this.#run = owed.row === this.#lastRow ? this.#run + 1 : 1;
        this.#lastRow = owed.row;
        this.#owedSinceMs.delete(owed.row);
        this.#turns.handed(debtOf(owed), this.#clock.nowMs());
      },
      dropped: (strokes) => {
        for (const owed of strokes) {
          if (this.#rooms.includes(owed.room) && owed.giver !== '' && !owed.again)
            this.#turns.credited(debtOf(owed), 1, this.#clock.nowMs());
        }
      },
    });
  }

  nextUncertain(): OwedStroke | null {
    const owed = this.#candidates().some(this.#isUncertain) ? this.next() : null;
    return owed !== null && this.#isUncertain(owed) ? owed : null;
  }

  hasNext(): boolean {
    if (this.#order !== 'live' || this.#ledger.sheet() === null) return this.next() !== null;
    this.#followLive();
    const first = this.#turns.anyChoice(this.#nextPlace);
    // A person may have taken it back meanwhile.
    const isOwed =
      first !== undefined && this.#ledger.queue.strokeOf(first.row, first.n, first.credit, this.#inFlight) !== null;
    return isOwed || this.next() !== null;
  }

  recorded(records: readonly Recorded[]): void {
    if (this.#order !== 'live') return;
    this.#followLive();
    for (const { event, credits, seq, giver, dues } of records) {
      if (!this.#rooms.includes(event.room) || giver === '') continue;
      for (const { seq: creditSequence, credits: owed } of [{ seq, credits }, ...dues]) {
        for (const { row, credit, strokes } of owed) {
          const debt = { row, giver, credit, creditSequence, creditedAtMs: event.arrivedAtMs };
          this.#turns.credited(debt, strokes, this.#clock.nowMs());
        }
      }
    }
  }

  openByGiver(): ReadonlyMap<string, number> {
    return this.#turns.openByGiver();
  }

  /** The queue of givers is only in memory: for another live, and after a restart, it is filled from the ledger. */
  #followLive(): void {
    const { room, rooms = room === null ? [] : [room] } = this.#source.facts();
    if (rooms.length === 0 || rooms.join() === this.#rooms.join()) return;
    this.#rooms = rooms;
    this.#turns.clear();
    const { queue } = this.#ledger;
    const nowMs = this.#clock.nowMs();
    const served = rooms.flatMap((each) => queue.servedOfRoom(each));
    this.#turns.served(served, nowMs);
    const turn = new Map(served.map((giver, index) => [giver, index]));
    const debts = rooms.flatMap((each) => [...queue.debtsOfRoom(each, refillLimit)]);
    const turnOf = ({ giver }: OwedStroke) => turn.get(giver) ?? -1;
    for (const owed of debts.sort((a, b) => turnOf(a) - turnOf(b) || a.event - b.event)) {
      this.#turns.credited(debtOf(owed), owed.open, nowMs);
    }
  }

  #nextOfLive(): OwedStroke | null {
    this.#followLive();
    const sheet = this.#ledger.sheet();
    if (sheet === null) return null;
    const old = this.#oldCandidates();
    const [lettering] = old;
    if (lettering !== undefined && !isPaidFor(lettering.row)) return lettering.owed;
    const ways = this.#ways(sheet.layout);
    for (let passed = 0; passed < passedOverMax; passed++) {
      const choices = this.#turns.choices(this.#nextPlace);
      const all: readonly (Candidate & { credit: number })[] = [...choices, ...old];
      const chosen = nextOfLive(this.#uncertainFirst(all), this.#turnFacts(all), ways);
      if (chosen === null) return null;
      if (chosen.turn === undefined) return old.find((each) => each === chosen)?.owed ?? null;
      const owed = this.#ledger.queue.strokeOf(chosen.row, chosen.n, chosen.credit, this.#inFlight);
      if (owed !== null) return owed;
      this.#turns.handed({ row: chosen.row, giver: chosen.giver ?? '', credit: chosen.credit }, this.#clock.nowMs());
    }
    throw new Error('the queue of the live is full of strokes that nobody owes');
  }

  readonly #nextPlace = (row: string): number | null => this.#ledger.queue.nextPlace(row, this.#inFlight);

  #turnFacts(candidates: readonly Candidate[]): TurnFacts {
    const nowMs = this.#clock.nowMs();
    const rows = new Set(candidates.map(({ row }) => row));
    for (const row of this.#owedSinceMs.keys()) if (!rows.has(row)) this.#owedSinceMs.delete(row);
    for (const row of rows) if (!this.#owedSinceMs.has(row)) this.#owedSinceMs.set(row, nowMs);
    const newcomers = this.#turns.newcomers(this.#nextPlace);
    this.#sayLate(newcomers, nowMs);
    return {
      nowMs,
      boundMs: this.#deps.newGiverWithinMs,
      newcomers,
      lastRow: this.#lastRowHere(),
      run: this.#run,
      turnSinceMs: this.#turnSinceMs,
      owedSinceMs: (row) => this.#owedSinceMs.get(row) ?? nowMs,
      endsSheet: (row) => this.#deps.endsWithFirstRow && this.#ledger.queue.isLastPlace(row, this.#inFlight),
    };
  }

  /** The row, or the drawing on this sheet, where the pen drew last; null where there is none. */
  #lastRowHere(): string | null {
    const last = this.#lastRow;
    if (last === null || !isDrawing(last)) return last;
    const drawings = this.#ledger.sheet()?.layout.drawings ?? [];
    return drawings.some(({ id }) => id === last) ? last : null;
  }

  /** Logs that new givers wait too long: once, until none waits any more. */
  #sayLate([first]: readonly Newcomer[], nowMs: number): void {
    const { log, newGiverWithinMs } = this.#deps;
    if (first === undefined) this.#saidLate = false;
    else if (!this.#saidLate && nowMs - first.sinceMs > newGiverWithinMs) {
      this.#saidLate = true;
      const seconds = Math.round(newGiverWithinMs / 1_000);
      log.warn(
        `New givers wait more than ${seconds} s for their first stroke: more people give than the pen can serve.`,
      );
    }
  }

  /** How long travel between places takes, by the model of the plotter's planner. */
  #ways(layout: SheetLayout): WayTimes {
    const { limits } = this.#deps;
    if (this.#pace?.layout !== layout) this.#pace = { layout, strokeMs: modelPace(layout, limits).msPerStroke([]) };
    const { strokeMs } = this.#pace;
    return wayTimes(
      layout,
      (row) => this.#inFlight.perhapsInked(row),
      this.#penAt(),
      this.#nextPlace,
      strokeMs,
      limits,
    );
  }

  /**
   * The strokes that may come next. They are read from the ledger once between two changes of what is owed or in
   * flight.
   */
  #candidates(): readonly OwedStroke[] {
    const { changes } = this.#inFlight;
    const transactions = this.#ledger.transactions();
    if (this.#asked?.changes !== changes || this.#asked.transactions !== transactions) {
      this.#asked = { changes, transactions, found: this.#ledger.queue.candidates(this.#inFlight) };
    }
    return this.#asked.found;
  }

  #oldCandidates() {
    return this.#candidates().map((owed) => ({
      row: owed.row,
      n: owed.n,
      credit: owed.credit,
      creditSequence: owed.event,
      creditedAtMs: owed.creditedAtMs,
      giver: owed.giver === '' ? null : owed.giver,
      live: this.#rooms.includes(owed.room),
      owed,
    }));
  }

  /**
   * Whether a place is uncertain: sent to the plotter before a restart or a stop, and never proven. One that a person
   * reported missing is not.
   */
  readonly #isUncertain = ({ row, n }: Pick<Candidate, 'row' | 'n'>): boolean => {
    return n <= this.#inFlight.perhapsInked(row) && n === this.#ledger.queue.nextPlace(row, this.#inFlight);
  };

  #uncertainFirst<C extends Candidate>(all: readonly C[]): readonly C[] {
    const unproven = all.filter(this.#isUncertain);
    return unproven.length > 0 ? unproven : all;
  }

  #penAt() {
    return this.#plotter.facts().pen ?? this.#ledger.sheet()?.layout.park ?? { xMm: 0, yMm: 0 };
  }

  next(): OwedStroke | null {
    if (this.#order === 'live') return this.#nextOfLive();
    const sheet = this.#ledger.sheet();
    if (sheet === null) return null;
    const old = this.#oldCandidates();
    const [lettering] = old;
    if (lettering !== undefined && !isPaidFor(lettering.row)) return lettering.owed;
    return nextStroke(this.#uncertainFirst(old), this.#penAt(), this.#order, sheet.layout)?.owed ?? null;
  }
}

function debtOf({ row, giver, credit, event, creditedAtMs }: OwedStroke) {
  return { row, giver, credit, creditSequence: event, creditedAtMs };
}
