import type { Fault } from '../../domain/fault.ts';
import type { Log } from '../../domain/log.ts';
import type { PlotterFacts, PlotterListener, PlotterMemory, PlotterRecord, StrayMark } from '../../domain/plotter.ts';
import type { PenGeometry, Point, StrokeRef } from '../../domain/sheet.ts';
import type { PlotterSettings } from '../settings.ts';
import { type Board, quoting } from '../wire/board.ts';
import { type Link, ringOf } from '../wire/link.ts';
import type { Place } from '../wire/replies.ts';
import { type Plan, penAt } from './gcode.ts';
import { Progress } from './progress.ts';
import { RecordKeeper } from './record-keeper.ts';

/** So many mismatches within so many strokes stop the drawing, so that a person looks. */
const mismatchesMax = 3;
const strokesBetweenMismatchesMin = 10;

/** Facts about the session; only `session/` writes them. */
interface SessionFacts {
  readonly link: Link | null;
  readonly phase: PlotterFacts['link'];
  readonly port: string | null;
  readonly board: Board | null;
  /** What is wrong with the link; it goes when the link comes back. */
  readonly linkFault: Fault | null;
  /** The last error that the board has reported since it was found: why it halted, or did not do what it was sent. */
  readonly words: string | null;
  /** Resends of sessions that are over. */
  readonly oldResends: number;
}

const noSession: SessionFacts = {
  link: null,
  phase: 'absent',
  port: null,
  board: null,
  linkFault: null,
  words: null,
  oldResends: 0,
};

/** Where and how high the pen works. */
interface Pen {
  readonly geometry: PenGeometry;
  readonly park: Point;
}

/**
 * All that is known about the plotter; the facts that others see are derived from it. It has four parts with one writer
 * each: the record (`keeper`), how far the plotter has come (`progress`), the session (`session/`, by `inSession`), and
 * what persons and orders did, by the methods here.
 */
export class PlotterState {
  readonly settings: PlotterSettings;
  readonly log: Log;
  /** What survives a restart of the service. */
  readonly keeper: RecordKeeper;
  /** Where the plan ends, and what waits for proof. */
  readonly progress: Progress;
  private session: SessionFacts = noSession;
  private pen: Pen | null = null;
  private listener: PlotterListener | null = null;
  private personFault: Fault | null = null;
  private isStopping = false;
  private stops = 0;
  private mustRise = false;
  private newest: StrokeRef | null = null;
  private readonly due = { start: true, sheet: true };
  /** How many strokes were sent whole, and how many there were at each mismatch. */
  private handed = 0;
  private misses: readonly number[] = [];

  constructor(settings: PlotterSettings, memory: PlotterMemory, log: Log) {
    this.settings = settings;
    this.log = log;
    this.keeper = new RecordKeeper(memory, log, {
      counts: () => this.link?.checkedCounts ?? null,
      failed: (fault) => this.fail(fault),
      saved: () => {
        if (this.personFault?.code === 'memory-failed') this.personFault = null;
        this.changed();
      },
      changed: () => this.changed(),
    });
    this.progress = new Progress({
      keeper: this.keeper,
      depth: () => this.depth,
      certain: (strokes) => this.listener?.certain(strokes),
      uncertain: () => this.listener?.uncertain(),
      changed: () => this.changed(),
    });
  }

  facts(): PlotterFacts {
    const { record, plan, phase, port, board, linkFault, words, oldResends } = this;
    const known = phase === 'ready' && record.originKnown;
    const origin = !known ? 'unknown' : record.hover === null ? 'known' : 'confirm-hover';
    const pen = known && plan !== null ? { xMm: plan.xMm, yMm: plan.yMm, pen: plan.pen ?? 'up' } : null;
    return {
      link: phase,
      port,
      firmware: board?.firmware ?? null,
      uuid: board?.uuid ?? null,
      capabilities: board?.capabilities ?? [],
      origin: this.waitsForPark ? 'confirm-hover' : origin,
      epoch: record.epoch,
      pen,
      parked: known && record.parked !== null,
      stopping: this.isStopping,
      unproven: this.progress.unproven,
      fault: quoting(this.personFault ?? linkFault, words),
      resends: oldResends + (this.link?.resends ?? 0),
    };
  }

  get record(): PlotterRecord {
    return this.keeper.record;
  }

  get plan(): Plan | null {
    return this.progress.plan;
  }

  get link(): Link | null {
    return this.session.link;
  }

  get phase(): PlotterFacts['link'] {
    return this.session.phase;
  }

  get port(): string | null {
    return this.session.port;
  }

  get board(): Board | null {
    return this.session.board;
  }

  get linkFault(): Fault | null {
    return this.session.linkFault;
  }

  get words(): string | null {
    return this.session.words;
  }

  get oldResends(): number {
    return this.session.oldResends;
  }

