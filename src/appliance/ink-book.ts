import { originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { counted } from '../domain/plain-text.ts';
import type { StrayMark, StrayMarkOnSheet } from '../domain/plotter.ts';
import { isDrawing, isPaidFor, type SheetLayout, type StrokeRef } from '../domain/sheet.ts';
import { diskFault } from '../ledger/faults.ts';
import type { CertainStroke, InkWriter } from '../ledger/ink.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OwedStroke, StrokesInFlight } from '../ledger/queue.ts';

interface Held {
  readonly stroke: StrokeRef;
  readonly credit: number;
  readonly again: boolean;
  readonly owed: OwedStroke;
}

/**
 * The strokes between ledger and paper: sent to the plotter, and not yet written down as certain. When they come to
 * nothing (a pulled cable, a stop), nothing is lost: the ledger still owes them, and they are drawn again in the same
 * places.
 */
export interface InFlight extends StrokesInFlight {
  readonly size: number;
  /** Counts up with every change. */
  readonly changes: number;
  /** Takes a stroke as in flight; `stroke` is given where the plotter has it already. */
  take(sheet: number, owed: OwedStroke, stroke?: StrokeRef): StrokeRef;
  /**
   * The plotter has proven these strokes; they wait here until the ledger has them. A stroke that was dropped or let go
   * before is ignored, even if its place was taken again since.
   */
  prove(strokes: readonly StrokeRef[]): void;
  readonly proven: readonly CertainStroke[];
  /** The newest stroke that is not proven, which is about where the pen is; null when there is none. */
  readonly underWay: StrokeRef | null;
  /** All strokes in flight, in the order in which they were sent. */
  readonly strokes: readonly StrokeRef[];
  /** The ledger has these strokes: they are no longer in flight. */
  settle(written: readonly CertainStroke[]): void;
  /** This stroke was not drawn to its end: it is owed as before. */
  drop(stroke: StrokeRef): void;
  /** Takes all unproven strokes out of flight; their places stay uncertain. */
  letGo(): void;
  /** The number of the last stroke of a row where ink may lie; at least that of the last certain one. */
  perhapsInked(row: string): number;
  /** A fresh sheet was opened. */
  turn(): void;
  /** Notifies the listener from now on. */
  follow(listener: InFlightListener): void;
}

/** Is notified of strokes that are sent to the plotter, and of those that came to nothing. */
interface InFlightListener {
  taken(owed: OwedStroke): void;
  /** These were not drawn to their end: they are owed as before. */
  dropped(strokes: readonly OwedStroke[]): void;
}

/**
 * Begins with nothing in flight. `handedBefore`: by row, up to which stroke an earlier run may have left ink on the
 * open sheet.
 */
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

/** While drawing, certain strokes are written no more often than this, ms. */
const writeEveryMs = 1_000;
/**
 * So many further strokes of a row are noted ahead as perhaps drawn, so that one write serves several. Of a drawing
 * none are: an uncertain path is drawn again before anything else, and it takes longer than a stroke.
 */
const reserveAhead = 3;

interface InkBookDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly inFlight: InFlight;
  readonly changed: () => void;
}

/** Writes down which strokes are proven and, before they are sent, which may be drawn from now on. */
export interface InkBook {
  /** Notes on disk that a stroke may be drawn from now on; false when the disk does not take it. */
  announce(owed: OwedStroke, capacity: number): boolean;
  prove(strokes: readonly StrokeRef[]): void;
  addStrayMarks(marks: readonly StrayMark[]): void;
  /** Writes at once what is proven; false when the disk does not take it. */
  flush(): boolean;
  /** The service ends: writes what it can, logs what the disk does not take, and does not use the ledger any more. */
  close(): void;
  fault(): Fault | null;
  /** A fresh sheet was opened: nothing is noted ahead on it. */
  turn(): void;
}

const nothing = (): void => {};

/** The ink book of one ledger. */
export function openInkBook(deps: InkBookDeps): InkBook {
  return new LedgerInkBook(deps);
}

class LedgerInkBook implements InkBook {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #ledger: Ledger;
  readonly #inFlight: InFlight;
  readonly #changed: () => void;
  readonly #reserved: Map<string, number>;
  #marks: StrayMarkOnSheet[] = [];
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  #timer: Cancel | null = null;
  #closed = false;
  #disk: Fault | null = null;
  /**
   * What else a failed write had to write. The retry writes it too: with nothing to write, a full disk would seem to
   * work again.
   */
  #unwritten: (ink: InkWriter) => void = nothing;

  constructor(deps: InkBookDeps) {
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#ledger = deps.ledger;
    this.#inFlight = deps.inFlight;
    this.#changed = deps.changed;
    this.#reserved = new Map<string, number>(this.#ledger.sheet()?.handedAtOpen ?? []);
  }

