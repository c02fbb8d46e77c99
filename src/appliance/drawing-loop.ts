import { type Cancel, type Clock, sleep } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { MotionLimits } from '../domain/motion.ts';
import type { Plotter, PlotterResult } from '../domain/plotter.ts';
import { planStroke } from '../drawing/moves.ts';
import type { OpenSheet } from '../ledger/books.ts';
import type { OwedStroke } from '../ledger/queue.ts';
import type { InFlight, InkBook } from './ink-book.ts';

/** After an order that the plotter refused, the loop waits so long, ms. */
const refusedPauseMs = 250;
/**
 * Codes of faults that end an order and are not logged: a person's stop, and a pen that the user's own G-code has
 * moved.
 */
const ordinaryEnds: readonly string[] = ['stopped', 'moved-before'];
/** Parking with a full planner takes less than this, ms; after it the service stops without parking. */
const stopWithinMs = 40_000;

/** What the loop asks the appliance before each step. */
interface LoopView {
  sheet(): OpenSheet | null;
  next(): OwedStroke | null;
  /** Whether the pen is to rest, for another reason than the end of the service. */
  wantsRest(): boolean;
  /** Whether a person stopped the pen: then it is not even parked, until a person resumes. */
  standsStill(): boolean;
  readonly idleParkMs: number;
}

interface DrawingLoopDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly plotter: Plotter;
  readonly view: LoopView;
  readonly inFlight: InFlight;
  readonly ink: InkBook;
  readonly limits: MotionLimits;
  readonly changed: () => void;
}

/** Draws what is owed at its own pace; nothing else gives the plotter orders that move it. */
export interface DrawingLoop {
  start(): void;
  /** Something has changed: decide again. */
  wake(): void;
  /** No motion before this moment of the monotonic clock. */
  holdUntil(monotonicMs: number): void;
  /**
   * Has an order of a person carried out between two strokes; false while another one waits or is being carried out.
   */
  order(run: (plotter: Plotter) => Promise<PlotterResult>): boolean;
  /** Drops an order that waits, since a person has stopped the pen. */
  revokeOrder(): void;
  /** Whether an order of a person waits or is being carried out. */
  readonly hasOrder: boolean;
  /** From when on motion is allowed, monotonic; in the past when it is. */
  readonly notBeforeMs: number;
  /** When the loop last took a step, monotonic, for the watchdog. */
  readonly lastTurnMs: number;
  /**
   * Lets the planner finish, parks and writes everything down. Resolves when the loop has ended, or an order takes too
   * long.
   */
  stop(): Promise<void>;
  /** Resolves when the loop has ended, with an order that took too long; the plotter must be closed before. */
  ended(): Promise<void>;
}

/** The drawing loop of one plotter. */
export function createDrawingLoop(deps: DrawingLoopDeps): DrawingLoop {
  return new Loop(deps);
}

class Loop implements DrawingLoop {
  readonly #deps: DrawingLoopDeps;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #plotter: Plotter;
  readonly #view: LoopView;
  readonly #inFlight: InFlight;
  readonly #ink: InkBook;
  #running: Promise<void> | null = null;
  #stopping = false;
  /** Whether an order took too long: no other one follows. */
  #gaveUp = false;
  #woken = false;
  #rouse: (() => void) | null = null;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #idleSinceMs: number;
  #guidedAtMs = Number.NEGATIVE_INFINITY;
  #lastTurnMs: number;
  #triedToRest = false;
  #waiting: ((plotter: Plotter) => Promise<PlotterResult>) | null = null;
  #obeying = false;

  constructor(deps: DrawingLoopDeps) {
    this.#deps = deps;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#plotter = deps.plotter;
    this.#view = deps.view;
    this.#inFlight = deps.inFlight;
    this.#ink = deps.ink;
    this.#idleSinceMs = this.#clock.nowMs();
    this.#lastTurnMs = this.#clock.nowMs();
  }

  start(): void {
    this.#running ??= this.#run();
  }

  holdUntil(monotonicMs: number): void {
    this.#notBeforeMs = monotonicMs;
    this.wake();
  }

