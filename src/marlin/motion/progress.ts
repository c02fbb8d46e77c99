import type { Fault } from '../../domain/fault.ts';
import type { PlotterRecord } from '../../domain/plotter.ts';
import type { StrokeRef } from '../../domain/sheet.ts';
import type { Place } from '../wire/replies.ts';
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
import type { Plan } from './gcode.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { StreamWatch } from './stream.ts';

/**
 * So many of the newest certain strokes are noted with the uncertain ones: the ledger gets their proof only a moment
 * later.
 */
const provenNoted = 16;

interface ProgressDeps {
  readonly keeper: RecordKeeper;
  /** After how many later moves a move must have been executed; null where only a planner that ran empty proves it. */
  depth(): number | null;
  certain(strokes: readonly StrokeRef[]): void;
  uncertain(): void;
  changed(): void;
}

/** How far the plotter has come: where its plan ends, which lines are on their way, which strokes wait for proof. */
export class Progress {
  private readonly deps: ProgressDeps;
  private planned: Plan | null = null;
  private inFlight: Flight | null = null;
  private ends: Trail = noTrail;
  private planWasDropped = false;
  private stopWasCutShort = false;
  private losses = 0;
  private certainty: Certainty = nothingPending;
  /** The end of the plan that the newest of them was certain to have passed. */
  private passedEnd = 0;
  /** The newest strokes that are certain. */
  private proven: readonly StrokeRef[] = [];
  /** Whether some of what is noted on disk as under way is uncertain by now. */
  private noteIsStale = false;

  constructor(deps: ProgressDeps) {
    this.deps = deps;
    this.takeUp();
  }

  /** A board that did not reset goes on with what an earlier run of the service had sent. */
  private takeUp(): void {
    const { underWay, originKnown, epoch } = this.deps.keeper.record;
    const [from, ...ends] = underWay?.ends ?? [];
    if (underWay === null || from === undefined || !originKnown || underWay.epoch !== epoch) return;
    for (const stroke of underWay.strokes) this.certainty = handedOver(this.certainty, stroke, this.ends.count);
    this.inFlight = { from, ends, stroke: null };
  }

  /** The plan's end, proven by a position check; null until a session has checked. */
  get plan(): Plan | null {
    return this.planned;
  }

  /** Lines whose end no position check has proven; it outlives the session. */
  get flight(): Flight | null {
    return this.inFlight;
  }

  /** Where the plan has ended before. */
  get trail(): Trail {
    return this.ends;
  }

  /** The plan was dropped since the last position check: the pen stands somewhere on the way. */
  get wasStopped(): boolean {
    return this.planWasDropped;
  }

  /** Whether the link was lost before a stop was sent for the second time: a waiting line may then have gone astray. */
  get stopWasCut(): boolean {
    return this.stopWasCutShort;
  }

  /** Counts up whenever certainty is lost: strokes that were begun before cannot become certain any more. */
  get certaintyLosses(): number {
    return this.losses;
  }

  /** Strokes that were sent whole and wait for proof, the oldest first. */
  get handedOver(): readonly StrokeRef[] {
    return this.certainty.pending.map(({ stroke }) => stroke);
  }

  /** How many strokes were sent whole and wait for proof. */
  get unproven(): number {
    return this.certainty.pending.length;
  }

  /** Where the plan ends is not known: no session has checked yet. */
  forgetPlan(): void {
    this.planned = null;
  }

  /** Takes a place that a position check has reported as the plan's end. */
  standAt(plan: Plan): void {
    this.planned = plan;
  }

  /** The session is over; `stopWasCut`: before a stop of it was sent for the second time. */
  sessionEnds(stopWasCut: boolean): void {
    this.stopWasCutShort ||= stopWasCut;
    this.planned = null;
  }

  /** Keeps what is on its way from `from`, until position checks have proven it. */
  watch(from: Plan, stroke: StrokeRef | null): StreamWatch {
    this.inFlight = { from, ends: [], stroke };
    this.ends = trailed(this.ends, from);
    return {
      sent: (end) => {
        if (this.inFlight !== null) this.inFlight = { ...this.inFlight, ends: [...this.inFlight.ends, end] };
      },
      proved: (end, blocks) => {
        for (const passed of [...(this.inFlight?.ends ?? []), end]) this.ends = trailed(this.ends, passed);
        this.inFlight = { from: end, ends: [], stroke };
        this.prove(end, blocks);
      },
    };
  }

