import type { ApplianceState } from '../domain/appliance-state.ts';
import type { Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveEventKind } from '../domain/live-event.ts';
import type { LiveSource } from '../domain/live-source.ts';
import type { Log } from '../domain/log.ts';
import type { Plotter } from '../domain/plotter.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import type { DrawOrder } from '../drawing/schedule.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OwedStroke } from '../ledger/queue.ts';
import type { Recorded } from '../ledger/record.ts';
import { type AfterLiveSettings, createAfterLive } from './after-live.ts';
import { createChoice } from './choice.ts';
import { openDecisions } from './decisions.ts';
import { createDrawingLoop } from './drawing-loop.ts';
import type { GiftBook } from './gift-book.ts';
import { type Hand, openHand } from './hand.ts';
import { openInbox } from './inbox.ts';
import { openInkBook } from './ink-book.ts';
import { createOperator, type Operator } from './operator.ts';
import { pictureOf } from './sheet-picture.ts';
import { deriveState } from './state.ts';
import { type Glance, glanceOf, type Status, statusOf } from './status.ts';
import { type SyncTimes, timedLedger } from './sync-times.ts';
import { turnSheet } from './turn-sheet.ts';
import { createViews, type Views } from './views.ts';

/** What of the config decides how the appliance behaves; it holds from the next start, the layout from the next sheet. */
export interface ApplianceSettings {
  readonly layout: SheetLayout;
  /** The layout of the sheet that opens now, with the words that belong on it; `layout` unless told. */
  readonly layoutOf?: (sheet: number) => SheetLayout;
  readonly order: DrawOrder;
  /** For order "live": within this time a new giver's first stroke shall begin. */
  readonly newGiverWithinMs: number;
  readonly sheetFull: 'all-rows' | 'first-row';
  readonly idleParkMs: number;
  /** Motion starts this long after a person's command, never at once: hands may be near. */
  readonly motionDelayMs: number;
  readonly afterLive: AfterLiveSettings;
  /** A name that no earlier run has used; see the operator. */
  readonly testSession: string;
}

export interface ApplianceDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly plotter: Plotter;
  readonly source: LiveSource;
  readonly gifts: GiftBook;
  readonly settings: ApplianceSettings;
  /** Kinds of events that are kept in the ledger though they pay for nothing; none unless told. */
  readonly keeps?: ReadonlySet<LiveEventKind>;
  /** A fresh sheet lies there. */
  readonly sheetTurned?: () => void;
  /** What of the box around it a person must mend: it is shown as a fault, and the pen goes on. */
  readonly boxFaults?: () => readonly Fault[];
}

/** The longest that an order to the plotter may take: homing and a full planner are far below it. */
const longestTurnMs = 5 * 60_000;

/** What the appliance tells those who show it. */
export interface Watcher {
  /** Something that is shown changed; look again when convenient. */
  changed?(): void;
  /** Events are on disk. */
  recorded?(records: readonly Recorded[]): void;
}

/** The whole appliance: listens, owes, draws. */
export interface Appliance {
  start(): void;
  state(): ApplianceState;
  glance(): Glance;
  status(): Status;
  /** The open sheet as SVG; null while none is open. */
  picture(): string | null;
  readonly views: Views;
  /** How long durable writes took. */
  syncTimes(): SyncTimes;
  readonly operator: Operator;
  /** Resolves once every event that was heard so far is on disk: only then may a source acknowledge it. */
  settled(): Promise<void>;
  /** Tells the watcher until the returned function is called. */
  watch(watcher: Watcher): () => void;
  /** Something that the state follows from changed outside: tell the watchers. */
  lookAgain(): void;
  /** What of ledger and drawing loop does its work no more, as a sentence; null when all is well. Throws when the ledger does. */
  stuck(): string | null;
  /** Hears no more, lets the planner finish, parks, writes everything down, closes the plotter's port. */
  stop(): Promise<void>;
}

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
  const decisions = openDecisions(ledger, log);
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
  const afterLive = createAfterLive(clock, settings.afterLive, changed);

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

  const loop = createDrawingLoop({
    clock,
    log,
    plotter,
    view: {
      sheet: () => ledger.sheet(),
      next: () => choice.next(),
      wantsRest: () =>
        faults().length > 0 ||
        decisions.holds('pause') ||
        decisions.holds('change-paper') ||
        afterLive.rests() ||
        isSheetFull(choice.next()),
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

  const operator = createOperator({
    ...deps,
    afterLive,
    inbox,
    loop,
    decisions,
    hand: () => hand,
    state,
    turnSheet: turn,
    changed,
    motionDelayMs: settings.motionDelayMs,
    rowIds: settings.layout.rows.map(({ id }) => id),
    testSession: settings.testSession,
  });

  return {
    start() {
      const layout = ledger.sheet()?.layout ?? settings.layout;
      plotter.use(layout.pen, layout.park);
      plotter.start({
        changed,
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
      await source.stop();
      inbox.flush();
      await loop.stop();
      inbox.flush();
      await plotter.close();
    },
  };
}
