import type { StrokeRef } from '../domain/sheet.ts';
import type { CertainStroke } from '../ledger/ink.ts';
import type { OwedStroke, StrokesInFlight } from '../ledger/queue.ts';

interface Held {
  readonly stroke: StrokeRef;
  readonly credit: number;
  readonly again: boolean;
  readonly owed: OwedStroke;
}

/**
 * The strokes between the ledger and the paper: sent to the plotter, not yet written down as certain. What is lost of
 * them (a pulled cable, a stop) is no loss: the ledger still owes them, and draws them in the same places.
 */
export interface InFlight extends StrokesInFlight {
  readonly size: number;
  /** Counts up whenever something is taken or put down. */
  readonly changes: number;
  /** `stroke` is given where the plotter has it already. */
  take(sheet: number, owed: OwedStroke, stroke?: StrokeRef): StrokeRef;
  /**
   * Strokes that the plotter has proven; they wait here until the ledger has them. What was let go of is passed over,
   * also when the same place was taken again since: word of it would come out of turn.
   */
  prove(strokes: readonly StrokeRef[]): void;
  readonly proven: readonly CertainStroke[];
  /** The newest stroke that is not proven: about where the pen is. */
  readonly underWay: StrokeRef | null;
  /** All of them, in the order in which they were handed over. */
  readonly strokes: readonly StrokeRef[];
  /** The ledger has these: they are no longer in flight. */
  settle(written: readonly CertainStroke[]): void;
  /** This stroke was not drawn to its end: it is owed as before. */
  drop(stroke: StrokeRef): void;
  /** Nothing unproven is under way any more; it may have left ink, or not. */
  letGo(): void;
  /** Up to which stroke of a row ink may lie; at least as far as the ledger is certain. */
  perhapsInked(row: string): number;
  /** A fresh sheet lies there. */
  turn(): void;
  /** Notifies the listener from now on. */
  follow(listener: InFlightListener): void;
}

/** Is notified of what is sent to the plotter, and what came to nothing. */
interface InFlightListener {
  taken(owed: OwedStroke): void;
  /** These were not drawn to their end: they are owed as before. */
  dropped(strokes: readonly OwedStroke[]): void;
}

/** Nothing in flight; `handedBefore` is what an earlier run may have left on the open sheet. */
export function openInFlight(handedBefore: ReadonlyMap<string, number>): InFlight {
  const listeners = new Set<InFlightListener>();
  let held: Held[] = [];
  let proven: CertainStroke[] = [];
  let changes = 0;
  const perhaps = new Map(handedBefore);

  function letGoOf(isLost: (each: Held) => boolean): void {
    const kept = new Set(proven.map(({ stroke }) => stroke));
    const dropped = held.filter((each) => isLost(each) && !kept.has(each.stroke));
    held = held.filter((each) => !dropped.includes(each));
    changes += 1;
    for (const listener of listeners) listener.dropped(dropped.map(({ owed }) => owed));
  }

  return {
    get size() {
      return held.length;
    },
    get changes() {
      return changes;
    },
    get proven() {
      return proven;
    },
    get underWay() {
      return held.at(-1)?.stroke ?? null;
    },
    get strokes() {
      return held.map(({ stroke }) => stroke);
    },
    fresh: (row) => held.filter((each) => each.stroke.row === row && !each.again).length,
    paidBy: (credit) => held.filter((each) => each.credit === credit && !each.again).length,
    redrawing: (row, n) => held.some((each) => each.again && each.stroke.row === row && each.stroke.n === n),
    take(sheet, owed, stroke = { sheet, row: owed.row, n: owed.n }) {
      const { row, n, credit, again } = owed;
      held.push({ stroke, credit, again, owed });
      changes += 1;
      perhaps.set(row, Math.max(perhaps.get(row) ?? 0, n));
      for (const listener of listeners) listener.taken(owed);
      return stroke;
    },
    prove(strokes) {
      for (const stroke of strokes) {
        const found = held.find((each) => each.stroke === stroke);
        if (found !== undefined) proven.push({ stroke: found.stroke, credit: found.credit });
      }
    },
    settle(written) {
      const done = new Set(written.map(({ stroke }) => stroke));
      proven = proven.filter(({ stroke }) => !done.has(stroke));
      held = held.filter(({ stroke }) => !done.has(stroke));
      changes += 1;
    },
    drop: (dropped) => letGoOf(({ stroke }) => stroke === dropped),
    letGo: () => letGoOf(() => true),
    perhapsInked: (row) => perhaps.get(row) ?? 0,
    follow: (listener) => void listeners.add(listener),
    turn() {
      held = [];
      proven = [];
      changes += 1;
      perhaps.clear();
    },
  };
}
