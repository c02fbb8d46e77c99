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
 * What of the config decides how the appliance behaves; it holds from the next start, the layout from the next sheet.
 */
interface ApplianceSettings {
  readonly layout: SheetLayout;
  /** The layout of the sheet that opens now, with the words that belong on it; `layout` by default. */
  readonly layoutOf?: (sheet: number) => SheetLayout;
  /** Why no sheet can be laid out now: the one that lies there stays in force. Null, or left out: one can. */
  readonly layoutFault?: () => Fault | null;
  readonly order: DrawOrder;
  /** For order "live": within this time a new giver's first stroke shall begin. */
  readonly newGiverWithinMs: number;
  readonly sheetFull: 'all-rows' | 'first-row';
  readonly idleParkMs: number;
  /** Motion starts this long after a person's command, never at once: hands may be near. */
  readonly motionDelayMs: number;
  readonly afterLive: AfterLiveSettings;
  /** How the plotter moves, for estimates; as an MPCNC ships by default. */
  readonly limits?: MotionLimits;
  /** The pen that is in the holder; by default nothing is known of it. */
  readonly pen?: PenSettings;
  /** Whether there is a button to press; none by default. */
  readonly hasButton?: boolean;
  /** Of one gift, so many strokes are drawn at most, as the ledger was set up; all by default. */
  readonly strokesPerGiftMax?: number | null;
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
  /** Kinds of events that are kept in the ledger though they pay for nothing; none by default. */
  readonly keeps?: ReadonlySet<LiveEventKind>;
  /** By which terms points are earned; missing or null: by none. */
  readonly points?: PointsTerms | null;
  /** The rules; none by default. */
  readonly rules?: RuleDesk | undefined;
  /** A fresh sheet lies there. */
  readonly sheetTurned?: () => void;
  /** What of the box around it a person must mend: it is shown as a fault, and the pen goes on. */
  readonly boxFaults?: () => readonly Fault[];
  /** The file system that keeps the ledger in memory only; null: it lies on a disk. */
  readonly ledgerInMemory?: string | null;
  /** A new ledger began at this start, in the place of a file with nothing in it. */
  readonly ledgerWasEmpty?: boolean;
  /** Keeps for the worker what goes by; missing: nothing does. */
  readonly passing?: PassingRing;
  /** Deletes frames that could not be decoded, since names may stand in them; gives how many. */
  readonly forgetFrames?: () => number;
}

/** What the appliance reports to those who show it. */
export interface Watcher {
  /** Something that is shown changed; look again when convenient. */
  changed?(): void;
  /** Events are on disk. */
  recorded?(records: readonly Recorded[]): void;
  /** Something came that is not kept by itself: something said, liked or joined. */
  passing?(event: PassingEvent): void;
}

/** The whole appliance: listens, owes, draws. */
export interface Appliance {
  start(): void;
  state(): ApplianceState;
  /** What has to come before anything that is owed is drawn; null when it is being drawn. */
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
  /** Tells the watcher until the returned function is called. */
  watch(watcher: Watcher): () => void;
  /** The worker reported its newest dead letters: where there are rules, those that are new may fire some. */
  deadLettersReported(file: WorkerFile, letters: readonly DeadLetterSeen[]): void;
  /** Whether watchers want what goes by: only then are sources asked for it. */
  hearPassing(isHeard: boolean): void;
  /** The worker asks for what went by, and says what is to be kept for it; null where there is nowhere to keep it. */
  askPassing(question: PassingQuestion): PassingAnswer | null;
  /** Something that the state follows from changed outside: notify the watchers. */
  lookAgain(): void;
  /**
   * What of ledger and drawing loop does its work no more, as a sentence; null when all is well. Throws when the ledger
   * does.
   */
  stuck(): string | null;
  /** Hears no more, lets the planner finish, parks, writes everything down, closes the plotter's port. */
  stop(): Promise<void>;
}
