import type { ApplianceState } from '../domain/appliance-state.ts';
import { causeInWords, originalOf } from '../domain/cause.ts';
import type { ChatDone, ChatOrder } from '../domain/chat.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveEvent } from '../domain/live-event.ts';
import type { LiveFacts, LiveSource, SignInUnderWay } from '../domain/live-source.ts';
import { givenBy, givenInWords } from '../domain/money.ts';
import { clockTime, counted } from '../domain/plain-text.ts';
import type { PlotterFacts } from '../domain/plotter.ts';
import type { OpenSheet } from '../ledger/books.ts';
import type { AfterLive } from './after-live.ts';
import { type BookCommands, type BookDeps, bookCommands } from './book-commands.ts';
import { type CommandRefused, type CommandResult, notNow, said, wrongInput } from './command-result.ts';
import type { DrawingCommands } from './drawing-book.ts';
import type { Reload } from './gift-book.ts';
import type { Inbox } from './inbox.ts';
import { type MotionCommands, type MotionDeps, motionCommands } from './motion-commands.ts';
import type { PenUse } from './pen-use.ts';
import { type PointsCommands, pointsCommands } from './points-commands.ts';
import type { Replayer, ReplayWish } from './replayer.ts';
import { inWords, type TestGiftOrder, testGiftMaker } from './test-gifts.ts';

export type { CommandResult } from './command-result.ts';

/** What a person can ask of the appliance, by whatever button, page or command line. */
export interface Operator extends MotionCommands, BookCommands, DrawingCommands, PointsCommands {
  /** A person has changed the paper: closes the sheet and opens a fresh one. */
  paperChanged(): CommandResult;
  /** Why a fresh sheet cannot be opened at this moment; null when it can. */
  sheetHindrance(): Fault | null;
  /** A person has put in a fresh pen: what it draws is counted from now on. */
  penChanged(): CommandResult;
  /** A person wants to change the paper: finishes what the planner holds, and parks the pen. */
  changePaper(): CommandResult;
  pause(): CommandResult;
  resume(): CommandResult;
  /** Looks for the plotter and the live now instead of at the next attempt. */
  tryNow(): CommandResult;
  /** Listens to one of the lives, or does not, until the service restarts. */
  switchLive(name: string, isOn: boolean): CommandResult;
  /** Begins to sign in to one of the lives: returns the address that a person is to open. */
  beginSignIn(name: string): Promise<SignInBegun>;
  /** Finishes signing in with the address to which the browser was sent, or the code in it. */
  takeSignIn(name: string, answer: string): Promise<CommandResult>;
  /**
   * Writes into the chat of a live, or mutes somebody there; resolves within seconds. Null where no live that is
   * listened to may be written into.
   */
  writeChat(order: ChatOrder): Promise<ChatDone | null>;
  simulateGift(gift: TestGiftOrder): CommandResult;
  reloadGifts(): Reload;
  /** Writes into the gift map which rows a gift pays into, and puts the map in force. */
  mapGift(gift: string, rows: readonly string[]): Reload;
  /** Plays a past session again: says how many strokes it would be, or credits it as a replay and draws it. */
  replay(session: string, wish: ReplayWish): CommandResult;
}

/** The address to open, or why there is none. */
type SignInBegun = { readonly ok: true; readonly address: string } | CommandRefused;

interface OperatorDeps extends MotionDeps, BookDeps {
  readonly inbox: Inbox;
  readonly afterLive: AfterLive;
  readonly replayer: Replayer;
  readonly drawings: DrawingCommands;
  readonly pen: PenUse;
  readonly state: () => ApplianceState;
  readonly turnSheet: () => Fault | null;
  /** So many strokes are drawn of one gift at most; null: all. */
  readonly strokesPerGiftMax: number | null;
  /** A name that no earlier run has used: it keeps the keys of its test gifts apart. */
  readonly testSession: string;
}

const goesOn: readonly ApplianceState['name'][] = ['drawing', 'off-air', 'ready'];

/** The commands of one appliance. */
export function createOperator(deps: OperatorDeps): Operator {
  const testGift = testGiftMaker(
    deps.gifts,
    deps.rows.map(({ id }) => id),
    deps.testSession,
  );
  const { gifts, drawings } = deps;
  return {
    askForDrawing: (wish) => drawings.askForDrawing(wish),
    plateFor: (plate) => drawings.plateFor(plate),
    tryDrawing: (wish) => drawings.tryDrawing(wish),
    voidDrawing: (id, why) => drawings.voidDrawing(id, why),
    redrawDrawing: (id, why) => drawings.redrawDrawing(id, why),
    paperChanged: () => paperChanged(deps),
    penChanged: () => deps.pen.changed(),
    changePaper: () => changePaper(deps),
    pause: () => pause(deps),
    resume: () => resume(deps),
    tryNow: () => tryNow(deps),
    switchLive: (name, isOn) => switchLive(deps, name, isOn),
    ...signIns(deps),
    writeChat: async (order) => (await deps.source.write?.(order)) ?? null,
    simulateGift: (asked) => simulateGift(deps, testGift(asked, deps.clock.wallMs()), asked),
    ...motionCommands(deps),
    ...bookCommands(deps),
    ...pointsCommands(deps),
    sheetHindrance: () => sheetHindrance(deps),
    reloadGifts: () => gifts.reload(),
    mapGift: (gift, rows) => gifts.map(gift, rows),
    replay: (session, wish) => deps.replayer.replay(session, wish),
  };
}

