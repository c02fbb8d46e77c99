import { type Cancel, type Clock, sleep } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { PersonsOrder, Plotter, PlotterListener, PlotterMemory, PlotterResult } from '../domain/plotter.ts';
import type { Random } from '../domain/random.ts';
import type { PenGeometry, Point } from '../domain/sheet.ts';
import { Body } from './body.ts';
import * as byHand from './by-hand.ts';
import { Connection } from './connection.ts';
import { faults } from './faults.ts';
import { consistent } from './gauge.ts';
import { greet } from './greet.ts';
import type { Link } from './link.ts';
import { done, refused } from './order-parts.ts';
import * as orders from './orders.ts';
import type { PortFinder } from './port.ts';
import { refusalOf } from './refusals.ts';
import { defaultPlotterSettings, type PlotterSettings } from './settings.ts';
import { look, lookSurely, samePlace } from './stream.ts';

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
/** After M410 moves are dropped for a second; only then does M114 tell the truth. */
const quietAfterStopMs = 1200;
const longestStopMs = 8000;
/** Bytes that are still with the driver when a port is closed may be lost. */
const onItsWayMs = 200;
/** A link that is dead when a person stops the plotter is told within 6 s all the same. */
const longestSilenceMs = 5500;

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
    if (body.phase !== 'ready' || link === null) return refused(faults.notReady());
    if (this.stopping) return refused(faults.stopped());
    this.stopping = true;
    let cancel: Cancel = () => {};
    try {
      body.doubtAll();
      link.abandon();
      link.writeRaw(`\n${body.settings.stopWith}\n`);
      const stoppedMs = clock.nowMs();
      cancel = clock.after(Math.max(0, link.heardMs + longestSilenceMs - stoppedMs), () => {
        if (clock.nowMs() - link.heardMs >= longestSilenceMs) link.end('silent');
      });
      await this.order;
      if (body.settings.stopWith === 'M112') {
        await sleep(clock, onItsWayMs);
        link.end('halted');
        const forgotten = body.loseOrigin();
        return forgotten === null ? done : refused(forgotten);
      }
      let quietMs = 0;
      while (quietMs < quietAfterStopMs && clock.nowMs() - stoppedMs < longestStopMs && link.lost === null) {
        await sleep(clock, Math.max(1, quietAfterStopMs - quietMs));
        quietMs = clock.nowMs() - Math.max(link.heardMs, stoppedMs);
      }
      return await this.alone(() => this.regain(link));
    } finally {
      cancel();
      this.stopping = false;
    }
  }

  retryNow(): void {
    this.connection.retryNow();
  }

  async close(): Promise<void> {
    this.closed = true;
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
    if (body.phase === 'ready' && body.record.originKnown && orders.isLow(body)) await orders.raise(body);
  }

  /** After a stop: learns where the talk and the pen are, and lifts. */
  private async regain(link: Link): Promise<PlotterResult> {
    const { body, clock } = this;
    if (link.lost !== null) return refused(faults.lost(link.lost));
    const heard = await greet(link, clock);
    if (heard.kind !== 'marlin') {
      link.end('silent');
      return refused(faults.lost('silent'));
    }
    if (!this.isOurs(heard.lastLine)) {
      link.end('numbering');
      return refused(faults.lost('numbering'));
    }
    link.adopt(heard.lastLine);
    link.held = false;
    const seen = await lookSurely(link);
    if (seen === null) return refused(faults.lost(link.lost ?? 'stuck'));
    body.stand(seen);
    if (!body.record.originKnown) return done;
    const raised = await orders.raise(body);
    return body.record.hover === null ? raised : byHand.rejectHover(body);
  }

  private isOurs(lastLine: number): boolean {
    const { lineBase } = this.body.record;
    return lineBase !== null && lastLine >= lineBase;
  }

  private lookWhenIdle(): void {
    if (this.lookingIdly) return;
    this.lookingIdly = true;
    this.clock.after(idleLookMs, () => {
      this.lookingIdly = false;
      if (this.closed || this.body.phase !== 'ready') return;
      void this.alone(() => this.idleLook()).then(() => {
        if (!this.closed && this.body.phase === 'ready') this.lookWhenIdle();
      });
    });
  }

  /** Nothing is asked of the plotter: is it there, and where it was left? */
  private async idleLook(): Promise<void> {
    const { body } = this;
    const { link, plan } = body;
    if (this.order !== null || this.stopping || link === null || plan === null || link.lost !== null) return;
    if (body.fault?.code === 'memory-failed') body.save({});
    const seen = await look(link);
    if (seen.kind === 'lost' || samePlace(seen.position, plan)) return;
    const again = await lookSurely(link);
    if (again === null || samePlace(again, plan)) return;
    if (consistent(link.gauge, again)) {
      body.log.warn('The plotter was moved at its own display.');
      body.stand(again);
      body.save({ parked: null });
    } else {
      body.log.warn('The plotter was given another origin at its own display.');
      body.loseOrigin();
      link.end('numbering');
    }
  }
}
