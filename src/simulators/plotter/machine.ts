import type { Cancel, Clock } from '../../domain/clock.ts';
import { between, emptyPaper, Nib, type Paper, touchingPart } from './paper.ts';
import {
  type ExactBlock,
  type MotionLimits,
  makeExactBlock,
  makeTrapezoid,
  planSpeeds,
  shareDone,
  type Trapezoid,
  type Triple,
} from './physics.ts';

/** The firmware's wait before it starts a first block with fewer than three in the planner; from measured moves. */
const firstBlockWaitMs = 92;
const blockStepsMin = 6;

interface QueuedBlock extends ExactBlock {
  readonly queuedMs: number;
  readonly command: number;
}

interface Running {
  readonly block: QueuedBlock;
  readonly shape: Trapezoid;
  readonly startMs: number;
  readonly endMs: number;
}

/** Four full steps, after which a motor's field has come round, at 100 steps/mm in sixteenths: as little as can be lost. */
const lostMm = 0.64;

interface MachineOptions {
  readonly clock: Clock;
  readonly limits: MotionLimits;
  /** Size of the planner's ring; it holds one block less. */
  readonly ring: number;
  /** The pen touches the paper at or below this height of the bed, mm. */
  readonly contactMm: number;
  /** The motors lose steps in moves that speed up faster than this, mm/s²; null: they bear everything. */
  readonly stallsAbove?: number | null;
  readonly onMotion?: (motion: Motion) => void;
}

/** A straight way that the pen has gone, in mm on the bed; a block that was stopped ends where it was stopped. */
export interface Motion {
  readonly from: Triple;
  readonly to: Triple;
  /** When the firmware took the move into its plan, when it began and when it ended, on the plotter's clock. */
  readonly queuedMs: number;
  readonly startMs: number;
  readonly endMs: number;
  /** The command that asked for it. */
  readonly command: number;
}

/** Planner, motors, gantry, pen and paper. Positions are motor steps; `slip` is what a hand has pushed, in mm. */
export class VirtualMachine {
  paper: Paper = emptyPaper();
  /** End of the plan, steps. */
  planned: Triple = [0, 0, 0];
  motorsOn = false;
  /** As they are now: a reset brings back those of the firmware. */
  limits: MotionLimits;
  /** The number of the command that is carried out, over the board's whole life. */
  command = 0;
  /** For pens on a servo: whether it holds the pen down; null when Z moves the pen. */
  servoDown: boolean | null = null;
  servoAngle = 0;
  /** Total time in which the gantry moved, ms. */
  movingMs = 0;
  lastMotionMs = 0;
  private readonly options: MachineOptions;
  private readonly changed: () => void;
  private resting: Triple = [0, 0, 0];
  private slip: Triple = [0, 0, 0];
  private waiting: QueuedBlock[] = [];
  private running: Running | null = null;
  private startableAtMs = 0;
  private newest: ExactBlock | null = null;
  private nib = new Nib();
  private alarm: Cancel = () => {};
  private alarmAtMs = Number.POSITIVE_INFINITY;

  constructor(options: MachineOptions, changed: () => void) {
    this.options = options;
    this.limits = options.limits;
    this.changed = changed;
  }

  /** Blocks in the planner, the one being executed included. */
  get depth(): number {
    return this.waiting.length + (this.running === null ? 0 : 1);
  }

  get full(): boolean {
    return this.depth >= this.options.ring - 1;
  }

  get atRest(): boolean {
    return this.depth === 0;
  }

  /** Adds a move to `target` (steps); too short a move is dropped as the firmware does. Call only when not full. */
  add(target: Triple, speed: number): void {
    const longest = Math.max(...target.map((steps, axis) => Math.abs(steps - (this.planned[axis] as number))));
    if (longest < blockStepsMin) return;
    const nowMs = this.options.clock.nowMs();
    if (this.depth === 0) this.startableAtMs = nowMs + firstBlockWaitMs;
    const before = this.depth === 0 ? null : this.newest;
    const { command } = this;
    const block = {
      ...makeExactBlock(this.planned, target, speed, before, this.limits),
      queuedMs: nowMs,
      command,
    };
    this.waiting.push(block);
    this.newest = block;
    this.planned = target;
    this.motorsOn = true;
    if (this.waiting.length >= 3) this.startableAtMs = Math.min(this.startableAtMs, nowMs);
    planSpeeds(this.waiting, this.running === null ? null : (this.waiting[0] as ExactBlock).entry);
    this.settle();
    this.arm();
  }

  /** Brings everything up to the clock's now. */
  settle(): void {
    const nowMs = this.options.clock.nowMs();
    for (;;) {
      if (this.running !== null) {
        if (this.running.endMs > nowMs) break;
        const { block, endMs } = this.running;
        this.finish(block, 1, endMs);
        this.running = null;
        this.resting = block.to;
        if (this.waiting.length > 0) this.begin(endMs);
      } else {
        if (this.waiting.length === 0 || this.startableAtMs > nowMs) break;
        this.begin(this.startableAtMs);
      }
    }
  }

