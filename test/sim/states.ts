import type { ApplianceStateName } from '../../src/domain/appliance-state.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Fail } from './broken.ts';
import { drawsOnMinutes, type Life } from './life.ts';
import type { World } from './world.ts';

/** The state follows what is so within a second, and is looked at every half. */
const followsMs = 1_700;
/** A pen that has been found low is raised within this time, the hands' pause included. */
const lowMs = 8_000;
/** A tip this low touches the paper; mm. */
const touchMm = 0.05;

interface Owed {
  readonly hasSheet: boolean;
  /** Something is owed for which the sheet has a place. */
  readonly fits: boolean;
  /** Something is owed for which it has none. */
  readonly isBeyond: boolean;
}

/** What the books and the plotter say, from which alone the state has to follow. */
interface Evidence extends Owed {
  readonly isHeard: boolean;
  readonly isOriginKnown: boolean;
  readonly isParked: boolean;
  readonly isPaused: boolean;
  /** The last live had ended long before the process began, and none was heard since: what is owed may wait for the next. */
  readonly isNight: boolean;
  readonly wantsPaper: boolean;
  /** The plotter holds strokes that are not proven, or moves. */
  readonly isAtWork: boolean;
  /** Ink is being laid now. */
  readonly isInking: boolean;
}

type Rules = Readonly<Partial<Record<ApplianceStateName, (so: Evidence) => string | null>>>;

const hasNoOrigin = 'the origin is not known';
const isPaused = 'a person has paused it';

/** What speaks against each state. Faults have causes of their own and stand before all that follows. */
const against: Rules = {
  starting: () => 'the service has started',
  'origin-unknown': ({ isOriginKnown, isInking }) =>
    isOriginKnown ? 'the origin is known' : isInking ? 'ink is being laid' : null,
  'needs-sheet': (so) => {
    if (!so.isOriginKnown) return hasNoOrigin;
    if (so.isAtWork) return 'the pen is at work';
    return so.hasSheet && !so.wantsPaper && !so.isBeyond ? 'what is owed fits' : null;
  },
  paused: (so) => (so.isOriginKnown ? (so.isPaused ? null : 'nobody has paused it') : hasNoOrigin),
  drawing: (so) => {
    if (!so.isOriginKnown) return hasNoOrigin;
    if (so.isPaused) return isPaused;
    return so.fits || so.isAtWork ? null : 'nothing is owed that fits';
  },
  'off-air': (so) => (so.isHeard ? 'the live is heard' : againstRest(so)),
  ready: (so) => (so.isHeard ? againstRest(so) : 'the live is not heard'),
};

function againstRest(so: Evidence): string | null {
  if (!so.isOriginKnown) return hasNoOrigin;
  if (so.isPaused) return isPaused;
  // Until the pen is at rest hands have no business near the paper.
  if (so.isParked && (!so.hasSheet || so.wantsPaper)) return 'paper is wanted';
  return (so.fits && !so.isNight) || so.isInking ? 'strokes are owed that fit' : null;
}

/** Whether the live that was heard last ended so long ago that nobody is there to see the pen draw. */
function beginsAtNight({ ledger, process }: Life): boolean {
  const last = ledger.questions.sessions(20, null)?.items.find(({ origin }) => origin === 'live');
  if (last?.ended !== true || last.closedAtMs === null) return false;
  return process.clock.wallMs() - last.closedAtMs >= drawsOnMinutes * 60_000;
}

/** Holds the name of the state against what is so: none that is wrong lasts longer than a second. */
export class StateWatch {
  readonly #world: World;
  readonly #fail: Fail;
  #life: Life | null = null;
  #wrong: { readonly why: string; readonly atMs: number } | null = null;
  /** Where a pen was found low, and since when it has not moved from there. */
  #low: { readonly place: string; readonly atMs: number } | null = null;
  #isNight = false;
  #owed: (Owed & { readonly writes: number }) | null = null;

  constructor(world: World, fail: Fail) {
    this.#world = world;
    this.#fail = fail;
  }

  look(life: Life): void {
    if (this.#life !== life) {
      this.#life = life;
      this.#wrong = null;
      this.#low = null;
      this.#owed = null;
      this.#isNight = beginsAtNight(life);
    }
    if (life.source.facts().heard) this.#isNight = false;
    // While it stands still it can tell nothing.
    const nowMs = life.process.nowMs - life.process.stalledMs;
    const { name } = life.appliance.state();
    const reason = against[name]?.(this.#evidence(life)) ?? null;
    const why = reason === null ? null : `the state is ${name}, but ${reason}`;
    if (why === null) this.#wrong = null;
    else if (this.#wrong?.why !== why) this.#wrong = { why, atMs: nowMs };
    else if (nowMs - this.#wrong.atMs > followsMs) this.#fail('truth', why);
    this.#lookAtPen(life, nowMs);
  }

  /** A pen that rests on the paper bleeds into it. */
  #lookAtPen(life: Life, nowMs: number): void {
    const { hardware, hasOrigin } = this.#world;
    const [x, y, z] = hardware.board.place();
    const isLow = z < touchMm && !hardware.board.moving();
    const canRaise = hasOrigin && hardware.isReachable && !hardware.isBusy && life.plotter.facts().fault === null;
    const place = `${x}/${y}`;
    if (!isLow || !canRaise || !hardware.cableFaults.isClear) this.#low = null;
    else if (this.#low?.place !== place) this.#low = { place, atMs: nowMs };
    else if (nowMs - this.#low.atMs > lowMs) this.#fail('no wrong ink', 'the pen rests on the paper');
  }

  #evidence({ ledger, source, plotter }: Life): Evidence {
    const { hardware } = this.#world;
    const { originKnown, hover, parked } = ledger.load();
    return {
      isHeard: source.facts().heard,
      isOriginKnown: originKnown && hover === null,
      isParked: parked !== null,
      isPaused: ledger.decision('pause') !== null,
      isNight: this.#isNight,
      wantsPaper: ledger.decision('change-paper') !== null,
      ...this.#owedOn(ledger),
      isAtWork: plotter.facts().unproven > 0 || hardware.board.moving(),
      isInking: hardware.board.moving() && hardware.board.place()[2] < touchMm,
    };
  }

  /** What is owed, and what of it the open sheet has places for; it changes with what is written only. */
  #owedOn(ledger: Ledger): Owed {
    const writes = ledger.transactions();
    if (this.#owed?.writes === writes) return this.#owed;
    const sheet = ledger.sheet();
    const pending = new Map(ledger.questions.accounts().map((account) => [account.row, account.pending]));
    const certain = new Map(ledger.questions.places().map((place) => [place.row, place.certain]));
    const rows = (sheet?.layout.rows ?? []).map(({ id, capacity }) => ({
      owed: pending.get(id) ?? 0,
      room: capacity - (certain.get(id) ?? 0),
    }));
    const drawings = ledger.questions.owedDrawings(100);
    this.#owed = {
      writes,
      hasSheet: sheet !== null,
      fits: rows.some(({ owed, room }) => owed > 0 && room > 0) || drawings.some(({ state }) => state !== 'waiting'),
      isBeyond: rows.some(({ owed, room }) => owed > room) || drawings.some(({ state }) => state === 'waiting'),
    };
    return this.#owed;
  }
}
