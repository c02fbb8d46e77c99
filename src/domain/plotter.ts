import type { Fault } from './fault.ts';
import type { PenHeight, PenPosition, PlannedStroke } from './motion.ts';
import type { PenGeometry, Point, StrokeRef } from './sheet.ts';

/**
 * Strokes that a board had accepted whole when it was last written down, and where its plan may end since: as long as
 * it ends in one of these places, in the same epoch, the board has lost nothing of them.
 */
interface UnderWay {
  readonly epoch: number;
  readonly strokes: readonly StrokeRef[];
  readonly ends: readonly {
    readonly xMm: number;
    readonly yMm: number;
    readonly zMm: number;
    readonly pen: PenHeight | null;
  }[];
}

type Axes<T> = readonly [T, T, T];

/**
 * Where the pen was at rest in an epoch, with the steps that the board had counted by then: whoever gives that place
 * another name, or takes the pen elsewhere and gives the old name to where it is then, changes one without the other.
 */
export interface Rest {
  readonly epoch: number;
  readonly placeMm: Axes<number>;
  readonly count: Axes<number>;
  /** What the rests of this epoch have taught: the steps of a millimetre by axis; null where that is not known. */
  readonly stepsPerMm: Axes<number | null>;
  /** The way on which those of X and Y were learnt; null before. */
  readonly learntOnMm: readonly [number, number] | null;
  /**
   * `borne-out`: a rest off that way has agreed; `refuted`: one has not, so that places do not follow from counts axis
   * by axis; `senseless`: one place was counted in two ways.
   */
  readonly steps: 'unproven' | 'borne-out' | 'refuted' | 'senseless';
}

/**
 * What must survive a power cut about the plotter; loaded at start, saved durably before the move that needs it.
 * An origin epoch is the time over which it is known where X0 Y0 Z0 lies.
 */
export interface PlotterRecord {
  /** Counts up each time the origin is established. 0: never. */
  readonly epoch: number;
  /** Whether the epoch still holds as far as disk knows. */
  readonly originKnown: boolean;
  /** Where the pen rests, proven; null as soon as a first move away is about to be sent. */
  readonly parked: { readonly xMm: number; readonly yMm: number; readonly zMm: number; readonly epoch: number } | null;
  /** The random base of this session's line numbers, by which a board that did not reset is recognised. */
  readonly lineBase: number | null;
  /** The place over which a hand-set origin still waits for a person's yes; null when none is awaited. */
  readonly hover: Point | null;
  /** The one relative lift of an unknown epoch was done. */
  readonly liftDone: boolean;
  /** The service ended while the pen was parked and the board answered; not known of one that died. */
  readonly leftInOrder: boolean;
  /** Which board it was, so that another one waits for a person. */
  readonly identity: string | null;
  /** What a service that dies leaves to the board to finish; null: nothing. */
  readonly underWay: UnderWay | null;
  /** The last rest whose place and counts were read; null: none was. */
  readonly rest: Rest | null;
}

/** A fresh ledger's plotter record. */
export const noPlotterRecord: PlotterRecord = {
  epoch: 0,
  originKnown: false,
  parked: null,
  lineBase: null,
  hover: null,
  liftDone: false,
  leftInOrder: false,
  identity: null,
  underWay: null,
  rest: null,
};

/** Where the plotter record is kept. `save` returns when it is on disk, or throws. */
export interface PlotterMemory {
  load(): PlotterRecord;
  save(record: PlotterRecord): void;
}

/** A mark that the pen may have left where none was meant, with its place in mm. */
export interface StrayMark {
  /** The stroke that was being drawn, or the last one before; null where this service has drawn none yet. */
  readonly stroke: StrokeRef | null;
  readonly from: Point;
  readonly to: Point;
  readonly why: string;
}

/** A mark as it is kept with its sheet. */
export interface StrayMarkOnSheet extends StrayMark {
  readonly stroke: StrokeRef;
}

/** What is true of the plotter now. */
export interface PlotterFacts {
  readonly link: 'absent' | 'connecting' | 'ready';
  /** Path of the port in use or last tried. */
  readonly port: string | null;
  readonly firmware: string | null;
  /** The board's own id and what it can do, as it reported them; many boards share an id. */
  readonly uuid?: string | null;
  readonly capabilities?: readonly string[];
  readonly origin: 'unknown' | 'known' | 'confirm-hover';
  readonly epoch: number;
  /** The plan's end; null while the origin is unknown. */
  readonly pen: PenPosition | null;
  /** Proven to rest at the park place with nothing in the planner. */
  readonly parked: boolean;
  /** A person has stopped it just now: it may not be still yet, nor its pen up. */
  readonly stopping?: boolean;
  /** Strokes handed over and not yet certain. */
  readonly unproven: number;
  /** What a person must mend before this plotter can go on. */
  readonly fault: Fault | null;
  readonly resends: number;
}

