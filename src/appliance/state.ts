import type { ApplianceState, ApplianceStateName, WaitsFor } from '../domain/appliance-state.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveFacts } from '../domain/live-source.ts';
import type { PlotterFacts } from '../domain/plotter.ts';
import type { SheetCorner } from '../domain/sheet.ts';

/** All that the appliance's state follows from. */
export interface ApplianceFacts {
  readonly started: boolean;
  /** Faults that keep the pen from drawing; the plotter's own is in `plotter`. */
  readonly faults: readonly Fault[];
  /** What a person must mend that does not keep the pen from drawing. */
  readonly boxFaults: readonly Fault[];
  readonly plotter: PlotterFacts;
  readonly live: LiveFacts;
  readonly sheetOpen: boolean;
  /** A person asked for a fresh sheet. */
  readonly changePaper: boolean;
  readonly paused: boolean;
  /** A person stopped the pen at once: it stays where it is. */
  readonly stopped: boolean;
  /** Whether strokes are owed that fit on this sheet, those in flight included. */
  readonly drawable: boolean;
  /** Whether something owed does not fit, which by the config ends this sheet. */
  readonly sheetFull: boolean;
  /** How many strokes are in flight: sent to the plotter and not yet proven. */
  readonly inHand: number;
  /** Whether there is a button to press: nobody is asked to press one that is not there. */
  readonly hasButton: boolean;
  /** At which corner of the paper the mark for the origin is. */
  readonly mark: SheetCorner;
}

/** The state that the facts amount to; the first that holds wins. */
export function deriveState(facts: ApplianceFacts): ApplianceState {
  const name = nameOf(facts);
  const fault = name === 'fault' ? (faultOf(facts) ?? null) : null;
  const sentence =
    facts.plotter.stopping === true && facts.plotter.link === 'ready' ? isStopping : sentences[name](facts);
  return {
    name,
    what: fault?.what ?? sentence.what,
    todo: fault?.remedy ?? sentence.todo,
    fault,
    heard: facts.live.heard,
  };
}

/** What has to happen first, in each state in which nothing is drawn. */
const waitsFor: Readonly<Partial<Record<ApplianceStateName, WaitsFor>>> = {
  starting: 'plotter',
  fault: 'mending',
  'no-plotter': 'plotter',
  'origin-unknown': 'origin',
  'needs-sheet': 'paper',
  paused: 'resume',
  // Something is owed and not drawn: the pen rests until the next live.
  'off-air': 'live',
  ready: 'live',
};

/** What has to happen before anything that is owed is drawn; null when it is being drawn. */
export function whatComesFirst(facts: ApplianceFacts): WaitsFor | null {
  const name = nameOf({ ...facts, boxFaults: [] });
  if ((name === 'off-air' || name === 'ready') && beforePaper(facts) !== null) return 'paper';
  return waitsFor[name] ?? null;
}

function nameOf(facts: ApplianceFacts): ApplianceStateName {
  const { plotter } = facts;
  if (!facts.started) return 'starting';
  if (faultOf(facts) !== undefined) return 'fault';
  if (plotter.link !== 'ready') return 'no-plotter';
  if (plotter.origin !== 'known') return 'origin-unknown';
  if (needsSheet(facts)) return 'needs-sheet';
  if (facts.paused) return 'paused';
  if (facts.drawable || facts.inHand > 0) return 'drawing';
  return facts.live.heard ? 'ready' : 'off-air';
}

/**
 * Whether a person is asked for fresh paper: only once the plotter has come to rest, so that no hand is near a moving
 * pen.
 */
function needsSheet({ sheetOpen, changePaper, sheetFull, inHand, plotter }: ApplianceFacts): boolean {
  const isAtRest = inHand === 0 && plotter.unproven === 0 && plotter.parked;
  return (!sheetOpen || changePaper || sheetFull) && isAtRest;
}

function faultOf({ faults, boxFaults, plotter }: ApplianceFacts): Fault | undefined {
  return faults[0] ?? boxFaults[0] ?? (isAbsent(plotter) ? undefined : (plotter.fault ?? undefined));
}

/**
 * Whether the plotter counts as absent: a missing port, or a device that is silent, is most often a plotter that is
 * switched off.
 */
function isAbsent({ link, fault }: PlotterFacts): boolean {
  return link !== 'ready' && (fault?.code === 'silent-device' || fault?.code === 'port-missing');
}

