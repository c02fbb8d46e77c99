import type { ApplianceState } from '../domain/appliance-state.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveEvent } from '../domain/live-event.ts';
import { mpcncLimits } from '../domain/motion.ts';
import { isPassing, type PassingEvent } from '../domain/passing.ts';
import type { RuleDesk, RuleEngine } from '../domain/rules.ts';
import { cornerOfMark } from '../domain/sheet.ts';
import type { Worth } from '../domain/worth.ts';
import type { Recorded } from '../ledger/record.ts';
import { type AfterLive, createAfterLive, lastLiveEnd } from './after-live.ts';
import { ChatPoints } from './chat-points.ts';
import { type Choice, createChoice } from './choice.ts';
import type { Appliance, ApplianceDeps, Watcher } from './contract.ts';
import { type OperatorDecisions, openDecisions } from './decisions.ts';
import { type DrawingBook, openDrawingBook } from './drawing-book.ts';
import { createDrawingLoop, type DrawingLoop } from './drawing-loop.ts';
import { type Inbox, openInbox } from './inbox.ts';
import { type InFlight, type InkBook, openInFlight, openInkBook, turnSheet } from './ink-book.ts';
import { createOperator, type Operator } from './operator.ts';
import { openPenUse, type PenUse } from './pen-use.ts';
import { createReplayer, type Replayer } from './replayer.ts';
import { watchMoments } from './rule-moments.ts';
import { pictureOf, withTitles } from './sheet-picture.ts';
import { type ApplianceFacts, deriveState, whatComesFirst } from './state.ts';
import { glanceOf, statusOf, timedLedger } from './status.ts';
import { createViews, type FollowingViews } from './views.ts';

/** The longest that an order to the plotter may take, ms; homing and a full planner take far less. */
const turnMaxMs = 5 * 60_000;

/** Those who are notified when something in the appliance changes, such as the API. */
class Watchers {
  readonly #all = new Set<Watcher>();

