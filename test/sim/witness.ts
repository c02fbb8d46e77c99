import type { PlotterFacts, PlotterRecord } from '../../src/domain/plotter.ts';
import type { StrokeRef } from '../../src/domain/sheet.ts';
import type { Motion } from '../../src/simulators/plotter/machine.ts';
import type { Fail } from './broken.ts';
import type { Hardware } from './hardware.ts';
import type { Papers } from './papers.ts';

/** What is said of a place and what is true may differ by rounding; mm. */
const roundingMm = 0.06;

/** Where the plotters of these worlds can go, mm from the origin. */
export const simulatedBed = { xMinMm: 0, xMaxMm: 400, yMinMm: 0, yMaxMm: 400 };

/** An epoch that is being written down, and where its origin really is on the bed. */
interface WrittenEpoch {
  readonly epoch: number;
  readonly atMs: number;
  readonly origin: readonly [number, number];
}

/** Sees every move of the pen and every claim about it, and knows the truth. */
export class Witness {
  readonly papers: Papers;
  readonly #hardware: Hardware;
  readonly #nowMs: () => number;
  readonly #motionDelayMs: number;
  /** What the disk says, and since which line to the plotter. */
  #record: PlotterRecord | null = null;
  #parkedSince = Number.POSITIVE_INFINITY;
  #unknownSince = 0;
  /** Lines between these were written while a notice that the motors are let go of waited at the port. */
  #released = { since: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };
  #lifts = 0;
  #handsMs = Number.NEGATIVE_INFINITY;
  #handsSince = 0;
  /** Until then what moves was asked for by a person who guides the pen. */
  #guidedUntilMs = Number.NEGATIVE_INFINITY;
  #written: WrittenEpoch | null = null;
  /** A person has said in this unknown time where the pen is. */
  #personSaid = false;
  /** A person has put the tip on the mark while the plotter had no power. */
  #tipPut = false;
  #knownSinceMs = Number.POSITIVE_INFINITY;

  readonly #fail: Fail;

  constructor(hardware: Hardware, papers: Papers, nowMs: () => number, motionDelayMs: number, fail: Fail) {
    this.#fail = fail;
    this.#hardware = hardware;
    this.papers = papers;
    this.#nowMs = nowMs;
    this.#motionDelayMs = motionDelayMs;
  }

