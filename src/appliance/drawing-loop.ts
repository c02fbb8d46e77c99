import { type Cancel, type Clock, sleep } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { Plotter, PlotterResult } from '../domain/plotter.ts';
import { planStroke } from '../drawing/moves.ts';
import type { OpenSheet } from '../ledger/books.ts';
import type { OwedStroke } from '../ledger/queue.ts';
import type { Hand } from './hand.ts';
import type { InkBook } from './ink-book.ts';
import { type Act, nextAct } from './next-act.ts';

/** After an order that the plotter refused, the loop looks again no sooner than this. */
const refusedPauseMs = 250;
/** Longer than the slowest way to park with a full planner; then the service stops without. */
const stopWithinMs = 40_000;

/** What the loop asks before each step. */
export interface LoopView {
  sheet(): OpenSheet | null;
  next(): OwedStroke | null;
  /** Something wants the pen at rest; the end of the service is the loop's own affair. */
  wantsRest(): boolean;
  readonly idleParkMs: number;
}

export interface DrawingLoopDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly plotter: Plotter;
  readonly view: LoopView;
  readonly hand: () => Hand;
  readonly ink: InkBook;
  readonly changed: () => void;
}

/** Draws what is owed at its own pace, and is the only one who gives the plotter orders that move it. */
export interface DrawingLoop {
  start(): void;
  /** Something changed: look again. */
  wake(): void;
  /** No motion before this moment. */
  holdUntil(monotonicMs: number): void;
  /** An order of a person, carried out between two strokes; false while one is waiting or being carried out. */
  order(run: (plotter: Plotter) => Promise<PlotterResult>): boolean;
  /** An order of a person is waiting or being carried out. */
  readonly hasOrder: boolean;
  /** When motion is allowed again; in the past when it is. */
  readonly notBeforeMs: number;
  /** Monotonic time of the loop's last turn, for the watchdog. */
  readonly lastTurnMs: number;
  /** Lets the planner finish, parks, writes down; then the loop has ended. */
  stop(): Promise<void>;
}

/** The drawing loop of one plotter. */
export function createDrawingLoop(deps: DrawingLoopDeps): DrawingLoop {
  const { clock, log, plotter, view, hand, ink } = deps;
  let running: Promise<void> | null = null;
  let stopping = false;
  let woken = false;
  let rouse: (() => void) | null = null;
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  let idleSinceMs = clock.nowMs();
  let guidedAtMs = Number.NEGATIVE_INFINITY;
  let lastTurnMs = clock.nowMs();
  let waiting: ((plotter: Plotter) => Promise<PlotterResult>) | null = null;
  let obeying = false;

  function wake(): void {
    woken = true;
    rouse?.();
  }

  /** Until something changes or the time has come. */
  function nap(untilMs: number | null): Promise<void> {
    if (woken) return Promise.resolve();
    return new Promise((resolve) => {
      let cancel: Cancel = () => {};
      rouse = () => {
        rouse = null;
        cancel();
        resolve();
      };
      if (untilMs !== null) cancel = clock.after(Math.max(0, untilMs - clock.nowMs()), () => rouse?.());
    });
  }

  function decide(): Act {
    const facts = plotter.facts();
    const rests = stopping || view.wantsRest() || view.sheet() === null;
    return nextAct({
      nowMs: clock.nowMs(),
      plotterReady: facts.link === 'ready' && facts.origin === 'known' && facts.fault === null,
      notBeforeMs,
      wantsRest: rests,
      next: rests ? null : view.next(),
      unproven: hand().size - hand().proven.length,
      parked: facts.parked,
      idleSinceMs,
      idleParkMs: view.idleParkMs,
      guidedUntilMs: stopping ? Number.NEGATIVE_INFINITY : guidedAtMs + view.idleParkMs,
    });
  }

  async function draw(owed: OwedStroke): Promise<void> {
    const sheet = view.sheet();
    const from = plotter.facts().pen;
    if (sheet === null || from === null) return;
    const capacity = sheet.layout.rows.find(({ id }) => id === owed.row)?.capacity ?? 0;
    if (!ink.announce(owed, capacity)) return;
    const stroke = hand().take(sheet.id, owed);
    deps.changed();
    await judge(await plotter.draw(planStroke(sheet.layout, stroke, from)));
    idleSinceMs = clock.nowMs();
  }

  /** What the result of an order means for the strokes in hand. */
  async function judge(result: PlotterResult): Promise<void> {
    if (result.kind === 'done') return;
    if (result.fault.code !== 'stopped')
      log.warn(`${result.fault.what} ${result.fault.remedy}`, { code: result.fault.code });
    if (result.kind === 'interrupted') ink.blemish(result.blemishes);
    hand().letGo();
    deps.changed();
    await sleep(clock, refusedPauseMs);
  }

  /** After the planner ran empty, what is not proven by then never will be: it is owed as before. */
  async function settle(result: PlotterResult): Promise<void> {
    await judge(result);
    if (result.kind !== 'done') return;
    ink.flush();
    hand().letGo();
    deps.changed();
  }

  async function turn(): Promise<boolean> {
    lastTurnMs = clock.nowMs();
    woken = false;
    const order = waiting;
    if (order !== null && clock.nowMs() >= notBeforeMs) {
      waiting = null;
      obeying = true;
      const result = await order(plotter);
      obeying = false;
      guidedAtMs = clock.nowMs();
      idleSinceMs = guidedAtMs;
      await settle(result);
      return true;
    }
    const act = decide();
    // A hand that has just pressed may be near even now: the way to park waits for it too.
    if (stopping && (act.kind === 'draw' || (act.kind === 'wait' && act.untilMs === null))) return false;
    switch (act.kind) {
      case 'draw':
        await draw(act.owed);
        return true;
      case 'settle':
        await settle(await plotter.drain());
        return true;
      case 'park':
        await settle(await plotter.park());
        return true;
      case 'wait':
        await nap(order === null ? act.untilMs : Math.min(act.untilMs ?? notBeforeMs, notBeforeMs));
        return true;
    }
  }

  async function run(): Promise<void> {
    while (await turn());
  }

  return {
    start() {
      running ??= run();
    },
    wake,
    holdUntil(monotonicMs) {
      notBeforeMs = monotonicMs;
      wake();
    },
    order(order) {
      if (waiting !== null || obeying || stopping) return false;
      waiting = order;
      wake();
      return true;
    },
    get hasOrder() {
      return waiting !== null || obeying;
    },
    get notBeforeMs() {
      return notBeforeMs;
    },
    get lastTurnMs() {
      return lastTurnMs;
    },
    async stop() {
      stopping = true;
      wake();
      let giveUp: Cancel = () => {};
      const late = new Promise<void>((resolve) => {
        giveUp = clock.after(stopWithinMs, resolve);
      });
      await Promise.race([running ?? Promise.resolve(), late]);
      giveUp();
      ink.flush();
    },
  };
}