/** How an order to the plotter ended. Faults are returned, not thrown. */
export type PlotterResult =
  | { readonly kind: 'done' }
  /** Nothing was sent: the plotter cannot do this now, for the reason given. */
  | { readonly kind: 'refused'; readonly fault: Fault }
  /**
   * Begun and not finished: the link went, the board reset, a person stopped it, or what it did was not what was meant.
   */
  | { readonly kind: 'interrupted'; readonly fault: Fault; readonly strayMarks: readonly StrayMark[] };

/** What a person can ask of a plotter. */
export type PersonsOrder =
  | { readonly kind: 'origin' | 'lift' | 'park' | 'home' }
  | { readonly kind: 'jog'; readonly dxMm: number; readonly dyMm: number; readonly dzMm: number };

/** What a plotter reports on its own. */
export interface PlotterListener {
  /** The facts changed; read them anew. */
  changed(): void;
  /** These strokes, the very ones that `draw` was given and in that order, are proven to be executed. */
  certain(strokes: readonly StrokeRef[]): void;
  /** Nothing that is not certain can become certain any more: the board began anew, went elsewhere, or was stopped. */
  uncertain(): void;
  /** Marks that were found after the order that made them had ended, or that no order made. */
  strayMarks(marks: readonly StrayMark[]): void;
}

/**
 * A pen plotter. One order at a time: a second order while one is under way throws, except `stop`, `retryNow` and
 * `close`. `draw` resolves once its lines are accepted and looked at, so the next stroke can follow while the planner
 * still moves. A stroke whose `draw` ends otherwise never becomes certain; those before it do, unless `uncertain` is
 * called: a board whose link is lost goes on with what it has.
 */
export interface Plotter {
  start(listener: PlotterListener): void;
  /**
   * The strokes that an earlier service had handed over, oldest first; some may be certain long since. After `start`
   * these very ones become certain, or `uncertain` is called.
   */
  handedOver(): readonly StrokeRef[];
  /**
   * A stroke that was drawn before is to be drawn again: called before anything else says so. On disk, or why the disk
   * does not take it.
   */
  forgetProof(stroke: StrokeRef): Fault | null;
  facts(): PlotterFacts;
  /** Why it would refuse such an order now; null when it would carry it out. */
  refuses(order: PersonsOrder): Fault | null;
  /** The geometry that `pen` moves mean, and where to park; set when a sheet opens or is resumed. */
  use(pen: PenGeometry, park: Point): void;
  draw(planned: PlannedStroke): Promise<PlotterResult>;
  /** Waits until all that was accepted is executed, and so certain. */
  drain(): Promise<PlotterResult>;
  /** Lifts, travels to the park place, drains. */
  park(): Promise<PlotterResult>;
  /**
   * A person says: the tip touches the paper on the corner mark. Begins an epoch, lifts.
   * On a sheet with ink, `hoverOver` is the place of the last certain stroke: the pen goes there, up, and the
   * origin stays `confirm-hover` until a person says that it lies right (`confirmHover`) or sets the origin again.
   */
  confirmOrigin(hoverOver: Point | null): Promise<PlotterResult>;
  /** A person saw the hover and says it lies right. */
  confirmHover(): void;
  /** Raises the pen in place, without knowing where it is. */
  lift(): Promise<PlotterResult>;
  /** Moves relative to where the pen is, in mm, pen up. */
  jog(dxMm: number, dyMm: number, dzMm: number): Promise<PlotterResult>;
  /** Homes by the plotter's own switches. */
  home(): Promise<PlotterResult>;
  /** Now: drops what is planned. What was not certain stays owed. */
  stop(): Promise<PlotterResult>;
  /**
   * A person asks: look for the plotter at once, and forget a fault. With `takesOther`, that another device is there
   * was what the person was shown, and it is taken.
   */
  retryNow(takesOther: boolean): void;
  /** Closes the port without moving. */
  close(): Promise<void>;
}