  readonly changed = (): void => {
    for (const watcher of this.#all) watcher.changed?.();
  };

  recorded(records: readonly Recorded[]): void {
    for (const watcher of this.#all) watcher.recorded?.(records);
  }

  passing(event: PassingEvent): void {
    for (const watcher of this.#all) watcher.passing?.(event);
  }

  /** Notifies the watcher until the returned function is called. */
  add(watcher: Watcher): () => void {
    this.#all.add(watcher);
    return () => this.#all.delete(watcher);
  }
}

/** The parts that keep what came, what is owed, what was decided and what is shown; loop and operator act with them. */
interface Parts {
  readonly deps: ApplianceDeps;
  readonly watchers: Watchers;
  readonly inFlight: InFlight;
  readonly worthOf: (event: LiveEvent) => Worth | null;
  readonly inbox: Inbox;
  readonly choice: Choice;
  readonly views: FollowingViews;
  readonly decisions: OperatorDecisions;
  readonly ink: InkBook;
  readonly drawings: DrawingBook;
  readonly pen: PenUse;
  readonly afterLive: AfterLive;
}

/** Opens the parts in the order in which they need each other. */
function openParts(deps: ApplianceDeps): Parts {
  const { clock, log, ledger, settings } = deps;
  const watchers = new Watchers();
  const { changed } = watchers;
  const inFlight = openInFlight(ledger.sheet()?.handedAtOpen ?? new Map());
  const { order, newGiverWithinMs } = settings;
  const endsWithFirstRow = settings.sheetFull === 'first-row';
  const { limits = mpcncLimits } = settings;
  const choice = createChoice({ ...deps, inFlight, order, newGiverWithinMs, endsWithFirstRow, limits });
  const views = createViews({ ...deps, inFlight, openByGiver: () => choice.openByGiver() });
  const worthOf = namedWorth(deps);
  const inbox = openInbox({
    clock,
    log,
    ledger,
    worthOf,
    keeps: deps.keeps ?? new Set(),
    rules: namedRules(deps),
    chats: chatPointsOf(deps),
    recorded(records) {
      choice.recorded(records);
      views.recorded(records);
      drawings.asked(records.flatMap(({ text, dues }) => [text, ...dues.map((due) => due.text)]));
      watchers.recorded(records);
      changed();
    },
    changed,
  });
  const decisions = openDecisions(ledger, log, clock);
  const ink = openInkBook({ clock, log, ledger, inFlight, changed });
  const drawings = openDrawingBook({ ...deps, layout: settings.layout, limits, newGiverWithinMs, changed });
  const { pen: named = { name: '', metres: null } } = settings;
  const pen = openPenUse({ clock, log, ledger, pen: named, isDrawing: () => inFlight.size > 0, changed });
  watchers.add({ changed: () => pen.look() });
  const afterLive = createAfterLive(clock, settings.afterLive, lastLiveEnd(ledger), changed);
  return { deps, watchers, inFlight, worthOf, inbox, choice, views, decisions, ink, drawings, pen, afterLive };
}

function chatPointsOf({ clock, log, ledger, points = null }: ApplianceDeps): ChatPoints | null {
  return points === null || points.chat === null ? null : new ChatPoints(clock, log, ledger, points.chat.seconds);
}

/** A gift event without a name or a price gets those that its id had before. */
function namedGift({ ledger: { questions } }: ApplianceDeps, event: LiveEvent): LiveEvent {
  if (event.kind !== 'gift') return event;
  const { id, name, coins } = event.payload.gift;
  if (id === '' || (name !== '' && coins > 0)) return event;
  const known = { id, name: name || (questions.giftName(id) ?? ''), coins: coins || questions.giftPrice(id) };
  return { ...event, payload: { ...event.payload, gift: known } };
}

function namedWorth(deps: ApplianceDeps): (event: LiveEvent) => Worth | null {
  return (event) => deps.gifts.worthOf(namedGift(deps, event));
}

/** The rules, with an engine that is given gifts under the same names. */
function namedRules(deps: ApplianceDeps): Pick<RuleDesk, 'engine' | 'kinds'> | undefined {
  const { rules } = deps;
  if (rules === undefined) return undefined;
  let [inForce, named]: [RuleEngine | null, RuleEngine | null] = [null, null];
  return {
    kinds: () => rules.kinds(),
    engine() {
      const engine = rules.engine();
      if (named === null || engine !== inForce) {
        inForce = engine;
        named = {
          ...engine,
          matching: (event, ...rest) =>
            engine.matching(event.kind === 'gift' ? namedGift(deps, event) : event, ...rest),
        };
      }
      return named;
    },
  };
}

/**
 * Whether the open sheet is full. By the config it is as soon as one row has no place for its next stroke, or a drawing
 * no plate; or only when nothing that is owed fits any more. A drawing that was begun is first drawn to its end.
 */
function isSheetFull({ deps, inFlight, drawings }: Parts, hasNext: boolean): boolean {
  const { queue } = deps.ledger;
  if (deps.settings.sheetFull === 'first-row') {
    const left = queue.drawingsLeft(inFlight);
    return (queue.hasFullRow(inFlight) && !left.begun) || (drawings.waits() && !left.any);
  }
  return !hasNext && (queue.beyondThisSheet() > 0 || drawings.waits());
}

/**
 * Whether the sheet is about to be taken away: then only uncertain strokes are still drawn, and none once the pen has
 * parked, since hands may be near.
 */
function sheetEnds(parts: Parts): boolean {
  return parts.decisions.holds('change-paper') || isSheetFull(parts, parts.choice.hasNext());
}

function diskFaults({ inbox, ink }: Parts): Fault[] {
  return [inbox.fault(), ink.fault()].filter((fault) => fault !== null);
}

function factsOf(parts: Parts, started: boolean): ApplianceFacts {
  const { deps, choice, decisions, afterLive, inFlight } = parts;
  const { plotter, source, ledger, settings } = deps;
  const hasNext = choice.hasNext();
  return {
    started,
    faults: diskFaults(parts),
    boxFaults: deps.boxFaults?.() ?? [],
    plotter: plotter.facts(),
    live: source.facts(),
    sheetOpen: ledger.sheet() !== null,
    changePaper: decisions.holds('change-paper'),
    paused: decisions.holds('pause'),
    stopped: decisions.holds('stop'),
    drawable: hasNext && !afterLive.rests(),
    sheetFull: isSheetFull(parts, hasNext),
    inHand: inFlight.size,
    hasButton: settings.hasButton === true,
    mark: cornerOfMark(settings.layout.paper),
  };
}

function openLoop(parts: Parts): DrawingLoop {
  const { deps, watchers, choice, decisions, afterLive, inFlight, ink } = parts;
  const { clock, log, plotter, ledger, settings } = deps;
  const loop = createDrawingLoop({
    clock,
    log,
    plotter,
    view: {
      sheet: () => ledger.sheet(),
      next: () => (sheetEnds(parts) ? choice.nextUncertain() : choice.next()),
      wantsRest: () =>
        diskFaults(parts).length > 0 ||
        decisions.holds('pause') ||
        afterLive.rests() ||
        (sheetEnds(parts) && (plotter.facts().parked || choice.nextUncertain() === null)),
      standsStill: () => decisions.holds('stop'),
      idleParkMs: settings.idleParkMs,
    },
    inFlight,
    ink,
    limits: settings.limits ?? mpcncLimits,
    changed: watchers.changed,
  });
  watchers.add({ changed: () => loop.wake() });
  return loop;
}

/** Closes the sheet that was taken away and opens a fresh one; a fault when the disk does not take it. */
function changeSheet({ deps, watchers, inFlight, decisions, ink, drawings }: Parts): Fault | null {
  const { log, ledger, plotter, settings } = deps;
  const { layout, layoutOf = () => layout } = settings;
  const fault = settings.layoutFault?.() ?? turnSheet({ log, ledger, ink, inFlight, layoutOf });
  if (fault !== null) return fault;
  decisions.set('change-paper', false);
  inFlight.turn();
  ink.turn();
  plotter.use(layout.pen, layout.park);
  drawings.placeWaiting();
  deps.sheetTurned?.();
  watchers.changed();
  return null;
}

/**
 * Takes strokes that an earlier run had sent to the plotter as in flight, until the plotter reports what became of
 * them.
 */
function takeUp({ deps, inFlight }: Parts): void {
  const { ledger, plotter } = deps;
  for (const stroke of plotter.handedOver()) {
    const owed = ledger.queue.candidates(inFlight).find(({ row, n }) => row === stroke.row && n === stroke.n);
    if (owed !== undefined && stroke.sheet === ledger.sheet()?.id) inFlight.take(stroke.sheet, owed, stroke);
  }
}

/** Takes an event of a live, or of one that is played again. */
function take({ deps, inbox, watchers }: Parts, event: LiveEvent): void {
  inbox.offer(event);
  if (!isPassing(event)) return;
  deps.passing?.take(event);
  watchers.passing(event);
}

/**
 * Resolves when events, and passing events that are kept for the worker, are on disk: then a source may acknowledge
 * them.
 */
function settledOf(inbox: Inbox, passing: ApplianceDeps['passing']): Promise<void> {
  if (passing?.isWanted !== true) return inbox.settled();
  return Promise.all([inbox.settled(), passing.settled()]).then(() => {});
}

/** Asks sources for passing events while a stream of the API wants them, or the worker has them kept. */
function openPassing({ gifts, passing }: ApplianceDeps): Pick<Appliance, 'wantPassing' | 'askPassing'> {
  let isHeard = false;
  const want = () => gifts.wantPassing(isHeard || passing?.isWanted === true);
  want();
  return {
    wantPassing(isNow) {
      isHeard = isNow;
      want();
    },
    askPassing(question) {
      if (passing === undefined) return null;
      const before = passing.isWanted;
      const answer = passing.ask(question);
      if (before !== passing.isWanted) want();
      return answer;
    },
  };
}

function startParts(parts: Parts, loop: DrawingLoop): void {
  const { deps, watchers, inFlight, ink, views, afterLive } = parts;
  const { ledger, plotter, source, settings } = deps;
  const { changed } = watchers;
  parts.drawings.placeWaiting();
  takeUp(parts);
  const layout = ledger.sheet()?.layout ?? settings.layout;
  plotter.use(layout.pen, layout.park);
  plotter.start({
    changed,
    uncertain: () => inFlight.letGo(),
    strayMarks: (marks) => ink.addStrayMarks(marks),
    certain(strokes) {
      ink.prove(strokes);
      views.drawn(strokes.length);
      changed();
    },
  });
  source.start({
    event(event) {
      afterLive.heard(event);
      take(parts, event);
    },
    changed,
  });
  loop.start();
}

/** Reports moments to the rules, where there are any. */
function followMoments(
  { deps, watchers, drawings }: Parts,
  state: () => string,
): ReturnType<typeof watchMoments> | null {
  const rules = namedRules(deps);
  if (rules === undefined) return null;
  const moments = watchMoments({ ...deps, engine: () => rules.engine(), state });
  deps.ledger.followRules({
    engine: () => rules.engine(),
    due(dues) {
      drawings.asked(dues.map(({ text }) => text));
      watchers.changed();
    },
  });
  watchers.add({ changed: () => moments.look() });
  return moments;
}

function openOperator(parts: Parts, loop: DrawingLoop, replayer: Replayer, state: () => ApplianceState): Operator {
  const { deps, watchers, views, ...others } = parts;
  const { settings } = deps;
  return createOperator({
    ...deps,
    ...others,
    replayer,
    loop,
    state,
    turnSheet: () => changeSheet(parts),
    changed: watchers.changed,
    asked: others.drawings.asked.bind(others.drawings),
    amended() {
      views.amended();
      others.drawings.placeSoon();
    },
    motionDelayMs: settings.motionDelayMs,
    rows: settings.layout.rows,
    strokesPerGiftMax: settings.strokesPerGiftMax ?? null,
    testSession: settings.testSession,
  });
}

/** Joins the parts of the appliance; nothing runs before `start`. */
export function createAppliance(given: ApplianceDeps): Appliance {
  const timed = timedLedger(given.ledger, given.clock);
  const deps = { ...given, ledger: timed.ledger };
  const { clock, log, ledger, plotter, source, settings } = deps;
  const parts = openParts(deps);
  const { inbox, inFlight, decisions } = parts;
  const loop = openLoop(parts);
  let started = false;
  const facts = () => factsOf(parts, started);
  const state = () => deriveState(facts());
  const moments = followMoments(parts, () => state().name);
  const offer = (event: LiveEvent) => take(parts, event);
  const replayer = createReplayer({ clock, log, ledger, worthOf: parts.worthOf, offer, runName: settings.testSession });
  return {
    start() {
      startParts(parts, loop);
      started = true;
      parts.watchers.changed();
    },
    state,
    whatComesFirst: () => whatComesFirst(facts()),
    glance: () => glanceOf({ ...deps, inbox, loop, inFlight, state: state() }),
    live: () => source.facts(),
    status: () =>
      statusOf({
        ...deps,
        ledgerInMemory: deps.ledgerInMemory ?? null,
        ledgerWasEmpty: deps.ledgerWasEmpty ?? false,
        inbox,
        loop,
        inFlight,
        state: state(),
        rows: settings.layout.rows,
        plates: (settings.layout.plates ?? []).map(({ id }) => id),
        paused: decisions.holds('pause'),
        pen: parts.pen.status(),
        mark: cornerOfMark(settings.layout.paper),
      }),
    picture: () => pictureOf(ledger, inFlight.underWay, { ...withTitles, limits: settings.limits ?? mpcncLimits }),
    views: parts.views.views,
    syncTimes: timed.times,
    operator: openOperator(parts, loop, replayer, state),
    settled: () => settledOf(inbox, deps.passing),
    watch: (watcher) => parts.watchers.add(watcher),
    deadLettersReported: (file, letters) => moments?.deadLettersReported(file, letters),
    ...openPassing(deps),
    lookAgain: parts.watchers.changed,
    stuck() {
      ledger.questions.accounts();
      loop.wake();
      const silentMs = clock.nowMs() - loop.lastTurnMs;
      return silentMs <= turnMaxMs ? null : `The drawing loop has hung for ${Math.round(silentMs / 1000)} seconds.`;
    },
    async stop() {
      await Promise.all([source.stop(), replayer.stop()]);
      moments?.stop();
      inbox.flush();
      await loop.stop();
      await plotter.close();
      // An order that took too long ends now that the port is closed.
      await loop.ended();
      // Last, since until then a disk that failed is tried again.
      inbox.close();
      deps.passing?.close();
      parts.ink.close();
      parts.drawings.close();
      decisions.close();
      parts.afterLive.stop();
    },
  };
}
