import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { Mark, PlotterFacts, PlotterListener, PlotterMemory, PlotterRecord } from '../domain/plotter.ts';
import type { PenGeometry, Point, StrokeRef } from '../domain/sheet.ts';
import type { Board } from './board.ts';
import { type Certainty, drained, handedOver, looked, nothingPending } from './certainty.ts';
import { faults } from './faults.ts';
import { type Flight, trailed } from './flight.ts';
import { type Plan, penAt } from './gcode.ts';
import type { Link } from './link.ts';
import type { PlotterSettings } from './settings.ts';
import type { Place, StreamWatch } from './stream.ts';

/** Everything that is known about the plotter, in one place; what others see of it is derived. */
export class Body {
  readonly settings: PlotterSettings;
  readonly log: Log;
  listener: PlotterListener | null = null;
  record: PlotterRecord;
  link: Link | null = null;
  phase: PlotterFacts['link'] = 'absent';
  port: string | null = null;
  board: Board | null = null;
  /** Something that only a person can mend; it stays until `retryNow`. */
  fault: Fault | null = null;
  /** What is wrong with the link; it goes when the link comes back. */
  linkFault: Fault | null = null;
  geometry: PenGeometry | null = null;
  park: Point | null = null;
  /** The plan's end, proven by a look; null until a session has looked. */
  plan: Plan | null = null;
  /** Lines whose end no look has proven; it outlives the session. */
  flight: Flight | null = null;
  /** Where the plan has ended before. */
  trail: readonly Place[] = [];
  /** The plan was dropped since the last look: the pen stands somewhere on the way. */
  wasStopped = false;
  /** After a stop the pen is to be raised, however high it stands. */
  raiseDue = false;
  /** The stroke that was drawn last, or begun. */
  lastStroke: StrokeRef | null = null;
  /** Mismatches since a stroke became certain. */
  misses = 0;
  /** Resends of sessions that are over. */
  oldResends = 0;
  /** The user's lines that are still to be sent. */
  readonly due = { start: true, sheet: true };
  /** Counts up whenever all doubt becomes lasting: what was begun before cannot become certain any more. */
  doubts = 0;
  private certainty: Certainty = nothingPending;
  private readonly memory: PlotterMemory;
  /** As far as the disk has taken it. */
  private written: PlotterRecord;

  constructor(settings: PlotterSettings, memory: PlotterMemory, log: Log) {
    this.settings = settings;
    this.memory = memory;
    this.log = log;
    this.record = memory.load();
    this.written = this.record;
  }

  facts(): PlotterFacts {
    const { record, plan } = this;
    const known = this.phase === 'ready' && record.originKnown;
    const origin = !known ? 'unknown' : record.hover === null ? 'known' : 'confirm-hover';
    const pen = known && plan !== null ? { xMm: plan.xMm, yMm: plan.yMm, pen: plan.pen ?? 'up' } : null;
    return {
      link: this.phase,
      port: this.port,
      firmware: this.board?.firmware ?? null,
      uuid: this.board?.uuid ?? null,
      capabilities: this.board?.capabilities ?? [],
      origin: this.waitsForPark ? 'confirm-hover' : origin,
      epoch: record.epoch,
      pen,
      parked: known && record.parked !== null,
      inDoubt: this.certainty.pending.length,
      fault: this.fault ?? this.linkFault,
      resends: this.oldResends + (this.link?.resends ?? 0),
    };
  }

  /** After a power cycle the pen waits for a yes that it still rests where it was parked. */
  get waitsForPark(): boolean {
    return (
      this.phase === 'ready' && !this.record.originKnown && this.record.parked !== null && this.record.hover !== null
    );
  }

  /** The pen may touch the paper, or stands nobody knows where. */
  get isLow(): boolean {
    const { plan, geometry, settings } = this;
    if (plan === null || geometry === null) return false;
    return settings.pen.kind === 'z' ? plan.zMm < geometry.hopMm - 0.05 : plan.pen === null || plan.pen === 'down';
  }

