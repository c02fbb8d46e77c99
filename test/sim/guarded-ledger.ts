import type { PlotterRecord } from '../../src/domain/plotter.ts';
import type { StrokeRef } from '../../src/domain/sheet.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { isAboutConnection } from '../../src/ledger/live-times.ts';
import { type Disk, diskError } from './disk.ts';
import type { Process } from './process.ts';

/** Who watches what a process writes. What they throw breaks the run. */
export interface LedgerWatch {
  /** A write is about to be made. */
  writing(what: string): void;
  /** These strokes are about to be written down as certain. */
  confirming(strokes: readonly StrokeRef[]): void;
  /** The plotter record is about to be written. */
  saving(before: PlotterRecord, record: PlotterRecord): void;
  /** It is on disk. */
  saved(before: PlotterRecord, record: PlotterRecord): void;
  /** A sheet is about to be closed and another one opened. */
  turning(): void;
  /** It is on disk. */
  turned(): void;
  /** Something was asked to be drawn, placed or taken back; it is on disk. */
  placed(): void;
  /** The process ends here; on disk is what `folder` holds. */
  died(folder: string): void;
}

/**
 * The real ledger on the simulated disk: each write costs its time, may be refused, and may be the one in which the
 * process dies. For a dead process the disk has gone: nothing of what it still tries is written.
 */
export function guardedLedger(ledger: Ledger, process: Process, disk: Disk, watch: LedgerWatch): Ledger {
  /** `begun` makes the write, and fails at its end with what it is given. */
  function guard<T>(what: string, write: () => T, begun?: (failure: Error) => void): T {
    if (!process.alive) throw diskError('SQLITE_IOERR_WRITE');
    disk.before();
    process.stall(disk.syncMs);
    if (disk.fails !== null && disk.fails.spares-- <= 0) {
      disk.failedAtMs = process.nowMs;
      const failure = diskError(disk.fails.code);
      if (disk.fails.at === 'commit') begun?.(failure);
      throw failure;
    }
    watch.writing(what);
    const death = disk.death;
    if (death !== null && --death.writes <= 0) {
      disk.death = null;
      watch.died(deathIn(write, death.how, death.random));
      throw diskError('SQLITE_IOERR_WRITE');
    }
    return write();
  }

  /** Makes the write in which the process dies; gives the folder with what of it reached the disk. */
  function deathIn(write: () => unknown, how: 'before' | 'torn' | 'after', random: () => number): string {
    const before = disk.image();
    if (how === 'before') return before;
    const bytes = disk.logBytes();
    write();
    if (how === 'after') return disk.image();
    const grown = disk.logBytes() - bytes;
    return grown > 0 ? disk.image(bytes + Math.floor(random() * grown)) : before;
  }

  return {
    ...ledger,
    record(items) {
      const batch = [...items];
      return guard(`record ${batch.length}`, () => ledger.record(batch));
    },
    write(work) {
      const watched: typeof work = (ink) =>
        work({
          ...ink,
          confirm(strokes) {
            watch.confirming(strokes.map(({ stroke }) => stroke));
            ink.confirm(strokes);
          },
        });
      return guard('write', () => ledger.write(watched), failing(ledger.write, watched));
    },
    turnSheet(layout) {
      if (process.alive) watch.turning();
      const turned = guard('turn the sheet', () => ledger.turnSheet(layout));
      watch.turned();
      return turned;
    },
    backup: (nowMs) => holdTime(ledger.backup(nowMs)),
    backupIfDue: (nowMs) => holdTime(ledger.backupIfDue(nowMs)),
    amend: (work) => guard('amend', () => ledger.amend(work), failing(ledger.amend, work)),
    draw(work) {
      const done = guard('drawing', () => ledger.draw(work), failing(ledger.draw, work));
      watch.placed();
      return done;
    },
    noteLive(event) {
      // Of other events nothing is written.
      if (isAboutConnection(event)) guard(`note ${event.kind}`, () => ledger.noteLive(event));
    },
    momentCame: (moment, id) => guard(`moment ${moment.kind}`, () => ledger.momentCame(moment, id)),
    stateChanged: (from, to) => guard('state', () => ledger.stateChanged(from, to)),
    live: (work) => guard('live', () => ledger.live(work), failing(ledger.live, work)),
    decide: (about, choice) => guard(`decide ${about}`, () => ledger.decide(about, choice)),
    save(record) {
      const before = ledger.load();
      if (process.alive) watch.saving(before, record);
      guard('save', () => ledger.save(record));
      watch.saved(before, record);
    },
  };
}

/** Makes a write whose transaction fails when all its work is done. */
function failing<I, R>(write: (work: (into: I) => R) => R, work: (into: I) => R): (failure: Error) => void {
  return (failure) => {
    write((into) => {
      work(into);
      throw failure;
    });
  };
}

const breath = new Int32Array(new SharedArrayBuffer(4));
const breathMs = 0.1;

/** The world's time stands still until this is done: it waits for the real disk, and for that as long as an immediate is set. */
function holdTime<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const wait = () => {
    if (isDone) return;
    Atomics.wait(breath, 0, 0, breathMs);
    setImmediate(wait);
  };
  setImmediate(wait);
  return work.finally(() => {
    isDone = true;
  });
}