  /** A position check has matched: `blocks` more moves are in the planner or behind it. */
  private prove(plan: Plan, blocks: number): void {
    const moved = this.planned !== plan;
    this.planned = plan;
    this.advance(checked(this.certainty, blocks, this.deps.depth() ?? Number.POSITIVE_INFINITY));
    if (moved) this.deps.changed();
  }

  /** All that was accepted is executed. */
  proveAll(): void {
    this.advance(drained(this.certainty));
    this.passedEnd = this.ends.count;
  }

  handOver(stroke: StrokeRef): void {
    this.certainty = handedOver(this.certainty, stroke, this.ends.count);
    this.deps.changed();
  }

  /** The plan was dropped, and the pen stands at `place`: what it has passed is executed, and the rest never will be. */
  dropped(place: Place, isBehind: boolean): void {
    const upTo = isBehind ? this.ends.count : passedEnds(this.ends, place, this.passedEnd);
    if (upTo !== null) this.advance(passed(this.certainty, upTo));
    this.loseCertainty();
  }

  /** Nothing that is not certain can become certain any more. */
  loseCertainty(): void {
    this.certainty = nothingPending;
    this.losses += 1;
    this.noteIsStale = true;
    this.deps.uncertain();
    this.deps.changed();
  }

  /** The lines on their way are judged: none is on its way any more. */
  landed(): void {
    this.inFlight = null;
    this.planWasDropped = false;
    this.stopWasCutShort = false;
    this.ends = { ends: [], count: this.ends.count };
  }

  private advance(step: { readonly certainty: Certainty; readonly certain: readonly StrokeRef[] }): void {
    const newest = this.certainty.pending[step.certain.length - 1];
    this.certainty = step.certainty;
    if (newest === undefined) return;
    this.passedEnd = newest.atEnd;
    this.proven = [...this.proven, ...step.certain].slice(-provenNoted);
    this.deps.certain(step.certain);
    this.deps.changed();
  }

  /**
   * Writes down what the board has accepted, before lines that change the plan's end, so that the next run of the
   * service can judge by these places if this one dies. Null, or why the disk does not take it.
   */
  noteUnderWay(from: Plan, ends: readonly Plan[]): Fault | null {
    const { epoch, originKnown, underWay } = this.deps.keeper.record;
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

  /** Whether the note on disk still holds: whoever judges by it takes nothing for drawn that is not. */
  get noteHolds(): boolean {
    return this.deps.keeper.record.underWay === null || !this.noteIsStale;
  }

  private saveUnderWay(underWay: PlotterRecord['underWay']): Fault | null {
    this.deps.keeper.restsByChecks();
    const fault = this.deps.keeper.save({ underWay });
    if (fault === null) this.noteIsStale = false;
    return fault;
  }

  /**
   * The board was ordered to drop its plan. One with EMERGENCY_PARSER goes on with the waiting line, and its plan then
   * ends where it was meant to, though the rest was dropped: if this service dies meanwhile, the next one must not
   * believe that place.
   */
  dropsPlan(): void {
    this.planWasDropped = true;
    if (this.deps.keeper.record.underWay !== null) this.saveUnderWay(null);
  }

  /**
   * This stroke is to be drawn again: that it was drawn before proves nothing of that. Null, or why the disk does not
   * take it.
   */
  forgetProof({ sheet, row, n }: StrokeRef): Fault | null {
    const isOther = (one: StrokeRef) => one.sheet !== sheet || one.row !== row || one.n !== n;
    this.proven = this.proven.filter(isOther);
    const { underWay } = this.deps.keeper.record;
    if (underWay === null || underWay.strokes.every(isOther)) return null;
    this.noteIsStale = true;
    return this.saveUnderWay({ ...underWay, strokes: underWay.strokes.filter(isOther) });
  }
}

function isPlace(a: Plan, b: Plan): boolean {
  return a.xMm === b.xMm && a.yMm === b.yMm && a.zMm === b.zMm && a.pen === b.pen;
}