  get geometry(): PenGeometry | null {
    return this.pen?.geometry ?? null;
  }

  get park(): Point | null {
    return this.pen?.park ?? null;
  }

  /** Something that only a person can mend; it stays until `forgetFaults`. */
  get fault(): Fault | null {
    return this.personFault;
  }

  /** A person stops the plotter: until its end the pen may still move, or rest on the paper. */
  get stopping(): boolean {
    return this.isStopping;
  }

  /** How often a person has stopped it. */
  get personStops(): number {
    return this.stops;
  }

  /** Whether the pen is to be raised after a stop, however high it stands. */
  get raiseDue(): boolean {
    return this.mustRise;
  }

  /** The stroke that was drawn last, or begun. */
  get lastStroke(): StrokeRef | null {
    return this.newest;
  }

  /** After a power cycle the pen waits for a yes that it still rests where it was parked. */
  get waitsForPark(): boolean {
    const { originKnown, parked, hover } = this.record;
    return this.phase === 'ready' && !originKnown && parked !== null && hover !== null;
  }

  /** After how many later moves a move must have been executed; null where only a planner that ran empty proves it. */
  get depth(): number | null {
    const ring = this.link === null ? null : ringOf(this.link.planner);
    return ring === null ? null : Math.max(ring, this.settings.certainAfterMoves);
  }

  /** Whether the board obeys M410 at its receipt; null where it is not known. */
  get emergencyParser(): boolean | null {
    return this.board?.emergencyParser ?? null;
  }

  /** Whether the pen may touch the paper, or its height is unknown. */
  get isLow(): boolean {
    const { plan, geometry, settings } = this;
    if (plan === null || geometry === null) return false;
    return settings.pen.kind === 'z' ? plan.zMm < geometry.hopMm - 0.05 : plan.pen === null || plan.pen === 'down';
  }

  changed(): void {
    this.listener?.changed();
  }

  listen(listener: PlotterListener): void {
    this.listener = listener;
  }

  /** Changes the facts about the session; only `session/` calls it. */
  inSession(change: Partial<SessionFacts>): void {
    this.session = { ...this.session, ...change };
  }

  /** A sheet is to be drawn on with this pen. */
  use(geometry: PenGeometry, park: Point): void {
    this.pen = { geometry, park };
    this.due.sheet = true;
    // What it was drawn on may have been taken away.
    this.newest = null;
    if (this.plan !== null) this.stand(this.plan);
  }

  /** Takes a place that a position check has reported as the plan's end. */
  stand({ xMm, yMm, zMm }: Place): Plan {
    const pen = this.geometry === null ? null : penAt(zMm, this.geometry);
    const byServo = this.settings.pen.kind === 'z' ? pen : (this.plan?.pen ?? null);
    const plan = { xMm, yMm, zMm, pen: byServo };
    this.progress.standAt(plan);
    return plan;
  }

  /** Sets a fault that only a person can mend. */
  fail(fault: Fault): Fault {
    this.personFault = fault;
    this.changed();
    return fault;
  }

  /** A person has looked: the faults are forgotten until they show again. */
  forgetFaults(): void {
    this.personFault = null;
    this.misses = [];
    this.inSession({ linkFault: null, words: null });
    this.changed();
  }

  /** Until `run` ends the plotter is being stopped. */
  async whileStopping<T>(run: () => Promise<T>): Promise<T> {
    this.isStopping = true;
    try {
      return await run();
    } finally {
      this.isStopping = false;
      this.changed();
    }
  }

  /** A person stops it: nothing unconfirmed can become certain, and the pen may stand anywhere on its way. */
  cutShort(): void {
    this.stops += 1;
    this.progress.loseCertainty();
    this.progress.dropsPlan();
    this.mustRise = true;
  }

  /** The pen is up. */
  risen(): void {
    this.mustRise = false;
  }

  begin(stroke: StrokeRef): void {
    this.newest = stroke;
  }

  /** All lines of a stroke are accepted and position-checked. */
  handOver(stroke: StrokeRef): void {
    this.handed += 1;
    this.progress.handOver(stroke);
  }

  /** The plan ended elsewhere than meant; returns whether that happens so often that a person must look. */
  missed(): boolean {
    this.misses = [...this.misses.filter((at) => this.handed - at < strokesBetweenMismatchesMin), this.handed];
    return this.misses.length >= mismatchesMax;
  }

  /** Whether the user's lines of this kind are still to be sent. */
  isDue(which: 'start' | 'sheet'): boolean {
    return this.due[which];
  }

  /** A session begins: its start lines are to be sent. */
  startLinesAreDue(): void {
    this.due.start = true;
  }

  sentLines(which: 'start' | 'sheet'): void {
    this.due[which] = false;
  }

  reportStrayMarks(marks: readonly StrayMark[]): void {
    if (marks.length > 0) this.listener?.strayMarks(marks);
  }
}
