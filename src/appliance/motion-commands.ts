import type { Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { PersonsOrder, Plotter, PlotterResult } from '../domain/plotter.ts';
import type { Point } from '../domain/sheet.ts';
import { strokeEnds } from '../drawing/place.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type CommandResult, notNow, said, wrongInput } from './command-result.ts';
import type { OperatorDecisions } from './decisions.ts';
import type { DrawingLoop } from './drawing-loop.ts';
import type { InFlight } from './ink-book.ts';

/** The longest distance of one jog, mm. */
const jogMaxMm = 50;

/** Commands that move the pen, or stop it. */
export interface MotionCommands {
  /** A person has put the tip on the corner mark, on the paper: this is the origin. */
  confirmOrigin(): CommandResult;
  /** A person sees the pen hover exactly over the last stroke. */
  confirmHover(): CommandResult;
  /** Stops the pen at once, drops what is planned, and pauses. */
  stopNow(): Promise<CommandResult>;
  /** Raises the pen where it is. */
  lift(): CommandResult;
  /** Moves by mm from where the pen is. */
  jog(dxMm: number, dyMm: number, dzMm: number): CommandResult;
  park(): CommandResult;
  /** Homes by the plotter's end switches. */
  home(): CommandResult;
  /** Why an order would be refused at this moment; null when it would not. */
  hindrance(order: PersonsOrder): Fault | null;
}

export interface MotionDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly plotter: Plotter;
  readonly loop: DrawingLoop;
  readonly decisions: OperatorDecisions;
  readonly inFlight: InFlight;
  readonly changed: () => void;
  /** Motion starts so long after a command, ms: hands may be near. */
  readonly motionDelayMs: number;
}

const originWasSet: Fault = {
  code: 'origin-was-set',
  what: 'The origin was set already since this was asked for.',
  remedy: 'If it is not in the right place, put the tip on the corner mark and set it again.',
};

const noPlotter: Fault = {
  code: 'no-plotter',
  what: 'No plotter answers.',
  remedy: 'Switch the plotter on and plug its USB cable in.',
};
const isDrawing: Fault = {
  code: 'drawing',
  what: 'The pen is drawing.',
  remedy: 'Pause it first (`livepen pause`), then try again.',
};
const isBusy: Fault = {
  code: 'busy',
  what: 'Another command is being carried out.',
  remedy: 'Wait a moment and try again.',
};

/** The motion commands of one appliance. */
export function motionCommands(deps: MotionDeps): MotionCommands {
  return {
    confirmOrigin: () => confirmOrigin(deps),
    confirmHover: () => confirmHover(deps),
    stopNow: () => stopNow(deps),
    jog: (dxMm, dyMm, dzMm) => jog(deps, dxMm, dyMm, dzMm),
    park: () => park(deps),
    lift: () => order(deps, { kind: 'lift' }, (it) => it.lift(), 'The pen lifts in a moment.'),
    hindrance: (order) => hindrance(deps, order),
    home: () => order(deps, { kind: 'home' }, (it) => it.home(), 'The plotter homes in a moment.'),
  };
}

function busy(): CommandResult {
  return { ok: false, refused: 'now', fault: isBusy };
}

/**
 * Why a person may not move the pen now; null when they may. It is allowed between two strokes only, while none is in
 * flight.
 */
function hindrance({ plotter, loop, inFlight }: MotionDeps, what: PersonsOrder): Fault | null {
  const { link, fault } = plotter.facts();
  if (link !== 'ready') return fault ?? noPlotter;
  if (inFlight.size > 0) return isDrawing;
  return loop.hasOrder ? isBusy : plotter.refuses(what);
}

function order(
  deps: MotionDeps,
  what: PersonsOrder,
  run: (plotter: Plotter) => Promise<PlotterResult>,
  sentence: string,
): CommandResult {
  const { clock, loop } = deps;
  const fault = hindrance(deps, what);
  if (fault !== null) return { ok: false, refused: 'now', fault };
  loop.holdUntil(clock.nowMs() + deps.motionDelayMs);
  return loop.order(run) ? said(sentence) : busy();
}

/** Where the last certain stroke of this sheet ended, if it has any ink. */
function lastInk({ ledger }: MotionDeps): Point | null {
  const sheet = ledger.sheet();
  const last = sheet === null ? null : ledger.questions.lastInk(sheet.id);
  return sheet === null || last === null ? null : strokeEnds(sheet.layout, last).to;
}

function confirmOrigin(deps: MotionDeps): CommandResult {
  const { plotter } = deps;
  const { epoch } = plotter.facts();
  // A second press while the plotter is busy does nothing: after the first the tip is not on the paper any more.
  const once = async (it: Plotter): Promise<PlotterResult> =>
    it.facts().epoch === epoch ? it.confirmOrigin(lastInk(deps)) : { kind: 'refused', fault: originWasSet };
  return order(deps, { kind: 'origin' }, once, 'The origin is set here; the pen lifts in a moment.');
}

function confirmHover(deps: MotionDeps): CommandResult {
  const { clock, plotter, loop, changed } = deps;
  if (plotter.facts().origin !== 'confirm-hover') {
    return notNow('no-hover', 'The pen does not hover over a stroke.', 'Nothing needs to be confirmed.');
  }
  if (loop.hasOrder) return busy();
  loop.holdUntil(clock.nowMs() + deps.motionDelayMs);
  plotter.confirmHover();
  changed();
  return said('The origin is confirmed. Going on.');
}

async function stopNow({ log, plotter, loop, decisions, inFlight, changed }: MotionDeps): Promise<CommandResult> {
  const { link } = plotter.facts();
  // The plotter first: writing the pause down may take a while.
  const stopping = plotter.stop();
  loop.revokeOrder();
  decisions.set('pause', true);
  decisions.set('stop', true);
  changed();
  const result = await stopping;
  inFlight.letGo();
  if (result.kind === 'done') log.warn('The plotter was stopped by hand.');
  changed();
  if (result.kind !== 'done') return { ok: false, refused: 'now', fault: result.fault };
  // Before the connection is ready, the plotter does not report what a stop has done.
  return link === 'ready'
    ? said('Stopped: the pen stays where it is. What was not certain stays owed; `livepen resume` goes on.')
    : said(
        'The stop was sent to the plotter, which has not answered yet. If it still moves, cut the power of its motors.',
      );
}

function jog(deps: MotionDeps, dxMm: number, dyMm: number, dzMm: number): CommandResult {
  if (![dxMm, dyMm, dzMm].every((mm) => Math.abs(mm) <= jogMaxMm)) {
    const rule = `Give each of x, y and z as -${jogMaxMm} to ${jogMaxMm} mm.`;
    return wrongInput('jog-out-of-range', `A jog of ${dxMm}, ${dyMm}, ${dzMm} mm is too far.`, rule);
  }
  const what = { kind: 'jog', dxMm, dyMm, dzMm } as const;
  return order(
    deps,
    what,
    (it) => it.jog(dxMm, dyMm, dzMm),
    `The pen moves by ${dxMm}, ${dyMm}, ${dzMm} mm in a moment.`,
  );
}

function park(deps: MotionDeps): CommandResult {
  const { decisions } = deps;
  const parks = order(deps, { kind: 'park' }, (it) => it.park(), 'The pen parks in a moment.');
  if (parks.ok) decisions.set('stop', false);
  return parks;
}
