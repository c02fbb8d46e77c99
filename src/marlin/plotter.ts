import type { Cancel, Clock, Random } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { PersonsOrder, Plotter, PlotterListener, PlotterMemory, PlotterResult } from '../domain/plotter.ts';
import type { PenGeometry, Point, StrokeRef } from '../domain/sheet.ts';
import { plotterFaults } from './faults.ts';
import * as byHand from './motion/manual.ts';
import { strayMarks } from './motion/mismatch.ts';
import * as orders from './motion/orders.ts';
import { refusalOf, refused } from './motion/orders.ts';
import { PlotterState } from './motion/plotter-state.ts';
import { stopNow } from './motion/stop.ts';
import { checkPosition, checkPositionSurely } from './motion/stream.ts';
import { PlotterConnection } from './session/connection.ts';
import type { PlotterSettings } from './settings.ts';
import { consistent } from './wire/counts.ts';
import { sendAllUntilAccepted, unitsAndMode } from './wire/link.ts';
import type { PortFinder } from './wire/port.ts';
import { samePlace } from './wire/replies.ts';

export { checkUserLines } from './motion/user-lines.ts';
export type { PenKind, PlotterSettings } from './settings.ts';

interface PlotterDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly memory: PlotterMemory;
  readonly ports: PortFinder;
  readonly settings: PlotterSettings;
  /** Whether no stroke on the open sheet is certain. */
  readonly sheetIsEmpty: () => boolean;
}

/** An idle plotter is checked this often, ms, so that a dead link, a reset and a jog at its display are noticed. */
const idleCheckMs = 1000;

/** A pen plotter that speaks Marlin over a serial port. */
export function createPlotter(deps: PlotterDeps): Plotter {
  return new MarlinPlotter(deps);
}

class MarlinPlotter implements Plotter {
  private readonly clock: Clock;
  private readonly state: PlotterState;
  private readonly connection: PlotterConnection;
  /** The order under way; null between orders. */
  private order: Promise<PlotterResult> | null = null;
  /** The last of the orders and idle checks that wait for the serial line. */
  private line: Promise<unknown> = Promise.resolve();
  /** The last stop by a person, which ends by itself. */
  private lastStop: Promise<unknown> = Promise.resolve();
  private closed = false;
  private idleCheck: Cancel | null = null;

  constructor(deps: PlotterDeps) {
    this.clock = deps.clock;
    this.state = new PlotterState(deps.settings, deps.memory, deps.log);
    this.connection = new PlotterConnection({
      state: this.state,
      clock: deps.clock,
      random: deps.random,
      ports: deps.ports,
      sheetIsEmpty: deps.sheetIsEmpty,
      onReady: () => {
        void this.alone(() => this.tidy());
        void this.alone(() => this.proveWhatWent());
        this.scheduleIdleCheck();
      },
    });
  }

  start(listener: PlotterListener): void {
    this.state.listen(listener);
    this.connection.start();
  }

  handedOver() {
    return this.state.progress.handedOver;
  }

  forgetProof(stroke: StrokeRef): Fault | null {
    return this.state.progress.forgetProof(stroke);
  }

  facts() {
    return this.state.facts();
  }

  refuses(order: PersonsOrder): Fault | null {
    return refusalOf(this.state, order);
  }

  use(pen: PenGeometry, park: Point): void {
    const { state } = this;
    state.use(pen, park);
    if (state.phase === 'ready') void this.alone(() => this.tidy());
    state.changed();
  }

  draw: Plotter['draw'] = (planned) => this.carryOut('draw', () => orders.draw(this.state, planned));
  drain: Plotter['drain'] = () => this.carryOut('drain', () => orders.drain(this.state));
  park: Plotter['park'] = () => this.carryOut('park', () => orders.park(this.state));
  lift: Plotter['lift'] = () => this.carryOut('lift', () => byHand.lift(this.state));
  home: Plotter['home'] = () => this.carryOut('home', () => byHand.homePlotter(this.state));
  jog: Plotter['jog'] = (dx, dy, dz) => this.carryOut('jog', () => byHand.jog(this.state, dx, dy, dz));
  confirmOrigin: Plotter['confirmOrigin'] = (hoverOver) =>
    this.carryOut('confirmOrigin', () => byHand.confirmOrigin(this.state, hoverOver));