function aboutOrigin({ plotter: { origin, pen }, hasButton, mark }: ApplianceFacts): Sentences {
  const set = hasButton ? 'hold the button 2 s' : 'set the origin on the page';
  if (origin !== 'confirm-hover') {
    return {
      what: 'The plotter does not know where the paper lies.',
      todo: `Put the tip on the corner mark (${mark}), touching the paper, and ${set} (or run \`livepen origin\`).`,
    };
  }
  const confirm = hasButton ? 'Press the button' : 'Confirm it on the page';
  const setAgain = `otherwise put the tip on the corner mark (${mark}) again and ${set} (or run \`livepen origin\`).`;
  // After a power cycle nothing has moved yet, and where the pen stands is an assumption.
  return pen === null
    ? {
        what: 'There was a power cut; the pen should still be where it was parked.',
        todo: `${confirm} if nobody has moved it (or run \`livepen right\`); ${setAgain}`,
      }
    : {
        what: 'The pen hovers over the end of the last stroke, so that you can see whether it is in the right place.',
        todo: `${confirm} if it is in the right place (or run \`livepen right\`); ${setAgain}`,
      };
}

/** What is said while fresh paper is wanted and the pen is not out of the way yet; null when none is wanted. */
function beforePaper({ sheetOpen, changePaper, sheetFull }: ApplianceFacts): Sentences | null {
  if (sheetOpen && !changePaper && !sheetFull) return null;
  const then = sheetOpen ? 'then change the paper' : 'then put paper in';
  return { what: `The pen goes to park; ${then}.`, todo: null };
}

const isStopping: Sentences = {
  what: 'Stopping: the plotter comes to rest, then raises the pen.',
  todo: 'Wait a few seconds, with hands away from the pen.',
};

interface Sentences {
  readonly what: string;
  readonly todo: string | null;
}

const sentences: Readonly<Record<ApplianceStateName, (facts: ApplianceFacts) => Sentences>> = {
  starting: () => ({ what: 'Livepen is starting.', todo: null }),
  fault: () => ({ what: 'Something is broken.', todo: null }),
  'no-plotter': ({ plotter }) => ({
    what: plotter.fault?.what ?? (plotter.link === 'connecting' ? 'Connecting to a plotter.' : 'No plotter answers.'),
    todo:
      plotter.fault?.remedy ??
      (plotter.link === 'connecting'
        ? 'Wait: it takes half a minute at most.'
        : 'Switch the plotter on and plug its USB cable in.'),
  }),
  'origin-unknown': aboutOrigin,
  'needs-sheet': ({ sheetOpen, changePaper, hasButton }) => ({
    what: !sheetOpen
      ? 'No sheet has been opened yet.'
      : changePaper
        ? 'You asked to change the paper.'
        : 'The sheet is full: what is owed does not fit any more.',
    todo: hasButton
      ? `${sheetOpen ? 'Change the paper' : 'Put paper in'} and press the button (or run \`livepen paper\`).`
      : `${sheetOpen ? 'Change the paper' : 'Put paper in'} and confirm it on the page (or run \`livepen paper\`).`,
  }),
  paused: ({ inHand, plotter, stopped, hasButton }) => {
    const goOn = hasButton
      ? 'Press the button (or run `livepen resume`) to go on'
      : 'Go on from the page (or run `livepen resume`)';
    if (stopped && !plotter.parked) {
      return {
        what: 'Stopped by hand: the pen stays where it is.',
        todo: `${goOn}, or park the pen (or run \`livepen park\`).`,
      };
    }
    return {
      what: inHand > 0 || !plotter.parked ? 'Pausing: the pen is on its way to park.' : 'Paused by hand.',
      todo: `${goOn}.`,
    };
  },
  drawing: ({ changePaper, sheetFull }) => ({
    what: changePaper || sheetFull ? 'Finishing this sheet.' : 'The pen is drawing.',
    todo: null,
  }),
  'off-air': (facts) =>
    beforePaper(facts) ?? {
      what: facts.live.problem?.what ?? `Ready to draw. ${facts.live.silence?.what ?? 'Not connected to the live.'}`,
      todo: facts.live.problem?.remedy ?? facts.live.silence?.todo ?? null,
    },
  ready: (facts) => beforePaper(facts) ?? { what: 'Connected to the live; nothing is owed.', todo: null },
};
