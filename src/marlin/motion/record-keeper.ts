import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Fault } from '../../domain/fault.ts';
import type { Log } from '../../domain/log.ts';
import type { PlotterMemory, PlotterRecord } from '../../domain/plotter.ts';
import { plotterFaults } from '../faults.ts';
import { type CheckedCounts, restByChecks, rested } from '../wire/counts.ts';
import type { Position } from '../wire/replies.ts';

/** What a write leads to. */
interface RecordWatcher {
  /** The disk has taken all that is known. */
  saved(): void;
  /** The counts that position checks have shown in this session. */
  counts(): CheckedCounts | null;
  /** The disk does not take it; it gets it with the next write. */
  failed(fault: Fault): void;
  changed(): void;
}

/** What is known of the plotter across sessions and restarts. Nothing else writes the plotter's record. */
export class RecordKeeper {
  private readonly memory: PlotterMemory;
  private readonly log: Log;
  private readonly watcher: RecordWatcher;
  private known: PlotterRecord;
  /** As far as the disk has taken it. */
  private written: PlotterRecord;

  constructor(memory: PlotterMemory, log: Log, watcher: RecordWatcher) {
    this.memory = memory;
    this.log = log;
    this.watcher = watcher;
    this.known = memory.load();
    this.written = this.known;
  }

  get record(): PlotterRecord {
    return this.known;
  }

  /** Whether something that is known is not on disk yet. */
  get isUnwritten(): boolean {
    return this.known !== this.written;
  }

  /** Writes the record down before anything is done that needs it; a disk that fails is a fault, and null is given. */
  save(change: Partial<PlotterRecord>): Fault | null {
    const record = { ...this.known, ...change };
    try {
      this.memory.save(record);
    } catch (error) {
      this.log.debug(`The plotter's record was not written: ${originalOf(error)}`);
      const fault = plotterFaults.memoryFailed(causeInWords(error));
      this.watcher.failed(fault);
      return fault;
    }
    this.known = record;
    this.written = record;
    this.watcher.saved();
    return null;
  }

  /** The epoch ends: where the origin lies is not known any more, nor where the pen rests. On disk at once. */
  loseOrigin(): Fault | null {
    const lost = this.withoutOrigin();
    return lost === null ? null : this.save(lost);
  }

  /**
   * The same for what has happened already: a disk that does not take it now, which is a fault, gets it with the next
   * write.
   */
  originIsLost(): Fault | null {
    const lost = this.withoutOrigin();
    if (lost === null) return null;
    const refused = this.save(lost);
    if (refused === null) return null;
    this.known = { ...this.known, ...lost };
    this.watcher.changed();
    return refused;
  }

  /** At rest at this place: on disk with the next write, and no later than the next idle check. */
  restsAt(position: Position): void {
    const rest = rested(this.known.rest, this.known.epoch, position);
    if (rest !== this.known.rest) this.known = { ...this.known, rest };
  }

  /**
   * Position checks have shown that this board reports the step counts of its plan's end: then the newest check is as
   * good as one at rest.
   */
  restsByChecks(): void {
    const { rest, epoch } = this.known;
    const shown = restByChecks(this.watcher.counts(), rest, epoch);
    if (shown !== null) this.known = { ...this.known, rest: shown };
  }

  /** The changes of the record when the epoch ends; null where it has ended already. */
  private withoutOrigin(): Partial<PlotterRecord> | null {
    const { originKnown, parked, hover, liftDone } = this.known;
    if (!originKnown && parked === null && hover === null) return null;
    // A parked pen is up already.
    return { originKnown: false, parked: null, hover: null, liftDone: liftDone || parked !== null };
  }
}