  /** Where the motors are now, steps. */
  stepsNow(): Triple {
    this.settle();
    if (this.running === null) return this.resting;
    const { block, shape, startMs } = this.running;
    const share = shareDone(shape, (this.options.clock.nowMs() - startMs) / 1000);
    const at = between(block.from, block.to, share);
    return [Math.round(at[0]), Math.round(at[1]), Math.round(at[2])];
  }

  /** Where the pen is on the bed now, mm. */
  placeNow(): Triple {
    return this.place(this.stepsNow());
  }

  /** Stops at once and forgets the plan. */
  halt(): void {
    const at = this.stepsNow();
    if (this.running !== null) {
      const { block, shape, startMs } = this.running;
      const nowMs = this.options.clock.nowMs();
      this.finish(block, shareDone(shape, (nowMs - startMs) / 1000), nowMs);
    }
    this.running = null;
    this.waiting = [];
    this.resting = at;
    this.planned = at;
    this.disarm();
  }

  /** Says that the motors stand at `steps` now without moving anything, as homing and a reset do. */
  rename(steps: Triple): void {
    const place = this.placeNow();
    this.resting = steps;
    this.planned = steps;
    const named = this.place(steps);
    this.slip = [
      this.slip[0] + place[0] - named[0],
      this.slip[1] + place[1] - named[1],
      this.slip[2] + place[2] - named[2],
    ];
  }

  /** A hand moves the gantry, mm; it only can while the motors are off. */
  push(dx: number, dy: number, dz: number): void {
    if (this.motorsOn) return;
    this.slip = [this.slip[0] + dx, this.slip[1] + dy, this.slip[2] + dz];
  }

  /** Takes the sheet away and puts an empty one there. */
  changePaper(): Paper {
    this.settle();
    const old = this.paper;
    this.paper = emptyPaper();
    this.nib = new Nib();
    return old;
  }

  disarm(): void {
    this.alarm();
    this.alarmAtMs = Number.POSITIVE_INFINITY;
  }

  private place(steps: Triple): Triple {
    const { stepsPerMm } = this.options.limits;
    return [
      steps[0] / stepsPerMm[0] + this.slip[0],
      steps[1] / stepsPerMm[1] + this.slip[1],
      steps[2] / stepsPerMm[2] + this.slip[2],
    ];
  }

  private begin(atMs: number): void {
    const block = this.waiting.shift() as QueuedBlock;
    const next = this.waiting[0];
    const shape = makeTrapezoid(block, next?.entry ?? 0.05);
    this.running = { block, shape, startMs: atMs, endMs: atMs + shape.totalS * 1000 };
  }

  private finish(block: QueuedBlock, share: number, atMs: number): void {
    const startMs = this.running?.startMs ?? atMs;
    this.movingMs += atMs - startMs;
    this.lastMotionMs = atMs;
    const from = this.place(block.from);
    const to = between(from, this.place(block.to), share);
    this.loseSteps(block);
    const { queuedMs, command } = block;
    this.options.onMotion?.({ from, to, queuedMs, startMs, endMs: atMs, command });
    const part = this.servoDown === null ? touchingPart(from[2], to[2], this.options.contactMm) : null;
    const touching = this.servoDown === true ? ([0, 1] as const) : part;
    if (touching === null) return;
    const a = between(from, to, touching[0]);
    const b = between(from, to, touching[1]);
    const piece = { fromX: a[0], fromY: a[1], toX: b[0], toY: b[1], atMs, command };
    this.nib.touch(this.paper, piece, touching[0] > 0, touching[1] < 1);
  }

  /** A motor that cannot follow leaves out steps: the gantry lags behind what the board believes. */
  private loseSteps({ acceleration, unit: [x, y] }: ExactBlock): void {
    const { stallsAbove = null } = this.options;
    if (stallsAbove === null || acceleration <= stallsAbove) return;
    this.slip = [this.slip[0] - lostMm * x, this.slip[1] - lostMm * y, this.slip[2]];
  }

  private arm(): void {
    let atMs = Number.POSITIVE_INFINITY;
    if (this.running !== null) atMs = this.running.endMs;
    else if (this.waiting.length > 0) atMs = this.startableAtMs;
    if (atMs === this.alarmAtMs) return;
    this.disarm();
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.alarmAtMs = atMs;
    this.alarm = this.options.clock.after(Math.max(0, atMs - this.options.clock.nowMs()), () => {
      this.alarmAtMs = Number.POSITIVE_INFINITY;
      this.settle();
      this.arm();
      this.changed();
    });
  }
}