  order(order: (plotter: Plotter) => Promise<PlotterResult>): boolean {
    if (this.#waiting !== null || this.#obeying || this.#stopping) return false;
    this.#waiting = order;
    this.wake();
    return true;
  }

  revokeOrder(): void {
    this.#waiting = null;
  }

  get hasOrder(): boolean {
    return this.#waiting !== null || this.#obeying;
  }

  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  get lastTurnMs(): number {
    return this.#lastTurnMs;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    let giveUp: Cancel = () => {};
    const late = new Promise<void>((resolve) => {
      giveUp = this.#clock.after(stopWithinMs, () => {
        this.#gaveUp = true;
        resolve();
      });
    });
    await Promise.race([this.#running ?? Promise.resolve(), late]);
    giveUp();
    this.#ink.flush();
  }

  async ended(): Promise<void> {
    await this.#running;
  }

  wake(): void {
    this.#woken = true;
    this.#rouse?.();
  }

  /** Waits until something changes or the time has come. */
  #sleep(untilMs: number | null): Promise<void> {
    if (this.#woken) return Promise.resolve();
    return new Promise((resolve) => {
      let cancel: Cancel = () => {};
      this.#rouse = () => {
        this.#rouse = null;
        cancel();
        resolve();
      };
      if (untilMs !== null)
        cancel = this.#clock.after(Math.max(0, untilMs - this.#clock.nowMs()), () => this.#rouse?.());
    });
  }

