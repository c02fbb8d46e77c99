import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Fault } from '../../domain/fault.ts';
import type { Log } from '../../domain/log.ts';
import type { PlotterFacts, PlotterListener, PlotterMemory, PlotterRecord, StrayMark } from '../../domain/plotter.ts';
import type { PenGeometry, Point, StrokeRef } from '../../domain/sheet.ts';
import { plotterFaults } from '../faults.ts';
import type { PlotterSettings } from '../settings.ts';
import { type Board, quoting } from '../wire/board.ts';
import { restByChecks, rested } from '../wire/counts.ts';
import { type Link, ringOf } from '../wire/link.ts';
import type { Place, Position } from '../wire/replies.ts';
import {
  type Certainty,
  checked,
  drained,
  type Flight,
  handedOver,
  noTrail,
  nothingPending,
  passed,
  passedEnds,
  type Trail,
  trailed,
} from './certainty.ts';
import { type Plan, penAt } from './gcode.ts';
import type { StreamWatch } from './stream.ts';

/** So many mismatches within so many strokes are more than a person may leave to themselves. */
const mismatchesMax = 3;
const strokesBetweenMismatchesMin = 10;
/** So many that are certain are noted with those that are not: the ledger has their proof only a moment later. */
const provenNoted = 16;

/** Everything that is known about the plotter, in one place; what others see of it is derived. */
export class PlotterState {
  readonly settings: PlotterSettings;
  readonly log: Log;
  listener: PlotterListener | null = null;
  record: PlotterRecord;
  link: Link | null = null;
  phase: PlotterFacts['link'] = 'absent';
  port: string | null = null;
  board: Board | null = null;
  /** What the board said of itself last, since it was found: why it halted, or does not do what it is told. */
  words: string | null = null;
  /** Something that only a person can mend; it stays until `retryNow`. */
  fault: Fault | null = null;
  /** What is wrong with the link; it goes when the link comes back. */
  linkFault: Fault | null = null;
  geometry: PenGeometry | null = null;
  park: Point | null = null;
  /** The plan's end, proven by a position check; null until a session has checked. */
  plan: Plan | null = null;
  /** Lines whose end no position check has proven; it outlives the session. */
  flight: Flight | null = null;
  /** Where the plan has ended before. */
  trail: Trail = noTrail;
  /** The plan was dropped since the last position check: the pen stands somewhere on the way. */
  wasStopped = false;
  /** The link went before a stop was told for the second time: a line that waited may have gone astray. */
  stopWasCut = false;
  /** A person stops the plotter: until its end the pen may still move, or rest on the paper. */
  stopping = false;
  /** How often a person has stopped it. */
  personStops = 0;
  /** After a stop the pen is to be raised, however high it stands. */
  raiseDue = false;
  /** The stroke that was drawn last, or begun. */
  lastStroke: StrokeRef | null = null;
  /** Resends of sessions that are over. */
  oldResends = 0;
  /** The user's lines that are still to be sent. */
  readonly due = { start: true, sheet: true };
  /** Counts up whenever all that is uncertain stays so: what was begun before cannot become certain any more. */
  certaintyLosses = 0;
  private certainty: Certainty = nothingPending;
  /** Strokes that were handed over whole, and how many there were at each mismatch. */
  private handed = 0;
  private misses: readonly number[] = [];
  /** The end of the plan that the newest of them was certain to have passed. */
  private passedEnd = 0;
  /** The newest strokes that are certain. */
  private proven: readonly StrokeRef[] = [];
  /** Some of what the disk holds as under way is uncertain by now. */
  private noteIsStale = false;
  private readonly memory: PlotterMemory;
  /** As far as the disk has taken it. */
  private written: PlotterRecord;

  constructor(settings: PlotterSettings, memory: PlotterMemory, log: Log) {
    this.settings = settings;
    this.memory = memory;
    this.log = log;
    this.record = memory.load();
    this.written = this.record;
    this.takeUp();
  }