/**
 * Whether nothing was drawn on the open sheet, nor may have been: then a second press of the button opens no other one.
 */
function isBlank({ ledger, inFlight }: OperatorDeps, { id, layout, lettered }: OpenSheet): boolean {
  const marked = lettered > 0 || ledger.questions.strayMarks(id).length > 0;
  const tracks = [...layout.rows, ...(layout.drawings ?? [])];
  return !marked && tracks.every((track) => inFlight.perhapsInked(track.id) === 0);
}

function sheetHindrance({ plotter, inFlight, state }: OperatorDeps): Fault | null {
  const { link, parked } = plotter.facts();
  if (link === 'ready' && parked && inFlight.size === 0) return null;
  const { name, what, todo } = state();
  const rule = 'A sheet opens only when the pen is parked';
  if (name === 'ready' || name === 'off-air') {
    return {
      code: 'not-parked',
      what: `${rule}; it is not yet.`,
      remedy: 'It parks by itself: try again in ten seconds.',
    };
  }
  const remedy = name === 'drawing' ? 'Pause it first (or run `livepen pause`), then try again.' : todo;
  return { code: 'not-parked', what: `${rule}. ${what}`, remedy: remedy ?? 'Wait a moment and try again.' };
}

function paperChanged(deps: OperatorDeps): CommandResult {
  const { clock, ledger, loop, decisions, afterLive, changed } = deps;
  const hindrance = sheetHindrance(deps);
  if (hindrance !== null) return { ok: false, refused: 'now', fault: hindrance };
  loop.holdUntil(clock.nowMs() + deps.motionDelayMs);
  const open = ledger.sheet();
  if (open !== null && isBlank(deps, open)) {
    decisions.set('change-paper', false);
    afterLive.released();
    changed();
    return said(`Sheet ${open.id} is open and still blank.`);
  }
  const fault = deps.turnSheet();
  if (fault !== null) return { ok: false, refused: 'now', fault };
  afterLive.released();
  return said(`Sheet ${ledger.sheet()?.id ?? 0} is open.`);
}

/** Whether the pen has nothing to finish: it is parked, or there is no plotter. */
function isAtRest({ plotter, inFlight }: OperatorDeps): boolean {
  const { link, parked } = plotter.facts();
  return inFlight.size === 0 && (parked || link !== 'ready');
}

function changePaper(deps: OperatorDeps): CommandResult {
  const { log, ledger, state, decisions, changed } = deps;
  if (ledger.sheet() === null) return said(state().what);
  const rests = isAtRest(deps);
  decisions.set('stop', false);
  decisions.set('change-paper', true);
  log.info('A change of paper was asked for; the pen goes to park.');
  changed();
  return said(rests ? state().what : 'The pen finishes what is planned and parks; then change the paper.');
}

function pause(deps: OperatorDeps): CommandResult {
  const { log, decisions, changed } = deps;
  const rests = isAtRest(deps);
  decisions.set('pause', true);
  log.info('The drawing was paused by hand.');
  changed();
  return said(rests ? 'Paused by hand.' : 'Pausing: the pen finishes what is planned, lifts and parks.');
}

function resume(deps: OperatorDeps): CommandResult {
  const { clock, log, loop, state, decisions, afterLive, changed } = deps;
  decisions.set('stop', false);
  decisions.set('pause', false);
  decisions.set('change-paper', false);
  afterLive.released();
  log.info('The drawing was resumed by hand.');
  loop.holdUntil(clock.nowMs() + deps.motionDelayMs);
  changed();
  const { name, what, todo } = state();
  // After the pause something else may keep the pen from drawing.
  return said(goesOn.includes(name) ? 'Going on.' : `It is not paused any more. ${what} ${todo ?? ''}`.trim());
}

function tryNow({ clock, plotter, source, state }: OperatorDeps): CommandResult {
  plotter.retryNow(state().fault?.code === 'another-device');
  source.retryNow();
  return said(whatIsTried(plotter.facts(), source.facts(), clock.wallMs()));
}

function noSuchLive(source: LiveSource, name: string): CommandRefused {
  const names = (source.facts().lives ?? []).filter(({ signsIn }) => signsIn).map((each) => each.name);
  const remedy =
    names.length === 0 ? 'Nobody signs in to any live of the config.' : `Name one of these: ${names.join(', ')}.`;
  return wrongInput('no-sign-in', `Nobody signs in to a live called "${name}".`, remedy);
}

