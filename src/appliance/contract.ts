import type { ApplianceState, WaitsFor } from '../domain/appliance-state.ts';
import type { Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveEventKind } from '../domain/live-event.ts';
import type { LiveFacts, LiveSource } from '../domain/live-source.ts';
import type { Log } from '../domain/log.ts';
import type { DeadLetterSeen, WorkerFile } from '../domain/moment.ts';
import type { MotionLimits } from '../domain/motion.ts';
import type { PassingAnswer, PassingEvent, PassingQuestion } from '../domain/passing.ts';
import type { Plotter } from '../domain/plotter.ts';
import type { PointsTerms } from '../domain/points.ts';
import type { RuleDesk } from '../domain/rules.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import type { DrawOrder } from '../drawing/schedule.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PassingRing } from '../ledger/passing-ring.ts';
import type { Recorded } from '../ledger/record.ts';
import type { AfterLiveSettings } from './after-live.ts';
import type { GiftBook } from './gift-book.ts';
import type { Operator } from './operator.ts';
import type { PenSettings } from './pen-use.ts';
import type { Glance, Status, SyncTimes } from './status.ts';
import type { Views } from './views.ts';

/**
 * The settings of the appliance from the config. A change counts from the next start, of the layout from the next
 * sheet.
 */
interface ApplianceSettings {
  readonly layout: SheetLayout;
  /** The layout of the sheet that opens now, with the words that belong on it; `layout` by default. */
  readonly layoutOf?: (sheet: number) => SheetLayout;
  /** Why no sheet can be laid out now, so that the open one is kept; null, or missing: one can. */
  readonly layoutFault?: () => Fault | null;
  readonly order: DrawOrder;
  /** For order "live": within this time, ms, a new giver's first stroke shall begin. */
  readonly newGiverWithinMs: number;
  readonly sheetFull: 'all-rows' | 'first-row';
  readonly idleParkMs: number;
  /** Motion starts so long after a person's command, ms, never at once: hands may be near. */
  readonly motionDelayMs: number;
  readonly afterLive: AfterLiveSettings;
  /** How the plotter moves, for estimates; as an MPCNC ships by default. */
  readonly limits?: MotionLimits;
  /** The pen that is in the holder; by default nothing is known of it. */
  readonly pen?: PenSettings;
  /** Whether there is a button to press; none by default. */
  readonly hasButton?: boolean;
  /** So many strokes are drawn of one gift at most, as the ledger was set up; all by default. */
  readonly strokesPerGiftMax?: number | null;
  /** A name that no earlier run has used: test gifts get their keys by it. */
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
  /** Kinds of events that are kept in the ledger though they pay for nothing; none by default. */
  readonly keeps?: ReadonlySet<LiveEventKind>;
  /** For what people get points; missing or null: for nothing. */
  readonly points?: PointsTerms | null;
  /** The rules; none by default. */
  readonly rules?: RuleDesk | undefined;
  /** Called when a fresh sheet was opened. */
  readonly sheetTurned?: () => void;
  /** What a person must mend on the machine although the pen can draw on: it is shown as a fault. */
  readonly boxFaults?: () => readonly Fault[];
  /** The file system that keeps the ledger in memory only; null: it lies on a disk. */
  readonly ledgerInMemory?: string | null;
  /** Whether a new ledger began at this start, in place of an empty file. */
  readonly ledgerWasEmpty?: boolean;
  /** Keeps passing events for the worker; missing: they are not kept. */
  readonly passing?: PassingRing;
  /** Deletes kept frames that could not be decoded, since names may stand in them; returns how many. */
  readonly forgetFrames?: () => number;
}

/** What the appliance reports to those who show it. */
export interface Watcher {
  /** Something that is shown has changed. */
  changed?(): void;
  /** Events are on disk. */
  recorded?(records: readonly Recorded[]): void;
  /** A passing event came: chat, likes or a join. */
  passing?(event: PassingEvent): void;
}

/** The whole appliance: listens to lives, keeps what is owed, draws it. */
export interface Appliance {
  start(): void;
  state(): ApplianceState;
  /** What has to happen before anything that is owed is drawn; null when it is being drawn. */
  whatComesFirst(): WaitsFor | null;
  glance(): Glance;
  /** Whether and how a live is listened to. */
  live(): LiveFacts;
  status(): Status;
  /** The open sheet as SVG; null while none is open. */
  picture(): string | null;
  readonly views: Views;
  /** How long durable writes took. */
  syncTimes(): SyncTimes;
  readonly operator: Operator;
  /** Resolves once every event that has come so far is on disk: only then may a source acknowledge it. */
  settled(): Promise<void>;
  /** Notifies the watcher until the returned function is called. */
  watch(watcher: Watcher): () => void;
  /** The worker has reported its newest dead letters; those that are new may fire rules. */
  deadLettersReported(file: WorkerFile, letters: readonly DeadLetterSeen[]): void;
  /** Whether watchers want passing events: only then are sources asked for them. */
  wantPassing(isWanted: boolean): void;
  /**
   * Answers the worker with kept passing events, and keeps from now on what it asks for; null where they are not kept
   * at all.
   */
  askPassing(question: PassingQuestion): PassingAnswer | null;
  /** A fact outside the appliance, from which the state follows, has changed: the watchers are notified. */
  lookAgain(): void;
  /**
   * What is stuck, the ledger or the drawing loop, as a sentence; null when neither is. Throws when the ledger does.
   */
  stuck(): string | null;
  /** Stops listening, lets the planner finish, parks the pen, writes everything down, and closes the plotter's port. */
  stop(): Promise<void>;
}
