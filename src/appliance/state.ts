import type { ApplianceState, ApplianceStateName } from '../domain/appliance-state.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveFacts } from '../domain/live-source.ts';
import type { PlotterFacts } from '../domain/plotter.ts';

/** All that the appliance's state follows from. */
export interface ApplianceFacts {
  readonly started: boolean;
  /** Faults of the ledger, the panel and the rest of the box; the plotter's own is in `plotter`. */
  readonly faults: readonly Fault[];
  readonly plotter: PlotterFacts;
  readonly live: LiveFacts;
  readonly sheetOpen: boolean;
  /** A person asked for a fresh sheet. */
  readonly changePaper: boolean;
  readonly paused: boolean;
  /** Strokes that are owed and fit on this sheet, those in the plotter's hands included. */
  readonly drawable: boolean;
  /** Something owed does not fit, and by the config that ends this sheet. */
  readonly sheetFull: boolean;
  /** Strokes handed to the plotter and not yet proven. */
  readonly inHand: number;
}

/** The state that the facts amount to; the first that holds wins. */
export function deriveState(facts: ApplianceFacts): ApplianceState {
  const name = nameOf(facts);
  const fault = name === 'fault' ? (faultOf(facts) ?? null) : null;
  return {
    name,
    what: fault?.what ?? sentences[name](facts).what,
    todo: fault?.remedy ?? sentences[name](facts).todo,
    fault,
    heard: facts.live.heard,
  };
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

/** Only once the plotter has come to rest: until then hands have no business near the paper. */
function needsSheet({ sheetOpen, changePaper, sheetFull, inHand, plotter }: ApplianceFacts): boolean {
  return (!sheetOpen || changePaper || sheetFull) && inHand === 0 && plotter.parked;
}

function faultOf({ faults, plotter }: ApplianceFacts): Fault | undefined {
  return faults[0] ?? (isSilence(plotter) ? undefined : (plotter.fault ?? undefined));
}

/** A device that says nothing is most often a plotter that is switched off. */
function isSilence({ link, fault }: PlotterFacts): boolean {
  return link !== 'ready' && fault?.code === 'silent-device';
}

const setAgain = 'else put the tip on the mark again and hold 2 s (or run `livepen origin`).';

function aboutOrigin({ origin, pen }: PlotterFacts): Sentences {
  if (origin !== 'confirm-hover') {
    return {
      what: 'The plotter does not know where the paper lies.',
      todo: 'Put the tip on the corner mark, touching the paper, and hold the button 2 s (or run `livepen origin`).',
    };
  }
  // After a power cycle nothing has moved yet, and where the pen is, is only believed.
  return pen === null
    ? {
        what: 'The power was away; the pen should still rest where it was parked.',
        todo: `Press when nobody moved it (or run \`livepen right\`); ${setAgain}`,
      }
    : {
        what: 'The pen hovers over the last stroke, so that you can see whether it lies right.',
        todo: `Press when it lies right (or run \`livepen right\`); ${setAgain}`,
      };
}

interface Sentences {
  readonly what: string;
  readonly todo: string | null;
}

const sentences: Readonly<Record<ApplianceStateName, (facts: ApplianceFacts) => Sentences>> = {
  starting: () => ({ what: 'Livepen is starting.', todo: null }),
  fault: () => ({ what: 'Something is broken.', todo: null }),
  'no-plotter': ({ plotter }) => ({
    what:
      plotter.fault?.what ?? (plotter.link === 'connecting' ? 'A plotter is being greeted.' : 'No plotter answers.'),
    todo:
      plotter.fault?.remedy ??
      (plotter.link === 'connecting'
        ? 'Wait: it takes half a minute at most.'
        : 'Switch the plotter on and plug its USB cable in.'),
  }),
  'origin-unknown': ({ plotter }) => aboutOrigin(plotter),
  'needs-sheet': ({ sheetOpen, changePaper }) => ({
    what: !sheetOpen
      ? 'No sheet has been opened yet.'
      : changePaper
        ? 'You asked to change the paper.'
        : 'The sheet is full: what is owed does not fit any more.',
    todo: `${sheetOpen ? 'Change the paper' : 'Put paper in'} and press the button (or run \`livepen paper\`).`,
  }),
  paused: ({ inHand, plotter }) => ({
    what: inHand > 0 || !plotter.parked ? 'Pausing: the pen is on its way to park.' : 'A person paused it.',
    todo: 'Press the button (or run `livepen resume`) to go on.',
  }),
  drawing: ({ changePaper, sheetFull }) => ({
    what: changePaper || sheetFull ? 'Finishing this sheet.' : 'Ink is flowing.',
    todo: null,
  }),
  'off-air': ({ live }) => ({
    what: live.problem?.what ?? 'Ready to draw, but the live is not heard.',
    todo: live.problem?.remedy ?? null,
  }),
  ready: () => ({ what: 'The live is heard and nothing is owed.', todo: null }),
};