/** Signing in to lives; of each live only the newest attempt can be finished. */
function signIns({ log, source }: OperatorDeps): Pick<Operator, 'beginSignIn' | 'takeSignIn'> {
  const underWay = new Map<string, SignInUnderWay>();
  return {
    async beginSignIn(name) {
      let begun: SignInUnderWay | null;
      try {
        begun = (await source.signIn?.(name)) ?? null;
      } catch (error) {
        log.debug(`Why the sign-in to ${name} cannot begin: ${originalOf(error)}`);
        const what = `The secrets file for "${name}" cannot be read: ${causeInWords(error)}.`;
        return wrongInput('sign-in-not-possible', what, 'Check live.secretsFile in the config, then begin again.');
      }
      if (begun === null) return noSuchLive(source, name);
      underWay.set(name, begun);
      return { ok: true, address: begun.address };
    },
    async takeSignIn(name, answer) {
      const begun = underWay.get(name);
      if (begun === undefined) {
        const what = `No sign-in to "${name}" was begun since Livepen started.`;
        return notNow('sign-in-not-begun', what, 'Begin it, open its address, and bring back what comes of it.');
      }
      const taken = await begun.take(answer);
      if (!taken.ok) {
        if (taken.original !== undefined) log.debug(`Why the sign-in to ${name} failed: ${taken.original}`);
        return { ok: false, refused: 'input', fault: taken.fault };
      }
      underWay.delete(name);
      log.info(`Somebody signed in to ${name}.`);
      return said(`Signed in to "${name}".`);
    },
  };
}

function switchLive({ log, source, afterLive }: OperatorDeps, name: string, isOn: boolean): CommandResult {
  const live = source.switchLive?.(name, isOn) ?? null;
  if (live === null) {
    const names = (source.facts().lives ?? []).map((each) => each.name).join(', ');
    return wrongInput('unknown-live', `No live is called "${name}".`, `Name one of these: ${names}.`);
  }
  if (!isOn) afterLive.left(live);
  const sentence = isOn
    ? `The live "${name}" is listened to.`
    : `The live "${name}" is switched off: nothing is heard of it until it is switched on again or Livepen restarts.`;
  log.info(sentence);
  return said(sentence);
}

function simulateGift(
  deps: OperatorDeps,
  made: ReturnType<ReturnType<typeof testGiftMaker>>,
  asked: TestGiftOrder,
): CommandResult {
  const { log, inbox } = deps;
  if (!made.ok) return { ok: false, refused: 'input', fault: made.fault };
  inbox.offer(made.event, made.worth);
  if (!('count' in asked)) return moneyTried(deps, made.event);
  const what = `${asked.count} x ${'row' in asked ? `row ${asked.row}` : asked.gift}`;
  const sentence = `A test gift is credited: ${what}, worth ${inWords(made.worth, asked.count, deps.rows, deps.strokesPerGiftMax)}.`;
  log.info(sentence);
  return said(sentence);
}

/** What money is worth depends on what was given before it: the ledger is asked once the event is there. */
function moneyTried({ log, inbox, ledger }: OperatorDeps, event: LiveEvent): CommandResult {
  const given = givenBy(event);
  const amount = given === null ? '' : givenInWords(given);
  if (!inbox.flush()) return said(`A test of ${amount} waits until the disk can be written.`);
  const strokes = ledger.questions.lastGifts(1)[0]?.strokes ?? 0;
  const sentence = `A test gift is credited: ${amount}, worth ${counted(strokes, 'stroke')} beside those of this evening.`;
  log.info(sentence);
  return said(sentence);
}

/** What `livepen retry` answers: it names only what is really tried. */
export function whatIsTried(plotter: Pick<PlotterFacts, 'link'>, live: LiveFacts, wallMs: number): string {
  if (plotter.link === 'ready' && live.heard)
    return `There is nothing to try: the plotter is ready and the live is connected.${whoWaits(live, wallMs)}`;
  return `${ofPlotter(plotter)} ${ofLive(live, wallMs)}`;
}

/** The provider that wants no attempt yet, while another one stands in for it; '' when there is none. */
function whoWaits({ standIn = null }: LiveFacts, wallMs: number): string {
  if (standIn === null || standIn.untilMs === null) return '';
  const { insteadOf, provider, untilMs } = standIn;
  return ` "${insteadOf}" asks to wait until ${clockTime(untilMs, wallMs)}; "${provider}" is used instead.`;
}

function ofPlotter({ link }: Pick<PlotterFacts, 'link'>): string {
  if (link === 'ready') return 'The plotter is ready.';
  return link === 'connecting' ? 'Connecting to a plotter.' : 'Looking for the plotter.';
}

function ofLive({ heard, phase, silence = null, nextAttemptAtMs }: LiveFacts, wallMs: number): string {
  if (heard) return 'Connected to the live.';
  if (phase === 'connecting') return 'Connecting to the live.';
  if (silence === null)
    return nextAttemptAtMs === null ? 'There is no live to look for.' : 'The live will be tried again soon.';
  const { what, todo, nextAtMs } = silence;
  const next = nextAtMs === null ? '' : ` Next attempt at ${clockTime(nextAtMs, wallMs)}, not before.`;
  return `${what}${todo === null ? '' : ` ${todo}`}${next}`;
}
