import type { Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { PersonsOrder, Plotter, PlotterListener, PlotterMemory, PlotterResult } from '../domain/plotter.ts';
import type { Random } from '../domain/random.ts';
import type { PenGeometry, Point } from '../domain/sheet.ts';
import { Body } from './body.ts';
import * as byHand from './by-hand.ts';
import { Connection } from './connection.ts';
import { faults } from './faults.ts';
import { idleLook } from './idle-look.ts';
import { refused } from './order-parts.ts';
import * as orders from './orders.ts';
import type { PortFinder } from './port.ts';
import { refusalOf } from './refusals.ts';
import { defaultPlotterSettings, type PlotterSettings } from './settings.ts';
import { stopNow } from './stopping.ts';
import { tellAll, unitsAndMode } from './tell.ts';

export type { PenKind, PlotterSettings } from './settings.ts';
export { checkUserLines } from './user-lines.ts';

export interface PlotterDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly memory: PlotterMemory;
  readonly ports: PortFinder;
  /** What is left out is as the MPCNC's users run it. */
  readonly settings: Partial<PlotterSettings>;
  /** No stroke on the sheet is certain. */
  readonly sheetIsEmpty: () => boolean;
}

/** An idle plotter is looked at this often, so that a dead link, a reset and a jog at its display are seen. */
const idleLookMs = 1000;

/** A pen plotter that speaks Marlin over a serial port. */
export function createPlotter(deps: PlotterDeps): Plotter {
  return new MarlinPlotter(deps);
}

class MarlinPlotter implements Plotter {
  private readonly clock: Clock;
  private readonly body: Body;
  private readonly connection: Connection;
  /** The order under way; null between orders. */
  private order: Promise<PlotterResult> | null = null;
  /** The last of those who wait for the line: orders, idle looks. */
  private line: Promise<unknown> = Promise.resolve();
  private stopping = false;
  private closed = false;
  private lookingIdly = false;

  constructor(deps: PlotterDeps) {
    this.clock = deps.clock;
    this.body = new Body({ ...defaultPlotterSettings, ...deps.settings }, deps.memory, deps.log);
    this.connection = new Connection({
      body: this.body,
      clock: deps.clock,
      random: deps.random,
      ports: deps.ports,
      sheetIsEmpty: deps.sheetIsEmpty,
      onReady: () => {
        void this.alone(() => this.tidy());
        this.lookWhenIdle();
      },
    });
  }

  start(listener: PlotterListener): void {
    this.body.listener = listener;
    this.connection.start();
  }

  facts() {
    return this.body.facts();
  }

  refuses(order: PersonsOrder): Fault | null {
    return refusalOf(this.body, order);
  }

  use(pen: PenGeometry, park: Point): void {
    const { body } = this;
    body.geometry = pen;
    body.park = park;
    body.due.sheet = true;
    // What it was drawn on may have been taken away.
    body.lastStroke = null;
    if (body.plan !== null) body.stand(body.plan);
    if (body.phase === 'ready') void this.alone(() => this.tidy());
    body.changed();
  }

  draw: Plotter['draw'] = (planned) => this.carryOut('draw', () => orders.draw(this.body, planned));
  drain: Plotter['drain'] = () => this.carryOut('drain', () => orders.drain(this.body));
  park: Plotter['park'] = () => this.carryOut('park', () => orders.park(this.body));
  lift: Plotter['lift'] = () => this.carryOut('lift', () => byHand.lift(this.body));
  home: Plotter['home'] = () => this.carryOut('home', () => byHand.home(this.body));
  jog: Plotter['jog'] = (dx, dy, dz) => this.carryOut('jog', () => byHand.jog(this.body, dx, dy, dz));
  confirmOrigin: Plotter['confirmOrigin'] = (hoverOver) =>
    this.carryOut('confirmOrigin', () => byHand.confirmOrigin(this.body, hoverOver));

  confirmHover(): void {
    const { epoch, hover } = this.body.record;
    // A yes is for the place that was seen: meanwhile the pen may have gone elsewhere.
    const isSeen = () => this.body.record.epoch === epoch && this.body.record.hover === hover;
    void this.alone(async () => {
      if (isSeen()) await byHand.confirmHover(this.body);
    });
  }

  async stop(): Promise<PlotterResult> {
    const { body, clock } = this;
    const { link } = body;
    if (this.stopping) return refused(faults.stopped());
    if (body.phase !== 'ready' || link === null) return this.connection.stop();
    this.stopping = true;
    try {
      return await stopNow(
        body,
        link,
        clock,
        async () => this.order,
        (run) => this.alone(run),
      );
    } finally {
      this.stopping = false;
    }
  }

  retryNow(): void {
    const { link, phase } = this.body;
    this.connection.retryNow();
    if (phase === 'ready' && link !== null) void this.alone(() => tellAll(link, unitsAndMode));
  }

  async close(): Promise<void> {
    this.closed = true;
    const { phase, record } = this.body;
    if (phase === 'ready' && record.originKnown && record.parked !== null) this.body.save({ leftInOrder: true });
    await this.connection.close();
  }

  private async carryOut(name: string, run: () => Promise<PlotterResult>): Promise<PlotterResult> {
    if (this.order !== null) throw new Error(`"${name}" was ordered while another order is under way`);
    if (this.stopping) return refused(faults.stopped());
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
    const { body } = this;
    if (body.phase === 'ready' && body.record.originKnown && (body.raiseDue || body.isLow)) {
      const raised = await orders.raise(body);
      if (raised.kind === 'interrupted') body.blemished(raised.blemishes);
    }
  }

  private async lookIdly(): Promise<void> {
    if (this.order === null && !this.stopping) await idleLook(this.body);
  }

  private lookWhenIdle(): void {
    if (this.lookingIdly) return;
    this.lookingIdly = true;
    this.clock.after(idleLookMs, () => {
      this.lookingIdly = false;
      if (this.closed || this.body.phase !== 'ready') return;
      void this.alone(() => this.lookIdly()).then(() => {
        if (!this.closed && this.body.phase === 'ready') this.lookWhenIdle();
      });
    });
  }
}
