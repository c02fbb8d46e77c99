import type { Clock } from '../domain/clock.ts';
import type { LiveSource } from '../domain/live-source.ts';
import type { Plotter } from '../domain/plotter.ts';
import { letteringRow } from '../domain/sheet.ts';
import { openLiveTurns } from '../drawing/live-turns.ts';
import { type Candidate, type DrawOrder, nextStroke } from '../drawing/schedule.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OwedStroke } from '../ledger/queue.ts';
import type { Recorded } from '../ledger/record.ts';
import type { Hand } from './hand.ts';

/** A stroke that needs a way to another row, by the estimate for the shipped lifts on an MPCNC. */
const strokeMs = 3_500;
/** After a restart, so many of the newest credits are looked at to find those of the running live. */
const refillLimit = 30_000;
/** Choices that came to nothing (taken back by a person) are passed over; more at once would be a bug. */
const mostPassedOver = 1_000;

export interface ChoiceDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly plotter: Plotter;
  readonly source: LiveSource;
  readonly hand: () => Hand;
  readonly order: DrawOrder;
  /** Within this time a new giver's first stroke shall begin. */
  readonly newGiverWithinMs: number;
}

/** Chooses whose stroke comes next, by the configured order. */
export interface Choice {
  /** Places where ink may lie already come first, whosever turn it is, so that little is in doubt when a sheet goes. */
  next(): OwedStroke | null;
  /** The next stroke if it is one of those; null when nothing that is owed is in doubt. */
  nextInDoubt(): OwedStroke | null;
  recorded(records: readonly Recorded[]): void;
  /** A stroke was handed to the plotter. */
  taken(owed: OwedStroke): void;
  /** Strokes that were handed over came to nothing: they are owed as before. */
  dropped(strokes: readonly OwedStroke[]): void;
  sheetTurned(): void;
  /** By order "live", how many strokes each giver of the running live still has to come; empty by any other. */
  openByGiver(): ReadonlyMap<string, number>;
}

/** The choice of one appliance. */
export function createChoice(deps: ChoiceDeps): Choice {
  const { clock, ledger, plotter, source, hand, order } = deps;
  const turns = openLiveTurns();
  let room: string | null = null;
  let lastRow: string | null = null;
  let run = 0;
  let asked: {
    readonly hand: Hand;
    readonly changes: number;
    readonly transactions: number;
    readonly found: readonly OwedStroke[];
  } | null = null;

  /** The queue is memory beside the ledger: for another live, and after a restart, it is filled from there. */
  function followLive(): void {
    const now = source.facts().room;
    if (now === room || now === null) return;
    room = now;
    turns.clear();
    for (const owed of [...ledger.queue.debtsOfRoom(room, refillLimit)].sort((a, b) => a.event - b.event)) {
      turns.credited(debtOf(owed), owed.open, clock.nowMs());
    }
  }

  function nextOfLive(): OwedStroke | null {
    followLive();
    const sheet = ledger.sheet();
    if (sheet === null) return null;
    const old = oldCandidates();
    const [lettering] = old;
    if (lettering?.row === letteringRow) return lettering.owed;
    for (let passed = 0; passed < mostPassedOver; passed++) {
      const choices = turns.choices((row) => ledger.queue.nextPlace(row, hand()));
      const facts = { nowMs: clock.nowMs(), boundMs: deps.newGiverWithinMs, strokeMs, lastRow, run };
      const candidates: readonly (Candidate & { credit: number })[] = doubtFirst([...choices, ...old]);
      const chosen = nextStroke(candidates, penAt(), order, sheet.layout, facts);
      if (chosen === null) return null;
      if (chosen.turn === undefined) return old.find((each) => each === chosen)?.owed ?? null;
      const owed = ledger.queue.strokeOf(chosen.row, chosen.n, chosen.credit, hand());
      if (owed !== null) return owed;
      turns.handed({ row: chosen.row, giver: chosen.giver ?? '', credit: chosen.credit }, clock.nowMs());
    }
    throw new Error('the queue of the live is full of strokes that nobody owes');
  }

  /** Asked several times between two changes of what is owed or in hand; the ledger is asked once. */
  function candidates(): readonly OwedStroke[] {
    const now = hand();
    const transactions = ledger.transactions();
    if (asked?.hand !== now || asked.changes !== now.changes || asked.transactions !== transactions) {
      asked = { hand: now, changes: now.changes, transactions, found: ledger.queue.candidates(now) };
    }
    return asked.found;
  }

  function oldCandidates() {
    return candidates().map((owed) => ({
      row: owed.row,
      n: owed.n,
      credit: owed.credit,
      creditSequence: owed.event,
      creditedAtMs: owed.creditedAtMs,
      giver: owed.giver === '' ? null : owed.giver,
      live: owed.room === room,
      owed,
    }));
  }

  /** Handed over before a restart or a stop, and never proven; a place whose ink was spoiled is none of these. */
  function isInDoubt({ row, n }: Pick<Candidate, 'row' | 'n'>): boolean {
    return n <= hand().perhapsInked(row) && n === ledger.queue.nextPlace(row, hand());
  }

  function doubtFirst<C extends Candidate>(all: readonly C[]): readonly C[] {
    const inDoubt = all.filter(isInDoubt);
    return inDoubt.length > 0 ? inDoubt : all;
  }

  function penAt() {
    return plotter.facts().pen ?? ledger.sheet()?.layout.park ?? { xMm: 0, yMm: 0 };
  }

  function next(): OwedStroke | null {
    if (order === 'live') return nextOfLive();
    const sheet = ledger.sheet();
    if (sheet === null) return null;
    const old = oldCandidates();
    const [lettering] = old;
    if (lettering?.row === letteringRow) return lettering.owed;
    return nextStroke(doubtFirst(old), penAt(), order, sheet.layout)?.owed ?? null;
  }

  return {
    next,
    nextInDoubt() {
      const owed = candidates().some(isInDoubt) ? next() : null;
      return owed !== null && isInDoubt(owed) ? owed : null;
    },
    recorded(records) {
      if (order !== 'live') return;
      followLive();
      for (const { event, credits, seq, giver } of records) {
        if (event.room !== room || giver === '') continue;
        for (const { row, credit, strokes } of credits) {
          const debt = { row, giver, credit, creditSequence: seq, creditedAtMs: event.arrivedAtMs };
          turns.credited(debt, strokes, clock.nowMs());
        }
      }
    },
    taken(owed) {
      run = owed.row === lastRow ? run + 1 : 1;
      lastRow = owed.row;
      turns.handed(debtOf(owed), clock.nowMs());
    },
    dropped(strokes) {
      for (const owed of strokes) {
        if (owed.room === room && owed.giver !== '' && !owed.again) turns.credited(debtOf(owed), 1, clock.nowMs());
      }
    },
    sheetTurned: () => turns.sheetTurned(),
    openByGiver: () => turns.openByGiver(),
  };
}

function debtOf({ row, giver, credit, event, creditedAtMs }: OwedStroke) {
  return { row, giver, credit, creditSequence: event, creditedAtMs };
}