  /** A board that did not begin anew goes on with what an earlier service had handed over. */
  private takeUp(): void {
    const { underWay, originKnown, epoch } = this.record;
    const [from, ...ends] = underWay?.ends ?? [];
    if (underWay === null || from === undefined || !originKnown || underWay.epoch !== epoch) return;
    for (const stroke of underWay.strokes) this.certainty = handedOver(this.certainty, stroke, this.trail.count);
    this.flight = { from, ends, stroke: null };
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
      stopping: this.stopping,
      inDoubt: this.certainty.pending.length,
      fault: quoting(this.fault ?? this.linkFault, this.words),
      resends: this.oldResends + (this.link?.resends ?? 0),
    };
  }

  /** After a power cycle the pen waits for a yes that it still rests where it was parked. */
  get waitsForPark(): boolean {
    return (
      this.phase === 'ready' && !this.record.originKnown && this.record.parked !== null && this.record.hover !== null
    );
  }

  /** After how many later moves a move must have been executed; null where only a planner that ran empty proves it. */
  get depth(): number | null {
    const ring = this.link === null ? null : ringOf(this.link.planner);
    return ring === null ? null : Math.max(ring, this.settings.certainAfterMoves);
  }

  /** Strokes that were handed over and wait for a planner of unknown size to run empty. */
  get unproven(): number {
    return this.certainty.pending.length;
  }

  /** These, oldest first. */
  get handedOver(): readonly StrokeRef[] {
    return this.certainty.pending.map(({ stroke }) => stroke);
  }

  /** Whether the board obeys M410 at its receipt; null where it is not known. */
  get emergencyParser(): boolean | null {
    return this.board?.emergencyParser ?? null;
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
      this.log.debug(`The plotter's record was not written: ${originalOf(error)}`);
      this.fault = plotterFaults.memoryFailed(causeInWords(error));
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

  /**
   * The same for what has happened already: a disk that does not take it now, which is a fault, gets it with the next
   * write.
   */
  originIsLost(): Fault | null {
    const lost = this.withoutOrigin();
    if (lost === null) return null;
    const refused = this.save(lost);
    if (refused === null) return null;
    this.record = { ...this.record, ...lost };
    this.changed();
    return refused;
  }

  /** At rest at this place: on disk with the next write, and no later than the next idle check. */
  restsAt(position: Position): void {
    const rest = rested(this.record.rest, this.record.epoch, position);
    if (rest !== this.record.rest) this.record = { ...this.record, rest };
  }

  /**
   * Position checks have shown that this board reports the counts of its plan's end: then the newest one is as good as
   * a rest.
   */
  restsByChecks(): void {
    const { rest, epoch } = this.record;
    const shown = restByChecks(this.link?.checkedCounts ?? null, rest, epoch);
    if (shown !== null) this.record = { ...this.record, rest: shown };
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

  /** Takes a place that a position check has reported as the plan's end. */
  stand(place: Place): Plan {
    const pen = this.geometry === null ? null : penAt(place.zMm, this.geometry);
    const byServo = this.settings.pen.kind === 'z' ? pen : (this.plan?.pen ?? null);
    this.plan = { xMm: place.xMm, yMm: place.yMm, zMm: place.zMm, pen: byServo };
    return this.plan;
  }

  /** Keeps what is on its way from `from`, until position checks have proven it. */
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

  /**
   * Writes down what the board has accepted, before lines that change where its plan ends: a service that dies
   * meanwhile leaves the next one these places to judge by. Null, or why the disk does not take it.
   */
  noteUnderWay(from: Plan, ends: readonly Plan[]): Fault | null {
    const { epoch, originKnown, underWay } = this.record;
    const strokes = [...this.proven, ...this.handedOver];
    if (!originKnown) return null;
    // What was noted before is uncertain for good: its places may be reached again, by other strokes.
    if (strokes.length === 0) return underWay === null ? null : this.saveUnderWay(null);
    const places = [from, ...ends.filter((end, index) => !isPlace(end, ends[index - 1] ?? from))];
    const isNoted =
      underWay !== null &&
      underWay.epoch === epoch &&
      underWay.strokes.at(-1) === strokes.at(-1) &&
      places.every((place) => underWay.ends.some((end) => isPlace(end, place)));
    return isNoted ? null : this.saveUnderWay({ epoch, strokes, ends: places });
  }

  /** Whoever judges by what the disk holds as under way takes nothing for drawn that is not. */
  get noteHolds(): boolean {
    return this.record.underWay === null || !this.noteIsStale;
  }

  private saveUnderWay(underWay: PlotterRecord['underWay']): Fault | null {
    this.restsByChecks();
    const fault = this.save({ underWay });
    if (fault === null) this.noteIsStale = false;
    return fault;
  }

  /**
   * The board was told to drop its plan. One with EMERGENCY_PARSER goes on with the line that waited, and then its plan
   * ends where it was meant to: a service that dies meanwhile must not leave the next one to believe it.
   */
  dropsPlan(): void {
    this.wasStopped = true;
    if (this.record.underWay !== null) this.saveUnderWay(null);
  }

  /**
   * This stroke is to be drawn again: that it was drawn before proves nothing of that. Null, or why the disk does not
   * take it.
   */
  forgetProof({ sheet, row, n }: StrokeRef): Fault | null {
    const isOther = (one: StrokeRef) => one.sheet !== sheet || one.row !== row || one.n !== n;
    this.proven = this.proven.filter(isOther);
    const { underWay } = this.record;
    if (underWay === null || underWay.strokes.every(isOther)) return null;
    this.noteIsStale = true;
    return this.saveUnderWay({ ...underWay, strokes: underWay.strokes.filter(isOther) });
  }

  /** What was on its way is judged: nothing is, any more. */
  landed(): void {
    this.flight = null;
    this.wasStopped = false;
    this.stopWasCut = false;
    this.trail = { ends: [], count: this.trail.count };
  }

  reportStrayMarks(marks: readonly StrayMark[]): void {
    if (marks.length > 0) this.listener?.strayMarks(marks);
  }

  /** A position check has matched: `blocks` more moves are in the planner or behind it. */
  prove(plan: Plan, blocks: number): void {
    const moved = this.plan !== plan;
    this.plan = plan;
    this.advance(checked(this.certainty, blocks, this.depth ?? Number.POSITIVE_INFINITY));
    if (moved) this.changed();
  }

  /** All that was accepted is executed. */
  proveAll(): void {
    this.advance(drained(this.certainty));
    this.passedEnd = this.trail.count;
  }

  handOver(stroke: StrokeRef): void {
    this.handed += 1;
    this.certainty = handedOver(this.certainty, stroke, this.trail.count);
    this.changed();
  }

  /**
   * The plan was dropped, and the pen stands at `place`: what it has passed is executed, and the rest never will be.
   */
  dropped(place: Place, isBehind: boolean): void {
    const upTo = isBehind ? this.trail.count : passedEnds(this.trail, place, this.passedEnd);
    if (upTo !== null) this.advance(passed(this.certainty, upTo));
    this.loseCertainty();
  }

  /** The plan ended elsewhere than meant; true when that happens too often for a person not to look. */
  missed(): boolean {
    this.misses = [...this.misses.filter((at) => this.handed - at < strokesBetweenMismatchesMin), this.handed];
    return this.misses.length >= mismatchesMax;
  }

  /** A person has looked. */
  forgetMisses(): void {
    this.misses = [];
  }

  /** Nothing that is not certain can become certain any more. */
  loseCertainty(): void {
    this.certainty = nothingPending;
    this.certaintyLosses += 1;
    this.noteIsStale = true;
    this.listener?.uncertain();
    this.changed();
  }

  private advance(step: { readonly certainty: Certainty; readonly certain: readonly StrokeRef[] }): void {
    const newest = this.certainty.pending[step.certain.length - 1];
    this.certainty = step.certainty;
    if (newest === undefined) return;
    this.passedEnd = newest.atEnd;
    this.proven = [...this.proven, ...step.certain].slice(-provenNoted);
    this.listener?.certain(step.certain);
    this.changed();
  }
}

function isPlace(a: Plan, b: Plan): boolean {
  return a.xMm === b.xMm && a.yMm === b.yMm && a.zMm === b.zMm && a.pen === b.pen;
}