  /**
   * Whether the pen may be parked although something fails: yes, once, where only the disk fails, which then cannot
   * note that it is parked.
   */
  #mayRest({ code }: Fault): boolean {
    return code === 'memory-failed' && !this.#triedToRest;
  }

  #decide(): Act {
    const facts = this.#plotter.facts();
    if (facts.fault === null) this.#triedToRest = false;
    const rests = this.#stopping || this.#view.wantsRest() || this.#view.sheet() === null;
    return nextAct({
      nowMs: this.#clock.nowMs(),
      plotterReady:
        facts.link === 'ready' && facts.origin === 'known' && (facts.fault === null || this.#mayRest(facts.fault)),
      notBeforeMs: this.#notBeforeMs,
      wantsRest: rests,
      next: rests ? null : this.#view.next(),
      unproven: this.#inFlight.size - this.#inFlight.proven.length,
      parked: facts.parked,
      standsStill: this.#view.standsStill(),
      idleSinceMs: this.#idleSinceMs,
      idleParkMs: this.#view.idleParkMs,
      guidedUntilMs: this.#stopping ? Number.NEGATIVE_INFINITY : this.#guidedAtMs + this.#view.idleParkMs,
    });
  }

  async #draw(owed: OwedStroke): Promise<void> {
    const sheet = this.#view.sheet();
    const from = this.#plotter.facts().pen;
    if (sheet === null || from === null) return;
    const drawing = sheet.layout.drawings?.find(({ id }) => id === owed.row);
    const capacity = drawing?.count ?? sheet.layout.rows.find(({ id }) => id === owed.row)?.capacity ?? 0;
    const { row, n, again } = owed;
    const unforgotten = again ? this.#plotter.forgetProof({ sheet: sheet.id, row, n }) : null;
    if (unforgotten !== null) {
      await this.#judge({ kind: 'refused', fault: unforgotten });
      return;
    }
    if (!this.#ink.announce(owed, capacity)) return;
    const inked = new Map(sheet.layout.rows.map(({ id }) => [id, this.#inFlight.perhapsInked(id)]));
    const stroke = this.#inFlight.take(sheet.id, owed);
    this.#deps.changed();
    const planned = planStroke(sheet.layout, stroke, from, (id) => inked.get(id) ?? 0, this.#deps.limits);
    const result = await this.#plotter.draw(planned);
    if (result.kind !== 'done') this.#inFlight.drop(stroke);
    await this.#judge(result);
    this.#idleSinceMs = this.#clock.nowMs();
  }

  /** Logs why an order did not end as it was meant. Strokes that were sent before may become certain all the same. */
  async #judge(result: PlotterResult): Promise<void> {
    if (result.kind === 'done') return;
    if (!ordinaryEnds.includes(result.fault.code))
      this.#log.warn(`${result.fault.what} ${result.fault.remedy}`, { code: result.fault.code });
    if (result.kind === 'interrupted') this.#ink.addStrayMarks(result.strayMarks);
    this.#deps.changed();
    await sleep(this.#clock, refusedPauseMs);
  }

  /** After the planner has run empty: what is not proven by then never will be, so it is owed as before. */
  async #settle(result: PlotterResult): Promise<void> {
    await this.#judge(result);
    if (result.kind !== 'done') return;
    this.#ink.flush();
    this.#inFlight.letGo();
    this.#deps.changed();
  }

  async #turn(): Promise<boolean> {
    this.#lastTurnMs = this.#clock.nowMs();
    this.#woken = false;
    const order = this.#waiting;
    if (order !== null && this.#clock.nowMs() >= this.#notBeforeMs) {
      this.#waiting = null;
      this.#obeying = true;
      const result = await order(this.#plotter);
      this.#obeying = false;
      this.#guidedAtMs = this.#clock.nowMs();
      this.#idleSinceMs = this.#guidedAtMs;
      await this.#settle(result);
      return true;
    }
    const act = this.#decide();
    // A hand that has just pressed the button may still be near: parking, too, waits for `notBeforeMs`.
    if (this.#stopping && (act.kind === 'draw' || (act.kind === 'wait' && act.untilMs === null))) return false;
    switch (act.kind) {
      case 'draw':
        await this.#draw(act.owed);
        return true;
      case 'settle':
        await this.#settle(await this.#plotter.drain());
        return true;
      case 'park':
        this.#triedToRest = true;
        await this.#settle(await this.#plotter.park());
        return true;
      case 'wait':
        await this.#sleep(order === null ? act.untilMs : Math.min(act.untilMs ?? this.#notBeforeMs, this.#notBeforeMs));
        return true;
    }
  }

  async #run(): Promise<void> {
    while (!this.#gaveUp && (await this.#turn()));
  }
}

/** The facts by which the drawing loop decides its next step. Times are monotonic. */
interface Situation {
  readonly nowMs: number;
  /** Whether the plotter answers, its origin is known, and it has no fault. */
  readonly plotterReady: boolean;
  /** No motion before then: hands may be near. */
  readonly notBeforeMs: number;
  /** Whether the pen is to rest: for a pause, a full sheet, a failing disk or the end of the service. */
  readonly wantsRest: boolean;
  readonly next: OwedStroke | null;
  /** How many strokes were sent and are not proven yet. */
  readonly unproven: number;
  readonly parked: boolean;
  /** Whether a person stopped the pen: it stays where it is until a person resumes. */
  readonly standsStill: boolean;
  /** Since when there has been nothing to draw. */
  readonly idleSinceMs: number;
  readonly idleParkMs: number;
  /** A person has moved the pen: until then it stays there instead of parking. */
  readonly guidedUntilMs: number;
}

/** The loop's next step. `settle`: wait until the planner has run empty, so that the last strokes become certain. */
type Act =
  | { readonly kind: 'draw'; readonly owed: OwedStroke }
  | { readonly kind: 'settle' }
  | { readonly kind: 'park' }
  | { readonly kind: 'wait'; readonly untilMs: number | null };

/** Decides the drawing loop's next step; nothing else does. */
function nextAct(situation: Situation): Act {
  const { nowMs, notBeforeMs, idleSinceMs, idleParkMs } = situation;
  if (!situation.plotterReady) return { kind: 'wait', untilMs: null };
  if (nowMs < notBeforeMs) return { kind: 'wait', untilMs: notBeforeMs };
  if (situation.wantsRest) return rest(situation);
  if (situation.next !== null) return { kind: 'draw', owed: situation.next };
  if (situation.unproven > 0) return { kind: 'settle' };
  if (situation.parked) return { kind: 'wait', untilMs: null };
  if (nowMs >= idleSinceMs + idleParkMs) return { kind: 'park' };
  return { kind: 'wait', untilMs: idleSinceMs + idleParkMs };
}

function rest({ nowMs, parked, standsStill, unproven, guidedUntilMs }: Situation): Act {
  if (parked || standsStill) return { kind: 'wait', untilMs: null };
  return unproven === 0 && nowMs < guidedUntilMs ? { kind: 'wait', untilMs: guidedUntilMs } : { kind: 'park' };
}