  confirmHover(): void {
    const { epoch, hover } = this.state.record;
    // A confirmation is for the place that was seen: meanwhile the pen may have gone elsewhere.
    const isSeen = () => this.state.record.epoch === epoch && this.state.record.hover === hover;
    void this.alone(async () => {
      if (isSeen()) await byHand.confirmHover(this.state);
    });
  }

  async stop(): Promise<PlotterResult> {
    const { state, clock } = this;
    const { link } = state;
    if (state.stopping) {
      if (link?.held === true) link.quickStop?.again();
      return refused(plotterFaults.stopped());
    }
    if (state.phase !== 'ready' || link === null) return this.connection.stop();
    const stop = state.whileStopping(() =>
      stopNow(
        state,
        link,
        clock,
        async () => this.order,
        (run) => this.alone(run),
      ),
    );
    this.lastStop = stop;
    return stop;
  }

  retryNow(takesOther: boolean): void {
    const { link, phase } = this.state;
    this.connection.retryNow(takesOther);
    if (phase === 'ready' && link !== null) void this.alone(() => sendAllUntilAccepted(link, unitsAndMode));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.idleCheck?.();
    // A board with EMERGENCY_PARSER goes on with the waiting line, unless M410 is sent a second time.
    await this.lastStop;
    const { phase, record } = this.state;
    if (phase === 'ready' && record.originKnown && record.parked !== null)
      this.state.keeper.save({ leftInOrder: true });
    await this.connection.close();
  }

  private async carryOut(name: string, run: () => Promise<PlotterResult>): Promise<PlotterResult> {
    if (this.order !== null) throw new Error(`"${name}" was ordered while another order is under way`);
    if (this.state.stopping) return refused(plotterFaults.stopped());
    this.order = this.alone(run);
    try {
      return await this.order;
    } finally {
      this.order = null;
    }
  }

  /** Waits for the line to be free; one line is in flight at a time. */
  private alone<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.line.then(run);
    this.line = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  /** A pen that may touch the paper is raised as soon as it is known where it is. */
  private async tidy(): Promise<void> {
    const { state } = this;
    if (state.phase === 'ready' && state.record.originKnown && (state.raiseDue || state.isLow)) {
      const raised = await orders.raise(state);
      if (raised.kind === 'interrupted') state.reportStrayMarks(raised.strayMarks);
    }
  }

  /** The board executes what it had accepted when the link was lost: waits for its end, which makes it certain. */
  private async proveWhatWent(): Promise<void> {
    const { state } = this;
    if (state.phase !== 'ready' || !state.record.originKnown || state.progress.unproven === 0) return;
    const settled = await orders.drain(state);
    if (settled.kind === 'interrupted') state.reportStrayMarks(settled.strayMarks);
  }

  private async checkIdle(): Promise<void> {
    if (this.order === null && !this.state.stopping) await checkWhenIdle(this.state);
  }

  private scheduleIdleCheck(): void {
    if (this.closed) return;
    this.idleCheck ??= this.clock.after(idleCheckMs, () => {
      this.idleCheck = null;
      if (this.state.phase !== 'ready') return;
      void this.alone(() => this.checkIdle()).then(() => {
        if (this.state.phase === 'ready') this.scheduleIdleCheck();
      });
    });
  }
}

/** The check of an idle plotter: whether it answers, and stands where it was left. */
async function checkWhenIdle(state: PlotterState): Promise<void> {
  const { link, plan } = state;
  if (link === null || plan === null || link.lost !== null) return;
  if (state.keeper.isUnwritten || state.fault?.code === 'memory-failed') state.keeper.save({});
  const seen = await checkPosition(link);
  if (seen.kind === 'lost' || samePlace(seen.position, plan)) return;
  const again = await checkPositionSurely(link);
  if (again === null || samePlace(again, plan)) return;
  if (consistent(link.gauge, again)) {
    state.log.warn('The plotter was moved at its own display.');
    state.reportStrayMarks(strayMarks(state, plan, [], again, null));
    state.stand(again);
    state.keeper.save({ parked: null });
  } else {
    state.log.warn('The plotter was given another origin at its own display.');
    state.keeper.originIsLost();
    link.end('numbering');
  }
}
