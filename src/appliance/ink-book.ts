import type { Cancel, Clock } from '../domain/clock.ts';
import { counted } from '../domain/counted.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { Blemish, Mark } from '../domain/plotter.ts';
import { letteringRow, type StrokeRef } from '../domain/sheet.ts';
import { diskFault } from '../ledger/faults.ts';
import type { InkWriter } from '../ledger/ink.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OwedStroke } from '../ledger/queue.ts';
import type { Hand } from './hand.ts';

/** While drawing, what became certain is written at most this often. */
const writeEveryMs = 1_000;
/** So many strokes of a row are noted ahead as perhaps handed over, so that one write serves several. */
const reserveAhead = 3;

export interface InkBookDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly hand: () => Hand;
  readonly changed: () => void;
}

/** Writes down what the plotter has proven, and beforehand what it may be about to do. */
export interface InkBook {
  /** Notes on disk that a stroke may be drawn from now on; false when the disk does not take it. */
  announce(owed: OwedStroke, capacity: number): boolean;
  prove(strokes: readonly StrokeRef[]): void;
  blemish(marks: readonly Mark[]): void;
  /** Writes at once what is proven; false when the disk does not take it. */
  flush(): boolean;
  /** The service ends: writes what it can, says what the disk does not take, and touches the ledger no more. */
  close(): void;
  fault(): Fault | null;
  /** A fresh sheet: nothing is noted ahead on it. */
  turn(): void;
}

const nothing = (): void => {};

/** The ink book of one ledger. */
export function openInkBook({ clock, log, ledger, hand, changed }: InkBookDeps): InkBook {
  const reserved = new Map<string, number>(ledger.sheet()?.handedAtOpen ?? []);
  let marks: Blemish[] = [];
  let lastWriteMs = Number.NEGATIVE_INFINITY;
  let timer: Cancel | null = null;
  let closed = false;
  let disk: Fault | null = null;
  /** What else a failed write had to write: the retry must really write, or a full disk would look mended. */
  let unwritten: (ink: InkWriter) => void = nothing;

  /** One transaction for all that is to be written, and what else the caller has to write. */
  function write(also: (ink: InkWriter) => void): boolean {
    timer?.();
    timer = null;
    const proven = hand().proven.slice();
    const blemishes = marks;
    if (proven.length === 0 && blemishes.length === 0 && also === nothing) return disk === null;
    try {
      ledger.write((ink) => {
        if (proven.length > 0) ink.confirm(proven);
        for (const mark of blemishes) ink.blemish(mark);
        also(ink);
      });
    } catch (error) {
      const fault = diskFault(error);
      if (fault === null) throw error;
      if (disk === null) log.error(`${fault.what} The pen rests until it can be written down. ${fault.remedy}`);
      setFault(fault);
      unwritten = also;
      schedule(writeEveryMs);
      return false;
    }
    unwritten = nothing;
    hand().settle(proven);
    marks = [];
    lastWriteMs = clock.nowMs();
    setFault(null);
    if (proven.length > 0) changed();
    return true;
  }

  /** The stroke of the open sheet that was proven last, or its first place. */
  function lastOfSheet(): StrokeRef | null {
    const sheet = ledger.sheet();
    const [first] = sheet?.layout.rows ?? [];
    if (sheet === null || first === undefined) return null;
    return ledger.questions.lastInk(sheet.id) ?? { sheet: sheet.id, row: first.id, n: 1 };
  }

  function setFault(fault: Fault | null): void {
    if (fault?.code === disk?.code) return;
    disk = fault;
    changed();
  }

  function schedule(delayMs: number): void {
    if (closed) return;
    timer ??= clock.after(delayMs, () => {
      timer = null;
      write(unwritten);
    });
  }

  return {
    announce({ row, n, again }, capacity) {
      if (row === letteringRow) return disk === null;
      if (again) return write((ink) => ink.reserveWound(row, n, true));
      if (n <= (reserved.get(row) ?? 0)) return disk === null;
      const upTo = Math.min(capacity, n + reserveAhead);
      if (!write((ink) => ink.reserve(row, upTo))) return false;
      reserved.set(row, upTo);
      return true;
    },
    prove(strokes) {
      hand().prove(strokes);
      schedule(Math.max(0, lastWriteMs + writeEveryMs - clock.nowMs()));
    },
    blemish(found) {
      const kept = found.flatMap((mark): Blemish[] => {
        const stroke = mark.stroke ?? lastOfSheet();
        if (stroke === null) log.warn(`No sheet is open to note this mark on: ${mark.why}`);
        return stroke === null ? [] : [{ ...mark, stroke }];
      });
      if (kept.length === 0) return;
      marks = [...marks, ...kept];
      schedule(0);
    },
    flush: () => write(unwritten),
    close() {
      closed = true;
      if (write(unwritten)) return;
      const proven = hand().proven.length;
      if (proven > 0) log.warn(`Not written down: ${counted(proven, 'stroke')}, to be drawn again in place.`);
      if (marks.length > 0) log.warn(`Not written down: ${counted(marks.length, 'mark')} on the paper.`);
    },
    fault: () => disk,
    turn: () => reserved.clear(),
  };
}
