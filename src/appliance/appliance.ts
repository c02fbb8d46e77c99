import type { ApplianceState } from '../domain/appliance-state.ts';
import type { Fault } from '../domain/fault.ts';
import type { OwedStroke } from '../ledger/queue.ts';
import { createAfterLive, lastLiveEnd } from './after-live.ts';
import { createChoice } from './choice.ts';
import type { Appliance, ApplianceDeps, Watcher } from './contract.ts';
import { openDecisions } from './decisions.ts';
import { createDrawingLoop } from './drawing-loop.ts';
import { type Hand, openHand } from './hand.ts';
import { openInbox } from './inbox.ts';
import { openInkBook } from './ink-book.ts';
import { createOperator } from './operator.ts';
import { createReplayer } from './replayer.ts';
import { pictureOf } from './sheet-picture.ts';
import { deriveState } from './state.ts';
import { glanceOf, statusOf } from './status.ts';
import { timedLedger } from './sync-times.ts';
import { turnSheet } from './turn-sheet.ts';
import { createViews } from './views.ts';

/** The longest that an order to the plotter may take: homing and a full planner are far below it. */
const longestTurnMs = 5 * 60_000;

/** Joins the parts of the appliance; nothing runs before `start`. */
export function createAppliance(given: ApplianceDeps): Appliance {
  const timed = timedLedger(given.ledger, given.clock, () => views.amended());
  const deps = { ...given, ledger: timed.ledger };
  const { clock, log, ledger, plotter, source, gifts, settings } = deps;
  const watchers = new Set<Watcher>();
  let started = false;
  const handListener = {
    taken: (owed: OwedStroke) => choice.taken(owed),
    dropped: (strokes: readonly OwedStroke[]) => choice.dropped(strokes),
  };
  let hand: Hand = openHand(ledger.sheet()?.handedAtOpen ?? new Map(), handListener);

  function changed(): void {
    loop.wake();
    for (const watcher of watchers) watcher.changed?.();
  }

  const inbox = openInbox({
    clock,
    log,
    ledger,
    worthOf: (event) => gifts.worthOf(event),
    keeps: deps.keeps ?? new Set(),
    recorded(records) {
      choice.recorded(records);
      views.recorded(records);
      for (const watcher of watchers) watcher.recorded?.(records);
      changed();
    },
    changed,
  });
  const decisions = openDecisions(ledger, log, clock);
  const ink = openInkBook({ clock, log, ledger, hand: () => hand, changed });

  /** By the config, a sheet ends when a row has no place left for what is owed next there, or only when nothing fits. */
  function isSheetFull(next: OwedStroke | null): boolean {
    if (settings.sheetFull === 'first-row') return ledger.queue.hasFullRow(hand);
    return next === null && ledger.queue.beyondThisSheet() > 0;
  }

  const choice = createChoice({
    ...deps,
    hand: () => hand,
    order: settings.order,
    newGiverWithinMs: settings.newGiverWithinMs,
  });

  const views = createViews({ ...deps, inHand: () => hand.strokes, openByGiver: () => choice.openByGiver() });
  const afterLive = createAfterLive(clock, settings.afterLive, lastLiveEnd(ledger), changed);

  function faults(): Fault[] {
    return [inbox.fault(), ink.fault()].filter((fault) => fault !== null);
  }

  function state(): ApplianceState {
    const wanted = choice.next();
    return deriveState({
      started,
      faults: [...faults(), ...(deps.boxFaults?.() ?? [])],
      plotter: plotter.facts(),
      live: source.facts(),
      sheetOpen: ledger.sheet() !== null,
      changePaper: decisions.holds('change-paper'),
      paused: decisions.holds('pause'),
      drawable: wanted !== null && !afterLive.rests(),
      sheetFull: isSheetFull(wanted),
      inHand: hand.size,
    });
  }

  /** Then only strokes in doubt are still drawn on it, and none once the pen has parked: hands may be there. */
  function sheetEnds(): boolean {
    return decisions.holds('change-paper') || isSheetFull(choice.next());
  }

  const loop = createDrawingLoop({
    clock,
    log,
    plotter,
    view: {
      sheet: () => ledger.sheet(),
      next: () => (sheetEnds() ? choice.nextInDoubt() : choice.next()),
      wantsRest: () =>
        faults().length > 0 ||
        decisions.holds('pause') ||
        afterLive.rests() ||
        (sheetEnds() && (plotter.facts().parked || choice.nextInDoubt() === null)),
      idleParkMs: settings.idleParkMs,
    },
    hand: () => hand,
    ink,
    changed,
  });

  function turn(): Fault | null {
    const { layout, layoutOf = () => layout } = settings;
    const fault = turnSheet({ log, ledger, ink, hand, layoutOf });
    if (fault !== null) return fault;
    decisions.set('change-paper', false);
    hand = openHand(new Map(), handListener);
    choice.sheetTurned();
    ink.turn();
    plotter.use(layout.pen, layout.park);
    deps.sheetTurned?.();
    changed();
    return null;
  }

  const replayer = createReplayer({
    clock,
    log,
    ledger,
    worthOf: (event) => gifts.worthOf(event),
    offer: (event) => inbox.offer(event),
    runName: settings.testSession,
  });
  const operator = createOperator({
    ...deps,
    replayer,
    afterLive,
    inbox,
    loop,
    decisions,
    hand: () => hand,
    state,
    turnSheet: turn,
    changed,
    motionDelayMs: settings.motionDelayMs,
    rows: settings.layout.rows,
    mostStrokesPerGift: settings.mostStrokesPerGift ?? null,
    testSession: settings.testSession,
  });

  return {
    start() {
      const layout = ledger.sheet()?.layout ?? settings.layout;
      plotter.use(layout.pen, layout.park);
      plotter.start({
        changed,
        doubted: () => hand.letGo(),
        blemished: (marks) => ink.blemish(marks),
        certain(strokes) {
          ink.prove(strokes);
          views.drawn(strokes.length);
          changed();
        },
      });
      source.start({
        event(event) {
          afterLive.heard(event);
          inbox.offer(event);
        },
        changed,
      });
      loop.start();
      started = true;
      changed();
    },
    state,
    glance: () => glanceOf({ ...deps, inbox, loop, hand, state: state() }),
    status: () =>
      statusOf({
        ...deps,
        inbox,
        loop,
        hand,
        state: state(),
        rows: settings.layout.rows,
        paused: decisions.holds('pause'),
      }),
    picture: () => pictureOf(ledger, hand.underWay),
    views: views.views,
    syncTimes: timed.times,
    operator,
    settled: () => inbox.settled(),
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    lookAgain: changed,
    stuck() {
      ledger.questions.accounts();
      loop.wake();
      const silentMs = clock.nowMs() - loop.lastTurnMs;
      return silentMs <= longestTurnMs ? null : `The drawing loop has hung for ${Math.round(silentMs / 1000)} seconds.`;
    },
    async stop() {
      await Promise.all([source.stop(), replayer.stop()]);
      inbox.flush();
      await loop.stop();
      await plotter.close();
      // Last: until then a disk that failed is tried again.
      inbox.close();
      ink.close();
      decisions.close();
    },
  };
}