  /** A process begins with this on disk. */
  begins(record: PlotterRecord): void {
    // From a backup of before, nobody knows what was done about this unknown time.
    if (!record.liftDone) this.#lifts = 0;
    // The process before has died in the write that began this epoch, and the disk has it.
    if (record.originKnown && this.#written?.epoch === record.epoch) this.#epochBegins(this.#written);
    this.#written = null;
    this.#personSaid = false;
    this.#released = { since: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };
    this.#follow(record);
  }

  /** Somebody pressed, and may have a hand near the pen. */
  handsNear(nowMs: number): void {
    this.#handsMs = nowMs;
    this.#handsSince = this.#hardware.lines.count;
  }

  personSaid(): void {
    this.#personSaid = true;
  }

  tipPut(): void {
    this.#tipPut = true;
  }

  /** A person asked for a move by hand, which lasts this long at most. */
  guided(ms: number): void {
    this.#guidedUntilMs = this.#nowMs() + ms;
  }

  /** The plotter has told that its motors are let go of, and the service will read that before it does anything else. */
  released(): void {
    this.#released = { since: this.#hardware.lines.count, until: Number.POSITIVE_INFINITY };
  }

  motion(motion: Motion): void {
    const { from, to, queuedMs, startMs, command } = motion;
    if (this.#hardware.lines.isWild(command)) return;
    // What counts is what was known when the line was written: a busy firmware takes it when it likes.
    const line = this.#hardware.lines.orderOf(command);
    const way = `from ${place(from)} to ${place(to)}`;
    if (line > this.#parkedSince) {
      this.#fail('no wrong ink', `the pen moved ${way} while the disk said that it was parked`);
    }
    if (line > this.#released.since && line <= this.#released.until) {
      this.#fail('no wrong ink', `the pen moved ${way} after its motors had been let go of`);
    }
    const isRaise = Math.hypot(to[0] - from[0], to[1] - from[1]) < roundingMm && to[2] > from[2];
    if (!isRaise && line > this.#handsSince && startMs < this.#handsMs + this.#motionDelayMs - 1) {
      this.#fail('hands', `the pen moved ${way} ${Math.round(startMs - this.#handsMs)} ms after a press`);
    }
    if (line > this.#unknownSince && queuedMs > this.#guidedUntilMs) this.#motionInTheDark(motion, way);
    const [x, y] = this.papers.origin ?? [0, 0];
    const { xMinMm, xMaxMm, yMinMm, yMaxMm } = simulatedBed;
    const isInside = isBetween(to[0] - x, xMinMm, xMaxMm) && isBetween(to[1] - y, yMinMm, yMaxMm);
    if (line <= this.#unknownSince && !isInside) this.#fail('no wrong ink', `the pen left the bed, ${way}`);
  }

  /** While the origin is unknown, the pen may be raised once. */
  #motionInTheDark({ from, to }: Motion, way: string): void {
    const sideways = Math.hypot(to[0] - from[0], to[1] - from[1]);
    this.#lifts += 1;
    if (sideways > roundingMm || to[2] < from[2]) {
      this.#fail('no wrong ink', `the pen moved ${way} while the origin was unknown`);
    }
    if (this.#lifts > 1) this.#fail('no wrong ink', `the pen was raised twice while the origin was unknown, ${way}`);
  }

  /** These strokes are about to be called certain. */
  confirming(strokes: readonly StrokeRef[]): void {
    for (const stroke of strokes) {
      if (this.papers.isWhole(stroke)) continue;
      const { sheet, row, n } = stroke;
      this.#fail('no lie', `stroke ${row}:${n} of sheet ${sheet} is called certain and was not drawn`);
    }
  }

  /** The plotter record is about to be written. */
  saving(before: PlotterRecord, { epoch, originKnown, parked }: PlotterRecord): void {
    this.#written = null;
    if (epoch <= before.epoch || !originKnown) return;
    const [x, y] = this.#hardware.board.place();
    this.#written = { epoch, atMs: this.#nowMs(), origin: [x - (parked?.xMm ?? 0), y - (parked?.yMm ?? 0)] };
  }

  saved(before: PlotterRecord, record: PlotterRecord): void {
    if (this.#written !== null) this.#epochBegins(this.#written);
    this.#written = null;
    const isSure = this.#hardware.doubtfulMs < this.#knownSinceMs;
    const wasSure = isSure && before.originKnown && before.hover === null;
    if (wasSure && !record.originKnown) this.#fail('truth', 'the origin was forgotten, and nothing had happened to it');
    if (record.parked !== null && before.parked === null) this.#checkParked(record.parked);
    this.#follow(record);
  }

  turning(): void {
    if (this.#record?.parked === null || this.#hardware.board.moving()) {
      this.#fail('hands', 'a sheet was opened while the pen was not parked');
    }
  }

  /** What the plotter's driver says is so. */
  facts(facts: PlotterFacts): void {
    if (facts.parked && this.#hardware.isReachable && this.#hardware.board.moving() && this.#record?.parked !== null) {
      this.#fail('truth', 'the pen is said to be parked and moves');
    }
  }

  #follow(record: PlotterRecord): void {
    const lines = this.#hardware.lines.count;
    if (!record.originKnown) {
      this.#knownSinceMs = Number.POSITIVE_INFINITY;
      this.#released.until = Math.min(this.#released.until, lines);
    }
    if (record.parked === null) this.#parkedSince = Number.POSITIVE_INFINITY;
    else if (this.#parkedSince === Number.POSITIVE_INFINITY) this.#parkedSince = lines;
    if (record.originKnown) {
      this.#knownSinceMs = Math.min(this.#knownSinceMs, this.#nowMs());
      this.#unknownSince = Number.POSITIVE_INFINITY;
      this.#lifts = 0;
    } else if (this.#unknownSince === Number.POSITIVE_INFINITY || this.#record === null) {
      this.#unknownSince = lines;
    }
    this.#record = record;
  }

  #epochBegins({ epoch, atMs, origin }: WrittenEpoch): void {
    const last = this.papers.origin;
    const isAsTold = this.#personSaid || this.#tipPut;
    if (!isAsTold && last !== null && Math.hypot(origin[0] - last[0], origin[1] - last[1]) > roundingMm) {
      this.#fail(
        'no wrong ink',
        `epoch ${epoch} began at ${place([...origin, 0])} without a person, the one before at ${place([...last, 0])}`,
      );
    }
    this.#personSaid = false;
    this.#tipPut = false;
    this.papers.beginEpoch(atMs, origin);
    // Not from when a process reads it: what happens to the plotter in between happens to this origin.
    this.#knownSinceMs = Math.min(this.#knownSinceMs, atMs);
  }

  #checkParked(parked: NonNullable<PlotterRecord['parked']>): void {
    const [x, y] = this.papers.origin ?? [0, 0];
    const at = this.#hardware.board.place();
    const apart = Math.max(Math.abs(at[0] - x - parked.xMm), Math.abs(at[1] - y - parked.yMm));
    if (this.#hardware.board.moving() || (apart > roundingMm && this.#hardware.isAlive)) {
      this.#fail('truth', `the pen is written down as parked at ${parked.xMm}, ${parked.yMm} and is at ${place(at)}`);
    }
  }
}

function isBetween(at: number, low: number, high: number): boolean {
  return at >= low - roundingMm && at <= high + roundingMm;
}

function place([x, y, z]: readonly [number, number, number]): string {
  return `${x.toFixed(2)}/${y.toFixed(2)}/${z.toFixed(2)}`;
}