  announce({ row, n, again }: OwedStroke, capacity: number): boolean {
    if (!isPaidFor(row)) return this.#disk === null;
    if (again) return this.#write((ink) => ink.reserveRedraw(row, n, true));
    if (n <= (this.#reserved.get(row) ?? 0)) return this.#disk === null;
    const upTo = Math.min(capacity, n + (isDrawing(row) ? 0 : reserveAhead));
    if (!this.#write((ink) => ink.reserve(row, upTo))) return false;
    this.#reserved.set(row, upTo);
    return true;
  }

  prove(strokes: readonly StrokeRef[]): void {
    this.#inFlight.prove(strokes);
    this.#schedule(Math.max(0, this.#lastWriteMs + writeEveryMs - this.#clock.nowMs()));
  }

  addStrayMarks(found: readonly StrayMark[]): void {
    const kept = found.flatMap((mark): StrayMarkOnSheet[] => {
      const stroke = mark.stroke ?? this.#lastOfSheet();
      if (stroke === null) this.#log.warn(`No sheet is open to note this mark on: ${mark.why}`);
      return stroke === null ? [] : [{ ...mark, stroke }];
    });
    if (kept.length === 0) return;
    this.#marks = [...this.#marks, ...kept];
    this.#schedule(0);
  }

  flush(): boolean {
    return this.#write(this.#unwritten);
  }

  close(): void {
    this.#closed = true;
    if (this.#write(this.#unwritten)) return;
    const proven = this.#inFlight.proven.length;
    if (proven > 0) this.#log.warn(`Not saved: ${counted(proven, 'stroke')}, to be drawn again in place.`);
    if (this.#marks.length > 0) this.#log.warn(`Not saved: ${counted(this.#marks.length, 'mark')} on the paper.`);
  }

  fault(): Fault | null {
    return this.#disk;
  }

  turn(): void {
    this.#reserved.clear();
  }

  /**
   * Writes all that waits, and what else the caller has to write, in one transaction; false when the disk does not take
   * it.
   */
  #write(also: (ink: InkWriter) => void): boolean {
    this.#timer?.();
    this.#timer = null;
    const proven = this.#inFlight.proven.slice();
    const strayMarks = this.#marks;
    if (proven.length === 0 && strayMarks.length === 0 && also === nothing) return this.#disk === null;
    try {
      this.#ledger.write((ink) => {
        if (proven.length > 0) ink.confirm(proven);
        for (const mark of strayMarks) ink.strayMark(mark);
        also(ink);
      });
    } catch (error) {
      const fault = diskFault(error);
      if (fault === null) throw error;
      if (this.#disk === null) {
        this.#log.error(`${fault.what} Drawing stops until the disk can be written. ${fault.remedy}`);
        this.#log.debug(`Strokes were not written: ${originalOf(error)}`);
      }
      this.#setFault(fault);
      this.#unwritten = also;
      this.#schedule(writeEveryMs);
      return false;
    }
    this.#unwritten = nothing;
    this.#inFlight.settle(proven);
    this.#marks = [];
    this.#lastWriteMs = this.#clock.nowMs();
    this.#setFault(null);
    if (proven.length > 0) this.#changed();
    return true;
  }

  /** The stroke of the open sheet that was proven last, or its first place. */
  #lastOfSheet(): StrokeRef | null {
    const sheet = this.#ledger.sheet();
    const [first] = sheet?.layout.rows ?? [];
    if (sheet === null || first === undefined) return null;
    return this.#ledger.questions.lastInk(sheet.id) ?? { sheet: sheet.id, row: first.id, n: 1 };
  }

  #setFault(fault: Fault | null): void {
    if (fault?.code === this.#disk?.code) return;
    this.#disk = fault;
    this.#changed();
  }

  #schedule(delayMs: number): void {
    if (this.#closed) return;
    this.#timer ??= this.#clock.after(delayMs, () => {
      this.#timer = null;
      this.#write(this.#unwritten);
    });
  }
}

interface TurnDeps {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly ink: InkBook;
  readonly inFlight: InFlight;
  /** The layout of the sheet that opens, by its number. */
  readonly layoutOf: (sheet: number) => SheetLayout;
}

/**
 * Closes the sheet that was taken away and opens a fresh one; a fault when the disk does not take it. The plotter must
 * be parked and its planner empty: what is unproven then stays so for good.
 */
export function turnSheet({ log, ledger, ink, inFlight, layoutOf }: TurnDeps): Fault | null {
  try {
    if (!ink.flush()) return ink.fault();
    ledger.write((writer) => {
      for (const { id } of ledger.sheet()?.layout.rows ?? []) writer.reserve(id, inFlight.perhapsInked(id));
    });
    const number = (ledger.questions.sheets().at(-1)?.sheet ?? 0) + 1;
    const { opened, closed } = ledger.turnSheet(layoutOf(number));
    if (closed !== null && closed.uncertain > 0) {
      log.warn(
        `Sheet ${closed.sheet} is closed; ${counted(closed.uncertain, 'stroke')} on it uncertain and owed again.`,
      );
    }
    for (const { request, certain } of closed?.drawings ?? []) {
      if (certain > 0)
        log.warn(`Drawing ${request} was cut off with sheet ${closed?.sheet}: it is drawn whole on the next one.`);
    }
    log.info(`Sheet ${opened} is open.`);
    return null;
  } catch (error) {
    const fault = diskFault(error);
    if (fault === null) throw error;
    log.debug(`The sheet was not turned: ${originalOf(error)}`);
    return fault;
  }
}
