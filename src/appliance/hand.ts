import type { StrokeRef } from '../domain/sheet.ts';
import type { CertainStroke } from '../ledger/ink.ts';
import type { InHand, OwedStroke } from '../ledger/queue.ts';

interface Held {
  readonly stroke: StrokeRef;
  readonly credit: number;
  readonly again: boolean;
  readonly owed: OwedStroke;
}

/**
 * The strokes between the ledger and the paper: handed to the plotter, not yet written down as certain.
 * Lost hand (a pulled cable, a stop) is no loss: the ledger still owes them, and draws them in the same places.
 */
export interface Hand extends InHand {
  readonly size: number;
  /** Counts up whenever something is taken or put down. */
  readonly changes: number;
  take(sheet: number, owed: OwedStroke): StrokeRef;
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
  /** The ledger has these: they are in hand no more. */
  settle(written: readonly CertainStroke[]): void;
  /** Nothing unproven is under way any more; it may have left ink, or not. */
  letGo(): void;
  /** Up to which stroke of a row ink may lie; at least as far as the ledger is certain. */
  perhapsInked(row: string): number;
  /** A fresh sheet lies there. */
  turn(): void;
}

/** Hears what goes through the hand. */
export interface HandListener {
  taken(owed: OwedStroke): void;
  dropped(strokes: readonly OwedStroke[]): void;
}

/** An empty hand; `handedBefore` is what an earlier run may have left on the open sheet. */
export function openHand(handedBefore: ReadonlyMap<string, number>, listener: HandListener): Hand {
  let held: Held[] = [];
  let proven: CertainStroke[] = [];
  let changes = 0;
  const perhaps = new Map(handedBefore);
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
    healing: (row, n) => held.some((each) => each.again && each.stroke.row === row && each.stroke.n === n),
    take(sheet, owed) {
      const { row, n, credit, again } = owed;
      const stroke = { sheet, row, n };
      held.push({ stroke, credit, again, owed });
      changes += 1;
      perhaps.set(row, Math.max(perhaps.get(row) ?? 0, n));
      listener.taken(owed);
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
    letGo() {
      const kept = new Set(proven.map(({ stroke }) => stroke));
      const dropped = held.filter(({ stroke }) => !kept.has(stroke));
      held = held.filter(({ stroke }) => kept.has(stroke));
      changes += 1;
      listener.dropped(dropped.map(({ owed }) => owed));
    },
    perhapsInked: (row) => perhaps.get(row) ?? 0,
    turn() {
      held = [];
      proven = [];
      changes += 1;
      perhaps.clear();
    },
  };
}