  changed(): void {
    this.listener?.changed();
  }

  /** Writes the record down before anything is done that needs it; a disk that fails is a fault, and null is given. */
  save(change: Partial<PlotterRecord>): Fault | null {
    const record = { ...this.record, ...change };
    try {
      this.memory.save(record);
    } catch (error) {
      this.fault = faults.memoryFailed(error instanceof Error ? error.message : String(error));
      this.changed();
      return this.fault;
    }
    if (this.fault?.code === 'memory-failed') this.fault = null;
    this.record = record;
    this.written = record;
    this.changed();
    return null;
  }

  /** The epoch ends: where the origin lies is not known any more, nor where the pen rests. On disk at once. */
  loseOrigin(): Fault | null {
    const lost = this.withoutOrigin();
    return lost === null ? null : this.save(lost);
  }

  /** The same for what has happened already: a disk that does not take it now, which is a fault, gets it with the next write. */
  originIsLost(): Fault | null {
    const lost = this.withoutOrigin();
    if (lost === null) return null;
    const refused = this.save(lost);
    if (refused === null) return null;
    this.record = { ...this.record, ...lost };
    this.changed();
    return refused;
  }

  /** What is known by now is not on disk. */
  get isUnwritten(): boolean {
    return this.record !== this.written;
  }

  /** What the end of the epoch changes; null where it has ended. */
  private withoutOrigin(): Partial<PlotterRecord> | null {
    const { originKnown, parked, hover, liftDone } = this.record;
    if (!originKnown && parked === null && hover === null) return null;
    // A parked pen is up already.
    return { originKnown: false, parked: null, hover: null, liftDone: liftDone || parked !== null };
  }

  /** Takes a place that a look has told as the plan's end. */
  stand(place: Place): Plan {
    const pen = this.geometry === null ? null : penAt(place.zMm, this.geometry);
    const byServo = this.settings.pen.kind === 'z' ? pen : (this.plan?.pen ?? null);
    this.plan = { xMm: place.xMm, yMm: place.yMm, zMm: place.zMm, pen: byServo };
    return this.plan;
  }

  /** Keeps what is on its way from `from`, until looks have proven it. */
  watch(from: Plan, stroke: StrokeRef | null): StreamWatch {
    this.flight = { from, ends: [], stroke };
    this.trail = trailed(this.trail, from);
    return {
      sent: (end) => {
        if (this.flight !== null) this.flight = { ...this.flight, ends: [...this.flight.ends, end] };
      },
      proved: (end, blocks) => {
        for (const passed of [...(this.flight?.ends ?? []), end]) this.trail = trailed(this.trail, passed);
        this.flight = { from: end, ends: [], stroke };
        this.prove(end, blocks);
      },
    };
  }

  /** What was on its way is judged: nothing is, any more. */
  landed(): void {
    this.flight = null;
    this.wasStopped = false;
    this.trail = [];
  }

  blemished(marks: readonly Mark[]): void {
    if (marks.length > 0) this.listener?.blemished(marks);
  }

  /** A look has matched: `blocks` more moves are in the planner or behind it. */
  prove(plan: Plan, blocks: number): void {
    const moved = this.plan !== plan;
    this.plan = plan;
    this.tell(looked(this.certainty, blocks, this.settings.certainAfterMoves));
    if (moved) this.changed();
  }

  /** All that was accepted is executed. */
  proveAll(): void {
    this.tell(drained(this.certainty));
  }

  handOver(stroke: StrokeRef): void {
    this.certainty = handedOver(this.certainty, stroke);
    this.changed();
  }

  /** Nothing that is not certain can become certain any more. */
  doubtAll(): void {
    this.certainty = nothingPending;
    this.doubts += 1;
    this.listener?.doubted();
    this.changed();
  }

  private tell(step: { readonly certainty: Certainty; readonly certain: readonly StrokeRef[] }): void {
    this.certainty = step.certainty;
    if (step.certain.length === 0) return;
    this.misses = 0;
    this.listener?.certain(step.certain);
    this.changed();
  }
}
